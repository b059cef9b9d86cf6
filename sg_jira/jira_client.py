"""What has to be known of the `jira` client under the session: its version, errors and doubles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import jira
import requests
from jira.client import JIRA
from jira.exceptions import JIRAError

from sg_jira.errors import LoginRefused, NoConnection
from sg_jira.printable import without_login

#: Oldest client with the calls that the session makes.
MINIMUM_VERSION: Final = (3, 5, 0)

#: HTTP statuses by which Jira refuses an account; 403 when it wants to see a person first.
_LOGIN_REFUSED: Final = (401, 403)

#: Longest piece of Jira's own words that is quoted in an error message.
QUOTED: Final = 200


def check_version(version: str) -> None:
    """Refuses a client that is too old.

    Raises:
        ImportError: it is older than `MINIMUM_VERSION`.
    """
    found = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    if found < MINIMUM_VERSION:
        wanted = ".".join(str(number) for number in MINIMUM_VERSION)
        raise ImportError(
            f"sg_jira needs the Python package jira in version {wanted} or newer, but found "
            f"{version}. Run: pip install --upgrade jira"
        )


check_version(jira.__version__)


def is_real_client(session: Any) -> bool:
    """Whether the session stands on the real client, and not on a studio's own."""
    return isinstance(session, JIRA)


def is_clients_own(session: Any, name: str) -> bool:
    """Whether a call of this name on the session runs the real client's code.

    It does not where a studio has put its own client under the session, or replaced the one
    method. Shorter ways to the same answer may be taken only where this holds.
    """
    return getattr(getattr(session, name, None), "__func__", None) is vars(JIRA).get(name)


def check_key(number: Any, *, what: str) -> None:
    """Refuses what is no key or id of Jira before it gets into a URL.

    Keys come from fields that people edit, and a client that does not quote them would reach
    quite another resource with `LAN-1/..`.

    Raises:
        JIRAError: with status 404, as for any other key that Jira does not have.
    """
    if isinstance(number, str) and not _KEY.fullmatch(number):
        raise JIRAError(f"{number!r} is no {what} of Jira.", status_code=404)


_KEY: Final = re.compile(r"[0-9]+|[A-Za-z][A-Za-z0-9_]*(-[0-9]+)?")


def shorten(error: JIRAError) -> str:
    """The gist of an error of the client: HTTP status and a few words.

    The client's own text may be a whole HTML page with all headers.
    """
    status = f"HTTP {error.status_code}" if error.status_code else "no HTTP status"
    text = " ".join((error.text or "").split())
    if "<" in text:
        title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
        text = f"an HTML page, {title.group(1).strip()!r}" if title else "an HTML page"
    if len(text) > QUOTED:
        text = f"{text[:QUOTED]}..."
    return f"{status}: {text}" if text else status


@contextmanager
def connection_errors_shortened(jira_site: str) -> Iterator[None]:
    """Turns what Jira answers to a failed connection into a `NoConnection` for people.

    Errors of the network pass unchanged.
    """
    site = without_login(jira_site)
    try:
        yield
    # The causes are left out on purpose: their texts can be whole HTML pages.
    except (json.JSONDecodeError, requests.exceptions.JSONDecodeError):
        raise NoConnection(
            f"{site} did not answer as Jira does. Check that this is the address of a Jira site, "
            "and that no login page or proxy stands in front of it."
        ) from None
    except JIRAError as error:
        said = f"Unable to connect to Jira at {site} ({shorten(error)})"
        if error.status_code in _LOGIN_REFUSED:
            raise LoginRefused(f"{said}. Check the user and secret in the JIRA settings.") from None
        raise NoConnection(f"{said}.") from None
