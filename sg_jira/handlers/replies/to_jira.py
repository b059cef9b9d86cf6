"""Replies to FPTR Notes as comments: making each exactly once, rewriting and deleting it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions.reply_texts import comment_body
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.issue_comments import or_none, split_key
from sg_jira.handlers.replies.pairs import ReplyPair, ReplyPairs
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.unread import comment_at
from sg_jira.jira_client import is_real_client
from sg_jira.links import Creation
from sg_jira.outcomes import Skip

_NOTE_KEY: Final = f"entity.Note.{SHOTGUN_JIRA_ID_FIELD}"
_SUBJECT: Final = "entity.Note.subject"
_TASKS: Final = "entity.Note.tasks"
_OWN_FIELDS: Final = ("content", "user", "entity")


class RepliesToJira(ReplyPairs):
    """FPTR -> Jira. It reads the Reply, whatever the event says."""

    def _compose_jira_comment_body(self, shotgun_reply: Entity) -> str:
        """The body of a Reply's comment. The subject is that of the Note which it answers."""
        return comment_body(
            shotgun_reply["id"],
            shotgun_reply["entity"]["id"],
            shotgun_reply.get(_SUBJECT),
            (shotgun_reply.get("user") or {}).get("name"),
            shotgun_reply.get("content"),
        )

    def _body_of(self, sg_reply: Entity) -> str:
        return self._fitting_body(self._compose_jira_comment_body, sg_reply)

    # ------------------------------------------------------------------ one Reply

    def _sync_reply_to_jira(self, reply_id: int, is_new: bool) -> bool:
        """Makes the comment of a new Reply, or rewrites that of another one."""
        pair = self._pair_of_reply(reply_id)
        if pair and pair.from_jira:
            return self._skip(
                Skip.OTHER_DIRECTION,
                f"Reply {reply_id} was written in Jira, as comment {pair.comment_id}: the bridge "
                "does not rewrite what people wrote there.",
            )
        if pair and is_new:
            return self._skip(
                Skip.PART_OF_A_CREATION,
                f"Reply {reply_id} was synced as a whole by an earlier event of its creation.",
            )
        sg_reply = self._read_reply(reply_id)
        issue_key = sg_reply and self._issue_of(sg_reply)
        if sg_reply is None or not issue_key:
            return False
        try:
            if is_new:
                return self._create_comment(sg_reply, issue_key)
            return self._rewrite_comment(sg_reply, issue_key)
        except InvalidJiraValue as error:  # of a studio's own form
            return self._skip(Skip.VALUE_REFUSED, f"Reply {reply_id}: {error}", logging.WARNING)

    def _read_reply(self, reply_id: int, retired_only: bool = False) -> Entity | None:
        fields = [*_OWN_FIELDS, _NOTE_KEY, _SUBJECT, _TASKS]
        found: Entity | None = self._shotgun.find_one(
            "Reply", [["id", "is", reply_id]], fields, retired_only=retired_only
        )
        if found is None:
            self._skip(
                Skip.RECORD_NOT_FOUND, f"FPTR has no Reply {reply_id} (any more).", logging.WARNING
            )
        return found

    def _issue_of(self, sg_reply: Entity) -> str | None:
        """The Issue with the comment of the Note that a Reply answers, if that is synced."""
        note, reply = sg_reply.get("entity") or {}, f"Reply {sg_reply['id']}"
        if note.get("type") != "Note":
            self._skip(Skip.NOTE_NOT_LINKED, f"{reply} answers no Note.")
            return None
        key = split_key(sg_reply.get(_NOTE_KEY))
        if key is None:
            self._skip(
                Skip.NOTE_NOT_LINKED,
                f"{reply} answers Note {note['id']}, which has no comment in Jira. When the Note "
                "gets one, its Replies follow.",
            )
            return None
        if key[0] not in self._home_keys(sg_reply.get(_TASKS) or [], among=key[0]):
            self._skip_unless_told(
                Skip.NOTE_NOT_LINKED,
                f"{reply} answers Note {note['id']}, of which no synced Task is Jira Issue "
                f"{key[0]}, which has its comment.",
            )
            return None
        return key[0]

    def _create_comment(self, sg_reply: Entity, issue_key: str) -> bool:
        reply_id = sg_reply["id"]
        with self._bridge.links.creating(f"Reply:{reply_id}") as creation:
            if self._pair_of_reply(reply_id, issue_key):  # another event was faster
                creation.finished = True
                return True
            comment_id = self._comment_of_earlier_attempt(creation, reply_id, issue_key)
            if comment_id is None:
                body = self._body_of(sg_reply)
                comment_id = self._new_comment(creation, issue_key, body)
            if comment_id is None:
                return self._skip(
                    Skip.ISSUE_NOT_FOUND,
                    f"Jira Issue {issue_key}, for Reply {reply_id}, does not exist.",
                    logging.WARNING,
                )
            creation.made = f"{issue_key}/{comment_id}"
            self._remember(reply_id, comment_id, issue_key)
            creation.finished = True
            return True

    def _comment_of_earlier_attempt(
        self, creation: Creation, reply_id: int, issue_key: str
    ) -> str | None:
        if creation.unfinished_since is None:
            return None
        found = self._comment_naming(reply_id, issue_key)
        return None if found is None else str(found.id)

    def _rewrite_comment(self, sg_reply: Entity, issue_key: str) -> bool:
        reply_id = sg_reply["id"]
        body = self._body_of(sg_reply)
        pair = self._pair_of_reply(reply_id, issue_key)
        if pair is None:
            found = self._comment_naming(reply_id, issue_key)
            if found is not None:
                self._remember(reply_id, str(found.id), issue_key)
                self._update_comment(found, body)
                return True
        elif or_none(self._write_unread, issue_key, pair.comment_id, body):
            return True
        return self._skip(
            Skip.COMMENT_NOT_FOUND,
            f"Reply {reply_id} has no comment on Jira Issue {issue_key}, or it was deleted there.",
            logging.WARNING,
        )

    def _write_unread(self, issue_key: str, comment_id: str, body: str) -> bool:
        """Writes a comment that is known to be the bridge's own, so that it need not be read."""
        if is_real_client(self._jira):
            comment_at(self._jira, issue_key, comment_id).update(body=body)
        else:
            self._jira.comment(issue_key, comment_id).update(body=body)
        return True

    def _update_comment(self, comment: jira.resources.Comment, body: str) -> None:
        if (comment.body or "").strip() != body.strip():
            comment.update(body=body)

    # ------------------------------------------------------------------ deleting

    def _delete_comment_of(self, reply_id: int) -> bool:
        """Deletes the comment of a Reply that was deleted in FPTR."""
        pair = self._pair_of_reply(reply_id)
        issue_key = pair and pair.issue_key
        if not issue_key:
            sg_reply = self._read_reply(reply_id, retired_only=True)
            key = split_key((sg_reply or {}).get(_NOTE_KEY))
            if sg_reply is None:
                return False
            issue_key = key[0] if key else None
        if pair is None and issue_key:
            found = self._comment_naming(reply_id, issue_key)
            if found is not None:
                pair = ReplyPair(reply_id, str(found.id), False, issue_key)
        if pair is None or not issue_key:
            return self._skip(
                Skip.NOTHING_TO_WRITE, f"The deleted Reply {reply_id} has no comment in Jira."
            )
        is_deleted = or_none(self._delete_unread, issue_key, pair.comment_id)
        self._forget(pair)
        if is_deleted:
            return True
        return self._skip(
            Skip.COMMENT_NOT_FOUND,
            f"The comment {issue_key}/{pair.comment_id} of Reply {reply_id} is gone already.",
        )

    def _delete_unread(self, issue_key: str, comment_id: str) -> bool:
        if is_real_client(self._jira):
            comment_at(self._jira, issue_key, comment_id).delete()
        else:
            self._jira.comment(issue_key, comment_id).delete()
        return True

    def delete_comments_of_note(self, note_id: int, issue_key: str) -> None:
        """Deletes the comments of the Replies to a Note, after the Note's own was deleted.

        What people wrote in Jira themselves stays.
        """
        if not self._rule.direction.to_jira:
            return
        for comment in or_none(self._all_comments, issue_key) or []:
            text = self._own_reply_text(comment.raw)
            if text is not None and text.note_id == note_id:
                comment.delete()
                self._forget(ReplyPair(text.reply_id, str(comment.id), False))

    # ------------------------------------------------------------------ all Replies of Notes

    def sync_replies_of(self, sg_notes: Iterable[Entity]) -> bool:
        """Syncs all Replies to Notes that have their comments.

        Parameters:
            sg_notes: with their key and subject.

        Returns:
            Whether there was no error.
        """
        if not self._rule.direction.to_jira:
            return True
        notes = {note["id"]: note for note in sg_notes if split_key(note[SHOTGUN_JIRA_ID_FIELD])}
        if not notes:
            return True
        links = [{"type": "Note", "id": note_id} for note_id in notes]
        by_issue: dict[str, list[Entity]] = {}
        for reply in self._shotgun.find("Reply", [["entity", "in", links]], list(_OWN_FIELDS)):
            note = notes.get(reply["entity"]["id"])
            if reply["entity"]["type"] == "Note" and note is not None:
                issue_key = (split_key(note[SHOTGUN_JIRA_ID_FIELD]) or ("",))[0]
                by_issue.setdefault(issue_key, []).append({**reply, _SUBJECT: note.get("subject")})
        done = [self._sync_replies_on(key, replies) for key, replies in by_issue.items()]
        return all(done)

    def _sync_replies_on(self, issue_key: str, sg_replies: Sequence[Entity]) -> bool:
        comments = or_none(self._all_comments, issue_key) or []
        present = {str(one.id): one for one in comments}
        named = self._by_reply(comments)
        done = []
        for sg_reply in sg_replies:
            reply_id = sg_reply["id"]
            if self._pair_of_reply(reply_id, issue_key) is None and reply_id not in named:
                answer = self._answer_that_says(sg_reply, comments)
                if answer is not None:
                    self._remember_answer(answer, sg_reply["entity"]["id"], reply_id)
            done.append(self._sync_one_of_all(issue_key, sg_reply, present, named))
        return all(done)

    def _sync_one_of_all(
        self,
        issue_key: str,
        sg_reply: Entity,
        present: Mapping[str, Any],
        named: Mapping[int, Any],
    ) -> bool:
        reply_id = sg_reply["id"]
        pair = self._pair_of_reply(reply_id, issue_key)
        if pair and pair.from_jira:
            return True
        comment = present.get(pair.comment_id) if pair else named.get(reply_id)
        try:
            if comment is not None:
                if pair is None:
                    self._remember(reply_id, str(comment.id), issue_key)
                self._update_comment(comment, self._body_of(sg_reply))
                return True
            if pair is None:
                return self._create_comment(sg_reply, issue_key)
        except InvalidJiraValue as error:
            return self._skip(Skip.VALUE_REFUSED, f"Reply {reply_id}: {error}", logging.WARNING)
        except JIRAError as error:
            if error.status_code != 400:
                raise
            return self._skip(
                Skip.VALUE_REFUSED,
                f"Jira refuses the comment of Reply {reply_id}: {error.text}",
                logging.WARNING,
            )
        return self._skip(
            Skip.COMMENT_NOT_FOUND, f"The comment of Reply {reply_id} was deleted in Jira."
        )
