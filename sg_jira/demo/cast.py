"""The people of the story at work: each with their own real clients of both sites."""

from __future__ import annotations

from typing import Any

from jira.client import JIRA
from jira.resources import Comment, Issue, Worklog
from shotgun_api3.shotgun import Shotgun

from sg_jira.constants import SG_ENTITY_SPECIAL_NAME_FIELDS, SHOTGUN_JIRA_ID_FIELD
from sg_jira.sandbox import Colleague, Sandbox
from sg_jira.sandbox.shotgun import DEFAULT_PASSWORD, Entity

#: Seconds to wait for an answer of a site.
_TIMEOUT = 30


class NotSynced(Exception):  # noqa: N818  # the message is what matters, and it is for people
    """The story needs a counterpart that is not there."""


class Cast:
    """The people of a sandbox's production, their clients, and where they find things.

    Parameters:
        sandbox: a seeded one that was started.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._shotgun: dict[str, Shotgun] = {}
        self._jira: dict[str, JIRA] = {}
        production = sandbox.production
        self._records: dict[str, Entity] = {
            **production.assets,
            **production.shots,
            **production.tasks,
        }
        self._issues: dict[str, str] = {}

    @property
    def project(self) -> Entity:
        """The FPTR Project."""
        return self._sandbox.production.project

    @property
    def jira_key(self) -> str:
        """Key of the Jira project."""
        return self._sandbox.production.jira_key

    def person(self, login: str) -> Colleague:
        """Someone of the production."""
        return self._sandbox.production.person(login)

    def tag(self, name: str) -> Entity:
        """A tag."""
        return self._sandbox.production.tags[name]

    def shotgun(self, login: str) -> Shotgun:
        """This person's FPTR client."""
        if login not in self._shotgun:
            client = Shotgun(
                self._sandbox.shotgun.url, login=login, password=DEFAULT_PASSWORD, connect=False
            )
            client.config.timeout_secs = _TIMEOUT
            self._shotgun[login] = client
        return self._shotgun[login]

    def jira(self, login: str) -> JIRA:
        """This person's Jira client."""
        if login not in self._jira:
            account = self.person(login).jira
            assert account is not None, f"{login} has no Jira account"
            credentials = self._sandbox.jira.credentials(account)
            self._jira[login] = JIRA(
                self._sandbox.jira.url,
                basic_auth=(credentials.user, credentials.secret),
                max_retries=0,
                timeout=_TIMEOUT,
            )
        return self._jira[login]

    def account(self, login: str) -> dict[str, str]:
        """How a Jira field names this person."""
        account = self.person(login).jira
        assert account is not None, f"{login} has no Jira account"
        return account.reference

    # ------------------------------------------------------------------ FPTR

    def record(self, name: str) -> Entity:
        """A link to a record, by the name it had at first."""
        record = self._records[name]
        return {"type": record["type"], "id": record["id"]}

    def create(self, login: str, sg_type: str, name: str, **fields: Any) -> None:
        """Makes a record in FPTR."""
        name_field = SG_ENTITY_SPECIAL_NAME_FIELDS.get(sg_type, "code")
        data = {"project": self.project, name_field: name, **fields}
        self._records[name] = self.shotgun(login).create(sg_type, data)

    def update(self, login: str, name: str, **fields: Any) -> None:
        """Changes fields of a record in FPTR."""
        record = self.record(name)
        self.shotgun(login).update(record["type"], record["id"], fields)

    def delete(self, login: str, name: str) -> None:
        """Deletes a record in FPTR, which retires it."""
        record = self.record(name)
        self.shotgun(login).delete(record["type"], record["id"])

    def create_note(self, login: str, task: str, subject: str, content: str) -> None:
        """Adds a Note to a Task in FPTR."""
        self.create(login, "Note", subject, content=content, tasks=[self.record(task)])

    def meet(self, login: str, sg_type: str, name: str) -> None:
        """Finds the record that an Issue has become, so that it can be edited by its name.

        Raises:
            NotSynced: it has become none.
        """
        key = self._issues[name]
        found: Any = self.shotgun(login).find_one(sg_type, [[SHOTGUN_JIRA_ID_FIELD, "is", key]])
        if found is None:
            raise NotSynced(f"{name!r}, made in Jira as {key}, is no {sg_type} in FPTR.")
        self._records[name] = found

    # ------------------------------------------------------------------ Jira

    def issue(self, login: str, name: str) -> Issue:
        """An Issue, loaded by this person. Raises `NotSynced` when the record has none."""
        return self.jira(login).issue(self._issues.get(name) or self._key_of(login, name))

    def _key_of(self, login: str, name: str) -> str:
        record = self.record(name)
        found: Any = self.shotgun(login).find_one(
            record["type"], [["id", "is", record["id"]]], [SHOTGUN_JIRA_ID_FIELD]
        )
        if not found or not found[SHOTGUN_JIRA_ID_FIELD]:
            raise NotSynced(
                f"The {record['type']} {name!r} has no Issue, so nobody can edit it in Jira."
            )
        return str(found[SHOTGUN_JIRA_ID_FIELD])

    def create_issue(
        self, login: str, issue_type: str, name: str, parent: str | None = None, **fields: Any
    ) -> None:
        """Makes an Issue in Jira, below that of `parent` if one is named."""
        data = {
            "project": {"key": self.jira_key},
            "issuetype": {"name": issue_type},
            "summary": name,
            **({"parent": {"key": self.issue(login, parent).key}} if parent else {}),
            **fields,
        }
        self._issues[name] = self.jira(login).create_issue(fields=data).key

    def sync_in_fptr(self, login: str) -> dict[str, Any]:
        """The Jira field Sync In FPTR, turned on, as fields of an Issue."""
        ids = {field["name"]: field["id"] for field in self.jira(login).fields()}
        return {ids["Sync In FPTR"]: {"value": "True"}}

    def move(self, login: str, name: str, status: str) -> None:
        """Moves an Issue to a status."""
        self.jira(login).transition_issue(self.issue(login, name), status)

    def comment(self, login: str, name: str, text: str) -> None:
        """Comments on an Issue."""
        self.jira(login).add_comment(self.issue(login, name), text)

    def edit_comment(self, login: str, name: str, old: str, new: str) -> None:
        """Replaces a text in the comment of an Issue that has it. Raises `NotSynced`."""
        comment = self._comment(login, name, old)
        comment.update(body=comment.body.replace(old, new))

    def delete_comment(self, login: str, name: str, text: str) -> None:
        """Deletes the comment of an Issue that has a text. Raises `NotSynced`."""
        self._comment(login, name, text).delete()

    def _comment(self, login: str, name: str, text: str) -> Comment:
        issue = self.issue(login, name)
        comments: list[Comment] = self.jira(login).comments(issue)
        for comment in comments:
            if text in comment.body:
                return comment
        raise NotSynced(f"{issue.key} has no comment that says {text!r}.")

    def log_work(self, login: str, name: str, minutes: int, text: str) -> None:
        """Logs work on an Issue, done just now."""
        issue = self.issue(login, name)
        self.jira(login).add_worklog(issue, timeSpentSeconds=str(minutes * 60), comment=text)

    def edit_worklog(self, login: str, name: str, text: str, minutes: int) -> None:
        """Changes the time of the worklog of an Issue that has a text. Raises `NotSynced`."""
        self._worklog(login, name, text).update(fields={"timeSpentSeconds": minutes * 60})

    def delete_worklog(self, login: str, name: str, text: str) -> None:
        """Deletes the worklog of an Issue that has a text. Raises `NotSynced`."""
        self._worklog(login, name, text).delete()

    def _worklog(self, login: str, name: str, text: str) -> Worklog:
        issue = self.issue(login, name)
        worklogs: list[Worklog] = self.jira(login).worklogs(issue.key)
        for worklog in worklogs:
            if text in worklog.comment:
                return worklog
        raise NotSynced(f"{issue.key} has no worklog that says {text!r}.")

    def close(self) -> None:
        """Ends all connections."""
        for client in self._shotgun.values():
            client.close()
        for session in self._jira.values():
            session.close()  # type: ignore[no-untyped-call]
