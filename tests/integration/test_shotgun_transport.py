"""FPTR's client sends every call once, and tells no secret."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from sg_jira import deadlines
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.shotgun import ShotgunSite
from sg_jira.shotgun_session import ShotgunSession

KEY = "a-very-secret-key"


@pytest.fixture
def site() -> Iterator[ShotgunSite]:
    site = ShotgunSite()
    site.start()
    site.add_script("bridge", KEY)
    yield site
    site.stop()


@pytest.fixture
def session(site: ShotgunSite) -> Iterator[ShotgunSession]:
    session = ShotgunSession(site.url, "bridge", KEY)
    yield session
    session.close()


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a site that takes connections, and hangs up after a while without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            with contextlib.suppress(OSError):  # nobody came
                taken, _ = listening.accept()
                over.wait(5)
                taken.close()

        over = threading.Event()
        thread = threading.Thread(target=hang_up)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()


def test_connecting_has_a_shorter_limit_than_the_answer(
    mute: str, site: ShotgunSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "CONNECT", 0.2)

    with pytest.raises(TimeoutError, match="timed out"):
        ShotgunSession(mute, "bridge", KEY)

    session = ShotgunSession(site.url, "bridge", KEY)
    (connection,) = session._connection.connections.values()
    assert connection.sock.gettimeout() == deadlines.READ
    session.close()


@pytest.mark.parametrize(
    ("kind", "records"), [(FaultKind.LOST_ANSWER, 1), (FaultKind.RESET, 0)], ids=["after", "before"]
)
def test_a_creation_whose_answer_is_lost_is_not_sent_again(
    site: ShotgunSite, session: ShotgunSession, kind: FaultKind, records: int
) -> None:
    site.controls.faults.add(Fault(kind, endpoint="create Tag"))

    with pytest.raises(ConnectionError, match="hung up without an answer"):
        session.create("Tag", {"name": "fur"})

    assert len(site.records("Tag", name="fur")) == records
    assert site.controls.calls.count("create Tag") == 1


def test_the_session_goes_on_after_a_lost_answer(
    site: ShotgunSite, session: ShotgunSession
) -> None:
    site.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="create Tag"))
    with pytest.raises(ConnectionError):
        session.create("Tag", {"name": "fur"})

    assert session.find_one("Tag", [["name", "is", "fur"]]) is not None


def test_a_connection_that_was_closed_while_it_was_idle_is_replaced(
    site: ShotgunSite, session: ShotgunSession
) -> None:
    session.find_one("Tag", [])
    (connection,) = session._connection.connections.values()
    connection.sock.shutdown(socket.SHUT_RDWR)

    assert session.create("Tag", {"name": "fur"})["type"] == "Tag"
    assert site.controls.calls.count("create Tag") == 1


def test_no_key_gets_into_the_clients_own_log(
    site: ShotgunSite, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="shotgun_api3"):
        session = ShotgunSession(site.url, "bridge", KEY)
        session.find("Task", [])
        session.close()

    assert "Starting rpc call" in caplog.text
    assert KEY not in caplog.text
