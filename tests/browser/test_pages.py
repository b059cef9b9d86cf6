"""The pages of the sandbox in a real browser, with a bridge at work between the sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.web.http import HTTPServer
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task


@pytest.fixture(scope="module")
def bridged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Both sites with a bridge between them."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(HTTPServer, "expiration_interval", 0.02)
        sandbox = stack.enter_context(Sandbox(Flavour.CLOUD, seeded=True))
        folder: Path = tmp_path_factory.mktemp("bridge")
        stack.enter_context(RunningBridge(sandbox, folder))
        yield sandbox
        with sockets_collected():
            stack.close()


@pytest.fixture
def pair(bridged: Sandbox) -> Pair:
    """A synced Task."""
    made = create_task(bridged, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    return made


def test_edit_of_a_task_in_the_browser_is_seen_on_the_page_of_its_issue(
    page: Page, pair: Pair
) -> None:
    page.goto(pair.sandbox.shotgun.url)
    page.get_by_role("row", name=f"{pair.id} Build the pier").get_by_role("link").click()
    page.get_by_label("Task Name").fill("Build the long pier")
    page.get_by_label("Status").select_option("ip")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Build the long pier").wait_for()
    pair.settle()

    page.goto(pair.sandbox.jira.url)
    page.get_by_role("link", name=pair.key, exact=True).click()
    assert page.get_by_label("Summary").input_value() == "Build the long pier"
    assert page.get_by_text("Task, In Progress").is_visible()


def test_edits_of_an_issue_in_the_browser_are_seen_on_the_page_of_its_task(
    page: Page, pair: Pair
) -> None:
    page.goto(f"{pair.sandbox.jira.url}/browse/{pair.key}")
    page.get_by_label("Summary").fill("Build two piers")
    form = page.locator("form", has=page.get_by_label("Summary"))
    form.locator("select[name=actor]").select_option(label="Tomás Quiroga")
    form.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Build two piers").wait_for()
    page.get_by_role("button", name="Done").click()
    page.get_by_text("Task, Done").wait_for()
    pair.settle()

    log = page.get_by_role("row", name="Build the pier Build two piers")
    assert log.get_by_role("cell", name="Tomás Quiroga").is_visible()
    page.goto(f"{pair.sandbox.shotgun.url}/detail/Task/{pair.id}")
    assert page.get_by_label("Task Name").input_value() == "Build two piers"
    assert page.get_by_label("Status").input_value() == "fin"


def test_a_new_task_has_only_what_was_filled_in(page: Page, bridged: Sandbox) -> None:
    page.goto(f"{bridged.shotgun.url}/new/Task")
    page.get_by_label("Task Name").fill("Paint the boat")
    page.get_by_label("Project").fill(f"Project {bridged.production.project['id']}")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Event log").wait_for()

    (made,) = bridged.shotgun.records("Task", content="Paint the boat")
    assert not any(made[flag] for flag in ("sg_sync_in_jira", "milestone", "pinned"))


def test_a_value_that_cannot_be_is_told_beside_what_was_typed(page: Page, pair: Pair) -> None:
    page.goto(f"{pair.sandbox.shotgun.url}/detail/Task/{pair.id}")
    page.get_by_label("Link").fill("Pip")
    page.get_by_role("button", name="Save").click()

    assert "Link cannot be 'Pip'; write it like" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Link").input_value() == "Pip"
    assert pair.task["entity"] is None
