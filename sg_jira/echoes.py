"""Recognises changes that the bridge's own accounts made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Accounts(Protocol):
    """What a bridge tells about its accounts."""

    @property
    def current_shotgun_user(self) -> Mapping[str, Any] | None: ...

    @property
    def current_jira_username(self) -> str: ...

    @property
    def jira(self) -> Any: ...


def is_own_in_shotgun(bridge: Accounts, event: Mapping[str, Any]) -> bool:
    """Whether the bridge's FPTR user made the change of an event-log entry."""
    own, user = bridge.current_shotgun_user, event.get("user")
    if not own or not isinstance(user, Mapping):
        return False
    return (user.get("type"), user.get("id")) == (own["type"], own["id"])


def is_own_in_jira(bridge: Accounts, event: Mapping[str, Any]) -> bool:
    """Whether a webhook names the bridge's Jira account as its user.

    Those of comments and worklogs name none.
    """
    return _is_own_jira_user(bridge, event.get("user"))


def is_by_own_in_jira(bridge: Accounts, event: Mapping[str, Any]) -> bool:
    """The same, also for comments and worklogs, which name the author of their latest state."""
    remark = event.get("comment") or event.get("worklog")
    author = remark.get("updateAuthor") if isinstance(remark, Mapping) else None
    return _is_own_jira_user(bridge, event.get("user") or author)


def _is_own_jira_user(bridge: Accounts, user: Any) -> bool:
    """By account id on Cloud; by name and e-mail on both, whatever the account id says."""
    if not isinstance(user, Mapping):
        return False
    own_name = bridge.current_jira_username.lower()
    named = (user.get("name"), user.get("emailAddress"))
    if any(isinstance(name, str) and name.lower() == own_name for name in named):
        return True
    return bool(bridge.jira.is_own_user(user))
