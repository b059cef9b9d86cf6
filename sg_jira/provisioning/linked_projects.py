"""Which FPTR Projects are linked to which Jira projects, and where the bridge is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.printable import without_login
from sg_jira.provisioning.needs import SYNC_URL_FIELD
from sg_jira.shotgun_session import ShotgunSession

#: First part of the bridge's own paths.
TO_JIRA: Final = "sg2jira"
TO_SHOTGUN: Final = "jira2sg"


@dataclass(frozen=True)
class LinkedProject:
    """An FPTR Project that has a Jira key.

    Attributes:
        id, name: of the Project.
        key: of the Jira project, as somebody typed it.
        sync_url: where the event daemon posts; empty without one.
    """

    id: int
    name: str
    key: str
    sync_url: str = ""


def read_linked_projects(shotgun: ShotgunSession) -> list[LinkedProject]:
    """The Projects that have a Jira key, by id; one call, none when the site lacks the field.

    Raises:
        shotgun_api3.ShotgunError, OSError: FPTR cannot answer.
    """
    if not shotgun.get_field_schema("Project", SHOTGUN_JIRA_ID_FIELD):
        return []
    has_url = bool(shotgun.get_field_schema("Project", SYNC_URL_FIELD))
    found = shotgun.find(
        "Project",
        [[SHOTGUN_JIRA_ID_FIELD, "is_not", None]],
        ["name", SHOTGUN_JIRA_ID_FIELD, *([SYNC_URL_FIELD] if has_url else [])],
        order=[{"field_name": "id", "direction": "asc"}],
    )
    return [_project(one) for one in found if one[SHOTGUN_JIRA_ID_FIELD]]


def _project(row: dict[str, Any]) -> LinkedProject:
    link = row.get(SYNC_URL_FIELD) or {}
    return LinkedProject(
        row["id"], str(row["name"]), row[SHOTGUN_JIRA_ID_FIELD].strip(), str(link.get("url") or "")
    )


def entry_of_address(address: str, way: str, bridge: str | None) -> str | None:
    """The entry of `SYNC` that an address of the bridge names.

    Parameters:
        address: where something posts; a login in it does not matter.
        way: `TO_JIRA` or `TO_SHOTGUN`.
        bridge: where the bridge is; `None` takes any address whose path looks like it.

    Returns:
        The name; `None` when the address is not the bridge's.
    """
    found = urlsplit(without_login(address))
    here = urlsplit(bridge.rstrip("/")) if bridge else None
    if here and (found.scheme, found.netloc.lower()) != (here.scheme, here.netloc.lower()):
        return None
    before, mark, after = found.path.partition(f"/{way}/")
    if not mark or (here and before != here.path):
        return None
    return after.partition("/")[0] or None


def names_entry(address: str, way: str, bridge: str | None, entries: Collection[str]) -> bool:
    """Whether an address is the bridge's, and names one of these entries."""
    return entry_of_address(address, way, bridge) in entries
