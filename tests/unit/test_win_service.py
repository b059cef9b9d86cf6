"""The Windows service, with stand-ins for the parts of pywin32 it is made of."""

from __future__ import annotations

import importlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.settings_files import REPOSITORY


class Windows:
    """What the service tells Windows."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        self.statuses: list[tuple[Any, ...]] = []
        windows = self

        class ServiceFramework:
            def __init__(self, args: Any) -> None:
                self.args = args

            def ReportServiceStatus(self, *status: Any) -> None:  # noqa: N802
                windows.statuses.append(status)

        self.modules = {
            "servicemanager": _module(
                LogInfoMsg=lambda text: self.messages.append(("info", text)),
                LogWarningMsg=lambda text: self.messages.append(("warning", text)),
                LogErrorMsg=lambda text: self.messages.append(("error", text)),
            ),
            "win32service": _module(SERVICE_STOP_PENDING=3),
            "win32serviceutil": _module(ServiceFramework=ServiceFramework),
        }


def _module(**content: Any) -> ModuleType:
    module = ModuleType("part of pywin32")
    vars(module).update(content)
    return module


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    windows = Windows()
    for name, module in windows.modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return windows


@pytest.fixture
def win_service(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[ModuleType]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "win_service", raising=False)
    handlers = logging.getLogger().handlers[:]
    yield importlib.import_module("win_service")
    logging.getLogger().handlers[:] = handlers
    del sys.modules["win_service"]


class Server:
    """Stands in for the web service: serves until it is stopped."""

    url = "http://127.0.0.1:9090"

    def __init__(self) -> None:
        self.serving = threading.Event()
        self.stopped = threading.Event()

    def serve_forever(self) -> None:
        self.serving.set()
        assert self.stopped.wait(30)

    def stop(self) -> None:
        self.stopped.set()


@pytest.fixture
def server(win_service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    server.arguments = None  # type: ignore[attr-defined]

    def create_server(*arguments: Any) -> Server:
        server.arguments = arguments  # type: ignore[attr-defined]
        return server

    monkeypatch.setattr(win_service.webapp, "create_server", create_server)
    return server


def test_elsewhere_the_import_says_what_is_missing() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import win_service"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("RuntimeError: win_service.py needs Windows")
    assert last.endswith("use service.py.")


def test_the_service_has_the_names_it_always_had(win_service: ModuleType) -> None:
    service = win_service.BridgeService

    assert service._svc_name_ == "ShotgunJiraBridge"
    assert service._svc_display_name_ == "Flow Production Tracking Jira Bridge"


@pytest.mark.parametrize("environ", [{}, {"SGJIRA_PORT_NUMBER": " ", "SGJIRA_SETTINGS_FILE": ""}])
def test_without_variables_the_defaults_count(
    win_service: ModuleType, environ: dict[str, str]
) -> None:
    options = win_service.read_options(environ, Path("/bridge"))

    assert options == win_service.Options(Path("/bridge/settings.py"), 9090, "127.0.0.1")


def test_the_variables_are_read(win_service: ModuleType) -> None:
    environ = {
        "SGJIRA_SETTINGS_FILE": "/studio/our_settings.py",
        "SGJIRA_PORT_NUMBER": "8080",
        "SGJIRA_LISTEN_ADDRESS": "0.0.0.0",
    }

    options = win_service.read_options(environ, Path("/bridge"))

    assert options == win_service.Options(Path("/studio/our_settings.py"), 8080, "0.0.0.0")


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "80.5"])
def test_a_port_that_is_none_is_named(win_service: ModuleType, port: str) -> None:
    with pytest.raises(ValueError, match=f"SGJIRA_PORT_NUMBER.*{port}"):
        win_service.read_options({"SGJIRA_PORT_NUMBER": port}, Path("/bridge"))


def test_the_service_serves_until_it_is_stopped(
    win_service: ModuleType,
    windows: Windows,
    server: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SGJIRA_SETTINGS_FILE", str(tmp_path / "settings.py"))
    service = win_service.BridgeService(["ShotgunJiraBridge"])
    running = threading.Thread(target=service.SvcDoRun)
    running.start()
    assert server.serving.wait(30)

    assert windows.messages == [("info", "The bridge listens on http://127.0.0.1:9090.")]
    assert server.arguments == (9090, "127.0.0.1", str(tmp_path / "settings.py"))
    assert Path(os.getcwd()) == tmp_path

    service.SvcStop()
    running.join(30)

    assert not running.is_alive()
    assert windows.statuses[0][0] == 3
    assert windows.messages[-1] == ("info", "The bridge has stopped.")


def test_a_service_that_is_stopped_while_it_starts_does_not_serve(
    win_service: ModuleType,
    server: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SGJIRA_SETTINGS_FILE", str(tmp_path / "settings.py"))
    service = win_service.BridgeService([])

    service.SvcStop()
    service.SvcDoRun()

    assert server.stopped.is_set()
    assert not server.serving.is_set()


def test_settings_that_cannot_be_used_are_in_the_event_viewer(
    win_service: ModuleType, windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SGJIRA_SETTINGS_FILE", str(tmp_path / "missing.py"))

    with pytest.raises(ValueError, match=r"missing\.py does not exist"):
        win_service.BridgeService([]).SvcDoRun()

    [(kind, text)] = windows.messages
    assert kind == "error"
    assert "missing.py does not exist" in text


def test_log_records_go_to_the_event_viewer_by_their_level(
    win_service: ModuleType, windows: Windows
) -> None:
    handler = win_service.EventViewer()

    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        handler.emit(logging.LogRecord("x", level, "x.py", 1, "%d %s", (level, "said"), None))

    assert windows.messages == [
        ("info", "20 said"),
        ("warning", "30 said"),
        ("error", "40 said"),
    ]
