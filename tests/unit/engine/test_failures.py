"""What kind of failure an exception is."""

from __future__ import annotations

import ssl
import xmlrpc.client
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
import shotgun_api3
from jira.exceptions import JIRAError
from shotgun_api3.lib.httplib2 import ServerNotFoundError

from sg_jira.engine.failures import (
    LONGEST_RETRY_AFTER,
    Deferred,
    Reason,
    Scope,
    classify,
    retry_after_seconds,
)
from sg_jira.errors import InvalidJiraValue, InvalidShotgunValue
from sg_jira.site_calls import Site

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def jira_error(status, **headers):
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    return JIRAError("refused", status_code=status, response=response)


def protocol_error(status, headers=None):
    return xmlrpc.client.ProtocolError("fptr", status, "busy", headers or {})


@pytest.mark.parametrize(
    ("error", "reason", "site"),
    [
        (jira_error(500), Reason.SITE_UNAVAILABLE, Site.JIRA),
        (jira_error(503), Reason.SITE_UNAVAILABLE, Site.JIRA),
        (jira_error(408), Reason.SITE_UNAVAILABLE, Site.JIRA),
        (jira_error(409), Reason.SITE_UNAVAILABLE, Site.JIRA),
        (jira_error(401), Reason.LOGIN_REFUSED, Site.JIRA),
        (jira_error(429), Reason.RATE_LIMITED, Site.JIRA),
        (requests.ConnectionError("reset"), Reason.NO_ANSWER, Site.JIRA),
        (requests.ReadTimeout("slow"), Reason.NO_ANSWER, Site.JIRA),
        (requests.exceptions.ChunkedEncodingError("cut"), Reason.NO_ANSWER, Site.JIRA),
        (protocol_error(503), Reason.SITE_UNAVAILABLE, Site.SHOTGUN),
        (protocol_error(429), Reason.RATE_LIMITED, Site.SHOTGUN),
        (shotgun_api3.AuthenticationFault("no"), Reason.LOGIN_REFUSED, Site.SHOTGUN),
        (shotgun_api3.Fault("Server is busy, try again"), Reason.SITE_UNAVAILABLE, Site.SHOTGUN),
        (ServerNotFoundError("no such host"), Reason.NO_ANSWER, None),
        (TimeoutError("slow"), Reason.NO_ANSWER, None),
        (ConnectionResetError("reset"), Reason.NO_ANSWER, None),
        (ssl.SSLEOFError("cut"), Reason.NO_ANSWER, None),
    ],
)
def test_trouble_that_passes_is_transient(error, reason, site):
    failure = classify(error, None, NOON)

    assert (failure.transient, failure.reason, failure.site) == (True, reason, site)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (jira_error(400), Reason.SITE_REFUSED),
        (jira_error(403), Reason.SITE_REFUSED),
        (jira_error(404), Reason.SITE_REFUSED),
        (protocol_error(403), Reason.SITE_REFUSED),
        (shotgun_api3.Fault("no such field"), Reason.SITE_REFUSED),
        (InvalidShotgunValue("labels", "a b", "no"), Reason.VALUE_REFUSED),
        (InvalidJiraValue("content", "", "no"), Reason.VALUE_REFUSED),
        (KeyError("summary"), Reason.HANDLER_FAILED),
        (OSError("disk full"), Reason.HANDLER_FAILED),
        (SystemExit(1), Reason.HANDLER_FAILED),
    ],
)
def test_what_trying_again_does_not_mend_is_permanent(error, reason):
    failure = classify(error, None, NOON)

    assert (failure.transient, failure.reason) == (False, reason)


def test_an_error_of_the_system_in_a_call_to_a_site_is_transient():
    assert classify(OSError("no route to host"), Site.SHOTGUN, NOON).transient


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ("jira-quota-global-based", Scope.SITE),
        ("jira-quota-tenant-based", Scope.SITE),
        ("jira-burst-based", Scope.ENDPOINT),
        ("jira-per-issue-on-write", Scope.ISSUE),
        ("", Scope.KEY),
    ],
)
def test_the_reason_of_a_rate_limit_decides_what_waits_and_waiting_is_no_attempt(said, scope):
    failure = classify(
        jira_error(429, **{"RateLimit-Reason": said, "Retry-After": "7"}), None, NOON
    )

    assert (failure.scope, failure.counts, failure.retry_after) == (scope, False, 7.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("1000000", LONGEST_RETRY_AFTER),
        ("inf", LONGEST_RETRY_AFTER),
        ("nan", None),
        (format_datetime(NOON + timedelta(seconds=90), usegmt=True), 90.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:20", 20.0),
        ("Fri, 31 Dec 9999 23:59:59 -2300", LONGEST_RETRY_AFTER),
        ("Mon, 20 Nov 10000 19:12:08 GMT", None),
        ("Mon, 20 Nov 99999999999999999999 19:12:08 GMT", None),
        ("Mon, 20 Nov 1995 99999999999999999999:12:08 GMT", None),
        ("Mon, 20 Nov 1995 19:12:08 +99999999999999999999", None),
        ("9" * 5000, LONGEST_RETRY_AFTER),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_understood_in_every_form_and_kept_below_an_hour(header, seconds):
    assert retry_after_seconds(header, NOON) == seconds


def test_a_deferred_pass_is_no_attempt():
    failure = classify(Deferred(Reason.NOT_READY, 12, "no bridge"), None, NOON)

    assert (failure.counts, failure.retry_after, failure.reason) == (False, 12, Reason.NOT_READY)
