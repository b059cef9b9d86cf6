"""How the webhook of a comment or worklog that the bridge has made is recognised. Pure.

Neither has a marker of its own. What tells them is the Issue and what they say; the bridge keeps a
digest of that while it waits for the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from sg_jira.events import Payload
from sg_jira.links import Told
from sg_jira.shapes import as_mapping
from sg_jira.site_times import parse_time

#: How far a site's clock may be behind ours when it says when something was made.
CLOCK_SKEW: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Witness:
    """A webhook about a comment or worklog that was made.

    Attributes:
        subject: as `Comment:10019`.
        author: the user who made it, as Jira tells users.
        created: when; `None` when the webhook does not say.
        issues: what it calls the Issue, its key or its id; none for worklogs.
        words: digests, one of which is kept of what the bridge wrote.
    """

    subject: str
    author: Mapping[str, Any]
    created: datetime | None
    issues: frozenset[str]
    words: frozenset[str]


def told_of_comment(issue: object, body: object) -> Told:
    """What the webhook of a new comment will tell.

    Parameters:
        issue: the Issue or its key, as the client takes it.
        body: the text.
    """
    return Told(_key_of(issue), _digest("comment", str(body)))


def told_of_worklog(issue: object, seconds: object, started: datetime | None) -> Told:
    """What the webhook of a new worklog will tell.

    Parameters:
        issue: the Issue or its key, as the client takes it.
        seconds: the time spent.
        started: in UTC when it has no zone; `None` lets Jira choose.
    """
    return Told(_key_of(issue), _digest("worklog", str(seconds), _in_utc(started)))


def witness_of(payload: Payload) -> Witness | None:
    """What a webhook witnesses; `None` for anything but a comment or worklog that was made."""
    kind, _, action = str(payload.get("webhookEvent")).partition("_")
    if kind not in ("comment", "worklog") or action != "created":
        return None
    made, issue = as_mapping(payload.get(kind)), as_mapping(payload.get("issue"))
    if kind == "comment":
        words = {_digest(kind, str(made.get("body")))}
    else:
        seconds, started = str(made.get("timeSpentSeconds")), parse_time(made.get("started"))
        words = {_digest(kind, seconds, _in_utc(started)), _digest(kind, seconds, "")}
    return Witness(
        f"{kind.capitalize()}:{made.get('id')}",
        as_mapping(made.get("author")),
        parse_time(made.get("created")),
        frozenset(str(issue[name]) for name in ("key", "id") if issue.get(name)),
        frozenset(words),
    )


def _key_of(issue: object) -> str:
    return str(getattr(issue, "key", issue))


def _in_utc(moment: datetime | None) -> str:
    if moment is None:
        return ""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).isoformat(timespec="seconds")


def _digest(*parts: str) -> str:
    """Jira changes the ends of lines, and the white space around a text."""
    plain = "\n".join("\n".join(part.strip().splitlines()) for part in parts)
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=16).hexdigest()
