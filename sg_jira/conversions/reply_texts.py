"""A Reply to an FPTR Note as the text of a Jira comment, and an answer in Jira as a Reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sg_jira.conversions.note_texts import heading
from sg_jira.conversions.texts import JIRA_TEXT_LIMIT, one_line

#: Subject of the Note, Reply's id, Note's id, name of the author, content.
REPLY_BODY_TEMPLATE: Final = (
    "\n{panel:title=Re: %s}\n_Reply %d to Note %d created from FPTR by %s_\n%s\n{panel}\n"
)
#: The line by which the bridge recognises the comment, also after Jira Cloud's editor was at it.
_SOURCE: Final = re.compile(
    r"_Reply (\d{1,18}) to Note (\d{1,18}) created from FPTR by [^\n]*_[ \t]*(?:\r?\n|$)"
)
_PANEL: Final = "{panel}"
_MENTION: Final = re.compile(r"\s*\[~(accountid:)?([^\]\s]+)\][\s,:;.!-]*")


@dataclass(frozen=True)
class ReplyText:
    """What the comment of a Reply says."""

    reply_id: int
    note_id: int
    content: str


def comment_body(
    reply_id: int, note_id: int, subject: str | None, author: str | None, content: str | None
) -> str:
    """The body of a Reply's comment.

    Parameters:
        subject: of the Note that it answers.
        author: name of who wrote the Reply.
        content: of the Reply.
    """
    return REPLY_BODY_TEMPLATE % (
        one_line(heading(subject or "")),
        reply_id,
        note_id,
        one_line(author or "somebody"),
        content or "",
    )


def read_reply(body: str | None) -> ReplyText | None:
    """What a Reply's comment says; `None` when the line that names the Reply is not there."""
    text = body or ""
    found = _SOURCE.search(text) if len(text) <= JIRA_TEXT_LIMIT else None
    if found is None:
        return None
    content, panel, _ = text[found.end() :].rpartition(_PANEL)
    return ReplyText(
        int(found[1]), int(found[2]), (content if panel else text[found.end() :]).strip()
    )


def without_mention(body: str | None, is_own: Callable[[Mapping[str, Any]], bool]) -> str | None:
    """The text behind a mention of the bridge's account; `None` when it does not begin with one.

    Parameters:
        body: of a comment.
        is_own: tells whether a Jira user is the bridge's account.
    """
    found = _MENTION.match(body or "")
    if found is None:
        return None
    name = found[2]
    known = {"accountId": name} if found[1] else {"name": name, "key": name}
    return (body or "")[found.end() :].strip() if is_own(known) else None


def reply_content(body: str, author: str | None) -> str:
    """The content of a Reply that was written in Jira.

    Parameters:
        body: what was written.
        author: name of who wrote it, where FPTR does not know that person.
    """
    return f"{one_line(author)} (Jira):\n{body}" if author else body
