"""What kind of failure an exception is: the one place where that is decided. Pure.

A transient failure waits and is tried again; a permanent one is tried a few times and then left
to a person.
"""

from __future__ import annotations

import http.client
import math
import ssl
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final

import requests
from jira.exceptions import JIRAError
from shotgun_api3 import shotgun as shotgun_client
from shotgun_api3.lib.httplib2 import HttpLib2Error

from sg_jira.errors import CreationUnclear, CreationUnderWay, InvalidSyncValue, TooEarly
from sg_jira.refusals import TRIED_AGAIN, is_overload
from sg_jira.site_calls import Site

#: Seconds that a site may make us wait at most; then it is asked again.
LONGEST_RETRY_AFTER: Final = 3600.0

#: Seconds after which a counterpart that may exist is looked for again.
LOOK_FOR_CREATION_SECONDS: Final = 10.0


class Reason(str, Enum):
    """Why an event waits or is dead; people filter and count by these words."""

    RATE_LIMITED = "rate_limited"
    SITE_UNAVAILABLE = "site_unavailable"
    NO_ANSWER = "no_answer"
    LOGIN_REFUSED = "login_refused"
    NOT_READY = "not_ready"
    SITE_REFUSED = "site_refused"
    VALUE_REFUSED = "value_refused"
    HANDLER_FAILED = "handler_failed"
    CREATION_UNCLEAR = "creation_unclear"
    CREATION_UNDER_WAY = "creation_under_way"


class Scope(str, Enum):
    """What has to wait."""

    KEY = "key"
    ISSUE = "issue"
    ENDPOINT = "endpoint"
    SITE = "site"


@dataclass(frozen=True)
class Failure:
    """A failed pass, understood.

    `counts` tells whether it is an attempt: waiting for a rate limit is none. `retry_after` is
    what the site asked for, in seconds, at most an hour. `awaits` is the record whose counterpart
    has to be there first.
    """

    reason: Reason
    transient: bool
    site: Site | None = None
    scope: Scope = Scope.KEY
    counts: bool = True
    retry_after: float | None = None
    awaits: str | None = None


class Deferred(TooEarly):
    """A call, or a whole pass, has to wait.

    Parameters:
        reason: why.
        seconds: how long.
        detail: in words for people.
    """

    def __init__(self, reason: Reason, seconds: float, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.seconds = seconds


#: Values of Jira's header RateLimit-Reason -> what has to wait.
#: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
RATE_LIMIT_SCOPES: Final = {
    "jira-quota-global-based": Scope.SITE,
    "jira-quota-tenant-based": Scope.SITE,
    "jira-burst-based": Scope.ENDPOINT,
    "jira-per-issue-on-write": Scope.ISSUE,
}

#: HTTP status -> what it means; others below 500 are refusals.
_TRANSIENT_STATUS: Final = {
    **dict.fromkeys(TRIED_AGAIN, Reason.SITE_UNAVAILABLE),
    401: Reason.LOGIN_REFUSED,
    429: Reason.RATE_LIMITED,
}

#: Exceptions of the network. `requests` errors are the Jira client's, those of `httplib2` FPTR's.
_NETWORK_ERRORS: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    HttpLib2Error,
    xmlrpc.client.ResponseError,
    http.client.HTTPException,
    ssl.SSLError,
    ConnectionError,
    TimeoutError,
)


def classify(error: BaseException, site: Site | None, now: datetime) -> Failure:
    """What kind of failure an exception is.

    Parameters:
        error: as it came out of a handler or a call.
        site: the site whose call raised it, if known.
        now: for a `Retry-After` that is a date.
    """
    if isinstance(error, Deferred):
        # No site has failed: it was not asked.
        wait = _clamped(error.seconds)
        return Failure(error.reason, True, counts=False, retry_after=wait)
    if isinstance(error, CreationUnclear):
        wait = LOOK_FOR_CREATION_SECONDS
        return Failure(Reason.CREATION_UNCLEAR, True, counts=False, retry_after=wait)
    if isinstance(error, CreationUnderWay):
        return Failure(
            Reason.CREATION_UNDER_WAY,
            True,
            counts=False,
            retry_after=error.seconds,
            awaits=error.subject,
        )
    if isinstance(error, JIRAError):
        headers = getattr(error.response, "headers", None) or {}
        return _by_status(error.status_code, headers, Site.JIRA, now)
    if isinstance(error, xmlrpc.client.ProtocolError):
        return _by_status(error.errcode, error.headers or {}, Site.SHOTGUN, now)
    if isinstance(error, shotgun_client.AuthenticationFault):
        return Failure(Reason.LOGIN_REFUSED, True, Site.SHOTGUN, Scope.SITE)
    if isinstance(error, shotgun_client.Fault):
        return _fault(error)
    if isinstance(error, InvalidSyncValue):
        return Failure(Reason.VALUE_REFUSED, False, site)
    if isinstance(error, _NETWORK_ERRORS):
        guessed = Site.JIRA if isinstance(error, requests.RequestException) else None
        return Failure(Reason.NO_ANSWER, True, site or guessed)
    if site is not None and isinstance(error, OSError):
        return Failure(Reason.NO_ANSWER, True, site)
    return Failure(Reason.HANDLER_FAILED, False, site)


def _by_status(
    status: int | None, headers: Mapping[str, Any], site: Site, now: datetime
) -> Failure:
    retry_after = retry_after_seconds(headers.get("Retry-After") or headers.get("retry-after"), now)
    reason = _TRANSIENT_STATUS.get(status or 0)
    if reason is Reason.RATE_LIMITED:
        said = str(headers.get("RateLimit-Reason") or headers.get("ratelimit-reason") or "")
        scope = RATE_LIMIT_SCOPES.get(said, Scope.SITE if site is Site.SHOTGUN else Scope.KEY)
        return Failure(reason, True, site, scope, counts=False, retry_after=retry_after)
    if reason is Reason.LOGIN_REFUSED:
        return Failure(reason, True, site, Scope.SITE, retry_after=retry_after)
    if reason is not None or status is None or status >= 500:
        why = reason or (Reason.SITE_UNAVAILABLE if status else Reason.NO_ANSWER)
        return Failure(why, True, site, retry_after=retry_after)
    return Failure(Reason.SITE_REFUSED, False, site)


def _fault(error: shotgun_client.Fault) -> Failure:
    if is_overload(error):
        return Failure(Reason.SITE_UNAVAILABLE, True, Site.SHOTGUN)
    return Failure(Reason.SITE_REFUSED, False, Site.SHOTGUN)


def retry_after_seconds(value: Any, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, between 0 and an hour.

    Parameters:
        value: seconds or an HTTP date; anything else is as if it were absent.
        now: aware.
    """
    if value is None:
        return None
    text = str(value).strip()
    try:
        return _clamped(float(text))
    except ValueError:
        pass
    try:
        time = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):  # the last one for a year 99999999999
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return _clamped((time - now).total_seconds())


def _clamped(seconds: float) -> float | None:
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
