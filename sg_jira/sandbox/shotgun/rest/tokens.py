"""Access tokens: who may have one, how long it lives, and whom it stands for.

Source: developer.shotgridsoftware.com/rest-api, Authentication: an access token lives ten minutes,
a refresh token a day, and can be used once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sg_jira.sandbox.shotgun.accounts import Accounts
from sg_jira.sandbox.shotgun.records import Author, Clock
from sg_jira.sandbox.shotgun.refusals import AuthenticationFault

_ACCESS: Final = timedelta(minutes=10)
_REFRESH: Final = timedelta(hours=24)
_SUDO: Final = "sudo_as_login:"


@dataclass(frozen=True)
class _Issued:
    author: Author
    ends: datetime


class Tokens:
    """The tokens of one site. The caller holds the store's lock."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._access: dict[str, _Issued] = {}
        self._refresh: dict[str, _Issued] = {}

    def grant(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer to a request for a token.

        Parameters:
            form: `grant_type` is `client_credentials`, `password`, `session_token` or `refresh`,
                the others are its credentials; `scope` may be `sudo_as_login:<login>`.

        Raises:
            AuthenticationFault: the credentials are wrong or missing, or the type is unknown.
        """
        kind = form.get("grant_type", "")
        if kind in {"refresh", "refresh_token"}:
            author = self._refreshed(form.get("refresh_token", ""))
        elif kind in _CREDENTIALS:
            auth = {name: form[word] for name, word in _CREDENTIALS[kind].items() if word in form}
            scope = form.get("scope", "")
            if scope.startswith(_SUDO):
                auth["sudo_as_login"] = scope.removeprefix(_SUDO)
            author = self._accounts.authenticate(auth)
        else:
            raise AuthenticationFault(f"'{kind}' is no grant_type; use client_credentials")
        now = self._clock()
        return {
            "token_type": "Bearer",
            "access_token": self._issue(self._access, author, now + _ACCESS),
            "expires_in": int(_ACCESS.total_seconds()),
            "refresh_token": self._issue(self._refresh, author, now + _REFRESH),
        }

    def author(self, header: str) -> Author:
        """Whom an `Authorization` header stands for.

        Raises:
            AuthenticationFault: it is no token, or one that has expired.
        """
        scheme, _, token = header.partition(" ")
        issued = self._access.get(token.strip()) if scheme.lower() == "bearer" else None
        if issued is None:
            raise AuthenticationFault("the access token is missing or not valid")
        if issued.ends <= self._clock():
            raise AuthenticationFault("the access token has expired")
        return issued.author

    def expire(self) -> None:
        """Ends all access tokens before their time; those for refreshing stay."""
        self._access.clear()

    def _refreshed(self, token: str) -> Author:
        issued = self._refresh.pop(token, None)
        if issued is None or issued.ends <= self._clock():
            raise AuthenticationFault("the refresh token was used, has expired or is not valid")
        return issued.author

    @staticmethod
    def _issue(tokens: dict[str, _Issued], author: Author, ends: datetime) -> str:
        token = secrets.token_urlsafe(32)
        tokens[token] = _Issued(author, ends)
        return token


#: For each way to log in, the parameters of the API that its form's values become.
_CREDENTIALS: Final[Mapping[str, Mapping[str, str]]] = {
    "client_credentials": {"script_name": "client_id", "script_key": "client_secret"},
    "password": {"user_login": "username", "user_password": "password"},
    "session_token": {"session_token": "session_token"},
}
