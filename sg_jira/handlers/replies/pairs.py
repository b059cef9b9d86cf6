"""Which Reply is which comment. FPTR has no field for that on a Reply, so the links keep it.

The comment of a Reply names it in its text, so that it is found without them as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.conversions.reply_texts import (
    ReplyText,
    read_reply,
    reply_content,
    without_mention,
)
from sg_jira.copies import Copies, Copy
from sg_jira.handlers.issue_comments import IssueComments, or_none
from sg_jira.handlers.replies.rule import ReplyRule
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.synced_tasks import SyncedTasks

if TYPE_CHECKING:
    from sg_jira.syncer import Syncer


@dataclass(frozen=True)
class ReplyPair:
    """A Reply and its comment.

    Attributes:
        from_jira: whether it was written in Jira.
        issue_key: where the comment is; `None` when it was written in Jira.
        is_certain: whether the bridge remembers it, and did not only read it in a text that
            people can edit.
    """

    reply_id: int
    comment_id: str
    from_jira: bool
    issue_key: str | None = None
    is_certain: bool = True


class ReplyPairs(IssueComments, SyncedTasks):
    """A base of the handler of Replies.

    Parameters:
        syncer: the syncer this handler works for.
        rule: what the settings say.
    """

    def __init__(self, syncer: Syncer, rule: ReplyRule) -> None:
        super().__init__(syncer)
        self._rule = rule

    @property
    def _copies(self) -> Copies:
        return self._bridge.links.copies

    def _pair_of_reply(self, reply_id: int, issue_key: str | None = None) -> ReplyPair | None:
        """The comment of a Reply, as far as it is remembered.

        Parameters:
            reply_id: of the Reply.
            issue_key: the Issue on which the comment has to be, if it was written in FPTR.
        """
        subject = _reply(reply_id)
        for copy in self._copies.of(subject):
            if issue_key in (None, copy.place):
                return ReplyPair(reply_id, _number(copy.made), False, copy.place)
        source = self._copies.sources([subject]).get(subject)
        return ReplyPair(reply_id, _number(source), True) if source else None

    def _pair_of_comment(self, comment_id: str) -> ReplyPair | None:
        """The Reply of a comment, as far as it is remembered."""
        subject = _comment(comment_id)
        for copy in self._copies.of(subject):
            return ReplyPair(int(_number(copy.made)), comment_id, True)
        source = self._copies.sources([subject]).get(subject)
        return ReplyPair(int(_number(source)), comment_id, False) if source else None

    def _pair_named_in(self, comment: Mapping[str, Any]) -> ReplyPair | None:
        """The Reply that a comment of the bridge names in its text."""
        text = self._own_reply_text(comment)
        if text is None:
            return None
        return ReplyPair(text.reply_id, str(comment.get("id")), False, is_certain=False)

    def _own_reply_text(self, comment: Mapping[str, Any]) -> ReplyText | None:
        """What a comment says, if the bridge made it for a Reply."""
        author = comment.get("author")
        is_own = isinstance(author, Mapping) and self._jira.is_own_user(author)
        return read_reply(comment.get("body")) if is_own else None

    def _remember(self, reply_id: int, comment_id: str, issue_key: str) -> None:
        self._copies.remember(Copy(_reply(reply_id), issue_key, _comment(comment_id), ""))

    def _remember_answer(self, comment_id: str, note_id: int, reply_id: int) -> None:
        copy = Copy(_comment(comment_id), f"Note:{note_id}", _reply(reply_id), "")
        self._copies.remember(copy)

    def _forget(self, pair: ReplyPair) -> None:
        self._copies.forget(_comment(pair.comment_id) if pair.from_jira else _reply(pair.reply_id))

    def _comment_naming(self, reply_id: int, issue_key: str) -> jira.resources.Comment | None:
        """The comment of a Reply, looked for among all comments of the Issue."""
        comments = or_none(self._all_comments, issue_key) or []
        return self._by_reply(comments).get(reply_id)

    def _answer_that_says(
        self, sg_reply: Entity, comments: Iterable[jira.resources.Comment]
    ) -> str | None:
        """The id of the comment that a Reply was made from, where that is not remembered.

        It has the Reply's words, was written by the same person, and is no other Reply's.
        """
        for comment in comments:
            author = comment.raw.get("author")
            if not isinstance(author, Mapping) or self._jira.is_own_user(author):
                continue
            body = str(comment.body or "")
            addressed = without_mention(body, self._jira.is_own_user)
            said = body if addressed is None else addressed
            content = sg_reply.get("content")
            is_same = same_text(content, reply_content(said, name_of(author)))
            if not is_same and same_text(content, said):
                person, user = self.get_sg_user(None, author), sg_reply.get("user") or {}
                is_same = bool(person) and (person or {})["id"] == user.get("id")
            if is_same and self._pair_of_comment(str(comment.id)) is None:
                return str(comment.id)
        return None

    def _by_reply(
        self, comments: Iterable[jira.resources.Comment]
    ) -> dict[int, jira.resources.Comment]:
        """Reply id -> its comment, as far as comments of the bridge name one."""
        named = ((self._own_reply_text(one.raw), one) for one in comments)
        return {text.reply_id: one for text, one in named if text is not None}


def name_of(jira_user: Mapping[str, Any]) -> str:
    """What to call somebody whom FPTR does not know."""
    return str(jira_user.get("displayName") or jira_user.get("name") or "Somebody")


def same_text(one: Any, other: Any) -> bool:
    """Whether two texts say the same, however their lines end."""
    return _plain(one) == _plain(other)


def _plain(text: Any) -> str:
    return str(text or "").replace("\r\n", "\n").strip()


def _reply(reply_id: int) -> str:
    return f"Reply:{reply_id}"


def _comment(comment_id: str) -> str:
    return f"Comment:{comment_id}"


def _number(subject: str) -> str:
    return subject.partition(":")[2]
