"""A Jira client with nothing but the calls that the bridge may make, and only their arguments.

To be put under the session with `JiraSession.__bases__ = (jira_double(store),)`. Anything a
studio's own double would not understand is a `TypeError` or an `AttributeError` here.
"""
# ruff: noqa: N803  # the arguments have the names of the `jira` client

from __future__ import annotations

import copy
from typing import Any, ClassVar

from jira import resources

from tests.doubles.jira_metadata import API, ISSUE_TYPES, SERVER
from tests.doubles.jira_store import JiraStore, Raw, refused

OPTIONS = {"server": SERVER}
PAGE = 50


class Issue(resources.Issue):  # type: ignore[misc]
    """An issue that updates in memory."""

    def __init__(self, store: JiraStore, raw: Raw) -> None:
        super().__init__(OPTIONS, None, copy.deepcopy(raw))
        self._store = store

    def update(self, *, fields: Raw) -> None:
        self._store.calls.record("Issue.update", self.key, copy.deepcopy(fields))
        self._store.write(self.key, fields)
        self._parse_raw(copy.deepcopy(self._store.find_issue(self.key)))

    def delete(self) -> None:
        raise AssertionError("The bridge never deletes an issue")


class Comment(resources.Comment):  # type: ignore[misc]
    """A comment that updates in memory."""

    def __init__(self, store: JiraStore, key: str, raw: Raw) -> None:
        super().__init__(OPTIONS, None, copy.deepcopy(raw))
        self._store, self._key = store, key

    def update(self, *, body: str) -> None:
        self._store.calls.record("Comment.update", self._key, self.id, body)
        self._store.comments[self._key][self.id]["body"] = body
        self._parse_raw(copy.deepcopy(self._store.comments[self._key][self.id]))

    def delete(self) -> None:
        self._store.calls.record("Comment.delete", self._key, self.id)
        del self._store.comments[self._key][self.id]


def _key(issue: resources.Issue | str) -> str:
    return str(issue.key) if isinstance(issue, resources.Issue) else issue


def _project_key(project: resources.Project | str) -> str:
    return str(project.key) if isinstance(project, resources.Project) else project


def _user(raw: Raw) -> resources.User:
    return resources.User(OPTIONS, None, copy.deepcopy(raw))


class JiraDouble:
    """The client. `jira_double` ties it to the site it talks to."""

    jira_store: ClassVar[JiraStore]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.jira_store.logins.append((args, kwargs))
        self.jira_store.calls.record("connect")

    def myself(self) -> Raw:
        self.jira_store.calls.record("myself")
        return copy.deepcopy(self.jira_store.myself)

    def current_user(self) -> str:
        self.jira_store.calls.record("current_user")
        return self.jira_store.user_id(self.jira_store.myself)

    def fields(self) -> list[Raw]:
        self.jira_store.calls.record("fields")
        return self.jira_store.field_list()

    def projects(self) -> list[resources.Project]:
        self.jira_store.calls.record("projects")
        return [
            resources.Project(OPTIONS, None, copy.deepcopy(raw))
            for raw in self.jira_store.projects.values()
        ]

    def project(self, key: str) -> resources.Project:
        self.jira_store.calls.record("project", key)
        if key not in self.jira_store.projects:
            status = self.jira_store.unknown_project_status
            raise refused(status, f"No project could be found with key '{key}'.")  # type: ignore[arg-type]
        return resources.Project(OPTIONS, None, copy.deepcopy(self.jira_store.projects[key]))

    def issue(self, key_or_id: str, **extra: Any) -> Issue:
        self.jira_store.calls.record("issue", key_or_id)
        return Issue(self.jira_store, self.jira_store.find_issue(key_or_id))

    def issue_type_by_name(
        self, name: str, project: resources.Project | str
    ) -> resources.IssueType:
        self.jira_store.calls.record("issue_type_by_name", name, _project_key(project))
        if name not in self.jira_store.create_screens:
            raise KeyError(f"Issue type {name!r} is unknown.")
        return resources.IssueType(OPTIONS, None, self.jira_store.issue_type(name))

    def createmeta(
        self, project: resources.Project | str, *, issuetypeIds: str, expand: str
    ) -> Raw:
        self.jira_store.calls.record("createmeta", _project_key(project), issuetypeIds)
        assert expand == "projects.issuetypes.fields"
        if self.jira_store.paged_create_metadata:
            raise refused(404, "Unsupported JIRA version: (9, 4, 0).")
        wanted = [name for name, number in ISSUE_TYPES.items() if number == str(issuetypeIds)]
        types = [
            {**self.jira_store.issue_type(name), "fields": self.jira_store.create_screens[name]}
            for name in wanted
            if self.jira_store.create_screens[name]
        ]
        projects = [{"key": _project_key(project), "issuetypes": types}] if types else []
        return copy.deepcopy({"projects": projects})

    def createmeta_issuetypes(
        self, project: str | int, startAt: int = 0, maxResults: int = PAGE
    ) -> Raw:
        self.jira_store.calls.record("createmeta_issuetypes", project, startAt)
        names = [self.jira_store.issue_type(name) for name in ISSUE_TYPES]
        return _page(names, startAt, min(maxResults, 2))

    def createmeta_fieldtypes(
        self, project: str | int, issue_type: str, startAt: int = 0, maxResults: int = PAGE
    ) -> Raw:
        self.jira_store.calls.record("createmeta_fieldtypes", project, issue_type, startAt)
        name = next(name for name, number in ISSUE_TYPES.items() if number == str(issue_type))
        screen = self.jira_store.create_screens[name]
        entries = [{**meta, "fieldId": field_id} for field_id, meta in screen.items()]
        return _page(entries, startAt, min(maxResults, 5))

    def editmeta(self, issue: resources.Issue | str, /) -> Raw:
        self.jira_store.calls.record("editmeta", _key(issue))
        raw = self.jira_store.find_issue(_key(issue))
        screen = self.jira_store.edit_screens[raw["fields"]["issuetype"]["name"]]
        return copy.deepcopy({"fields": screen} if screen else {})

    def create_issue(self, *, fields: Raw) -> Issue:
        self.jira_store.calls.record("create_issue", copy.deepcopy(fields))
        return Issue(self.jira_store, self.jira_store.issues[self.jira_store.create(fields)])

    def add_comment(
        self,
        issue: resources.Issue | str,
        body: str,
        visibility: Any = None,
        is_internal: bool = False,
    ) -> Comment:
        self.jira_store.calls.record("add_comment", _key(issue), body, visibility, is_internal)
        number = self.jira_store.add_comment(_key(issue), body, author=self.jira_store.myself)
        return self._comment(_key(issue), number)

    def comment(self, issue: str, comment: str) -> Comment:
        self.jira_store.calls.record("comment", issue, comment)
        assert isinstance(comment, str), "comment ids are strings"
        if comment not in self.jira_store.comments.get(_key(issue), {}):
            raise refused(404, "Can not find a comment for the id.")
        return self._comment(_key(issue), comment)

    def comments(self, issue: str) -> list[Comment]:
        self.jira_store.calls.record("comments", issue)
        known = self.jira_store.comments.get(_key(issue), {})
        return [self._comment(_key(issue), number) for number in known]

    def _comment(self, key: str, number: str) -> Comment:
        return Comment(self.jira_store, key, self.jira_store.comments[key][number])

    def transitions(self, issue: resources.Issue | str, expand: str | None = None) -> list[Raw]:
        self.jira_store.calls.record("transitions", _key(issue), expand)
        listed = copy.deepcopy(self.jira_store.transitions)
        if expand != "transitions.fields":
            for transition in listed:
                del transition["fields"]
        return listed

    def transition_issue(
        self, issue: resources.Issue, transition: str, *, comment: str, fields: Raw | None = None
    ) -> None:
        self.jira_store.calls.record(
            "transition_issue", issue.key, transition, comment=comment, fields=fields
        )
        assert isinstance(issue, resources.Issue), "the issue itself, not its key"
        chosen = next(t for t in self.jira_store.transitions if t["id"] == transition)
        stored = self.jira_store.issues[issue.key]["fields"]
        for name, meta in chosen["fields"].items():
            given = (fields or {}).get(name) or stored.get(name)
            if meta["required"] and not meta.get("hasDefaultValue") and not given:
                raise refused(400, f"{name} is required")
        stored["status"] = self.jira_store.status(chosen["to"]["name"])

    def search_assignable_users_for_issues(
        self,
        *,
        project: str | None,
        issueKey: str | None,
        maxResults: int,
        query: str | None = None,
        username: str | None = None,
        startAt: int = 0,
    ) -> list[resources.User]:
        self.jira_store.calls.record(
            "search_assignable_users_for_issues",
            project=project,
            issueKey=issueKey,
            maxResults=maxResults,
            query=query,
            username=username,
            startAt=startAt,
        )
        assert isinstance(project, str | None), "a project key"
        assert isinstance(issueKey, str | None), "an issue key"
        if not project and not issueKey:
            raise refused(400, "Either 'project' or 'issueKey' query parameter should be provided")
        term = query if self.jira_store.is_cloud else username
        if term is None and (query is not None or username is not None):
            return []  # Jira does not search by the other flavour's argument
        found = [raw for raw in self.jira_store.people if self._matches(raw, term)]
        return [_user(raw) for raw in found[startAt : startAt + maxResults]]

    def _matches(self, raw: Raw, term: str | None) -> bool:
        """Searches also look at e-mails that they do not show, where the site allows it."""
        if term in (None, "", ".", "%"):  # each of these lists everybody, on one flavour or both
            return True
        names = [raw["displayName"], raw.get("name", "")]
        if self.jira_store.searches_by_mail:
            names += [raw.get("emailAddress", ""), raw.get("hiddenMail", "")]
        return any(str(term).lower() in name.lower() for name in names)

    def user(self, id: str) -> resources.User | None:
        self.jira_store.calls.record("user", id)
        known = {self.jira_store.user_id(raw): raw for raw in self.jira_store.people}
        known |= {raw["key"]: raw for raw in self.jira_store.people if "key" in raw}
        known |= self.jira_store.legacy_names
        if id in known:
            return _user(known[id])
        if self.jira_store.unknown_user_is_none:
            return None
        raise refused(404, "The user does not exist")

    def add_watcher(self, issue: resources.Issue | str, watcher: str) -> None:
        self.jira_store.calls.record("add_watcher", _key(issue), watcher)
        self.jira_store.watchers[_key(issue)].append(self._known(watcher))

    def remove_watcher(self, issue: resources.Issue | str, watcher: str) -> None:
        self.jira_store.calls.record("remove_watcher", _key(issue), watcher)
        self.jira_store.watchers[_key(issue)].remove(self._known(watcher))

    def _known(self, watcher: str) -> Raw:
        assert isinstance(watcher, str), "watchers are named by id"
        for raw in self.jira_store.people:
            if self.jira_store.user_id(raw) == watcher:
                return raw
        raise refused(404, f"No user {watcher!r}")

    def watchers(self, issue: resources.Issue | str) -> resources.Watchers:
        self.jira_store.calls.record("watchers", _key(issue))
        people = copy.deepcopy(self.jira_store.watchers[_key(issue)])
        raw = {"self": f"{API}/issue/{_key(issue)}/watchers", "watchers": people}
        return resources.Watchers(OPTIONS, None, raw)

    def search_issues(self, jql: str) -> None:
        self.jira_store.calls.record("search_issues", jql)


def _page(entries: list[Raw], start: int, size: int) -> Raw:
    values = copy.deepcopy(entries[start : start + size])
    last = start + size >= len(entries)
    return {
        "startAt": start,
        "maxResults": size,
        "total": len(entries),
        "isLast": last,
        "values": values,
    }


def jira_double(store: JiraStore, without: tuple[str, ...] = ()) -> type[JiraDouble]:
    """The client class of one site.

    Parameters:
        store: the site's content.
        without: calls that this studio's double lacks.
    """

    def lacks(self: JiraDouble) -> Any:
        raise AttributeError("this double has no such call")

    missing = {name: property(lacks) for name in without}
    return type("JiraDouble", (JiraDouble,), {"jira_store": store, **missing})
