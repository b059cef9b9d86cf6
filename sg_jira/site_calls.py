"""What one pass over an event does at the two sites: its calls, and the failures among them.

The sessions tell of every call here. A failure counts even if a conversion swallowed it: whoever
runs the pass reads it afterwards. Without a pass nothing is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from sg_jira.places import Place, places_in_jira, places_in_shotgun

Answer = TypeVar("Answer")


class Site(str, Enum):
    """The two sites, in the words of metrics and logs."""

    SHOTGUN = "fptr"
    JIRA = "jira"


@dataclass(frozen=True)
class SiteCall:
    """A call to a site.

    `endpoint` names the operation without ids (`update Task`, `PUT issue/{}`), `target` what it
    is about (`Task:12`, an Issue's key or id) and `places` what it writes, as far as the call
    tells; `sent` is the body or the parameters.
    """

    site: Site
    endpoint: str
    target: str | None
    writes: bool
    places: frozenset[Place] = frozenset()
    sent: Any = field(default=None, repr=False, compare=False)  # may hold personal data


@dataclass
class Pass:
    """The calls of one pass.

    Parameters:
        gate: sees each call before it is made; may wait, or raise to prevent it.
        observe: sees each call with its status: an HTTP status, or the name of an exception.
        places: what the calls wrote, or may have written: an answer can be lost.
        hear: sees each call with the headers of its good answer, if it has any.
        stand_in: answers the calls that write, in place of the site; nothing is written then.
    """

    gate: Callable[[SiteCall], None] = lambda call: None
    observe: Callable[[SiteCall, str], None] = lambda call, status: None
    hear: Callable[[SiteCall, Mapping[str, str]], None] = lambda call, headers: None
    stand_in: Callable[[SiteCall], Any] | None = None
    calls: Counter[tuple[Site, str]] = field(default_factory=Counter)  # by site and endpoint
    failures: list[tuple[SiteCall, Exception]] = field(default_factory=list)
    written: list[SiteCall] = field(default_factory=list)
    places: set[Place] = field(default_factory=set)

    def count(self, site: Site) -> int:
        """How many calls were made to a site."""
        return sum(number for (called, _), number in self.calls.items() if called is site)

    def site_of(self, error: BaseException) -> Site | None:
        """The site whose call raised this very error, if it was one."""
        return next((call.site for call, raised in self.failures if raised is error), None)


_present: ContextVar[Pass | None] = ContextVar("sg_jira_pass", default=None)


@contextmanager
def recording(record: Pass) -> Iterator[Pass]:
    """Keeps the calls of this thread (of this context) in `record`."""
    token = _present.set(record)
    try:
        yield record
    finally:
        _present.reset(token)


def site_of_failure(error: BaseException) -> Site | None:
    """The site whose call raised this very error in the present pass."""
    record = _present.get()
    return None if record is None else record.site_of(error)


def make_call(call: SiteCall, send: Callable[[], Answer]) -> Answer:
    """Makes a call by `send` and keeps it in the present pass.

    Raises:
        Exception: whatever the gate of the pass or `send` raises.
    """
    record = _present.get()
    if record is None:
        return send()
    if call.writes and record.stand_in is not None:
        pretended: Answer = record.stand_in(call)
        return pretended
    try:
        record.gate(call)
    except Exception as error:  # it was not made
        record.failures.append((call, error))
        raise
    try:
        record.calls[call.site, call.endpoint] += 1
        record.places |= call.places
        answer = send()
    except Exception as error:
        record.failures.append((call, error))
        record.observe(call, str(getattr(error, "status_code", None) or type(error).__name__))
        raise
    if call.writes:
        record.written.append(call)
    record.observe(call, str(getattr(answer, "status_code", 200)))
    headers = getattr(answer, "headers", None)
    if headers:
        record.hear(call, headers)
    return answer


_REST: Final = re.compile(r".*?/rest/[^/]+/[^/]+/")
#: Path parts that are followed by the id or key of one of them.
_COLLECTIONS: Final = frozenset(
    {"comment", "createmeta", "issue", "issuetypes", "project", "property", "remotelink", "worklog"}
)
#: Path parts that stand where an id would.
_WORDS: Final = frozenset({"bulk", "createmeta", "picker", "search"})


def jira_call(method: str, url: str, body: Any = None) -> SiteCall:
    """The call that an HTTP request to Jira is. Pure."""
    path = urlsplit(url).path
    parts = [part for part in _REST.sub("", path, count=1).split("/") if part]
    shape, target = [], None
    for before, part in zip(["", *parts], parts, strict=False):
        if (before in _COLLECTIONS and part not in _WORDS) or part.isdecimal():
            shape.append("{}")
            target = target or (part if before == "issue" else None)
        else:
            shape.append(part)
    writes = method.upper() not in ("GET", "HEAD") and parts[:1] != ["search"]
    return SiteCall(
        Site.JIRA,
        f"{method.upper()} {'/'.join(shape)}",
        target,
        writes,
        places_in_jira(method, url, body),
        body,
    )


#: What the client calls that changes nothing; whatever else there is may write.
_SHOTGUN_READS: Final = frozenset(
    {
        "activity_stream",
        "export_page",
        "followers",
        "following",
        "get_session_token",
        "info",
        "nav_expand",
        "nav_search",
        "note_thread_contents",
        "preferences_read",
        "query_display_name_cache",
        "read",
        "schema_entity_read",
        "schema_field_read",
        "schema_read",
        "summarize",
        "user_subscriptions_read",
        "work_schedule_read",
    }
)


def shotgun_call(method: str, params: Sequence[Any] | Mapping[str, Any] | None) -> SiteCall:
    """The call that an RPC request to FPTR is. Pure."""
    first = params[0] if isinstance(params, Sequence) and params else params
    named = first if isinstance(first, Mapping) else {}
    kind, number = named.get("type"), named.get("id")
    return SiteCall(
        Site.SHOTGUN,
        f"{method} {kind}" if isinstance(kind, str) else method,
        f"{kind}:{number}" if kind and number else None,
        method not in _SHOTGUN_READS,
        places_in_shotgun(method, params),
        params,
    )
