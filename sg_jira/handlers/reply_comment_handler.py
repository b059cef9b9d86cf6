"""Syncs Replies to FPTR Notes with comments of Jira Issues, for all families of handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from sg_jira.handlers.issue_comments import newest_edit
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.replies.pairs import ReplyPair
from sg_jira.handlers.replies.to_fptr import AnswersToFptr
from sg_jira.handlers.replies.to_jira import RepliesToJira
from sg_jira.handlers.retirement import is_retirement
from sg_jira.handlers.sync_handler import Event
from sg_jira.outcomes import Skip

#: By which of its first events a Reply arrives does not matter; FPTR offers nothing else to edit.
_FIELDS: Final = ("content", "entity")
#: Kinds of webhooks about comments, with who made what they are about.
_WRITERS: Final[Mapping[str, str]] = {
    "comment_created": "author",
    "comment_updated": "updateAuthor",
    "comment_deleted": "",  # nobody tells
}


class ReplyCommentHandler(RepliesToJira, AnswersToFptr):
    """A Reply is a comment on the Issue that has the comment of its Note.

    It is made by the setting `sync_replies` and asked before all other handlers: a comment that
    belongs to a Reply is not for them.

    Parameters:
        syncer: the syncer this handler works for.
        rule: what the settings say.
    """

    def setup(self) -> None:
        """Checks that FPTR has Replies.

        Raises:
            RuntimeError: it has not.
        """
        self._shotgun.assert_entity_type("Reply")

    # ------------------------------------------------------------------ FPTR -> Jira

    def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> bool:
        """Accepts new, edited and, where deletions are synced, deleted Replies."""
        if entity_type != "Reply":
            return False
        meta = event["meta"]
        if not self._rule.direction.to_jira:
            return self._skip(
                Skip.OTHER_DIRECTION, "Replies are synced from Jira to FPTR only (sync_replies)."
            )
        if not is_retirement(meta):
            return meta["attribute_name"] in _FIELDS
        if "new_value" in meta and not meta["new_value"]:
            return self._skip(
                Skip.NOTHING_TO_WRITE, f"Reply {entity_id} was brought back; that is not synced."
            )
        deletion = self._syncer.deletion_of_notes
        if deletion is not None and deletion.to_jira:
            return True
        return self._skip(
            Skip.DELETION_NOT_SYNCED, f"The deletion of Reply {entity_id} is not synced to Jira."
        )

    def process_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> bool:
        """Writes a Reply to its comment, which is made if the Reply is new."""
        meta = event["meta"]
        if is_retirement(meta):
            return self._delete_comment_of(entity_id)
        return self._sync_reply_to_jira(entity_id, bool(meta.get("in_create")))

    def process_shotgun_events(
        self, entity_type: str, entity_id: int, events: Sequence[Event]
    ) -> list[Any]:
        """Writes what several changes of a Reply come to: its deletion, or one write."""
        if not are_shipped(self, ReplyCommentHandler, "process_shotgun_event"):
            return super().process_shotgun_events(entity_type, entity_id, events)
        metas = [event["meta"] for event in events]
        if any(is_retirement(meta) for meta in metas):
            result = self._delete_comment_of(entity_id)
        else:
            creation = [bool(meta.get("in_create")) for meta in metas]
            is_new = any(creation) and not (self._pair_of_reply(entity_id) and not all(creation))
            result = self._sync_reply_to_jira(entity_id, is_new)
        return [result] * len(events)

    # ------------------------------------------------------------------ Jira -> FPTR

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> bool:
        """Accepts comments that belong to a Reply, and people's comments that answer a Note."""
        name = str(event.get("webhookEvent"))
        comment, issue = event.get("comment"), event.get("issue")
        if (
            str(resource_type).lower() != "issue"
            or name not in _WRITERS
            or not isinstance(comment, Mapping)
            or not isinstance(issue, Mapping)
        ):
            return False
        writer = comment.get(_WRITERS[name])
        if isinstance(writer, Mapping) and self._jira.is_own_user(writer):
            return self._skip(Skip.ECHO, "The comment was written by the bridge itself.")
        if self._pair_of_event(event):
            return True
        if name == "comment_deleted" or not self._rule.direction.to_sg:
            return False
        is_foreign = self._is_by_others(comment)  # not one of the bridge that was edited
        return is_foreign and self._answer_in(str(self._key_of_issue(event)), comment) is not None

    def process_jira_event(self, resource_type: str, resource_id: str, event: Event) -> bool:
        """Writes a comment to its Reply, which is made if there is none."""
        pair = self._pair_of_event(event)
        comment, issue_key = event["comment"], str(self._key_of_issue(event))
        name = event["webhookEvent"]
        if pair is None:
            answer = self._answer_in(issue_key, comment)
            return answer is not None and self._create_reply(comment, answer)
        if not self._rule.direction.to_sg:
            return self._skip(
                Skip.OTHER_DIRECTION, "Replies are synced from FPTR to Jira only (sync_replies)."
            )
        if name == "comment_created":
            return self._skip(
                Skip.PART_OF_A_CREATION,
                f"The comment {pair.comment_id} is Reply {pair.reply_id} already.",
            )
        if name == "comment_updated":
            return self._update_reply(pair, issue_key, comment)
        deletion = self._syncer.deletion_of_notes
        if deletion is not None and deletion.to_sg:
            return self._delete_reply(pair)
        return self._skip(
            Skip.DELETION_NOT_SYNCED,
            f"The comment of Reply {pair.reply_id} was deleted; that is not synced to FPTR.",
        )

    def process_jira_events(
        self, resource_type: str, resource_id: str, events: Sequence[Event]
    ) -> list[Any]:
        """Writes what several changes of one comment come to: its deletion, or the newest text."""
        if not are_shipped(self, ReplyCommentHandler, "process_jira_event"):
            return super().process_jira_events(resource_type, resource_id, events)
        number = events[0]["comment"].get("id")
        run = list(takewhile(lambda event: event["comment"].get("id") == number, events))
        deleted = [event for event in run if event["webhookEvent"] == "comment_deleted"]
        decisive = deleted[0] if deleted else newest_edit(run)
        return [self.process_jira_event(resource_type, resource_id, decisive)] * len(run)

    def _pair_of_event(self, event: Event) -> ReplyPair | None:
        """The Reply that a comment belongs to; only a remembered one may be deleted."""
        comment = event["comment"]
        pair = self._pair_of_comment(str(comment.get("id")))
        if pair is None and event["webhookEvent"] == "comment_updated":
            pair = self._pair_named_in(comment)
        return pair
