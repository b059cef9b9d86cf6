"""A Jira double with what the generic family needs besides: worklogs, children, its own fields."""
# ruff: noqa: N803  # the arguments have the names of the `jira` client

from __future__ import annotations

import copy
import re
from datetime import datetime
from typing import Any

from jira import resources

from tests.doubles.jira_double import OPTIONS, Issue, JiraDouble, _key
from tests.doubles.jira_metadata import API
from tests.doubles.jira_store import Flavour, JiraStore, Raw, refused

FLAG = "customfield_11520"
RATING = "customfield_11521"
WEBSITE = "customfield_11522"
START = "customfield_11523"
REVIEWER = "customfield_11524"
ON = {"self": f"{API}/customFieldOption/1", "id": "1", "value": "True"}
OFF = {"self": f"{API}/customFieldOption/2", "id": "2", "value": "False"}


def _meta(field_id: str, name: str, kind: str, **more: Any) -> Raw:
    schema = {"type": kind, "custom": more.pop("custom", "")}
    return {
        "required": False,
        "schema": schema,
        "name": name,
        "key": field_id,
        "operations": ["set"],
        **more,
    }


class GenericStore(JiraStore):
    """The site; its issues have the field `Sync In FPTR`."""

    def __init__(self, flavour: Flavour) -> None:
        super().__init__(flavour)
        extra = {
            FLAG: _meta(FLAG, "Sync In FPTR", "option", allowedValues=[ON, OFF]),
            RATING: _meta(RATING, "Rating", "number"),
            WEBSITE: _meta(WEBSITE, "Website", "string", custom="x:url"),
            START: _meta(START, "Start", "datetime"),
            REVIEWER: _meta(REVIEWER, "Reviewer", "user"),
            "parent": _meta("parent", "Parent", "issuelink"),
        }
        self.field_names.update({name: meta["name"] for name, meta in extra.items()})
        for screens in (self.edit_screens, self.create_screens):
            for screen in screens.values():
                screen.update(copy.deepcopy(extra))
        for screen in self.create_screens.values():
            for meta in screen.values():
                meta.setdefault("hasDefaultValue", False)

    def field_list(self) -> list[Raw]:
        """As Jira lists them, with their types."""
        metas = self.edit_screens["Task"]
        return [
            {**entry, "schema": metas[entry["id"]]["schema"]} if entry["id"] in metas else entry
            for entry in super().field_list()
        ]

    def add_issue(self, project: str = "PROJ", issue_type: str = "Task", **fields: Any) -> str:
        """An issue that people have not asked to sync."""
        key = super().add_issue(project, issue_type, **fields)
        if self.issues[key]["fields"].get("parent") is None:
            self.issues[key]["fields"].pop("parent", None)
        return key

    def add_worklog(self, key: str, seconds: int, **more: Any) -> str:
        """Log work on an issue and return the worklog's id."""
        number = self.next_id()
        self.worklogs.setdefault(key, {})[number] = {
            "self": f"{API}/issue/{self.issues[key]['id']}/worklog/{number}",
            "id": number,
            "issueId": self.issues[key]["id"],
            "timeSpentSeconds": seconds,
            "started": "2024-11-05T09:30:00.000+0000",
            **more,
        }
        return number


class Worklog(resources.Worklog):  # type: ignore[misc]
    """A worklog that updates in memory."""

    def __init__(self, store: GenericStore, key: str, raw: Raw) -> None:
        super().__init__(OPTIONS, None, copy.deepcopy(raw))
        self._store, self._key = store, key

    def update(self, *, fields: Raw) -> None:
        self._store.calls.record("Worklog.update", self._key, self.id, copy.deepcopy(fields))
        for name, value in fields.items():
            if value is None:
                raise refused(400, f"{name} cannot be empty")
        self._store.worklogs[self._key][self.id].update(fields)

    def delete(self) -> None:
        self._store.calls.record("Worklog.delete", self._key, self.id)
        del self._store.worklogs[self._key][self.id]


class GenericDouble(JiraDouble):
    """The client, with worklogs and the search for children."""

    jira_store: GenericStore

    def add_worklog(
        self,
        issue: resources.Issue | str,
        *,
        timeSpentSeconds: int,
        started: datetime | None,
    ) -> Worklog:
        key = _key(issue)
        self.jira_store.calls.record("add_worklog", key, timeSpentSeconds, started)
        assert started is None or started.tzinfo is None, "a naive datetime"
        more = {"started": started.strftime("%Y-%m-%dT%H:%M:%S.000+0000")} if started else {}
        number = self.jira_store.add_worklog(
            key, timeSpentSeconds, author=self.jira_store.myself, **more
        )
        return self._worklog(key, number)

    def worklog(self, issue: resources.Issue | str, id: str) -> Worklog:
        self.jira_store.calls.record("worklog", _key(issue), id)
        assert isinstance(id, str), "worklog ids are strings"
        if id not in self.jira_store.worklogs.get(_key(issue), {}):
            raise refused(404, "Cannot find worklog")
        return self._worklog(_key(issue), id)

    def worklogs(self, issue: str) -> list[Worklog]:
        self.jira_store.calls.record("worklogs", issue)
        return [self._worklog(issue, one) for one in self.jira_store.worklogs.get(issue, {})]

    def _worklog(self, key: str, number: str) -> Worklog:
        return Worklog(self.jira_store, key, self.jira_store.worklogs[key][number])

    def search_issues(self, jql: str) -> list[Issue] | None:  # type: ignore[override]
        self.jira_store.calls.record("search_issues", jql)
        match = re.fullmatch(r"parent IN \('(\S+)'\)", jql)
        if not match:
            return None
        found = [
            issue
            for issue in self.jira_store.issues.values()
            if (issue["fields"].get("parent") or {}).get("key") == match[1]
        ]
        return [Issue(self.jira_store, issue) for issue in found] or None


def generic_double(store: GenericStore, without: tuple[str, ...] = ()) -> type[GenericDouble]:
    """The client class of one site; `without` names calls that this studio's double lacks."""

    def lacks(self: GenericDouble) -> Any:
        raise AttributeError("this double has no such call")

    missing = {name: property(lacks) for name in without}
    return type("GenericDouble", (GenericDouble,), {"jira_store": store, **missing})
