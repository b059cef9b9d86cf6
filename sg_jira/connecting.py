"""Makes a connected bridge from the settings that were read."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

import requests
from jira.exceptions import JIRAError

from sg_jira import bridge
from sg_jira.bridge import Bridge
from sg_jira.connection_trouble import trouble_with
from sg_jira.errors import NoConnection
from sg_jira.jira_session import JiraSession
from sg_jira.printable import without_login
from sg_jira.settings import Settings

#: Characters of what a site says, at most; how to mend it is told in full.
_LONGEST: Final = 400
#: What connecting to Jira raises; FPTR, to which a bridge connects first, raises others.
_OF_JIRA: Final = (requests.RequestException, JIRAError, NoConnection)


class NotConnected(Exception):  # noqa: N818  # named after what happens
    """A site, or both, cannot be connected to; the message tells of each how to mend it.

    Parameters:
        errors: name of each such site -> what its client has raised.
        addresses: name of each site -> its address, without a login.
    """

    def __init__(self, errors: Mapping[str, Exception], addresses: Mapping[str, str]) -> None:
        told = []
        for site, error in errors.items():
            found = trouble_with(site, addresses[site], error)
            what = textwrap.shorten(found.what, _LONGEST, placeholder=" ...")
            told.append(f"{site}: {what} {found.remedy}")
        super().__init__(" ".join(told))
        self.errors = errors


def connect(settings: Settings) -> Bridge:
    """A connected bridge.

    Raises:
        NotConnected: a site, or both, cannot be connected to.
        RuntimeError: a site lacks what a bridge always needs; says what.
    """
    try:
        return Bridge(
            settings.shotgun.site,
            settings.shotgun.script_name,
            settings.shotgun.script_key.get_secret_value(),
            settings.jira.site,
            settings.jira.user,
            settings.jira.secret.get_secret_value(),
            sync_settings=settings.sync,
            sg_http_proxy=settings.shotgun.http_proxy,
        )
    except _OF_JIRA as error:
        raise NotConnected({"Jira": error}, addresses(settings)) from error
    except RuntimeError:
        raise
    except Exception as error:  # whatever FPTR's client raises for a site in trouble
        # So that who mends the one finds the other at once, and not at the next attempt.
        of_jira = _trouble_of_jira(settings)
        errors = {"FPTR": error} if of_jira is None else {"FPTR": error, "Jira": of_jira}
        raise NotConnected(errors, addresses(settings)) from error


def addresses(settings: Settings) -> dict[str, str]:
    """Name of each site -> its address, without a login that may stand in it."""
    return {
        "FPTR": without_login(settings.shotgun.site),
        "Jira": without_login(settings.jira.site),
    }


def log_in_to_jira(settings: Settings) -> JiraSession:
    """A session with Jira, of whose fields nothing is known yet. Raises what the session raises."""
    site = settings.jira
    return bridge.log_in_to_jira(site.site, site.user, site.secret.get_secret_value())


def _trouble_of_jira(settings: Settings) -> Exception | None:
    try:
        log_in_to_jira(settings).close()
    except Exception as error:  # noqa: BLE001  # whatever the client raises for a site in trouble
        return error
    return None
