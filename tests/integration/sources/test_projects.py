"""Which entry of the settings fetches what a Project's records miss, and when that is unclear."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from sg_jira.sandbox import Sandbox
from sg_jira.shotgun_session import ShotgunSession
from sg_jira.sources.projects import SYNC_URL_FIELD, Projects


@pytest.fixture
def shotgun(sandbox: Sandbox) -> Iterator[ShotgunSession]:
    told = sandbox.bridge_settings()
    session = ShotgunSession(
        told.sg_site, script_name=told.sg_script_name, api_key=told.sg_script_key, http_proxy=None
    )
    yield session
    session.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_project_that_names_none_of_several_entries_is_told_once(
    sandbox: Sandbox, shotgun: ShotgunSession, caplog: pytest.LogCaptureFixture
) -> None:
    projects = Projects(("tasks", "assets"))
    assert projects.linked(shotgun) == {}
    projects.forget()
    projects.linked(shotgun)

    (said,) = warnings(caplog)
    number = sandbox.production.project["id"]
    assert f"Project {number} ({sandbox.production.jira_key})" in said
    assert "tasks, assets" in said
    assert SYNC_URL_FIELD in said


@pytest.mark.parametrize(
    ("names", "url"),
    [
        (("tasks",), None),
        (("tasks", "assets"), "https://bridge/sg2jira/tasks"),
        (("tasks", "assets"), "https://another-bridge/sg2jira/elsewhere"),
    ],
)
def test_nothing_is_told_where_it_is_clear(
    sandbox: Sandbox,
    shotgun: ShotgunSession,
    caplog: pytest.LogCaptureFixture,
    names: tuple[str, ...],
    url: str | None,
) -> None:
    link = {"url": url, "name": "bridge"} if url else None
    producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
    producer.update("Project", sandbox.production.project["id"], {SYNC_URL_FIELD: link})

    Projects(names).linked(shotgun)

    assert warnings(caplog) == []
