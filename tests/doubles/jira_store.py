"""What the Jira double holds: issues, comments, people, screens, and the rules on writing them."""

from __future__ import annotations

import copy
import json
import re
from typing import Any, Literal

from jira.exceptions import JIRAError

from tests.doubles.calls import CallLog
from tests.doubles.jira_metadata import (
    API,
    FIELD_NAMES,
    ISSUE_TYPES,
    SHOTGUN_ID,
    SHOTGUN_TYPE,
    SHOTGUN_URL,
    create_screen,
    edit_screen,
    workflow,
)

Flavour = Literal["cloud", "server"]
Raw = dict[str, Any]


def refused(status: int, text: str) -> JIRAError:
    """The error the client raises when Jira answers with this status."""
    return JIRAError(status_code=status, text=text)


class JiraStore:
    """The content of one Jira site, shared by every client of it.

    Parameters:
        flavour: decides how people are identified, and what `fields()` and `myself()` show.
    """

    def __init__(self, flavour: Flavour) -> None:
        self.flavour = flavour
        self.calls = CallLog()
        self.logins: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.people: list[Raw] = []
        self.legacy_names: dict[str, Raw] = {}
        self.unknown_user_is_none = False
        self.searches_by_mail = True
        self.unknown_project_status: int | None = 404
        self.paged_create_metadata = False
        self.projects: dict[str, Raw] = {}
        self.issues: dict[str, Raw] = {}
        self.comments: dict[str, dict[str, Raw]] = {}
        self.worklogs: dict[str, dict[str, Raw]] = {}
        self.watchers: dict[str, list[Raw]] = {}
        self.field_names = dict(FIELD_NAMES)
        self.edit_screens = {name: edit_screen() for name in ISSUE_TYPES}
        self.create_screens = {name: create_screen() for name in ISSUE_TYPES}
        self.transitions = workflow()
        self._last_id = 10000
        self.myself = self.add_person("SG Jira", "bridge@studio.test", login="sg-jira")

    @property
    def is_cloud(self) -> bool:
        """Whether people are known by account id."""
        return self.flavour == "cloud"

    def next_id(self) -> str:
        """An id that nothing else on the site has."""
        self._last_id += 1
        return str(self._last_id)

    # What an admin or a person does, unseen by the call log.

    def add_person(self, name: str, email: str, *, login: str | None = None) -> Raw:
        """Add somebody who can be assigned to issues, and return the user as Jira shows it."""
        login = login or email.split("@")[0]
        if self.is_cloud:
            account = f"5cedcb4355a88a0fc863{int(self.next_id()):04x}"
            identity = {"self": f"{API}/user?accountId={account}", "accountId": account}
        else:
            key = f"JIRAUSER{self.next_id()}"
            identity = {"self": f"{API}/user?username={login}", "name": login, "key": key}
        person = {**identity, "displayName": name, "emailAddress": email, "active": True}
        self.people.append(person)
        return person

    def hide_mails(self) -> None:
        """Hide every e-mail, which is what Cloud does unless a person allows it."""
        for person in self.people:
            person.pop("emailAddress", None)

    def user_value(self, person: Raw) -> Raw:
        """What has to be written into a user field to name this person."""
        name = "accountId" if self.is_cloud else "name"
        return {name: person[name]}

    def user_id(self, person: Raw) -> str:
        """The id by which this person is watched, or asked for."""
        return str(person["accountId" if self.is_cloud else "name"])

    def add_project(self, key: str, name: str) -> Raw:
        """Add a project that has every issue type."""
        number = self.next_id()
        self.projects[key] = {
            "self": f"{API}/project/{number}",
            "id": number,
            "key": key,
            "name": name,
        }
        return self.projects[key]

    def add_issue(self, project: str = "PROJ", issue_type: str = "Task", **fields: Any) -> str:
        """Add an issue and return its key; `fields` are raw values as Jira shows them."""
        number = self.next_id()
        key = f"{project}-{sum(issue.startswith(project + '-') for issue in self.issues) + 1}"
        self.issues[key] = {
            "self": f"{API}/issue/{number}",
            "id": number,
            "key": key,
            "fields": {
                **dict.fromkeys(self.edit_screens[issue_type]),
                "labels": [],
                "components": [],
                "timetracking": {},
                "resolution": None,
                "summary": "An issue",
                "status": self.status("To Do"),
                "reporter": self.myself,
                "issuetype": self.issue_type(issue_type),
                "project": self.projects[project],
                **copy.deepcopy(fields),
            },
        }
        self.watchers[key] = []
        return key

    def add_linked_issue(self, entity: Raw, issue_type: str = "Task", **fields: Any) -> str:
        """Add an issue whose `Shotgun …` fields name an FPTR record."""
        return self.add_issue(
            issue_type=issue_type,
            **{SHOTGUN_ID: str(entity["id"]), SHOTGUN_TYPE: entity["type"], SHOTGUN_URL: "x"},
            **fields,
        )

    def add_comment(self, key: str, body: str, **more: Any) -> str:
        """Comment an issue and return the comment's id."""
        number = self.next_id()
        self.comments.setdefault(key, {})[number] = {
            "self": f"{API}/issue/{self.issues[key]['id']}/comment/{number}",
            "id": number,
            "body": body,
            **more,
        }
        return number

    def remove_issue(self, key: str) -> None:
        """Delete an issue with all it has."""
        del self.issues[key]

    # What Jira shows.

    def fields_of(self, key: str) -> Raw:
        """The fields of an issue as they are now."""
        return copy.deepcopy(self.issues[key]["fields"])

    def status(self, name: str) -> Raw:
        """A status as issues show it."""
        return {"self": f"{API}/status/1{len(name):03}", "id": f"1{len(name):03}", "name": name}

    def issue_type(self, name: str) -> Raw:
        """An issue type as issues show it."""
        number = ISSUE_TYPES[name]
        return {"self": f"{API}/issuetype/{number}", "id": number, "name": name, "subtask": False}

    def field_list(self) -> list[Raw]:
        """All fields of the site; only Cloud gives them a `key`, and not all of them."""
        listed: list[Raw] = [{"id": key, "name": name} for key, name in self.field_names.items()]
        if self.is_cloud:
            for entry in listed[1:]:
                entry["key"] = entry["id"]
        return listed

    def find_issue(self, key_or_id: str) -> Raw:
        """The issue with this key or id; 404 when there is none."""
        for issue in self.issues.values():
            if str(key_or_id) in (issue["key"], issue["id"]):
                return issue
        raise refused(404, "Issue Does Not Exist")

    def find_person(self, value: Any) -> Raw:
        """The person a written user value names."""
        name = "accountId" if self.is_cloud else "name"
        if isinstance(value, dict):
            for person in self.people:
                if value.get(name) and person[name] == value[name]:
                    return person
        raise refused(400, f"{value!r} names nobody: {name} needed")

    # What Jira checks when something is written.

    def write(self, key: str, fields: Raw) -> None:
        """Write fields of an issue, as strictly as Jira does."""
        issue = self.find_issue(key)
        screen = self.edit_screens[issue["fields"]["issuetype"]["name"]]
        issue["fields"].update(self.checked(fields, screen))

    def create(self, fields: Raw) -> str:
        """Create an issue, as strictly as Jira does, and return its key."""
        issue_type = next(
            name
            for name, number in ISSUE_TYPES.items()
            if fields["issuetype"].get("id") == number or fields["issuetype"].get("name") == name
        )
        project = next(
            key
            for key, raw in self.projects.items()
            if fields["project"].get("id") == raw["id"] or fields["project"].get("key") == key
        )
        screen = self.create_screens[issue_type]
        plain = {k: v for k, v in fields.items() if k not in ("project", "issuetype")}
        for name, meta in screen.items():
            if meta["required"] and not meta.get("hasDefaultValue") and not fields.get(name):
                raise refused(400, f"{name} is required")
        return self.add_issue(project, issue_type, **self.checked(plain, screen))

    def checked(self, fields: Raw, screen: Raw) -> Raw:
        """The fields as Jira would store them; HTTP 400 when it would not."""
        json.dumps(fields)  # the real client sends JSON
        stored = {}
        for name, value in fields.items():
            if name not in screen:
                raise refused(400, f"Field '{name}' cannot be set. It is not on the screen.")
            stored[name] = self._stored(name, copy.deepcopy(value), screen[name])
        return stored

    def _stored(self, name: str, value: Any, meta: Raw) -> Any:
        kind = meta["schema"]["type"]
        if value is None and kind != "timetracking":
            return [] if kind == "array" else None
        if kind == "array":
            return [self._stored_item(name, item, meta) for item in self._expect(name, value, list)]
        if kind == "user":
            return self.find_person(value)
        if kind == "timetracking":
            return self._stored_estimate(value)
        if kind == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise refused(400, f"{name}: not a date: {value!r}")
        if kind == "number":
            return self._expect(name, value, (int, float))
        if kind == "string":
            return self._stored_text(name, self._expect(name, value, str), meta)
        if meta.get("allowedValues"):
            return self._stored_option(name, value, meta)
        return value

    def _stored_item(self, name: str, item: Any, meta: Raw) -> Any:
        if meta.get("allowedValues"):
            return self._stored_option(name, item, meta)
        if " " in self._expect(name, item, str):
            raise refused(400, f"The label '{item}' contains spaces which is invalid.")
        return item

    def _stored_text(self, name: str, value: str, meta: Raw) -> str:
        short = name == "summary" or str(meta["schema"].get("custom", "")).endswith(":textfield")
        if short and len(value) > 255:
            raise refused(400, f"{name} must be less than 255 characters.")
        if name == "summary" and re.search(r"[\r\n]", value):
            raise refused(400, "The summary is invalid because it contains newline characters.")
        return value

    @staticmethod
    def _stored_estimate(value: Any) -> Raw:
        if value is None:
            return {}
        match = re.fullmatch(r"(\d+) ?m", value.get("originalEstimate") or "")
        if not match:
            raise refused(400, f"timetracking: no estimate: {value!r}")
        return {**value, "originalEstimateSeconds": int(match[1]) * 60}

    @staticmethod
    def _stored_option(name: str, value: Any, meta: Raw) -> Raw:
        for option in meta["allowedValues"]:
            if isinstance(value, dict) and any(
                key in value and value[key] == option.get(key) for key in ("id", "value", "name")
            ):
                return dict(option)
        raise refused(400, f"{name}: no such option: {value!r}")

    @staticmethod
    def _expect(name: str, value: Any, kind: Any) -> Any:
        if not isinstance(value, kind):
            raise refused(400, f"{name}: data was not of the right kind: {value!r}")
        return value
