"""Base of all handlers: a handler decides which events it wants, converts values and writes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import SHOTGUN_JIRA_ACCOUNT_FIELD
from sg_jira.conversions import from_jira_change
from sg_jira.outcomes import Skip, note_skip
from sg_jira.readings import Ahead, readings

if TYPE_CHECKING:
    from sg_jira.bridge import Bridge
    from sg_jira.handlers.attachments import Attachments
    from sg_jira.handlers.reply_comment_handler import ReplyCommentHandler
    from sg_jira.hook import JiraHook
    from sg_jira.jira_session import JiraSession
    from sg_jira.shotgun_session import ShotgunSession
    from sg_jira.syncer import Syncer

Event = Mapping[str, Any]
Entity = dict[str, Any]


class SyncHandler:
    """One way of syncing one kind of record.

    A syncer asks its handlers in order; the first one that accepts an event processes it. One
    handler serves all threads, so it keeps nothing of an event.

    Parameters:
        syncer: the syncer this handler works for.
    """

    #: Matches the two known shapes of Jira Cloud account ids, and not ordinary user names.
    ACCOUNT_ID_RE = re.compile(r"^[0-9a-f:-]{20}")

    def __init__(self, syncer: Syncer) -> None:
        self._syncer = syncer

    @property
    def _logger(self) -> logging.Logger:
        return self._syncer._logger

    @property
    def _bridge(self) -> Bridge:
        return self._syncer.bridge

    @property
    def _shotgun(self) -> ShotgunSession:
        return self._syncer.shotgun

    @property
    def _jira(self) -> JiraSession:
        return self._syncer.jira

    @property
    def _hook(self) -> JiraHook:
        return self._syncer.hook

    @property
    def _attachments(self) -> Attachments | None:
        """What copies files; `None` when the settings, or the clients, let no files travel."""
        found = getattr(self._syncer, "attachments", None)
        return found if isinstance(found, SyncHandler) else None  # type: ignore[return-value]

    @property
    def _replies(self) -> ReplyCommentHandler | None:
        """The handler of Replies; `None` when the settings let no Replies travel."""
        found = getattr(self._syncer, "replies", None)
        return found if isinstance(found, SyncHandler) else None  # type: ignore[return-value]

    @property
    def _sg_jira_status_mapping(self) -> dict[str, str]:
        """FPTR status short code -> Jira status name. To be given by handlers that sync status.

        Raises:
            NotImplementedError: the handler has none.
        """
        raise NotImplementedError(
            f"{type(self).__name__} syncs a status but does not say which FPTR status is which "
            "in Jira; give it a property `_sg_jira_status_mapping`."
        )

    def setup(self) -> None:
        """Checks that the sites have what this handler needs. May run more than once."""

    def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> Any:
        """Whether this handler wants the FPTR event.

        Parameters:
            entity_type, entity_id: the changed record.
            event: the change, with at least `meta` (an `attribute_change`) and `project`.

        Returns:
            A truthy value to take the event; then no other handler sees it.
        """
        raise NotImplementedError(self._lacks("accept_shotgun_event"))

    def process_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> Any:
        """Writes the FPTR change to Jira.

        Returns:
            A truthy value when the event was processed.
        """
        raise NotImplementedError(self._lacks("process_shotgun_event"))

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Whether this handler wants the Jira webhook.

        Parameters:
            resource_type, resource_id: from the webhook's URL, as `issue` and a key.
            event: the webhook's body.

        Returns:
            A truthy value to take the event; then no other handler sees it.
        """
        raise NotImplementedError(self._lacks("accept_jira_event"))

    def process_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Writes the Jira change to FPTR.

        Returns:
            A truthy value when the event was processed.
        """
        raise NotImplementedError(self._lacks("process_jira_event"))

    def process_shotgun_events(
        self, entity_type: str, entity_id: int, events: Sequence[Event]
    ) -> list[Any]:
        """Writes several FPTR changes of one record to Jira, all of them accepted before.

        A handler that can do better than one after the other overrides this. The default leaves
        all but the first to a further call.

        Parameters:
            events: at least one, oldest first.

        Returns:
            The results of the first events, as `process_shotgun_event` gives them: at least one.
        """
        return [self.process_shotgun_event(entity_type, entity_id, events[0])]

    def process_jira_events(
        self, resource_type: str, resource_id: str, events: Sequence[Event]
    ) -> list[Any]:
        """Writes several Jira changes of one resource to FPTR; see `process_shotgun_events`."""
        return [self.process_jira_event(resource_type, resource_id, events[0])]

    @property
    def reads_to_accept(self) -> bool:
        """Whether a site is asked before the event of a record's flag is accepted."""
        return False

    def prepare_full_syncs(
        self, entity_type: str, entity_ids: Sequence[int]
    ) -> Iterator[dict[int, Ahead]]:
        """Does for many full syncs together what costs less so; each of them follows on its own.

        Called for records whose flag's event this handler has accepted. One that reads to accept
        is given all of them, and has to look itself which of them it would take. By default
        nothing is done.

        Yields:
            Record id -> what was read ahead for it, in parts: a record may go on while others are
            still prepared.

        Raises:
            Exception: whatever the sites' clients raise; then nothing more is known to be done.
        """
        return iter(())

    def _lacks(self, method: str) -> str:
        return f"{type(self).__name__} does not implement {method}()."

    def _skip(self, reason: Skip, detail: str, level: int = logging.DEBUG) -> bool:
        """Logs and notes why the event is not synced. Always `False`, the contract's 'no'."""
        self._logger.log(level, "%s", note_skip(reason, detail).detail)
        return False

    def get_jira_project(self, project_key: str) -> jira.resources.Project | None:
        """The Jira project with exactly this key, or `None`."""
        return self._syncer.get_jira_project(project_key)

    def get_jira_issue(self, issue_key: str) -> jira.resources.Issue | None:
        """The Issue with this key or id, read from Jira; `None` when there is none.

        Raises:
            JIRAError: Jira refused for another reason than 'not found'.
            RuntimeError: the Issue has no project.
        """
        known: jira.resources.Issue | None = readings().get(("issue", issue_key))
        if known is not None:
            return known
        try:
            # One read brings what a later write needs as well.
            issue = self._jira.issue(issue_key, expand="editmeta,transitions")
        except JIRAError as error:
            if error.status_code == 404:
                return None
            raise
        if not getattr(issue.fields, "project", None):
            raise RuntimeError(f"Jira Issue {issue_key} has no project, it cannot be synced.")
        return issue

    def get_jira_user(
        self, user_email: str | None, jira_project: jira.resources.Project
    ) -> dict[str, str] | None:
        """The value to write into a Jira user field for the person with this e-mail.

        Returns:
            A dict with the one key `accountId` on Jira Cloud, or `name` on Data Center; `None`
            when nobody with this e-mail can be assigned in the project.
        """
        user = self._jira.find_jira_user(user_email, jira_project)
        if user is None:
            return None
        if self._jira.is_jira_cloud:
            return {"accountId": user.accountId}
        return {"name": user.name}

    def get_sg_user(
        self, user_id: str | None, jira_user: Mapping[str, Any] | None = None
    ) -> Entity | None:
        """The FPTR HumanUser of a Jira account.

        On Cloud people are matched by account id (`HumanUser.sg_jira_account_id`), on Data
        Center by e-mail.

        Parameters:
            user_id: account id, user name or key, as a changelog gives it.
            jira_user: the account's JSON, when there is one.

        Returns:
            An entity with `id`, `type`, `email`, `name`, or `None` when nobody matches.

        Raises:
            RuntimeError: on Data Center, when neither argument is given.
        """
        if self._jira.is_jira_cloud:
            field, identity = SHOTGUN_JIRA_ACCOUNT_FIELD, self._account_id(user_id, jira_user)
        else:
            if not user_id and not jira_user:
                raise RuntimeError("A Jira user cannot be looked up without an id and its data.")
            field, identity = "email", self._user_email(user_id, jira_user)
        if not identity:
            return None
        return self._shotgun.find_person(field, identity)

    def _account_id(self, user_id: str | None, jira_user: Mapping[str, Any] | None) -> str | None:
        account_id: str | None = (jira_user or {}).get("accountId")
        if account_id or not user_id:
            return account_id
        if self.ACCOUNT_ID_RE.match(user_id):
            return user_id
        return getattr(self._known_jira_user(user_id), "accountId", None)

    def _user_email(self, user_id: str | None, jira_user: Mapping[str, Any] | None) -> str | None:
        email = _visible((jira_user or {}).get("emailAddress"))
        if email or not user_id:
            return email
        return _visible(getattr(self._known_jira_user(user_id), "emailAddress", None))

    def _known_jira_user(self, user_id: str) -> jira.resources.User | None:
        try:
            return self._jira.user(user_id)
        except JIRAError as error:
            if error.status_code == 404:
                return None
            raise

    def _get_shotgun_value_from_jira_change(
        self,
        shotgun_entity: Entity,
        shotgun_field: str,
        shotgun_field_schema: Mapping[str, Any],
        change: Mapping[str, Any],
        jira_value: Any,
    ) -> Any:
        """The FPTR value for a change made in Jira.

        Parameters:
            shotgun_entity: the record, with its present value of the field.
            shotgun_field: the field to set.
            shotgun_field_schema: its schema, as `schema_field_read` gives it.
            change: an item of the webhook's changelog.
            jira_value: the field's value in the webhook's Issue.

        Raises:
            InvalidJiraValue: the Jira value has no FPTR form.
            ValueError: values of this field's data type cannot be set from a change.
        """
        return from_jira_change.convert(
            from_jira_change.JiraChange(
                entity=shotgun_entity,
                field=shotgun_field,
                schema=shotgun_field_schema,
                item=change,
                jira_value=jira_value,
                shotgun=self._shotgun,
                status_mapping=lambda: self._sg_jira_status_mapping,
                logger=self._logger,
            )
        )


def _visible(email: Any) -> str | None:
    """The e-mail, unless Jira hides it behind a mask like `?`."""
    return email if isinstance(email, str) and "@" in email else None
