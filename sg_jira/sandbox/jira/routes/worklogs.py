"""Routes of worklogs: those of an issue, and which of the site changed or were deleted."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route
from sg_jira.sandbox.jira.shape import show_worklog
from sg_jira.sandbox.jira.store import Issue, Worklog
from sg_jira.sandbox.jira.times import milliseconds
from sg_jira.sandbox.jira.worklogs import add_worklog, delete_worklog, edit_worklog, find_worklog

#: Jira's limit for the worklogs of an issue on one page.
_PAGE: Final = 5000
#: Jira's limit for changes on one page, and for worklogs that are asked for by id.
_MOST: Final = 1000
#: What changed later than this is not told yet.
_HIDDEN: Final = timedelta(minutes=1)


def worklogs(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    found = [worklog for worklog in issue.worklogs.values() if _is_started_within(call, worklog)]
    start, most = call.page(_PAGE, _PAGE)
    shown = [show_worklog(call.store, issue, worklog) for worklog in found[start : start + most]]
    page = {"startAt": start, "maxResults": most, "total": len(found)}
    return Answer(200, {**page, "worklogs": shown})


def worklog(call: Call, key: str, id: str) -> Answer:
    issue = call.issue(key)
    return Answer(200, show_worklog(call.store, issue, find_worklog(issue, id)))


def create_worklog(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    added = add_worklog(call.store, call.caller, issue, call.data)
    return Answer(201, show_worklog(call.store, issue, added))


def update_worklog(call: Call, key: str, id: str) -> Answer:
    issue = call.issue(key)
    found = find_worklog(issue, id)
    edit_worklog(call.store, call.caller, issue, found, call.data)
    return Answer(200, show_worklog(call.store, issue, found))


def remove_worklog(call: Call, key: str, id: str) -> Answer:
    issue = call.issue(key)
    delete_worklog(call.store, call.caller, issue, find_worklog(issue, id))
    return NO_CONTENT


def updated_worklogs(call: Call) -> Answer:
    """Ids of the worklogs that were made or changed since a time, oldest change first."""
    changes = [(worklog.id, worklog.updated) for _, worklog in _all(call)]
    return _changes(call, changes, "updated")


def deleted_worklogs(call: Call) -> Answer:
    """Ids of the worklogs that were deleted since a time, oldest deletion first."""
    return _changes(call, call.store.deleted_worklogs, "deleted")


def listed_worklogs(call: Call) -> Answer:
    """The worklogs with these ids; those that are not there are left out."""
    ids = call.data.get("ids")
    if not isinstance(ids, list) or len(ids) > _MOST:
        raise Refusal(400, f"'ids' must be a list of at most {_MOST} worklog ids.")
    wanted = {str(id) for id in ids}
    shown = [show_worklog(call.store, issue, one) for issue, one in _all(call) if one.id in wanted]
    return Answer(200, shown)


def _all(call: Call) -> Iterator[tuple[Issue, Worklog]]:
    for issue in call.store.issues.values():
        for found in issue.worklogs.values():
            yield issue, found


def _is_started_within(call: Call, worklog: Worklog) -> bool:
    """Whether it began within the limits that Cloud lets a caller name."""
    started = milliseconds(worklog.started)
    if not call.store.flavour.is_cloud:
        return True
    after = call.number("startedAfter", 0)
    return after <= started < call.number("startedBefore", started + 1)


def _changes(call: Call, changes: list[tuple[str, datetime]], word: str) -> Answer:
    since = call.number("since", 0)
    latest = milliseconds(call.store.clock() - _HIDDEN)
    told = sorted((milliseconds(moment), int(id)) for id, moment in changes)
    told = [entry for entry in told if since <= entry[0] <= latest]
    # Those of one moment stay together, since a page begins with a moment.
    size = bisect_right(told, (told[_MOST - 1][0], math.inf)) if len(told) > _MOST else len(told)
    page, rest = told[:size], told[size:]
    base = f"{call.store.base}/worklog/{word}"
    until = page[-1][0] if page else since
    shown: dict[str, Any] = {
        "values": [{"worklogId": id, "updatedTime": moment} for moment, id in page],
        "since": since,
        "until": until,
        "self": f"{base}?since={since}",
        "lastPage": not rest,
    }
    if rest:
        shown["nextPage"] = f"{base}?since={until + 1}"
    return Answer(200, shown)


ROUTES: Final = (
    Route("GET", "issue/<key>/worklog", worklogs),
    Route("POST", "issue/<key>/worklog", create_worklog),
    Route("GET", "issue/<key>/worklog/<id>", worklog),
    Route("PUT", "issue/<key>/worklog/<id>", update_worklog),
    Route("DELETE", "issue/<key>/worklog/<id>", remove_worklog),
    Route("GET", "worklog/updated", updated_worklogs),
    Route("GET", "worklog/deleted", deleted_worklogs),
    Route("POST", "worklog/list", listed_worklogs),
)
