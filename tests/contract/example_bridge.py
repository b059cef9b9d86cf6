"""A bridge that loads an example plug-in as a studio's settings file does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge
from tests.doubles.shotgun_double import ShotgunSite
from tests.settings_files import REPOSITORY, write_settings_file


def load_example(
    fptr: ShotgunSite,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    syncer: str,
    **settings: Any,
) -> Bridge:
    """The bridge of a settings file whose one entry, `example`, is this syncer."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(sys, "path", list(sys.path))
    file = write_settings_file(
        folder,
        shotgun={"site": fptr.url, "script_name": "sg_jira", "script_key": "key"},
        jira={"site": "https://jira.studio.test", "user": "sg-jira", "secret": "secret"},
        sync={"example": {"syncer": syncer, "settings": settings}},
    )
    return Bridge.get_bridge(str(file))
