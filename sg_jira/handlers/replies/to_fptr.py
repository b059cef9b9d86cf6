"""Comments in Jira as Replies: which Note they answer, and writing them to FPTR exactly once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.conversions.reply_texts import read_reply, reply_content, without_mention
from sg_jira.handlers.issue_comments import is_older, split_key
from sg_jira.handlers.replies.pairs import ReplyPair, ReplyPairs, name_of, same_text
from sg_jira.handlers.replies.rule import Answering
from sg_jira.handlers.sync_handler import Entity
from sg_jira.links import Creation
from sg_jira.outcomes import Skip
from sg_jira.readings import readings

_NOTE_KEY: Final = f"entity.Note.{SHOTGUN_JIRA_ID_FIELD}"

Comment = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """A comment that answers a Note; the text is what it says, without a mention of the bridge."""

    note_id: int
    text: str


class AnswersToFptr(ReplyPairs):
    """Jira -> FPTR. It takes what the webhook says, which the engine keeps up to date."""

    # ------------------------------------------------------------------ which Note

    def _answer_in(self, issue_key: str, comment: Comment) -> Answer | None:
        """What a person's comment answers; `None`, with a reason, when that is no Note."""
        body = str(comment.get("body") or "")
        addressed = without_mention(body, self._jira.is_own_user)
        by_place = addressed is not None or self._rule.answering is Answering.ALL
        known: dict[Any, int | None] = readings().setdefault("answered", {})
        # What an unsigned webhook says may turn out to be wrong.
        key = comment.get("id"), by_place, comment.get("parentId"), _is_restricted(comment)
        if key not in known:
            known[key] = self._answered_note(issue_key, comment, by_place)
        note_id = known[key]
        if note_id is None:
            self._skip(
                Skip.NOT_AN_ANSWER,
                f"The comment {issue_key}/{comment.get('id')} answers no Note whose comment is "
                "there, or not everybody may see it.",
            )
            return None
        return Answer(note_id, body.strip() if addressed is None else addressed)

    def _answered_note(self, issue_key: str, comment: Comment, by_place: bool) -> int | None:
        """The Note that a comment answers.

        Asks FPTR for the Issue's Notes only when it may be an answer, and Jira for the comments
        above it only when it does not tell itself what it answers.
        """
        comment_id, parent = str(comment.get("id")), comment.get("parentId")
        if not (by_place or parent) or _is_restricted(comment):
            return None
        notes = self._notes_of(issue_key)
        if not notes or comment_id in notes:
            return None
        note_id = self._note_of_parent(str(parent), notes) if parent else None
        if note_id is None and by_place:
            note_id = self._note_above(issue_key, comment_id, notes)
        return note_id

    def _notes_of(self, issue_key: str) -> dict[str, int]:
        """Comment id -> Note id, of all Notes with a comment on an Issue that is synced."""
        found = self._shotgun.find(
            "Note",
            [
                [f"tasks.Task.{SHOTGUN_JIRA_ID_FIELD}", "is", issue_key],
                [f"tasks.Task.{SHOTGUN_SYNC_IN_JIRA_FIELD}", "is", True],
            ],
            [SHOTGUN_JIRA_ID_FIELD],
        )
        keys = ((split_key(note[SHOTGUN_JIRA_ID_FIELD]), note["id"]) for note in found)
        return {key[1]: note_id for key, note_id in keys if key and key[0] == issue_key}

    def _note_of_parent(self, parent_id: str, notes: Mapping[str, int]) -> int | None:
        """The Note of the comment under which somebody wrote: its own, or that of a Reply."""
        if parent_id in notes:
            return notes[parent_id]
        pair = self._pair_of_comment(parent_id)
        if pair is None:
            return None
        reply = self._shotgun.find_one("Reply", [["id", "is", pair.reply_id]], ["entity"])
        note = (reply or {}).get("entity") or {}
        return note["id"] if note.get("id") in notes.values() else None

    def _note_above(self, issue_key: str, comment_id: str, notes: Mapping[str, int]) -> int | None:
        """The Note of the last comment above that the bridge made for a Note or a Reply."""
        last = None
        for comment in self._listed_comments(issue_key):
            if str(comment.id) == comment_id:
                return last
            text = self._own_reply_text(comment.raw)
            if text is not None and text.note_id in notes.values():
                last = text.note_id
            last = notes.get(str(comment.id), last)
        return None

    # ------------------------------------------------------------------ writing

    def _create_reply(self, comment: Comment, answer: Answer, look_first: bool = False) -> bool:
        """Makes the Reply of a comment.

        Parameters:
            look_first: whether it may exist though the bridge does not remember it.
        """
        comment_id = str(comment.get("id"))
        if not answer.text:
            return self._skip(Skip.NOTHING_TO_WRITE, f"The comment {comment_id} says nothing.")
        author = comment.get("author") or {}
        person = self.get_sg_user(None, author)
        data: Entity = {
            "entity": {"type": "Note", "id": answer.note_id},
            "content": reply_content(answer.text, None if person else name_of(author)),
        }
        if person:
            data["user"] = {"type": person["type"], "id": person["id"]}
        with self._bridge.links.creating(f"Comment:{comment_id}") as creation:
            if self._pair_of_comment(comment_id):  # another event was faster
                creation.finished = True
                return True
            reply_id = self._reply_of_earlier_attempt(creation, data, look_first)
            if reply_id is None:
                with creation.asking():
                    reply_id = int(self._shotgun.create("Reply", data)["id"])
            creation.made = str(reply_id)
            self._remember_answer(comment_id, answer.note_id, reply_id)
            creation.finished = True
            return True

    def _reply_of_earlier_attempt(
        self, creation: Creation, data: Entity, look_first: bool
    ) -> int | None:
        """A Reply with this very content that is no other comment's."""
        since = creation.unfinished_since
        if since is None and not look_first:
            return None
        for found in self._shotgun.find(
            "Reply", [["entity", "is", data["entity"]]], ["content", "created_at"]
        ):
            is_too_old = since is not None and is_older(found.get("created_at"), since)
            if (
                same_text(found.get("content"), data["content"])
                and not is_too_old
                and self._pair_of_reply(found["id"]) is None
            ):
                return int(found["id"])
        return None

    def _update_reply(self, pair: ReplyPair, issue_key: str, comment: Comment) -> bool:
        """Writes an edited comment to its Reply."""
        key = f"{issue_key}/{pair.comment_id}"
        if _is_restricted(comment):
            return self._skip(
                Skip.NOT_AN_ANSWER,
                f"The comment {key} is not for everybody any more; Reply {pair.reply_id} stays.",
            )
        reply = self._shotgun.find_one(
            "Reply", [["id", "is", pair.reply_id]], ["content", "user", _NOTE_KEY]
        )
        if reply is None:
            return self._skip(
                Skip.RECORD_NOT_FOUND, f"FPTR has no Reply {pair.reply_id}, the comment {key}."
            )
        if not pair.is_certain:
            if (split_key(reply[_NOTE_KEY]) or ("",))[0] != issue_key:
                return self._skip(
                    Skip.NOTE_NOT_LINKED,
                    f"Reply {pair.reply_id}, which the comment {key} names, answers a Note that "
                    "has no comment on this Issue.",
                    logging.WARNING,
                )
            self._remember(pair.reply_id, pair.comment_id, issue_key)
        content = self._content_of(pair, comment, reply)
        if content is None:
            return self._skip(
                Skip.VALUE_REFUSED,
                f"The comment {key} has lost the line that names Reply {pair.reply_id}, or all of "
                "its text.",
                logging.WARNING,
            )
        if same_text(reply["content"], content):
            return True
        whole = self._without_shortened(reply, {"content": content})
        if whole:
            self._shotgun.update("Reply", pair.reply_id, whole)
        return bool(whole)

    def _content_of(self, pair: ReplyPair, comment: Comment, sg_reply: Entity) -> str | None:
        body = str(comment.get("body") or "")
        if not pair.from_jira:
            text = read_reply(body)
            return text.content if text and text.reply_id == pair.reply_id else None
        addressed = without_mention(body, self._jira.is_own_user)
        said = body.strip() if addressed is None else addressed
        is_person = (sg_reply.get("user") or {}).get("type") == "HumanUser"
        author = None if is_person else name_of(comment.get("author") or {})
        return reply_content(said, author) if said else None

    def _delete_reply(self, pair: ReplyPair) -> bool:
        """Deletes the Reply of a comment that was deleted in Jira."""
        is_deleted = self._shotgun.delete("Reply", pair.reply_id)
        self._forget(pair)
        if is_deleted:
            return True
        return self._skip(
            Skip.RECORD_NOT_FOUND, f"Reply {pair.reply_id} was deleted in FPTR already."
        )

    def takes_comment(self, issue_key: str, comment: Comment) -> bool:
        """For a full sync: syncs a comment that belongs to a Reply, or is to become one.

        Returns:
            Whether it is none that could become a Note.
        """
        pair = self._pair_of_comment(str(comment.get("id"))) or self._pair_named_in(comment)
        if pair is not None:
            if self._rule.direction.to_sg:
                self._update_reply(pair, issue_key, comment)
            return True
        if not self._rule.direction.to_sg or not self._is_by_others(comment):
            return False
        answer = self._answer_in(issue_key, comment)
        if answer is None:
            return False
        self._create_reply(comment, answer, look_first=True)
        return True

    def _is_by_others(self, comment: Comment) -> bool:
        """Whether somebody else than the bridge wrote the comment; nobody counts as the bridge."""
        author = comment.get("author")
        return isinstance(author, Mapping) and not self._jira.is_own_user(author)


def _is_restricted(comment: Comment) -> bool:
    """Whether not everybody who sees the Issue may see the comment."""
    return bool(comment.get("visibility")) or comment.get("jsdPublic") is False
