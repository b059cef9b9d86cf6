"""Routes of search: Data Center's with numbered pages, Cloud's with page tokens."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import Answer, Call, Route, whole_number
from sg_jira.sandbox.jira.search import find_issues
from sg_jira.sandbox.jira.shape import show_issue
from sg_jira.sandbox.jira.store import Issue

#: The most issues on one page: Data Center's default limit; Cloud's, see
#: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search.
_MOST: Final = {"datacenter": 1000, "cloud": 5000}
_DEFAULT: Final = 50
#: The most issues that can be named to be found as they are.
_RECONCILED: Final = 50


def classic_search(call: Call) -> Answer:
    """`search`: by number of the first issue; removed from Cloud."""
    if call.store.flavour.is_cloud:
        raise Refusal(
            410,
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
            " A full migration guideline is available at"
            " https://developer.atlassian.com/changelog/#CHANGE-2046",
        )
    asked = _asked(call)
    start = max(0, whole_number("startAt", asked.get("startAt"), 0))
    most = _most(call, asked)
    found = find_issues(call.store, asked.get("jql") or "", call.caller)
    issues = _show(call, found[start : start + most], asked, default=("*navigable",))
    page = {"startAt": start, "maxResults": most, "total": len(found)}
    return Answer(200, {"expand": "schema,names", **page, "issues": issues})


def token_search(call: Call) -> Answer:
    """`search/jql`: Cloud's, by page token, without a total, ids only unless fields are asked."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    asked = _asked(call)
    start, most = _first(asked.get("nextPageToken")), _most(call, asked)
    found = find_issues(
        call.store, asked.get("jql") or "", call.caller, bounded=True, reconciled=_reconciled(asked)
    )
    issues = _show(call, found[start : start + most], asked, default=("id",))
    end = start + most
    last = end >= len(found)
    token = {} if last else {"nextPageToken": _token(end)}
    return Answer(200, {"issues": issues, "isLast": last, **token})


def count(call: Call) -> Answer:
    """`search/approximate-count`: how many issues match, on Cloud."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    found = find_issues(call.store, call.data.get("jql") or "", call.caller, bounded=True)
    return Answer(200, {"count": len(found)})


def _asked(call: Call) -> Mapping[str, Any]:
    """The parameters, from the body of a POST or the query of a GET."""
    if call.body is not None:
        return call.data
    asked: dict[str, Any] = dict(call.query.items())
    asked["fields"] = call.words("fields")
    return asked


def _reconciled(asked: Mapping[str, Any]) -> list[str]:
    """Ids of issues that must be found as they are now. Raises `Refusal` 400 for too many."""
    given = asked.get("reconcileIssues") or []
    ids = given.split(",") if isinstance(given, str) else [str(id) for id in given]
    if len(ids) > _RECONCILED:
        raise Refusal(400, f"At most {_RECONCILED} issues can be reconciled.")
    return ids


def _most(call: Call, asked: Mapping[str, Any]) -> int:
    most = whole_number("maxResults", asked.get("maxResults"), _DEFAULT)
    return max(0, min(most, _MOST[call.store.flavour.value]))


def _show(
    call: Call, issues: list[Issue], asked: Mapping[str, Any], default: tuple[str, ...]
) -> list[dict[str, Any]]:
    fields = list(asked.get("fields") or default)
    expand = asked.get("expand") or ()
    words = expand.split(",") if isinstance(expand, str) else list(expand)
    if fields == ["id"]:
        return [{"id": issue.id} for issue in issues]
    return [show_issue(call.store, issue, fields, words, call.caller) for issue in issues]


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"start": start}).encode()).decode()


def _first(token: Any) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(str(token)))["start"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise Refusal(400, "The provided next page token is invalid or expired.") from None


ROUTES: Final = (
    Route("GET", "search", classic_search),
    Route("POST", "search", classic_search),
    Route("GET", "search/jql", token_search),
    Route("POST", "search/jql", token_search),
    Route("POST", "search/approximate-count", count),
)
