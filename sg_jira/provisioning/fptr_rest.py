"""FPTR's REST API as far as its webhooks need it, which the Python API does not offer.

https://developers.shotgridsoftware.com/rest-api/ (authentication, webhooks)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests

from sg_jira.deadlines import CONNECT, READ, WatchedAdapter, total_deadline
from sg_jira.settings import ShotgunSettings

_ROOT: Final = "/api/v1.1"
#: Webhooks in one answer; a site has a handful.
_PAGE: Final = 500
_QUOTED: Final = 200


class RestRefused(Exception):  # noqa: N818  # an answer of the site, told as one
    """FPTR's REST API refused a call, or did not answer as it does.

    Parameters:
        message: why.
        status: of the answer; `None` when it is none of this API.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class FptrRest:
    """A session with the API; asks for a token with the first call.

    Parameters:
        site: where, and the script user that asks.
    """

    def __init__(self, site: ShotgunSettings) -> None:
        self._site = site
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, WatchedAdapter())
        if site.http_proxy:
            proxy = f"http://{site.http_proxy}"
            self._session.proxies = {"http": proxy, "https": proxy}
        #: The site's time as of its first answer; `None` when it told none.
        self.site_time: datetime | None = None

    def hooks(self) -> list[dict[str, Any]]:
        """All webhooks that this script user may see, as the API gives them.

        Raises:
            RestRefused, requests.RequestException: see `_ask`.
        """
        found: list[dict[str, Any]] = []
        number = 1
        while True:
            page = {"page[size]": _PAGE, "page[number]": number}
            here = self._ask("GET", "/webhook/hooks", params=page).get("data") or []
            found += here
            if len(here) < _PAGE:
                return found
            number += 1

    def create_hook(
        self,
        name: str,
        url: str,
        entity_type: str,
        fields: Sequence[str],
        secret: str,
        projects: Sequence[int],
    ) -> None:
        """Makes a webhook for one entity type. Raises as `hooks`.

        Parameters:
            name: for people.
            url: where it posts.
            fields: whose changes it tells.
            secret: signs what it posts.
            projects: ids of the Projects it is limited to.
        """
        told = {"create": [], "update": list(fields), "delete": [], "revive": []}
        self._ask(
            "POST",
            "/webhook/hooks",
            json={
                "name": name,
                "url": url,
                "entity_types": {entity_type: told},
                "token": secret,
                "projects": list(projects),
                "batch_deliveries": True,
                "validate_ssl_cert": True,
            },
        )

    def update_hook(self, number: str, changes: Mapping[str, Any]) -> None:
        """Changes properties of a webhook. Raises as `hooks`."""
        self._ask("PUT", f"/webhook/hooks/{number}", json=dict(changes))

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _ask(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """An answer's body.

        Raises:
            RestRefused: the site says no; the message tells why.
            requests.RequestException: it cannot be reached.
        """
        if "Authorization" not in self._session.headers:
            self._session.headers["Authorization"] = f"Bearer {self._token()}"
        return self._send(method, path, **kwargs)

    def _token(self) -> str:
        login = {
            "grant_type": "client_credentials",
            "client_id": self._site.script_name,
            "client_secret": self._site.script_key.get_secret_value(),
        }
        return str(self._send("POST", "/auth/access_token", data=login).get("access_token"))

    def _send(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        url = f"{self._site.site.rstrip('/')}{_ROOT}{path}"
        kwargs["headers"] = {"Accept": "application/json"}
        with total_deadline():
            answer = self._session.request(method, url, timeout=(CONNECT, READ), **kwargs)
        if self.site_time is None and "Date" in answer.headers:
            self.site_time = parsedate_to_datetime(answer.headers["Date"])
        if not answer.ok:
            why = f"HTTP {answer.status_code}: {_reason(answer)}"
            raise RestRefused(why, answer.status_code)
        if not answer.content:
            return {}
        try:
            body = answer.json()
        except requests.exceptions.JSONDecodeError:
            raise RestRefused("it did not answer with JSON, as the REST API does") from None
        return body if isinstance(body, dict) else {}


def _reason(answer: requests.Response) -> str:
    try:
        errors = answer.json()["errors"]
        return "; ".join(str(one.get("detail") or one.get("title")) for one in errors)[:_QUOTED]
    except (requests.exceptions.JSONDecodeError, KeyError, TypeError, AttributeError):
        return str(answer.reason)
