"""Turns an exception into one short line that may be shown to anybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, quote_plus

from sg_jira.printable import printable

#: Longest reason that is shown, in characters; the log has the rest.
LONGEST_REASON: Final = 300
_MASK: Final = "***"

#: What looks like a credential in any text, whoever's it is.
_CREDENTIALS: Final = (
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{_MASK}@"),
    (re.compile(r"\b(Basic|Bearer|Token)\s+[\w+/=.~-]+", re.IGNORECASE), rf"\1 {_MASK}"),
)


@dataclass(frozen=True)
class Redaction:
    """Writes reasons without secrets.

    Parameters:
        secrets: texts that must not be shown, in clear or as a part of a URL.
    """

    secrets: Sequence[str] = field(default=(), repr=False)

    def reason(self, error: BaseException) -> str:
        """Type and message of an exception, in one line of at most `LONGEST_REASON` characters.

        Only the first paragraph counts: clients put response headers and bodies below it.
        """
        message = _words_of(error).strip().split("\n\n")[0]
        kind = type(error).__name__
        return self.line(f"{kind}: {message}" if message else kind)

    def line(self, text: str, longest: int = LONGEST_REASON) -> str:
        """A text without secrets, control characters and line breaks, cut to a bounded length."""
        return shorten(printable(self._masked(text)), longest)

    def masked(self, text: str) -> str:
        """A text of any length without secrets, and without half characters."""
        return self._masked(text).encode("utf-8", "replace").decode()

    def _masked(self, text: str) -> str:
        for secret in filter(None, self.secrets):
            for form in (secret, quote(secret, safe=""), quote_plus(secret)):
                text = text.replace(form, _MASK)
        for pattern, mask in _CREDENTIALS:
            text = pattern.sub(mask, text)
        return text


def _words_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001  # whatever a studio's own exception does
        return f"what it says cannot be told ({type(failure).__name__})"


def shorten(text: str, longest: int = LONGEST_REASON) -> str:
    """A text of at most `longest` characters; an ellipsis says that something was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
