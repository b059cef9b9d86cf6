"""Lets something happen in the middle of what the bridge does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sg_jira.sandbox.faults import Fault
from sg_jira.sandbox.jira import JiraSite
from sg_jira.sandbox.shotgun import ShotgunSite


def before_call(
    monkeypatch: pytest.MonkeyPatch,
    site: JiraSite | ShotgunSite,
    endpoint: str,
    act: Callable[[], None],
) -> None:
    """`act` happens once, when a call arrives and before it is worked on."""
    faults = site.controls.faults
    take, todo = faults.take, [act]

    def act_first(called: str, caller: str) -> Fault | None:
        if called == endpoint and todo:
            todo.pop()()
        return take(called, caller)

    monkeypatch.setattr(faults, "take", act_first)
