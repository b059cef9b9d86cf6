"""A real browser, one for all tests of the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

#: Names of the command, on Debian and on others.
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: It runs as root on test machines, and asks nobody but the sandbox.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Milliseconds that a page, or an element on it, may take to be there.
_PATIENCE = 20_000


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    command = next((path for name in _COMMANDS if (path := shutil.which(name))), None)
    if command is None:
        pytest.skip("no Chromium or Chrome is installed (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=command, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a person who was never here."""
    context = browser.new_context()
    context.set_default_timeout(_PATIENCE)
    yield context.new_page()
    context.close()
