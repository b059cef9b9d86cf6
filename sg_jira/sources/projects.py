"""Which FPTR Projects are linked with Jira, and which entry of the settings syncs each of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD

logger = logging.getLogger(__name__)

#: The File/Link field in which a Project names its bridge, as
#: `https://HOST/sg2jira/SETTINGS_NAME`.
SYNC_URL_FIELD: Final = "sg_jira_sync_url"
#: Changes of these fields of a Project change where its changes go.
ROUTING_FIELDS: Final = frozenset({SYNC_URL_FIELD, SHOTGUN_JIRA_ID_FIELD})
#: Seconds after which the Projects are read again, for the event log may have lost a change.
LIFETIME: Final = 600.0


@dataclass(frozen=True)
class LinkedProject:
    """An FPTR Project with its Jira project's key and the entry of the settings."""

    id: int
    jira_key: str
    settings_name: str


class Projects:
    """The linked Projects, read with one call and remembered for a while. Any thread may ask.

    Parameters:
        settings_names: names of the entries under `SYNC`.
        clock: seconds, growing.
    """

    def __init__(
        self, settings_names: Collection[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._names = settings_names
        self._clock = clock
        self._reading = threading.Lock()
        self._read_at: float | None = None
        self._linked: dict[int, LinkedProject] = {}
        self._told: set[int] = set()

    def linked(self, shotgun: Any) -> Mapping[int, LinkedProject]:
        """The linked Projects by id. Raises whatever the client of FPTR raises."""
        with self._reading:
            if self._read_at is None or self._clock() - self._read_at > LIFETIME:
                fields = [SHOTGUN_JIRA_ID_FIELD]
                if shotgun.get_field_schema("Project", SYNC_URL_FIELD):
                    fields.append(SYNC_URL_FIELD)
                found = shotgun.find("Project", [[SHOTGUN_JIRA_ID_FIELD, "is_not", None]], fields)
                self._tell_unclear(found)
                read = (linked_project(record, self._names) for record in found)
                self._linked = {project.id: project for project in read if project}
                self._read_at = self._clock()
            return self._linked

    def _tell_unclear(self, found: Iterable[Mapping[str, Any]]) -> None:
        """Says once of which linked Projects nothing will be fetched, as they name no entry."""
        unclear = {
            one["id"]: one[SHOTGUN_JIRA_ID_FIELD] for one in found if not one.get(SYNC_URL_FIELD)
        }
        if len(self._names) > 1 and unclear.keys() - self._told:
            self._told |= unclear.keys()
            logger.warning(
                "What does not arrive is not fetched for %s: the settings have the entries %s, and "
                "the FPTR Project does not say which. Enter https://<bridge>/sg2jira/<entry> into "
                "its field %s.",
                ", ".join(f"Project {number} ({key})" for number, key in unclear.items()),
                ", ".join(self._names),
                SYNC_URL_FIELD,
            )

    def forget(self) -> None:
        """Lets the Projects be read again when they are next needed."""
        with self._reading:
            self._read_at = None


def linked_project(
    record: Mapping[str, Any], settings_names: Collection[str]
) -> LinkedProject | None:
    """What a Project says about its link; `None` when it is none of this bridge. Pure."""
    key = record.get(SHOTGUN_JIRA_ID_FIELD)
    name = settings_name_of(record.get(SYNC_URL_FIELD), settings_names)
    return LinkedProject(record["id"], key, name) if key and name else None


def settings_name_of(link: Any, settings_names: Collection[str]) -> str | None:
    """The entry of the settings that a Project's sync URL names; without one the only entry. Pure.

    A URL that names an entry which is not here is that of another bridge.
    """
    url = link.get("url") if isinstance(link, Mapping) else None
    if not url:
        return next(iter(settings_names)) if len(settings_names) == 1 else None
    parts = [unquote(part) for part in urlsplit(str(url)).path.split("/") if part]
    named = [name for word, name in pairwise(parts) if word == _ROUTE]
    return named[0] if named and named[0] in settings_names else None


#: What stands before the settings name in the path of a sync URL.
_ROUTE: Final = "sg2jira"
