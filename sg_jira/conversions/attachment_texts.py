"""How a Note's comment names the files that came along with the Note. Pure.

They stand on lines of their own after everything else. What reads a comment looks at the panel
and ignores what is around it, so these lines belong to no Note's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sg_jira.conversions.texts import JIRA_TEXT_LIMIT, length

#: A link to an attachment of the same Issue, and a picture that is one.
_LINK: Final = re.compile(r"\[\^([^\]\n|]+)(?:\|[^\]\n]*)?\]")
_PICTURE: Final = re.compile(r"(?<![\w!])!([^!|\n]+\.\w+)(?:\|[^!\n]*)?!(?![\w!])")
_NEWLINE: Final = "\n"
#: A line with nothing but such links: what was added here, perhaps edited since.
_OUR_LINE: Final = re.compile(r"\s*(?:(?:\[\^[^\]\n]+\]|!([^!|\n]+\.\w+)(?:\|[^!\n]*)?!)\s*)+")


def names_in(body: str | None) -> list[str]:
    """Names of the files that a comment shows or links to, each once."""
    text = body or ""
    found = [(match.start(), match.group(1)) for match in _LINK.finditer(text)]
    found += [(match.start(), match.group(1)) for match in _PICTURE.finditer(text)]
    names = (name.strip() for _, name in sorted(found))
    return list(dict.fromkeys(name for name in names if "://" not in name))


def with_names(body: str | None, names: Iterable[str]) -> str:
    """The comment with links to these files, as far as it does not name them yet.

    A link for which Jira has no room in the comment is left out.
    """
    text = body or ""
    known = set(names_in(text))
    for name in dict.fromkeys(names):
        longer = f"{text.rstrip(_NEWLINE)}\n[^{name}]"
        if name not in known and length(longer) <= JIRA_TEXT_LIMIT:
            text = longer
    return text


def carried_over(old_body: str | None, new_body: str) -> str:
    """A new text of a comment, with the links at the end of its old text."""
    kept: list[str] = []
    for line in reversed((old_body or "").rstrip().splitlines()):
        if not _OUR_LINE.fullmatch(line):
            break
        kept.insert(0, line.strip())
    return "\n".join([new_body.rstrip("\n"), *kept]) if kept else new_body
