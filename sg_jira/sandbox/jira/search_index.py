"""What search knows: every issue as it was some seconds ago. Knows no JQL.

Source: developer.atlassian.com/cloud/jira/platform/search-and-reconcile: search is consistent only
after seconds to minutes; a few issues can be named that must be found as they are now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sg_jira.sandbox.jira.store import Issue, Store


@dataclass
class SearchSettings:
    """How search behaves; may be changed at any time.

    Parameters:
        lag: seconds of the site's clock until search knows of a change.
    """

    lag: float = 0.0


class SearchIndex:
    """The issues that search looks at. The caller holds the store's lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: By id, since when which state holds, oldest first; `None` once it was deleted.
        self._states: dict[str, list[tuple[datetime, Issue | None]]] = {}
        self.settings = SearchSettings()

    def note(self, issue: Issue, moment: datetime, gone: bool = False) -> None:
        """Remembers that an issue was made, changed or deleted."""
        state = None if gone else replace(issue, values=dict(issue.values))
        states = self._states.setdefault(issue.id, [])
        states.append((moment, state))
        self._forget(states, moment)
        if gone and len(states) == 1:
            del self._states[issue.id]

    def _forget(self, states: list[tuple[datetime, Issue | None]], now: datetime) -> None:
        """Drops what search will never look at again."""
        seen = now - timedelta(seconds=self.settings.lag)
        while len(states) > 1 and states[1][0] <= seen:
            states.pop(0)

    def issues(self, reconciled: Collection[str] = ()) -> Iterable[Issue]:
        """The issues as search sees them at this moment.

        Parameters:
            reconciled: ids of issues that are seen as they are.
        """
        if not self.settings.lag:
            return list(self._store.issues.values())
        now = self._store.clock()
        found: dict[str, Issue] = {}
        for id, states in self._states.items():
            self._forget(states, now)
            moment, state = states[0]
            if state is not None and moment <= now - timedelta(seconds=self.settings.lag):
                found[id] = state
        for id in reconciled:
            found.pop(id, None)
            if id in self._store.issues:
                found[id] = self._store.issues[id]
        return found.values()
