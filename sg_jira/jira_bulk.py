"""Issues by the page: many are created by one call, many are read by one search.

Only for the real client; a studio's own one need not know such calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jira.exceptions import JIRAError
from jira.resources import Issue

from sg_jira.deadlines import CONNECT
from sg_jira.jira_issues import EVERYTHING, LazyIssue
from sg_jira.site_calls import jira_call

#: The most issues that one call creates.
#: https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/#api-rest-api-2-issue-bulk-post
MOST_CREATED: Final = 50
#: Seconds for that: Jira answers when the last of them is made.
SECONDS: Final = 90.0
#: The most issues that Cloud's search can be told to show as they are at this moment.
#: https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
MOST_READ: Final = 50
#: How often a search is made again without the keys that Jira does not know.
_TRIES: Final = 3
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")


def create_many(session: Any, fields: Sequence[Mapping[str, Any]]) -> list[Issue | None]:
    """Creates issues by one call.

    Parameters:
        session: the Jira session.
        fields: of each issue, as they stand in the body of a single creation; `MOST_CREATED` of
            them at most.

    Returns:
        For each of them the issue, of which only id and key are known, or `None` where Jira
        refused it.

    Raises:
        JIRAError: Jira refused all of it, or cannot answer.
        RuntimeError: the answer does not tell which of them were made.
    """
    url = session._get_url("issue/bulk")
    body = json.dumps({"issueUpdates": [{"fields": dict(one)} for one in fields]})

    def send(own: Any) -> Any:
        own.timeout = (CONNECT, SECONDS)
        return own.post(url, data=body)

    try:
        told = session._session.transfer(jira_call("POST", url, body), SECONDS, send).json()
    except JIRAError as error:
        told = _errors_of_all(error)
    refused = {each["failedElementNumber"] for each in told.get("errors") or ()}
    made = [Issue(session._options, session._session, raw) for raw in told.get("issues") or ()]
    if len(made) + len(refused) != len(fields):
        raise RuntimeError(
            f"Jira was asked for {len(fields)} issues; its answer tells of {len(made)} that were "
            f"made and {len(refused)} that were refused."
        )
    left = iter(made)
    return [None if place in refused else next(left) for place in range(len(fields))]


def _errors_of_all(error: JIRAError) -> Mapping[str, Any]:
    """The answer of a call whose elements were all refused, which is an error of its own."""
    if error.status_code == 400 and error.response is not None:
        try:
            told = json.loads(error.response.text)
        except ValueError:
            raise error from None
        if isinstance(told, Mapping) and told.get("errors") and "issues" in told:
            return told
    raise error


def read_many(session: Any, keys: Iterable[str], made: Iterable[str] = ()) -> list[LazyIssue]:
    """Reads issues by one search, with what a write needs to know.

    Those that Jira does not know, or does not show yet, are not among them.

    Parameters:
        session: the Jira session.
        keys: of issues; `MOST_READ` of them at most.
        made: ids of those that were made or changed just now, whatever the state of Cloud's index.

    Raises:
        JIRAError: Jira cannot answer.
    """
    wanted = [key for key in dict.fromkeys(keys) if _KEY.fullmatch(key)]  # people edit keys
    for _ in range(_TRIES):
        if not wanted:
            break
        try:
            found = _search(session, wanted, list(made))
        except JIRAError as error:
            unknown = set(_KEY.findall(error.text or ""))
            left = [key for key in wanted if key not in unknown]
            if error.status_code != 400 or len(left) == len(wanted):
                raise
            wanted = left
            continue
        return [
            LazyIssue(session._options, session._session, raw, expand=EVERYTHING) for raw in found
        ]
    return []


def _search(session: Any, keys: Sequence[str], made: Sequence[str]) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {
        "jql": f"key in ({', '.join(keys)})",
        "maxResults": len(keys),
        "fields": ["*all"],
    }
    if session._is_jira_cloud:
        path = "search/jql"
        asked.update(expand=EVERYTHING, reconcileIssues=[int(id) for id in made])
    else:
        path = "search"
        asked.update(expand=EVERYTHING.split(","))
    answer = session._session.post(session._get_url(path), data=json.dumps(asked)).json()
    found: list[dict[str, Any]] = answer.get("issues") or []
    return found
