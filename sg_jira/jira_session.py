"""Jira as the bridge sees it: the client, plus fields, people, screens and caches.

Studios put a client of their own under `JiraSession` by assigning to its `__bases__`. So this
class has one base, reaches it by `super()` without arguments or through `self`, and takes its
shorter ways only where the real client answers.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from typing import Any, Final

import jira.client
from jira.exceptions import JIRAError
from jira.resources import Comment, Issue, IssueType, Project, User, Worklog

from sg_jira import deadlines, jira_create_screen, jira_fields, jira_transitions, jira_users, links
from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    JIRA_SHOTGUN_TYPE_FIELD,
    JIRA_SHOTGUN_URL_FIELD,
)
from sg_jira.jira_client import (
    check_key,
    connection_errors_shortened,
    is_clients_own,
    is_real_client,
)
from sg_jira.jira_issues import EVERYTHING, LazyIssue
from sg_jira.jira_transport import SessionPerThread
from sg_jira.lasting_cache import LastingCache
from sg_jira.printable import without_login
from sg_jira.site_calls import jira_call, make_call
from sg_jira.witnesses import told_of_comment, told_of_worklog

#: Seconds to wait for a connection, and for each piece of an answer. The client has no limits
#: of its own, and a hanging call would hold its thread for ever.
TIMEOUT: Final = (deadlines.CONNECT, deadlines.READ)

#: The client would send any request again after a lost connection, a creation too, and wait up
#: to a minute in between. Whoever calls decides what is worth repeating.
RETRIES: Final = 0

#: Seconds that answers of Jira are used before they are asked for again.
FIELDS_LIFETIME: Final = 3600.0
SCREEN_LIFETIME: Final = 600.0
USER_LIFETIME: Final = 600.0
PROJECT_LIFETIME: Final = 60.0


class JiraSession(jira.client.JIRA):
    """A Jira client with the helpers that the bridge needs. Any thread may use it.

    Parameters:
        jira_site: address of the Jira site.
        args, kwargs: handed to the client; `basic_auth` or `token_auth` for the login.

    Raises:
        RuntimeError: Jira refused the login, or did not answer as Jira does.
        requests.RequestException: Jira cannot be reached.
    """

    # The names of our own attributes are mangled (two underscores), because a studio's client
    # keeps its attributes in the same object.

    def __init__(self, jira_site: str, *args: Any, **kwargs: Any) -> None:
        self.__account: LastingCache[str, dict[str, Any]] = LastingCache(math.inf)
        self.__current_user: LastingCache[str, str] = LastingCache(math.inf)
        self.__field_ids: LastingCache[str, dict[str, str]] = LastingCache(FIELDS_LIFETIME)
        self.__users: LastingCache[tuple[str, str], User] = LastingCache(USER_LIFETIME)
        self.__projects: LastingCache[str, Project] = LastingCache(PROJECT_LIFETIME)
        self.__issue_types: LastingCache[tuple[str, str], IssueType] = LastingCache(SCREEN_LIFETIME)
        self.__screens: LastingCache[tuple[str, str], dict[str, Any]] = LastingCache(
            SCREEN_LIFETIME
        )
        self.__is_set_up = False
        if kwargs.get("basic_auth") or kwargs.get("token_auth"):
            # A login in the address would not be used, but shown in links and errors.
            jira_site = without_login(jira_site)
        if is_real_client(self):
            kwargs.setdefault("timeout", TIMEOUT)
            kwargs.setdefault("max_retries", RETRIES)
        begin = functools.partial(super().__init__, jira_site, *args, **kwargs)
        with connection_errors_shortened(jira_site):
            if is_real_client(self) and kwargs.get("get_server_info", True):
                make_call(jira_call("GET", f"{jira_site}/rest/api/2/serverInfo"), begin)
            else:
                begin()
            if is_real_client(self):
                self._session = SessionPerThread(self._session)
            account = self.myself()
        self._is_jira_cloud = bool(account.get("accountId"))
        self._account_id_field = "accountId" if self._is_jira_cloud else "key"

    def setup(self) -> None:
        """Learns the site's fields and checks that it has those the bridge needs.

        Raises:
            RuntimeError: one of the `Shotgun ...` fields is missing; names it.
            JIRAError: Jira cannot answer.
        """
        self.__field_ids.clear()
        self.__is_set_up = True
        for name in (JIRA_SHOTGUN_TYPE_FIELD, JIRA_SHOTGUN_ID_FIELD, JIRA_SHOTGUN_URL_FIELD):
            self.assert_field(name)

    def clear_caches(self) -> None:
        """Forgets what was remembered of the site; it is read again when it is needed."""
        for cache in (
            self.__account,
            self.__current_user,
            self.__field_ids,
            self.__users,
            self.__projects,
            self.__issue_types,
            self.__screens,
        ):
            cache.clear()

    # ---- the site and its account

    @property
    def is_jira_cloud(self) -> bool:
        """Whether the site is Jira Cloud, and not Jira Server or Data Center."""
        return self._is_jira_cloud

    def myself(self) -> dict[str, Any]:
        """The bridge's own account as Jira gives it, asked for once."""
        return dict(self.__account.get("myself", super().myself) or {})

    @property
    def own_identities(self) -> Mapping[str, str]:
        """What names the bridge's own account, as far as Jira shows it.

        Keys are `accountId`, `name`, `key`, `emailAddress`, `displayName`.
        """
        return jira_users.identities(self.myself())

    def is_own_user(self, user: jira_users.UserLike | None) -> bool:
        """Whether a user is the bridge's own account.

        Parameters:
            user: a dict from a webhook or a resource of the client. Account id, name, key and
                e-mail are compared, as far as both sides show them.
        """
        return jira_users.are_same(jira_users.identities(user), self.own_identities)

    # ---- fields

    @property
    def jira_shotgun_type_field(self) -> str:
        """Id of the field with the type of the linked FPTR record."""
        return self.__field_id(JIRA_SHOTGUN_TYPE_FIELD)

    @property
    def jira_shotgun_id_field(self) -> str:
        """Id of the field with the id of the linked FPTR record."""
        return self.__field_id(JIRA_SHOTGUN_ID_FIELD)

    @property
    def jira_shotgun_url_field(self) -> str:
        """Id of the field with the URL of the linked FPTR record."""
        return self.__field_id(JIRA_SHOTGUN_URL_FIELD)

    def get_jira_issue_field_id(self, name: str) -> str | None:
        """The id of a field, given its name, key or id in any case; `None` when unknown."""
        return self.__known_fields().get(name.lower())

    def forget_fields(self) -> None:
        """Reads the site's fields anew, next time somebody needs one: one was missing."""
        self.__field_ids.clear()

    def assert_field(self, field_name: str) -> None:
        """Checks that the site has a field.

        Raises:
            RuntimeError: it has not, or `setup` was not run yet.
        """
        self.__field_id(field_name)

    def __field_id(self, name: str) -> str:
        field_id = self.get_jira_issue_field_id(name)
        if field_id is None:
            raise RuntimeError(
                f"Jira has no field {name!r}. Create it, or make it visible to the bridge's Jira "
                "account."
            )
        return field_id

    def __known_fields(self) -> dict[str, str]:
        if not self.__is_set_up:
            return {}
        read = lambda: jira_fields.ids_by_name(self.fields())  # noqa: E731
        return self.__field_ids.get("fields", read) or {}

    @staticmethod
    def sanitize_jira_update_value(jira_value: Any, jira_field_schema: Mapping[str, Any]) -> Any:
        """A value as Jira takes it: a text that is too long is cut, with a mark.

        One-line texts hold 255 characters, others 32,767.

        Parameters:
            jira_value: the value to write.
            jira_field_schema: edit or create metadata of the field.

        Raises:
            UserWarning: the value is empty but the field is required and has no default.
        """
        return jira_fields.sanitize(jira_value, jira_field_schema)

    # ---- people

    def find_jira_user(
        self,
        user_email: str | None,
        jira_project: Project | str | None = None,
        jira_issue: Issue | None = None,
        for_assignment: bool = False,
    ) -> User | None:
        """Finds the user with this e-mail among those whom issues can be assigned to.

        Who is found is remembered for a while; `jira_users.choose` tells who counts as found.

        Parameters:
            user_email: the e-mail, in any case.
            jira_project: where the user must be assignable, as Project or key.
            jira_issue: an Issue the user must be assignable to; it also tells the project.
            for_assignment: changes nothing, as Jira cannot reliably search by other permissions.

        Raises:
            ValueError: neither project nor issue is given.
            JIRAError: Jira cannot answer.
        """
        if jira_project is None and jira_issue is None:
            raise ValueError("A Jira project or a Jira issue is needed to look for a user")
        if not user_email:
            return None
        issue_key = None if jira_issue is None else jira_issue.key
        if jira_project is None:
            # A key begins with its project's; looking at the fields might cost a read.
            jira_project = jira_issue.key.rpartition("-")[0]  # type: ignore[union-attr]
        project_key = _key(jira_project)

        def search() -> User | None:
            return jira_users.search_user(self, user_email, project_key, issue_key)

        if "search_assignable_users_for_issues" in vars(self):
            return search()
        return self.__users.get((user_email.casefold(), project_key), search)

    def find_jira_assignee_for_issue(
        self,
        user_email: str | None,
        jira_project: Project | str | None = None,
        jira_issue: Issue | None = None,
    ) -> User | None:
        """Finds the user with this e-mail for an assignment; see `find_jira_user`."""
        return self.find_jira_user(user_email, jira_project, jira_issue, for_assignment=True)

    def current_user(self, *args: Any, **kwargs: Any) -> str:
        """Account id (Cloud) or name of the bridge's own account, asked for once."""
        if args or kwargs:
            return super().current_user(*args, **kwargs)
        if is_real_client(self):
            return str(self.myself().get("accountId" if self._is_jira_cloud else "name") or "")
        return self.__current_user.get("name", super().current_user) or ""

    def user(self, id: str, *args: Any, **kwargs: Any) -> User:
        """A user by account id (Cloud), or by name or key (Server).

        Server's changelogs name people by key, which is their name only on sites that are old.

        Raises:
            JIRAError: there is no such user (404), or Jira cannot answer.
        """
        try:
            return super().user(id, *args, **kwargs)
        except JIRAError as error:
            if error.status_code != 404 or self._is_jira_cloud or not is_real_client(self):
                raise
            user = User(self._options, self._session, _query_param="key")
            user.find(id)
            return user

    def add_watcher(self, issue: Issue | str, watcher: str) -> Any:
        """Adds a watcher, given by account id (Cloud) or name (Server)."""
        if not is_real_client(self):
            return super().add_watcher(issue, watcher)
        # The client would search for the id as if it were a name, which can find another person.
        url = self._get_url(f"issue/{getattr(issue, 'key', issue)}/watchers")
        return self._session.post(url, data=json.dumps(watcher))

    def remove_watcher(self, issue: Issue | str, watcher: str) -> Any:
        """Removes a watcher, given by account id (Cloud) or name (Server)."""
        if not is_real_client(self):
            return super().remove_watcher(issue, watcher)
        url = self._get_url(f"issue/{getattr(issue, 'key', issue)}/watchers")
        name = "accountId" if self._is_jira_cloud else "username"
        return self._session.delete(url, params={name: watcher})

    def forget_people(self) -> None:
        """Looks people up anew, next time somebody needs them: Jira has refused one of them."""
        self.__users.clear()

    # ---- projects and issues

    def get_project_by_key(self, project_key: str) -> Project | None:
        """The project with exactly this key, or `None`; used for a minute once it was found.

        Raises:
            JIRAError: Jira cannot answer.
        """

        def read() -> Project | None:
            try:
                if is_real_client(self):
                    check_key(project_key, what="project key")
                project = self.project(project_key)
            except JIRAError as error:
                if error.status_code in (None, 404):
                    return None
                raise
            # Jira also finds projects by id and by a key they had before.
            return project if project is not None and project.key == project_key else None

        if not project_key or not is_clients_own(self, "project"):
            return read() if project_key else None
        return self.__projects.get(project_key, read)

    def issue(self, id: Issue | str, *args: Any, **kwargs: Any) -> Issue:
        """Reads an issue by key or id. The real client's is a `LazyIssue`."""
        if is_real_client(self):
            check_key(id, what="issue key")
        read = super().issue
        if getattr(read, "__func__", None) is vars(jira.client.JIRA)["issue"]:
            return id if isinstance(id, Issue) else self.__read_issue(id, *args, **kwargs)
        found = read(id, *args, **kwargs)
        if found is id or not is_real_client(self):
            return found
        expand = kwargs.get("expand", args[1] if len(args) > 1 else None)
        return LazyIssue.of(found, expand=expand)

    def __read_issue(
        self,
        id: str,
        fields: str | None = None,
        expand: str | None = None,
        properties: str | None = None,
    ) -> LazyIssue:
        """As the client's `issue`, without making objects of what nobody looks at."""
        asked = {"fields": fields, "expand": expand, "properties": properties}
        found = LazyIssue(self._options, self._session, expand=expand)
        found.find(id, params={name: text for name, text in asked.items() if text is not None})
        return found

    def create_issue(self, *args: Any, **kwargs: Any) -> Issue:
        """Creates an issue. The real client's is a `LazyIssue` that was not read yet."""
        is_real = is_real_client(self)
        if is_real:
            args, kwargs = args[:1], {**kwargs, "prefetch": False}
        with links.asking(search_lags=is_real) as creation:
            created = super().create_issue(*args, **kwargs)
        if creation is not None:
            creation.made = created.key
        if not is_real:
            return created
        return LazyIssue.of(created, expand=EVERYTHING, is_read=False)

    def close(self) -> None:
        """Closes the connections; the session can be used again, and then opens new ones."""
        if is_real_client(self) and hasattr(self, "_session"):  # it may not have got that far
            self._session.close()

    def comment(self, issue: Issue | str, comment: str, *args: Any, **kwargs: Any) -> Comment:
        """Reads a comment of an issue."""
        self.__check_part(issue, comment, "comment id")
        read: Comment = super().comment(issue, comment, *args, **kwargs)
        return read

    def worklog(self, issue: Issue | str, id: str, *args: Any, **kwargs: Any) -> Worklog:
        """Reads a worklog of an issue."""
        self.__check_part(issue, id, "worklog id")
        read: Worklog = super().worklog(issue, id, *args, **kwargs)
        return read

    def __check_part(self, issue: Issue | str, number: str, what: str) -> None:
        self.__check_issue(issue)
        if is_real_client(self):
            check_key(number, what=what)

    def __check_issue(self, issue: Issue | str) -> None:
        if is_real_client(self):
            check_key(issue, what="issue key")

    def add_comment(self, issue: Issue | str, body: str, *args: Any, **kwargs: Any) -> Comment:
        """Adds a comment to an issue."""
        self.__check_issue(issue)
        with links.asking(told=told_of_comment(issue, body)):
            comment: Comment = super().add_comment(issue, body, *args, **kwargs)
        return comment

    def add_worklog(self, issue: Issue | str, *args: Any, **kwargs: Any) -> Worklog:
        """Adds a worklog to an issue."""
        self.__check_issue(issue)
        told = told_of_worklog(issue, kwargs.get("timeSpentSeconds"), kwargs.get("started"))
        with links.asking(told=told):
            worklog: Worklog = super().add_worklog(issue, *args, **kwargs)
        return worklog

    def get_jira_issue_edit_meta(self, jira_issue: Issue) -> dict[str, Any]:
        """Edit metadata of an issue's fields, by field id.

        Raises:
            RuntimeError: the bridge's account may not edit any field.
        """
        meta = None
        if isinstance(jira_issue, LazyIssue) and is_clients_own(self, "editmeta"):
            meta = jira_issue.expansion("editmeta")
        fields: dict[str, Any] = (meta or self.editmeta(jira_issue) or {}).get("fields") or {}
        if not fields:
            raise RuntimeError(
                f"Jira shows no fields of {jira_issue.key} to edit. Check that the bridge's Jira "
                "account may edit issues in this project, and that their edit screen has fields."
            )
        return fields

    def set_jira_issue_status(self, jira_issue: Issue, jira_status_name: str, comment: str) -> bool:
        """Moves an issue to a status by one transition.

        Parameters:
            jira_issue: the Issue.
            jira_status_name: exact name of the status.
            comment: comment of the transition; also fills required text fields.

        Returns:
            Whether the issue is in this status now; `False` when no transition leads there.
        """
        return jira_transitions.move(self, jira_issue, jira_status_name, comment)

    # ---- creation

    def get_project_issue_type_fields(
        self, jira_project: Project | str, issue_type: IssueType | str
    ) -> dict[str, Any]:
        """Create metadata of an issue type's fields, by field id.

        Parameters:
            jira_project: a Project, or its key.
            issue_type: an issue type, or its name.

        Raises:
            KeyError: the project has no issue type of this name.
            RuntimeError: Jira shows no create screen to the bridge's account.
        """
        if isinstance(issue_type, str):
            issue_type = self.__issue_type(jira_project, issue_type)
        chosen: IssueType = issue_type

        def read() -> dict[str, Any]:
            return jira_create_screen.read_screen(self, jira_project, chosen)

        if not all(is_clients_own(self, name) for name in jira_create_screen.CALLS):
            return read()
        return self.__screens.get((_key(jira_project), chosen.name), read) or {}

    def __issue_type(self, jira_project: Project | str, name: str) -> IssueType:
        def read() -> IssueType:
            found: IssueType = self.issue_type_by_name(name, project=jira_project)  # type: ignore[arg-type]
            return found

        if not is_clients_own(self, "issue_type_by_name"):
            return read()
        return self.__issue_types.get((_key(jira_project), name), read)  # type: ignore[return-value]

    def create_issue_from_data(
        self, jira_project: Project | str, issue_type: str, data: Mapping[str, Any]
    ) -> Issue:
        """Creates an issue with as much of the data as its create screen takes.

        When that is refused and the screen has changed since it was read, it is tried again.

        Parameters:
            jira_project: a Project, or its key.
            issue_type: name of the issue type.
            data: values by field id, `project` included; `issuetype` is added.

        Raises:
            KeyError: the project has no issue type of this name.
            ValueError: Jira requires a field that is missing or empty.
            RuntimeError: Jira shows no create screen to the bridge's account.
            JIRAError: Jira refuses, or cannot answer.
        """
        known = self.__screens.known((_key(jira_project), issue_type))
        try:
            return self.create_issue(fields=self.__fields_to_create(jira_project, issue_type, data))
        except Exception as error:
            # Somebody will mend the screen now, and the next attempt has to see that.
            self.forget_create_screen(jira_project, issue_type)
            if known is None or not jira_create_screen.is_refusal(error):
                raise
            if self.get_project_issue_type_fields(jira_project, issue_type) == known:
                self.forget_create_screen(jira_project, issue_type)
                raise
        return self.create_issue_from_data(jira_project, issue_type, data)

    def __fields_to_create(
        self, jira_project: Project | str, issue_type: str, data: Mapping[str, Any]
    ) -> dict[str, Any]:
        """As much of the data as the create screen takes."""
        chosen = self.__issue_type(jira_project, issue_type)
        screen = self.get_project_issue_type_fields(jira_project, chosen)
        values = {**data, "issuetype": chosen.raw}
        jira_create_screen.check_required(screen, values, issue_type)
        fitting = jira_create_screen.fit(screen, values, issue_type)
        if self.jira_shotgun_id_field in values.keys() - fitting.keys():
            # An issue that cannot name its record is of no use until the screen is mended.
            self.forget_create_screen(jira_project, issue_type)
        return {
            field: self.sanitize_jira_update_value(value, screen[field])
            for field, value in fitting.items()
        }

    # ---- by the page; see `jira_bulk`

    @property
    def takes_pages(self) -> bool:
        """Whether issues can be created and read by the page: with the real client's own calls.

        A studio that has put something in the place of the calls for one issue has them called.
        """
        return is_real_client(self) and all(
            getattr(getattr(self, name), "__func__", None) is vars(JiraSession)[name]
            for name in ("issue", "create_issue", "create_issue_from_data")
        )

    def fields_for_bulk(
        self, jira_project: Project | str, issue_type: str, data: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The fields with which an issue can be created together with others.

        Parameters:
            jira_project, issue_type, data: as for `create_issue_from_data`.

        Returns:
            `None` for one that has to be created alone: its data is wrong, which is told then; or
            the create screen has no place for the record that it belongs to, by which those that
            are created together are told apart.
        """
        try:
            fields = self.__fields_to_create(jira_project, issue_type, data)
        except (KeyError, RuntimeError, ValueError, UserWarning):
            return None
        named = {self.jira_shotgun_type_field, self.jira_shotgun_id_field}
        return fields if named <= fields.keys() else None

    def forget_create_screen(self, jira_project: Project | str, issue_type: str) -> None:
        """Reads the create screen of an issue type anew, next time somebody needs it."""
        self.__screens.forget((_key(jira_project), issue_type))
        self.__issue_types.forget((_key(jira_project), issue_type))


def _key(project: Project | str) -> str:
    return project if isinstance(project, str) else str(project.key)
