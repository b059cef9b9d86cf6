"""FPTR's REST API as far as its webhooks need it, which the Python API does not offer.

https://developers.shotgridsoftware.com/rest-api/ (authentication, webhooks)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import requests

from sg_jira.deadlines import CONNECT, READ, WatchedAdapter, total_deadline
from sg_jira.settings import ShotgunSettings
from sg_jira.site_calls import Site, SiteCall, make_call

_ROOT: Final = "/api/v1.1"
#: Webhooks, or deliveries, in one answer; a site has a handful of the former.
PAGE: Final = 500
_QUOTED: Final = 200
#: Seconds before its end at which a token is not used any more; and how long one lives, when the
#: site does not say: ten minutes by the API's documentation.
_MARGIN: Final = 30.0
_LIFETIME: Final = 600.0
#: Statuses with which a site does not refuse this very call, but cannot answer it now.
_NOT_NOW: Final = (408, 409, 423, 425, 429)


class RestRefused(Exception):  # noqa: N818  # an answer of the site, told as one
    """FPTR's REST API refused a call, or did not answer as it does.

    Parameters:
        message: why.
        status: of the answer; `None` when it is none of this API.
        retry_after: what the answer said about when to ask again.
    """

    def __init__(
        self, message: str, status: int | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after

    @property
    def is_final(self) -> bool:
        """Whether the same call is refused again, however often it is made."""
        return self.status is None or (400 <= self.status < 500 and self.status not in _NOT_NOW)


class FptrRest:
    """A session with the API; asks for a token with the first call. For one thread at a time.

    Parameters:
        site: where, and the script user that asks.
        timer: seconds that only grow.
    """

    def __init__(self, site: ShotgunSettings, timer: Callable[[], float] = time.monotonic) -> None:
        self._site = site
        self._timer = timer
        self._session = requests.Session()
        self._token_ends = float("-inf")
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
            RestRefused, requests.RequestException, TimeoutError: see `_ask`.
        """
        found: list[dict[str, Any]] = []
        number = 1
        while True:
            here = self._page("webhook/hooks", number, PAGE)
            found += here
            if len(here) < PAGE:
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
            "webhook/hooks",
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
        self._ask("PUT", "webhook/hooks/{}", number, json=dict(changes))

    def test_connection(self, number: str) -> dict[str, Any]:
        """Lets the site post an empty delivery of a webhook; gives how that went.

        Returns: as the sandbox has it `success`, `response_code` and `error`; the documentation
        does not tell what a real site gives. Raises as `hooks`.
        """
        told = self._ask("POST", "webhook/hooks/{}/test_connection", number).get("data")
        return told if isinstance(told, dict) else {}

    def failed_deliveries(
        self, number: str, since: datetime, page: int = 1, size: int = PAGE
    ) -> list[dict[str, Any]]:
        """A page of the deliveries of a webhook that have failed, newest first. Raises as `hooks`.

        Parameters:
            number: id of the webhook.
            since: aware; the site keeps deliveries for seven days.
            page, size: which one, from 1 on, and how many are on it.
        """
        moment = f"{since.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        wanted = {"status": "failed", "from": moment}
        return self._page("webhook/hooks/{}/deliveries", page, size, number, **wanted)

    def redeliver(self, delivery: str) -> None:
        """Lets the site send a delivery again. Raises as `hooks`."""
        self._ask("POST", "webhook/deliveries/{}/redeliver", delivery)

    def acknowledge(self, delivery: str, text: str) -> None:
        """Tells the site what became of a delivery. Raises as `hooks`.

        Parameters:
            delivery: its id, fit to be a part of a path.
            text: at most 4 KB.
        """
        self._ask("PUT", "webhook/deliveries/{}", delivery, json={"acknowledgement": text})

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _page(
        self, path: str, number: int, size: int, *ids: str, **wanted: str
    ) -> list[dict[str, Any]]:
        params = {**wanted, "page[size]": str(size), "page[number]": str(number)}
        return self._ask("GET", path, *ids, params=params).get("data") or []

    def _ask(self, method: str, path: str, *ids: str, **kwargs: Any) -> dict[str, Any]:
        """An answer's body. A call that an old token has failed is made once more with a new one.

        Parameters:
            path: with `{}` for each of the ids.

        Raises:
            RestRefused: the site says no; the message tells why.
            requests.RequestException, TimeoutError: it cannot be reached, or is too slow.
        """
        is_fresh = self._login()
        try:
            return self._send(method, path, *ids, **kwargs)
        except RestRefused as refused:
            if refused.status != requests.codes.unauthorized or is_fresh:
                raise
        self._token_ends = float("-inf")
        self._login()
        return self._send(method, path, *ids, **kwargs)

    def _login(self) -> bool:
        """Sees to it that there is a token; gives whether it is a new one."""
        now = self._timer()
        if now < self._token_ends:
            return False
        login = {
            "grant_type": "client_credentials",
            "client_id": self._site.script_name,
            "client_secret": self._site.script_key.get_secret_value(),
        }
        self._session.headers.pop("Authorization", None)
        told = self._send("POST", "auth/access_token", data=login)
        self._session.headers["Authorization"] = f"Bearer {told.get('access_token')}"
        lives = told.get("expires_in")
        self._token_ends = now + (lives if isinstance(lives, int) else _LIFETIME) - _MARGIN
        return True

    def _send(self, method: str, path: str, *ids: str, **kwargs: Any) -> dict[str, Any]:
        place = path.format(*(quote(each, safe="") for each in ids))
        url = f"{self._site.site.rstrip('/')}{_ROOT}/{place}"
        kwargs["headers"] = {"Accept": "application/json"}

        def send() -> requests.Response:
            with total_deadline():
                return self._session.request(method, url, timeout=(CONNECT, READ), **kwargs)

        writes = method != "GET" and not path.startswith("auth/")
        answer = make_call(SiteCall(Site.SHOTGUN, f"{method} {path}", None, writes), send)
        if self.site_time is None and "Date" in answer.headers:
            self.site_time = parsedate_to_datetime(answer.headers["Date"])
        if not answer.ok:
            why = f"HTTP {answer.status_code}: {_reason(answer)}"
            raise RestRefused(why, answer.status_code, answer.headers.get("Retry-After"))
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
