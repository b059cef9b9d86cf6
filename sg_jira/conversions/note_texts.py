"""An FPTR Note as the text of a Jira comment, and back."""

from __future__ import annotations

import re
from typing import Any, Final

from sg_jira.conversions.texts import JIRA_TEXT_LIMIT
from sg_jira.errors import InvalidJiraValue

#: Subject, content.
COMMENT_BODY_TEMPLATE: Final = "\n{panel:title=%s}\n%s\n{panel}\n"

#: The panel as it is written, and what Jira Cloud's editor makes of it when somebody edits it;
#: a line that names the author, as other syncers write it, belongs to neither part.
_PANELS: Final = (
    re.compile(r"\{panel:title=([^\}]*)\}(.*)\{panel\}", re.DOTALL),
    re.compile(
        r"\{panel:bgColor=#\w{6}\}\s*\*([^\n]*?)\*\s*\n"
        r"(?:_Note created from FPTR by [^\n]*_\s*\n)?(.*)\{panel\}",
        re.DOTALL,
    ),
)


def heading(subject: str) -> str:
    """A Note's subject as the heading of its panel, which a brace would end."""
    return subject.replace("{", "(").replace("}", ")")


def note_from_comment(body: Any) -> tuple[str, str]:
    """Subject and content of a Note, out of the body of its comment.

    Text around the panel is ignored; content may hold braces, the subject may not.

    Raises:
        InvalidJiraValue: there is no such panel, or it is broken, or the body is no text but
            the document that Jira's newer API has in its place; its field is `content`.
    """
    if body and not isinstance(body, str):
        raise InvalidJiraValue(
            "content", body, "This comment came as a document. Let Jira's own webhook tell of it."
        )
    if len(body or "") > JIRA_TEXT_LIMIT:  # searching much longer ones would take for ever
        raise InvalidJiraValue(
            "content", None, f"This comment is longer than Jira's {JIRA_TEXT_LIMIT} characters."
        )
    for panel in _PANELS:
        match = panel.search(body or "")
        if match:
            subject, content = (group.strip() for group in match.groups())
            if "{" in subject or "}" in subject:
                raise InvalidJiraValue(
                    "content", body, "The panel around the Note in this comment is broken."
                )
            return subject, content
    raise InvalidJiraValue(
        "content", body, "This comment has lost the panel that holds the subject of its Note."
    )
