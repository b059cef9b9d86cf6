"""Why a site could not be connected to, in words for people, and how to mend it. Pure."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import requests
from shotgun_api3.shotgun import AuthenticationFault, Fault

from sg_jira.errors import LoginRefused

#: Name of a site -> the environment variable that names a file with the authorities it trusts.
_AUTHORITIES: Final = {"FPTR": "SHOTGUN_API_CACERTS", "Jira": "REQUESTS_CA_BUNDLE"}
_SYSTEM_ERROR: Final = re.compile(r"\[Errno -?\d+\] ([^'\")\]]+)")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a site, or with the way to it, and how to mend it."""

    what: str
    remedy: str


def trouble_with(site: str, address: str, error: Exception) -> Trouble:
    """What an error says of the connection to a site.

    Parameters:
        site: `FPTR` or `Jira`.
        address: of the site, without a password.
        error: whatever the site's client has raised.
    """
    on_the_way = network_trouble(site, error)
    if on_the_way is not None:
        return Trouble(f"{address} cannot be reached: {on_the_way.what}.", on_the_way.remedy)
    is_ours = isinstance(error, RuntimeError)  # a sentence
    what = (str(error) if is_ours else f"{type(error).__name__}: {error}").rstrip(".") + "."
    if address not in what:
        what = f"{address} says {what}"
    if isinstance(error, LoginRefused):  # which says to check user and secret
        return Trouble(
            what,
            # No word right behind "token": what shows reasons would take it for a secret.
            "On Cloud the secret is an API token, the user the e-mail of its account; on Data "
            "Center the secret is a personal access token, without a user, or a password. After "
            "many wrong logins somebody has to log in with a browser once.",
        )
    if isinstance(error, AuthenticationFault):
        return Trouble(what, "Check script_name and script_key of SHOTGUN in the settings.")
    if isinstance(error, Fault):
        return Trouble(what, "The script user's role has to let it read ApiUser records.")
    return Trouble(what, f"Check that the address of {site} in the settings is that of the site.")


def network_trouble(site: str, error: Exception) -> Trouble | None:
    """What is wrong with the way to a site; `None` when the error is not about the way.

    `what` names no address, for that may hold a password.
    """
    causes = [one for one in _causes(error) if isinstance(one, OSError)]
    if not causes or _is_answer(error):
        return None
    for kinds, what, remedy in _KINDS:
        if any(isinstance(one, kinds) for one in causes):
            return Trouble(
                what or _said(causes), remedy.format(site=site, authorities=_AUTHORITIES[site])
            )
    return Trouble(_said(causes), f"Check the network between this machine and {site}.")


_KINDS: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...]] = (
    (
        requests.exceptions.ProxyError,
        "the proxy does not let us through",
        "Check the proxy on the way to {site}.",
    ),
    (
        ssl.SSLCertVerificationError,
        "its certificate is not trusted",
        "Check the address; when an authority of your own has signed the certificate, let the "
        "environment variable {authorities} name the file with it.",
    ),
    (
        (requests.exceptions.SSLError, ssl.SSLError),
        "no encrypted connection comes about",
        "Check whether the address begins with https rightly, and what stands on the way.",
    ),
    (
        (requests.Timeout, TimeoutError),
        "no answer in time",
        "Check whether the site is up, and whether a firewall stands on the way to it.",
    ),
    (
        socket.gaierror,
        "",
        "Check the address of {site} in the settings, and that this machine can look names up.",
    ),
    (
        ConnectionRefusedError,
        "",
        "Check the address and port of {site} in the settings, and whether the site is up.",
    ),
)


def _is_answer(error: Exception) -> bool:
    """Whether an error of `requests` is about an answer, or about what was to be sent."""
    about_the_way = (requests.ConnectionError, requests.Timeout)
    return isinstance(error, requests.RequestException) and not isinstance(error, about_the_way)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        # urllib3 keeps the error of the system in a field of its own.
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(reason, Exception):
            yield from _causes(reason)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _said(causes: list[OSError]) -> str:
    """What the system says of the innermost error."""
    texts = [one.strerror for one in reversed(causes) if one.strerror]
    if texts:
        return texts[0]
    found = _SYSTEM_ERROR.search(" ".join(map(str, causes)))
    return found.group(1).strip() if found else "no connection"
