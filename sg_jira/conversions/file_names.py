"""Names and types of files, as they may be handed from one site to the other. Pure."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

#: Bytes of a name in UTF-8. File systems take 255, and people's programs add to them.
LONGEST: Final = 200

NAMELESS: Final = "file"
UNKNOWN_TYPE: Final = "application/octet-stream"

#: What would end a name, or begin something else: in a path, on Windows, in Jira's markup.
_TELLING: Final = re.compile(r"""[<>:"|?*\[\]{}^!]+""")
_TYPE: Final = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)


def clean_name(name: str | None) -> str:
    """A file name that is nothing but a name, whatever somebody has called the file.

    Folders, characters that nobody sees, and those that mean something to a file system or to
    Jira's markup are taken out. Cleaning it again changes nothing.
    """
    last = re.split(r"[/\\]", name or "")[-1]
    seen = "".join(one for one in unicodedata.normalize("NFC", last) if not _is_unseen(one))
    plain = " ".join(_TELLING.sub("_", seen).split()).strip(". ")
    return _shortened(plain) or NAMELESS


def _is_unseen(character: str) -> bool:
    """Control and format characters (which can turn a name around), lone surrogates and such."""
    return unicodedata.category(character)[0] == "C" and character not in "\t\n"


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix.encode()) <= LONGEST // 4 else ""
    stem = name.removesuffix(suffix).encode()[: LONGEST - len(suffix.encode())]
    return f"{stem.decode(errors='ignore').rstrip('. ')}{suffix}".strip(". ")


def with_suffix_of(display_name: str, file_name: str | None) -> str:
    """What people call a file, with the ending of its file name where it has none."""
    if PurePosixPath(display_name).suffix or not file_name:
        return display_name
    return f"{display_name}{PurePosixPath(file_name).suffix}"


def plain_type(content_type: object) -> str:
    """A content type without parameters; the one that says nothing for whatever is none."""
    said = str(content_type or "").partition(";")[0].strip()
    return said if _TYPE.fullmatch(said) else UNKNOWN_TYPE
