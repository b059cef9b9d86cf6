"""Reads what has changed in Jira's linked projects since they were last read."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, Final

from cachetools import TTLCache
from jira.exceptions import JIRAError

from sg_jira.site_times import parse_time
from sg_jira.sources.jira_bodies import bodies_of
from sg_jira.sources.jira_intake import JiraIntake
from sg_jira.sources.jira_search import changed_since, completed, pages
from sg_jira.sources.positions import JIRA, Positions
from sg_jira.sources.projects import LinkedProject, Projects
from sg_jira.sources.watch import Found

logger = logging.getLogger(__name__)

#: JQL knows minutes, so a moment within one is lost at either end.
_MINUTE: Final = timedelta(minutes=1)
#: What is read once more each day: whatever a search may have left out.
_SCANNED: Final = timedelta(hours=25)
#: Projects that one query names.
_MOST_KEYS: Final = 100
_REFUSED: Final = 400


@dataclass(frozen=True)
class JiraChanges:
    """Reads the projects. One thread at a time may use it.

    Parameters:
        positions: until when each project was read.
        projects: tells which projects are linked, and which entry of the settings syncs them.
        intake: takes what is found.
        clock: the present time, aware.
        lag: how late Jira's search may show a change.
        look_for_deletions: called once a day; gives how many it has found.
    """

    positions: Positions
    projects: Projects
    intake: JiraIntake
    clock: Callable[[], datetime]
    lag: timedelta
    look_for_deletions: Callable[[Any], int] = field(default=lambda bridge: 0)
    #: What was read lately: an Issue's id -> when it was last changed.
    _seen: TTLCache[str, str] = field(default_factory=lambda: TTLCache(20_000, 3600))
    #: How far Jira's clock goes ahead of ours; asked for once an hour.
    _ahead: TTLCache[str, timedelta] = field(default_factory=lambda: TTLCache(1, 3600))

    def begin(self, bridge: Any) -> None:
        """Takes the present as the position, if there is none yet. Raises `StoreAway`."""
        now = self.clock()
        first = int(now.timestamp() * 1000)
        self.positions.begin(JIRA, position=first, looked=now, reached=now)

    def look(self, bridge: Any) -> Found:
        """Reads what has changed, one call for each page of Issues.

        Raises whatever the sites' clients raise, and `StoreAway`; a project that was not read to
        the end is read again.
        """
        self.begin(bridge)
        now = self.clock()
        linked = {each.jira_key: each for each in self.projects.linked(bridge.shotgun).values()}
        total, refused = 0, []
        for keys, since in self._due(linked, now):
            found, refusals = self._read(bridge, linked, keys, now - since + self.lag + _MINUTE)
            total += found
            refused += refusals
            self.positions.put([_of(key) for key in keys if key not in refused], reached=now)
        return Found(total, _told(refused))

    def scan(self, bridge: Any) -> Found:
        """Reads the last day once more, and looks for what was deleted. Raises as `look`."""
        linked = {each.jira_key: each for each in self.projects.linked(bridge.shotgun).values()}
        self._seen.clear()
        total, refused = 0, []
        for keys in _chunks(sorted(linked)):
            found, refusals = self._read(bridge, linked, keys, _SCANNED)
            total += found
            refused += refusals
        return Found(total + self.look_for_deletions(bridge), _told(refused))

    def _due(self, linked: Collection[str], now: datetime) -> Iterator[tuple[list[str], datetime]]:
        """The projects that were read until the same moment, and that moment."""
        reached = self.positions.reached([_of(key) for key in linked])
        since_when = self.positions.get(JIRA).reached or now
        together = defaultdict(list)
        for key in sorted(linked):
            together[reached.get(_of(key), since_when)].append(key)
        for since, keys in together.items():
            for chunk in _chunks(keys):
                yield chunk, since

    def _read(
        self,
        bridge: Any,
        linked: Mapping[str, LinkedProject],
        keys: Collection[str],
        period: timedelta,
    ) -> tuple[int, list[str]]:
        """Gives how many changes of projects were news, and the keys that Jira refuses.

        One key that Jira does not know spoils a query for all; then each is asked for alone.
        """
        since = self._since(bridge.jira, period)
        total = 0
        try:
            for page in pages(bridge.jira, changed_since(keys, period), expand="changelog"):
                total += self._take(bridge, linked, page, since)
        except JIRAError as error:
            if error.status_code != _REFUSED:
                raise
            if len(keys) == 1:
                logger.debug("Jira refuses to search its project %s: %s", *keys, error.text)
                return total, list(keys)
            alone = [self._read(bridge, linked, [key], period) for key in keys]
            return total + sum(new for new, _ in alone), [key for _, no in alone for key in no]
        return total, []

    def _take(
        self,
        bridge: Any,
        linked: Mapping[str, LinkedProject],
        issues: Iterable[Mapping[str, Any]],
        since: datetime,
    ) -> int:
        total = 0
        for issue in issues:
            number, updated = str(issue["id"]), str(issue["fields"].get("updated"))
            project = linked.get(str(issue["fields"]["project"]["key"]))
            if project is None or self._seen.get(number) == updated:
                continue
            whole = completed(bridge.jira, dict(issue), since)
            bodies = bodies_of(whole, since, bridge.jira.is_own_user)
            total += self.intake.take(project.settings_name, str(issue["key"]), bodies)
            self._seen[number] = updated
        return total

    def _since(self, jira: Any, period: timedelta) -> datetime:
        """When a period began by Jira's clock, by which it dates changes; or our first start."""
        if JIRA not in self._ahead:
            there = parse_time((jira.server_info() or {}).get("serverTime"))
            now = self.clock()
            self._ahead[JIRA] = (there or now) - now
        first = datetime.fromtimestamp(
            (self.positions.get(JIRA).position or 0) / 1000, timezone.utc
        )
        return max(self.clock() - period, first) + self._ahead[JIRA]


def _of(key: str) -> str:
    """The source of a Jira project."""
    return f"{JIRA}:{key}"


def _told(refused: Collection[str]) -> str | None:
    if not refused:
        return None
    return (
        f"Jira refuses to search the projects {', '.join(sorted(refused))}: there is none with "
        "such a key, or the bridge's account may not browse it."
    )


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while chunk := list(islice(rest, _MOST_KEYS)):
        yield chunk
