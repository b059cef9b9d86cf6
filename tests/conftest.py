"""Fixtures that all tests share: a clean environment, the sandbox, a bridge between its sites."""

from __future__ import annotations

import gc
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from sg_jira.bridge import Bridge
from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Production, Sandbox
from sg_jira.sandbox.jira import JiraSite
from sg_jira.sandbox.shotgun import ShotgunSite
from sg_jira.web.http import HTTPServer
from tests.waiting import wait_until

# A busy machine may take its time.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")

SYNC_SETTINGS = {
    "default": {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_type": "Task"}}
}
_OUR_VARIABLES = ("SGJIRA_", "SGDAEMON_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers more than cores: a quarter of their time they wait for something."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end; collecting garbage need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what the machine is set up for."""
    for name in list(os.environ):
        if name.startswith(_OUR_VARIABLES) or name.upper() in _PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logs_to_where_it_did() -> Iterator[None]:
    """A log that a test's settings opened ends with the test. Its handlers would go on to write
    into a folder that is gone, and every later test that logs would fail for it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(params=list(Flavour), ids=lambda flavour: flavour.value)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Each kind of Jira site in turn."""
    chosen: Flavour = request.param
    return chosen


@pytest.fixture
def sandbox(flavour: Flavour) -> Iterator[Sandbox]:
    """Both sites, running, with the demo production; nothing is forwarded yet."""
    with Sandbox(flavour, seeded=True) as running:
        yield running


@pytest.fixture
def empty_sandbox(flavour: Flavour) -> Iterator[Sandbox]:
    """Both sites, running, without projects and people."""
    with Sandbox(flavour) as running:
        yield running


@pytest.fixture
def shotgun_site(sandbox: Sandbox) -> ShotgunSite:
    """The FPTR site of the sandbox."""
    return sandbox.shotgun


@pytest.fixture
def jira_site(sandbox: Sandbox) -> JiraSite:
    """The Jira site of the sandbox."""
    return sandbox.jira


@pytest.fixture
def production(sandbox: Sandbox) -> Production:
    """The demo production of the sandbox."""
    return sandbox.production


@contextmanager
def sockets_collected() -> Iterator[None]:
    """Both clients leave open sockets to the garbage collector when their thread ends. It is made
    to run here, so that no test gets the warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def connect_bridge(sandbox: Sandbox) -> Bridge:
    """A bridge between the sites of a sandbox, as a library."""
    access = sandbox.bridge_settings()
    return Bridge(
        access.sg_site,
        access.sg_script_name,
        access.sg_script_key,
        access.jira_site,
        access.jira_user,
        access.jira_secret,
        sync_settings=SYNC_SETTINGS,
    )


@pytest.fixture
def bridge(sandbox: Sandbox) -> Iterator[Bridge]:
    """A bridge that is connected to both sites; nothing is forwarded to it."""
    connected = connect_bridge(sandbox)
    yield connected
    connected.close()


@pytest.fixture
def live_bridge(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningBridge]:
    """The web service, running, and both sites sending it what happens on them."""
    # How often the server looks up while nothing happens, and so how long stopping takes.
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    with ExitStack() as stack:
        yield stack.enter_context(RunningBridge(sandbox, tmp_path))
        with sockets_collected():
            stack.close()


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[..., None]:
    """The function, for at most 20 seconds."""
    return partial(wait_until, patience=20.0)


@pytest.fixture
def wait_until_quiet(sandbox: Sandbox) -> Callable[[], None]:
    """Waits until both sites and the bridge are done; fails when that takes too long."""

    def wait() -> None:
        assert sandbox.wait_until_quiet(20), "The bridge was still at work after 20 seconds."

    return wait
