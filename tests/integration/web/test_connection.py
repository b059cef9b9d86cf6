"""Connecting to the sites in the background, and what /readyz tells of it."""

from __future__ import annotations

import socket
import threading

import pytest
from flask import Flask

from sg_jira.web.acceptance import NotReady
from sg_jira.web.connection import UNKNOWN_OWN_USER, BridgeConnection
from sg_jira.web.http import HTTPServer
from sg_jira.web.reachability import Site, SiteChecks, SiteState, look_at
from sg_jira.web.reasons import Redaction
from tests.integration.web.conftest import TLS, served


class StudioBridge:
    """Connected to nothing."""

    def __init__(self, own_user=None):
        self.current_shotgun_user = own_user
        self.resets = 0

    def reset(self):
        self.resets += 1


class Attempts:
    """Builds a bridge as soon as it may, and counts how often it was asked."""

    def __init__(self, bridge, error=None):
        self.bridge, self.error, self.count = bridge, error, 0

    def __call__(self):
        self.count += 1
        if self.error:
            raise self.error
        return self.bridge


@pytest.fixture
def site():
    """A site of any kind that answers with the status it is told to."""
    app = Flask("site")
    app.config["STATUS"] = 200

    @app.get("/")
    def front():
        return "", app.config["STATUS"]

    with served(HTTPServer(app, "127.0.0.1", 0, 1000)) as http:
        app.url = http.url
        yield app


@pytest.fixture
def closed_url():
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def connect(request):
    """Starts connections, and stops them in the end."""
    connections = []

    def _connect(build, sites=(), start=True):
        connection = BridgeConnection(
            build, SiteChecks(sites, 0), Redaction(["s3cret"]), longest_pause=0.01
        )
        connections.append(connection)
        if start:
            connection.start()
        return connection

    yield _connect
    for connection in connections:
        connection.stop()


def test_before_the_first_attempt_there_is_no_bridge(connect):
    connection = connect(Attempts(StudioBridge()), start=False)

    with pytest.raises(NotReady):
        connection.bridge()
    assert connection.readiness().ready is False


def test_attempts_are_repeated_until_one_succeeds(connect, wait_until):
    attempts = Attempts(StudioBridge({"type": "ApiUser", "id": 1}), ConnectionError("refused"))
    connection = connect(attempts)
    wait_until(lambda: attempts.count > 2, "several attempts were made")

    with pytest.raises(NotReady, match="ConnectionError: refused"):
        connection.bridge()

    attempts.error = None
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")
    assert connection.bridge() is attempts.bridge


def test_the_reason_of_a_failed_attempt_holds_no_secret(connect, wait_until):
    attempts = Attempts(None, RuntimeError("the key s3cret was refused"))
    connection = connect(attempts)
    wait_until(lambda: attempts.count > 1, "an attempt has failed")

    readiness = connection.readiness()
    assert readiness.reason == "RuntimeError: the key *** was refused"
    assert readiness.connected is False


def test_a_site_that_is_down_is_named_with_its_reason(connect, site, closed_url):
    sites = [Site("FPTR", site.url), Site("Jira", closed_url)]
    connection = connect(Attempts(None, ConnectionError("somewhere")), sites)

    readiness = connection.readiness().as_dict()
    assert readiness["sites"] == {
        "FPTR": {"reachable": True, "reason": None},
        "Jira": {"reachable": False, "reason": "Connection refused"},
    }
    assert readiness["reason"] == "Jira: Connection refused"
    assert readiness["ready"] is False


def test_a_site_that_goes_down_later_makes_the_service_unready(connect, site, wait_until):
    connection = connect(Attempts(StudioBridge({"id": 1})), [Site("Jira", site.url)])
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")

    site.config["STATUS"] = 503

    assert connection.readiness().ready is False
    assert connection.readiness().reason == "Jira: it answers with status 503"


def test_an_unknown_own_user_is_said_loudly_but_the_service_is_ready(connect, wait_until):
    connection = connect(Attempts(StudioBridge(own_user=None)))
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")

    assert connection.readiness().warnings == [UNKNOWN_OWN_USER]


def test_a_known_own_user_leaves_the_warning_about_authentication(connect, wait_until):
    connection = connect(Attempts(StudioBridge({"type": "ApiUser", "id": 1})))
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")

    assert connection.readiness().warnings == []


def test_stopping_ends_the_attempts(connect, wait_until):
    attempts = Attempts(None, ConnectionError("refused"))
    connection = connect(attempts)
    wait_until(lambda: attempts.count > 0, "an attempt has failed")
    connection.stop()

    wait_until(
        lambda: "bridge connection" not in {each.name for each in threading.enumerate()},
        "the thread has ended",
    )


def test_stopping_closes_what_the_bridge_has_open(connect, wait_until):
    bridge, closed = StudioBridge(), []
    bridge.close = lambda: closed.append(True)
    connection = connect(Attempts(bridge))
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")
    connection.stop()

    assert closed


def test_a_reset_without_a_bridge_has_nothing_to_forget(connect):
    connect(Attempts(StudioBridge()), start=False).reset()


def test_a_reset_reaches_the_bridge(connect, wait_until):
    bridge = StudioBridge()
    connection = connect(Attempts(bridge))
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")
    connection.reset()

    assert bridge.resets == 1


def test_a_reset_that_a_site_prevents_is_to_be_repeated(connect, wait_until):
    bridge = StudioBridge()

    def refuse():
        raise ConnectionError("refused")

    bridge.reset = refuse
    connection = connect(Attempts(bridge))
    wait_until(lambda: connection.readiness().ready, "the bridge is connected")

    with pytest.raises(NotReady, match="ConnectionError: refused"):
        connection.reset()


# Looking at a site


@pytest.mark.parametrize("status", [200, 302, 401, 404])
def test_any_answer_but_a_server_error_counts(site, status):
    site.config["STATUS"] = status

    assert look_at(Site("Jira", site.url)) == SiteState("Jira", True)


def test_an_untrusted_certificate_is_left_to_the_clients(site):
    tls = (str(TLS / "key.pem"), str(TLS / "cert.pem"))
    with served(HTTPServer(site, "127.0.0.1", 0, 1000, tls)) as http:
        assert look_at(Site("Jira", http.url)).reachable


@pytest.mark.parametrize("url", ["jira.studio.test", "https://", "ftp://jira.test", "https://[x"])
def test_an_address_that_cannot_be_used_is_said_so(url):
    state = look_at(Site("Jira", url))

    assert state.reachable is False
    assert "address cannot be used" in state.reason


def test_the_way_to_fptr_is_its_proxy(site, closed_url):
    through = site.url.removeprefix("http://")

    assert look_at(Site("FPTR", "http://fptr.test/", http_proxy=through)).reachable
    blocked = look_at(Site("FPTR", site.url, http_proxy=closed_url.removeprefix("http://")))
    assert blocked == SiteState("FPTR", False, "the proxy does not let us through")


def test_an_answer_is_kept_for_a_while_and_forgotten_on_demand(site):
    now = [0.0]
    checks = SiteChecks([Site("Jira", site.url)], lifetime=30, clock=lambda: now[0])
    assert checks.states()[0].reachable

    site.config["STATUS"] = 500
    now[0] = 29.0
    assert checks.states()[0].reachable
    now[0] = 30.0
    assert not checks.states()[0].reachable

    site.config["STATUS"] = 200
    checks.forget()
    assert checks.states()[0].reachable
