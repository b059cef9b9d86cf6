"""The client's version and its errors, as people get to see them."""

from __future__ import annotations

import json

import pytest
import requests
from jira.exceptions import JIRAError

from sg_jira.jira_client import (
    check_version,
    connection_errors_shortened,
    shorten,
)
from sg_jira.printable import without_login

PAGE = "<!DOCTYPE html><html><head><title>Log in - Jira</title></head>" + "<p>x</p>" * 500


@pytest.mark.parametrize("version", ["3.4.9", "3.4", "2.0.0", "1.0.10.dev4"])
def test_a_client_that_is_too_old_is_refused_with_the_way_to_mend_it(version: str) -> None:
    with pytest.raises(ImportError, match=r"3\.5\.0 or newer, but found"):
        check_version(version)


@pytest.mark.parametrize("version", ["3.5.0", "3.5.0rc1", "3.10.5", "4"])
def test_a_newer_client_is_taken(version: str) -> None:
    check_version(version)


@pytest.mark.parametrize(
    ("error", "gist"),
    [
        (JIRAError("No such issue", status_code=404), "HTTP 404: No such issue"),
        (JIRAError("two\n  lines", status_code=400), "HTTP 400: two lines"),
        (JIRAError(PAGE, status_code=503), "HTTP 503: an HTML page, 'Log in - Jira'"),
        (JIRAError("<html>oops", status_code=502), "HTTP 502: an HTML page"),
        (JIRAError(status_code=500), "HTTP 500"),
        (JIRAError("refused"), "no HTTP status: refused"),
        (JIRAError("x" * 999, status_code=400), "HTTP 400: " + "x" * 200 + "..."),
    ],
)
def test_an_error_is_told_in_a_few_words(error: JIRAError, gist: str) -> None:
    assert shorten(error) == gist


def test_a_login_in_the_address_is_not_shown() -> None:
    assert without_login("https://me:secret@jira.test:8080/jira") == "https://jira.test:8080/jira"
    assert without_login("https://jira.test/") == "https://jira.test/"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (JIRAError("", status_code=401), "Check the user and secret"),
        (JIRAError(PAGE, status_code=503), "HTTP 503: an HTML page"),
        (json.JSONDecodeError("Expecting value", PAGE, 0), "did not answer as Jira does"),
        (
            requests.exceptions.JSONDecodeError("Expecting value", PAGE, 0),
            "did not answer as Jira does",
        ),
    ],
)
def test_a_failed_connection_is_a_short_runtime_error(error: Exception, told: str) -> None:
    with (
        pytest.raises(RuntimeError, match=told) as raised,
        connection_errors_shortened("https://me:secret@jira.test"),
    ):
        raise error

    message = str(raised.value)
    assert "https://jira.test" in message
    assert "secret@" not in message
    assert len(message) < 400
    assert raised.value.__suppress_context__, "a traceback would show the whole page"


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("no route"), requests.exceptions.MissingSchema("no scheme")]
)
def test_errors_of_the_network_pass_unchanged(error: Exception) -> None:
    with pytest.raises(type(error)), connection_errors_shortened("https://jira.test"):
        raise error
