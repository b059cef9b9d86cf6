"""HTTP transport of the Jira client: one set of connections and cookies per thread."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from jira.resilientsession import ResilientSession
from requests.adapters import HTTPAdapter

from sg_jira.deadlines import WatchedAdapter, total_deadline
from sg_jira.site_calls import Answer, SiteCall, jira_call, make_call
from sg_jira.whole_texts import with_whole_characters

#: Settings that every thread's session has in common. Adapters hold the connections, and
#: cookies change with each answer: these are each thread's own.
SHARED: Final = (
    *(name for name in requests.Session.__attrs__ if name not in ("adapters", "cookies")),
    "timeout",
    "max_retries",
    "max_retry_delay",
)


class _OwnSession(ResilientSession):
    """The session of one thread."""

    def __init__(self) -> None:
        super().__init__()
        self._surroundings: dict[Hashable, Any] = {}

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """The proxies and certificates for a call.

        `requests` reads all of the environment for it, at each call. It is read once for a site.
        """
        own = (tuple(self.proxies.items()), self.verify, self.cert, self.trust_env)
        given = (tuple(dict(proxies or {}).items()), stream, verify, cert)
        place = urlsplit(url)[:2], own, given
        known = self._surroundings.get(place)
        if known is None:
            known = super().merge_environment_settings(url, proxies, stream, verify, cert)
            self._surroundings[place] = known
        return {**known, "proxies": dict(known["proxies"])}


class SessionPerThread(ResilientSession):
    """Stands in for the one HTTP session of a Jira client that several threads use.

    `requests` does not promise that a session can be shared by threads. The client and all
    its resources (issues, comments) keep this object, so they can be handed from thread to
    thread; each request runs on a session that belongs to the calling thread. Settings changed
    on this object hold for every thread from the next request on.

    Parameters:
        model: the session that the client made. Its settings, login included, are taken over,
            and it goes on serving the thread that made it.
    """

    def __init__(self, model: ResilientSession) -> None:
        super().__init__(model.timeout, model.max_retries, model.max_retry_delay)
        for name in SHARED:
            setattr(self, name, getattr(model, name))
        self.cookies.update(model.cookies)
        self.hooks = {**self.hooks, "response": [*self.hooks["response"], _without_cookies]}
        self._lock = threading.Lock()
        self._of_thread = threading.local()
        _watch(model)
        self._of_thread.session = model
        self._all: weakref.WeakSet[ResilientSession] = weakref.WeakSet([model])

    def _own(self) -> ResilientSession:
        own: ResilientSession | None = getattr(self._of_thread, "session", None)
        if own is None:
            own = _OwnSession()
            _watch(own)
            own.cookies.update(self.cookies)
            self._of_thread.session = own
            with self._lock:
                self._all.add(own)
        for name in SHARED:
            setattr(own, name, getattr(self, name))
        return own

    def request(  # type: ignore[override]  # as in the client: not all of requests' arguments
        self, method: str, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Sends a request on the calling thread's session."""
        own = self._own()

        def send() -> requests.Response:
            with total_deadline():
                return _with_whole_texts(own.request(method, url, *args, **kwargs))

        body = kwargs.get("data") or kwargs.get("json")
        return make_call(jira_call(method, str(url), body), send)

    def transfer(
        self, call: SiteCall, seconds: float, work: Callable[[ResilientSession], Answer]
    ) -> Answer:
        """Makes a call that is more than one request, or longer than others: that of a file.

        Parameters:
            call: what it is.
            seconds: how long all of it may take.
            work: does it, with the calling thread's session.
        """

        def send() -> Answer:
            with total_deadline(seconds):
                return work(self._own())

        return make_call(call, send)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends a prepared request on the calling thread's session."""
        return self._own().send(request, **kwargs)

    def close(self) -> None:
        """Closes the connections of all threads; a later request opens new ones."""
        super().close()
        with self._lock:
            sessions = list(self._all)
        for session in sessions:
            session.close()


def _watch(session: requests.Session) -> None:
    """Lets a session's calls keep their deadline; adapters that somebody chose are left alone."""
    for prefix, adapter in list(session.adapters.items()):
        if type(adapter) is HTTPAdapter:
            session.mount(prefix, WatchedAdapter())


def _with_whole_texts(answer: requests.Response) -> requests.Response:
    """Mends texts before the client reads them, as it does in many places."""
    if "json" in answer.headers.get("Content-Type", ""):
        answer._content = with_whole_characters(answer.content)
    return answer


def _without_cookies(response: requests.Response, **_: Any) -> None:
    """Takes session cookies out of an answer: the client's errors quote all headers, in logs too.

    The session has its cookies from the raw answer.
    """
    response.headers.pop("Set-Cookie", None)
