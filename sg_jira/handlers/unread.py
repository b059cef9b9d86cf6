"""Resources of the real Jira client that are not read again after they were written.

The client reads a resource after each of its updates; nobody looks at these any more.
"""

from __future__ import annotations

from typing import Any, TypeVar

from jira.client import JIRA
from jira.resources import Comment, Issue, Resource, Worklog

from sg_jira.jira_client import check_key
from sg_jira.jira_issues import LazyIssue


class _Unread:
    """Put before a class of the client."""

    def _load(self, *args: Any, **kwargs: Any) -> None:
        """Reads nothing."""


class UnreadComment(_Unread, Comment):
    """A comment, as it was read."""


class UnreadWorklog(_Unread, Worklog):
    """A worklog, as it was read."""


_CLASSES: dict[type[Resource], type[Resource]] = {Comment: UnreadComment, Worklog: UnreadWorklog}
Found = TypeVar("Found", bound=Resource)


def unread(found: Found) -> Found:
    """The same comment or worklog of the real client, not to be read again."""
    own = _CLASSES.get(type(found))
    return own(found._options, found._session, found.raw) if own else found  # type: ignore[return-value,arg-type]


def comment_at(session: JIRA, issue_key: str, comment_id: str) -> UnreadComment:
    """A comment to be written or deleted that nobody has read.

    Raises:
        JIRAError: with status 404, when it cannot be a comment.
    """
    check_key(issue_key, what="issue key")
    check_key(comment_id, what="comment id")
    url = session._get_url(f"issue/{issue_key}/comment/{comment_id}")
    return UnreadComment(session._options, session._session, {"self": url, "id": comment_id})


def to_write(issue: Issue) -> Issue:
    """The Issue as an object of its own to write to, so that the one at hand counts as read."""
    return LazyIssue.of(issue) if isinstance(issue, LazyIssue) else issue
