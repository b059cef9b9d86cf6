r"""Half a character in JSON: a surrogate without its other half, as `\ud83c` alone.

JSON can hold one, and so can both sites; UTF-8 cannot, and so no call, database or page. It is
taken for U+FFFD where JSON comes in, so that the rest of the text travels, and so that what one
site holds and what was made of it on the other count as equal. Pure.
"""

from __future__ import annotations

import re
from typing import Final

_REPLACEMENT: Final = rb"\ufffd"
#: Any escape of JSON; the group holds one that is half a character.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL
)


def with_whole_characters(body: bytes) -> bytes:
    """A JSON text in UTF-8 with U+FFFD in place of each half of a character; mostly the same."""
    if rb"\ud" not in body and rb"\uD" not in body:
        return body
    return _ESCAPE.sub(lambda found: _REPLACEMENT if found[1] else found[0], body)
