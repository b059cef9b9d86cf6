"""A studio's own hook file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge, JiraHook

SYNCER = {"syncer": "sg_jira.TaskIssueSyncer"}
HOOK = """
from sg_jira import JiraHook
from sg_jira import Bridge as Aardvark

class StudioHook(JiraHook):
    colour = "red"
"""


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here."""
    return "cloud"


@pytest.fixture
def hook_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a hook file."""

    def write(text: str = HOOK, name: str = "studio_hook.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def hook_of(make_bridge: Callable[..., Bridge], **entry: Any) -> Any:
    return make_bridge({"it": {**SYNCER, **entry}}).get_syncer("it").hook


def test_without_a_path_the_shipped_hook_is_used(make_bridge: Callable[..., Bridge]) -> None:
    assert type(hook_of(make_bridge)) is JiraHook


@pytest.mark.parametrize("name", ["nowhere.py", "."])
def test_a_path_that_is_no_file_means_the_shipped_hook_and_a_warning(
    make_bridge: Callable[..., Bridge],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    hook = hook_of(make_bridge, hook=str(tmp_path / name))

    assert type(hook) is JiraHook
    assert [r for r in caplog.records if r.levelname == "WARNING" and str(tmp_path) in r.message]


def test_the_class_of_the_file_is_the_hook_class(
    make_bridge: Callable[..., Bridge], hook_file: Callable[..., Path]
) -> None:
    hook = hook_of(make_bridge, hook=str(hook_file()))

    assert type(hook).__name__ == "StudioHook"
    assert isinstance(hook, JiraHook)


def test_the_module_of_the_hook_names_its_file(
    make_bridge: Callable[..., Bridge], hook_file: Callable[..., Path]
) -> None:
    path = hook_file()
    hook = hook_of(make_bridge, hook=str(path))

    assert sys.modules[type(hook).__module__].__file__ == str(path)


def test_two_entries_with_one_file_get_a_module_each(
    make_bridge: Callable[..., Bridge], hook_file: Callable[..., Path]
) -> None:
    path = str(hook_file())
    bridge = make_bridge({name: {**SYNCER, "hook": path} for name in ("one", "two")})
    one, two = (type(bridge.get_syncer(name).hook) for name in ("one", "two"))

    assert one is not two
    assert one.__module__ != two.__module__


def test_a_hook_knows_the_bridge_its_sessions_and_the_logger_of_its_syncer(
    make_bridge: Callable[..., Bridge],
) -> None:
    bridge = make_bridge({"it": SYNCER})
    syncer = bridge.get_syncer("it")
    hook: Any = syncer.hook

    assert hook._bridge is bridge
    assert hook._jira is bridge.jira
    assert hook._shotgun is bridge.shotgun
    assert hook._logger is syncer._logger


def test_a_helper_class_in_the_file_is_not_taken_for_the_hook(
    make_bridge: Callable[..., Bridge], hook_file: Callable[..., Path]
) -> None:
    path = hook_file("class Abacus:\n    pass\n" + HOOK)

    assert type(hook_of(make_bridge, hook=str(path))).__name__ == "StudioHook"


@pytest.mark.parametrize(
    "text", ["x = 1\n", "from sg_jira import JiraHook\n", "class Abacus:\n    pass\n"]
)
def test_a_file_without_a_hook_class_is_a_value_error(
    make_bridge: Callable[..., Bridge], hook_file: Callable[..., Path], text: str
) -> None:
    path = hook_file(text)

    with pytest.raises(ValueError, match="studio_hook"):
        hook_of(make_bridge, hook=str(path))
