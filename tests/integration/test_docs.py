"""The documentation tells all there is, and its code runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.outcomes import Skip
from sg_jira.sandbox import Sandbox
from sg_jira.service_settings import SERVICE_VARIABLES, read_service_settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def code_of(page: Path) -> list[str]:
    return CODE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("reason", list(Skip), ids=lambda reason: reason.value)
def test_every_reason_for_skipping_is_explained(reason: Skip) -> None:
    assert f"| `{reason.value}` |" in (DOCS / "why_not_synced.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("variable", SERVICE_VARIABLES)
def test_every_variable_of_the_service_is_explained(variable: str) -> None:
    assert f"`{variable}`" in (DOCS / "settings.md").read_text(encoding="utf-8")


def test_every_default_that_is_told_may_be_set() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    defaults = dict(re.findall(r"^\| `(SGJIRA_\w+)` \| `?(\d+|\S+(?=`))`? \|", text, re.MULTILINE))
    assert {"SGJIRA_TRUSTED_PROXIES", "SGJIRA_ROLE", "SGJIRA_WORKERS"} <= set(defaults)

    assert read_service_settings(defaults) == read_service_settings({})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_is_linked_exists(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_code_sample_is_python(page: Path) -> None:
    for code in code_of(page):
        compile(code, str(page), "exec")


def test_the_code_of_the_sandbox_page_runs() -> None:
    samples = code_of(DOCS / "sandbox.md")
    assert samples
    for code in samples:
        exec(compile(code, "sandbox.md", "exec"), {})


def test_the_handler_of_the_handler_page_syncs_priorities(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, settings, *_ = code_of(DOCS / "handlers.md")
    (tmp_path / "studio_sync.py").write_text(handler, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("sg_jira.constants.TASK_FIELDS_MAPPING", _task_fields())
    monkeypatch.delitem(sys.modules, "studio_sync", raising=False)
    defined: dict[str, Any] = {}
    exec(compile(settings, "handlers.md", "exec"), defined)

    access = sandbox.bridge_settings()
    bridge = Bridge(
        access.sg_site,
        access.sg_script_name,
        access.sg_script_key,
        access.jira_site,
        access.jira_user,
        access.jira_secret,
        sync_settings=defined["SYNC"],
    )
    try:
        syncer = bridge.get_syncer("default")
        kinds = [type(handler).__name__ for handler in syncer.handlers]
        assert kinds == ["EnableSyncingHandler", "StudioTaskHandler", "NoteCommentHandler"]
        task_handler: Any = syncer.handlers[1]
        schema = {
            "schema": {"type": "priority", "system": "priority"},
            "allowedValues": [{"id": "1", "name": "P1"}, {"id": "2", "name": "P2"}],
        }
        value = task_handler._get_jira_value_for_shotgun_value(
            None, None, "priority", schema, "high"
        )
        assert value == {"id": "1", "name": "P1"}
    finally:
        bridge.close()
        sys.modules.pop("studio_sync", None)


def _task_fields() -> dict[str, str | None]:
    """A mapping that the sample may edit without others seeing it."""
    from sg_jira import constants

    return dict(constants.TASK_FIELDS_MAPPING)
