"""Worklogs and issue links for the Jira double: the calls that studios' own handlers make."""
# ruff: noqa: N803  # the arguments have the names of the `jira` client

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from jira import resources

from tests.doubles.jira_double import OPTIONS, JiraDouble, jira_double
from tests.doubles.jira_metadata import API, _field
from tests.doubles.jira_store import JiraStore, Raw, refused

SHOTGUN_TIMELOGS = "customfield_11520"
#: Jira shows times in the zone of whoever asks; this site's bridge account sits in California.
ZONE = "-0800"


def add_timelogs_field(store: JiraStore) -> None:
    """Gives the site the field "Shotgun TimeLogs", on the edit screens."""
    store.field_names[SHOTGUN_TIMELOGS] = "Shotgun TimeLogs"
    for screen in store.edit_screens.values():
        screen[SHOTGUN_TIMELOGS] = {
            **_field("description", "string"),
            "name": "Shotgun TimeLogs",
            "key": SHOTGUN_TIMELOGS,
        }


def add_worklog(store: JiraStore, key: str, author: Raw, **fields: Any) -> str:
    """Logs work as a person does; returns the worklog's id."""
    number = store.next_id()
    store.worklogs.setdefault(key, {})[number] = {
        "self": f"{API}/issue/{store.issues[key]['id']}/worklog/{number}",
        "id": number,
        "issueId": store.issues[key]["id"],
        "author": author,
        "updateAuthor": author,
        **fields,
    }
    return number


class Worklog(resources.Worklog):  # type: ignore[misc]
    """A worklog that updates in memory."""

    def __init__(self, store: JiraStore, key: str, raw: Raw) -> None:
        super().__init__(OPTIONS, None, copy.deepcopy(raw))
        self._store, self._key = store, key

    def update(self, *, timeSpentSeconds: int, comment: str, started: str) -> None:
        values = {"timeSpentSeconds": timeSpentSeconds, "comment": comment, "started": started}
        self._store.calls.record("Worklog.update", self._key, self.id, **values)
        self._store.worklogs[self._key][self.id].update(values)

    def delete(self) -> None:
        self._store.calls.record("Worklog.delete", self._key, self.id)
        del self._store.worklogs[self._key][self.id]


class ActivityCalls(JiraDouble):
    """Worklogs and links."""

    def add_worklog(
        self,
        issue: str,
        *,
        timeSpentSeconds: int,
        comment: str | None = None,
        started: datetime | None = None,
        user: str | None = None,
    ) -> Worklog:
        store = self.jira_store
        store.calls.record("add_worklog", issue)
        if timeSpentSeconds < 60:
            raise refused(400, "You must indicate the time spent working.")
        assert started is None or started.tzinfo is None
        number = add_worklog(
            store,
            issue,
            store.myself,
            timeSpentSeconds=timeSpentSeconds,
            comment=user if comment is None else comment,
            started=started and started.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        )
        return Worklog(store, issue, store.worklogs[issue][number])

    def worklog(self, issue: str, id: str) -> Worklog:
        store = self.jira_store
        store.calls.record("worklog", issue, id)
        if id not in store.worklogs.get(issue, {}):
            raise refused(404, f"Cannot find worklog with id: '{id}'.")
        return Worklog(store, issue, store.worklogs[issue][id])

    def worklogs(self, issue: str) -> list[Worklog]:
        store = self.jira_store
        store.calls.record("worklogs", issue)
        return [Worklog(store, issue, raw) for raw in store.worklogs.get(issue, {}).values()]

    def create_issue_link(
        self, type: str, inwardIssue: str, outwardIssue: str, comment: Raw | None = None
    ) -> None:
        store = self.jira_store
        store.calls.record("create_issue_link", type, inwardIssue, outwardIssue, comment)
        link_issues(store, inwardIssue, outwardIssue, type)

    def delete_issue_link(self, id: str) -> None:
        self.jira_store.calls.record("delete_issue_link", id)
        for issue in self.jira_store.issues.values():
            links = issue["fields"].get("issuelinks", [])
            issue["fields"]["issuelinks"] = [link for link in links if link["id"] != id]


def link_issues(store: JiraStore, inward: str, outward: str, phrase: str = "relates to") -> str:
    """Links two issues; returns the link's id. Each issue shows the other end."""
    number = store.next_id()
    link = {
        "self": f"{API}/issueLink/{number}",
        "id": number,
        "type": {"id": "10003", "name": phrase.title(), "inward": phrase, "outward": phrase},
    }
    for own, other, end in (
        (outward, inward, "inwardIssue"),
        (inward, outward, "outwardIssue"),
    ):
        shown = {name: store.issues[other][name] for name in ("self", "id", "key")}
        store.issues[own]["fields"].setdefault("issuelinks", []).append({**link, end: shown})
    return number


def activity_double(store: JiraStore) -> type[JiraDouble]:
    """The client class of a site with worklogs and links."""
    return type("JiraDouble", (ActivityCalls, jira_double(store)), {})
