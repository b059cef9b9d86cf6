"""Notes and TimeLogs as texts in Jira, and back: the generic family's forms.

Jira has no way to post as somebody else, so the text names the author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Subject, name of the author, content.
COMMENT_BODY_TEMPLATE: Final = (
    "\n    {panel:title=%s}\n    _Note created from FPTR by %s_\n    %s\n    {panel}\n    "
)
#: What Jira Cloud's editor makes of it when somebody edits the comment.
JIRA_COMMENT_REGEX: Final = (
    r"{panel:bgColor=#[\w]{6}}\n\*(.*)\*\n\n_Note created from FPTR by ([\w\s]+)_\n(.*)\n{panel}"
)
#: Name of the author, description.
WORKLOG_BODY_TEMPLATE: Final = "\n    _Worklog created from FPTR by %s_\n    %s\n    "
JIRA_WORKLOG_REGEX: Final = r"_Worklog created from FPTR by ([\w\s]+)_\n(.*)"

#: The same forms with any name, and the panel as it is written.
_AUTHOR_AND_CONTENT: Final = r"_Note created from FPTR by ([^\n]*)_[ \t]*\n(.*)\{panel\}"
_COMMENTS: Final = (
    r"\{panel:title=([^\n]*)\}\s*?\n[ \t]*" + _AUTHOR_AND_CONTENT,
    r"\{panel:bgColor=#\w{6}\}\s*\n\*([^\n]*)\*\s*\n" + _AUTHOR_AND_CONTENT,
)
_WORKLOGS: Final = (r"_Worklog created from FPTR by ([^\n]*)_[ \t]*(?:\n(.*))?$",)


@dataclass(frozen=True)
class Remark:
    """What a text says. `subject` and `author` are `None` when nothing in it names them."""

    subject: str | None
    content: str
    author: str | None

    @property
    def is_broken(self) -> bool:
        """Whether the panel around the Note was damaged: its subject cannot hold braces."""
        return self.subject is not None and bool({"{", "}"} & set(self.subject))


def read_comment(body: str | None, pattern: str = JIRA_COMMENT_REGEX) -> Remark:
    """What a comment says; without our form around it, all of it is content.

    Parameters:
        body: of the comment.
        pattern: tried before the forms known here; groups: subject, author, content.
    """
    text = _with_plain_newlines(body)
    for form in (pattern, *_COMMENTS):
        match = re.search(form, text, re.DOTALL)
        if match:
            subject, author, content = ((group or "").strip() for group in match.groups())
            return Remark(subject, content, author)
    return Remark(None, text, None)


def read_worklog(comment: str | None, pattern: str = JIRA_WORKLOG_REGEX) -> Remark:
    """What the comment of a worklog says; `subject` is always `None`.

    Parameters:
        comment: of the worklog.
        pattern: tried before the form known here; groups: author, description.
    """
    text = _with_plain_newlines(comment)
    for form in (pattern, *_WORKLOGS):
        match = re.search(form, text, re.DOTALL)
        if match:
            author, description = ((group or "").strip() for group in match.groups())
            return Remark(None, description, author)
    return Remark(None, text, None)


def _with_plain_newlines(text: str | None) -> str:
    # Texts that were edited in a browser come back with both characters.
    return (text or "").replace("\r\n", "\n")
