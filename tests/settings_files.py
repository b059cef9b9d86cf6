"""Settings files as studios write them: Python that extends `sys.path` and names its syncers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]

_TEXT = """\
import os
import sys

sys.path.append(os.path.abspath("./examples"))

SHOTGUN = {shotgun!r}
JIRA = {jira!r}
SYNC = {sync!r}
"""


def write_settings_file(
    folder: Path, *, shotgun: dict[str, Any], jira: dict[str, Any], sync: dict[str, Any]
) -> Path:
    """Writes `settings.py`; it finds the examples when the repository is the working directory."""
    path = folder / "settings.py"
    path.write_text(_TEXT.format(shotgun=shotgun, jira=jira, sync=sync), encoding="utf-8")
    return path
