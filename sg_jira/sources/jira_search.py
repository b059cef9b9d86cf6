"""Searches Issues, page by page, whichever kind of Jira it is; reads what pages leave out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from sg_jira.sources.jira_bodies import PARTS, is_changelog_cut, is_cut

#: Issues on one page. Cloud gives fewer when they are large.
PAGE: Final = 100
#: Comments, worklogs or changes on one page.
_PART_PAGE: Final = 1000


def changed_since(keys: Collection[str], period: timedelta) -> str:
    """The query for Issues of projects that were changed within a period until now. Pure.

    A period needs neither the zone of the account nor equal clocks, which a moment would: JQL
    reads it in the account's own zone, to the minute.
    https://support.atlassian.com/jira-software-cloud/docs/jql-fields/

    The newest come first: while pages are read, Issues that are changed move to a page that was
    read, and are found by the next search, and none is pushed over the edge between two pages.
    """
    minutes = max(1, ceil(period.total_seconds() / 60))
    return f'{_in(keys)} AND updated >= "-{minutes}m" ORDER BY updated DESC'


def all_of(keys: Collection[str]) -> str:
    """The query for all Issues of projects. Pure."""
    return f"{_in(keys)} ORDER BY created DESC"


def _in(keys: Collection[str]) -> str:
    return f"project in ({', '.join(_quoted(key) for key in sorted(keys))})"


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def pages(
    jira: Any, jql: str, fields: str = "*all", expand: str | None = None
) -> Iterator[list[dict[str, Any]]]:
    """The Issues that a query finds, as Jira gives them; one call for each page.

    Raises whatever Jira's client raises.
    """
    read = _cloud_pages if jira.is_jira_cloud else _numbered_pages
    return read(jira, jql, fields, expand)


def _cloud_pages(
    jira: Any, jql: str, fields: str, expand: str | None
) -> Iterator[list[dict[str, Any]]]:
    token = None
    while True:
        page = jira.enhanced_search_issues(
            jql, token, maxResults=PAGE, fields=fields, expand=expand, json_result=True
        )
        yield page.get("issues") or []
        token = page.get("nextPageToken")
        if not token or page.get("isLast"):
            return


def _numbered_pages(
    jira: Any, jql: str, fields: str, expand: str | None
) -> Iterator[list[dict[str, Any]]]:
    start = 0
    while True:
        page = jira.search_issues(
            jql, start, maxResults=PAGE, fields=fields, expand=expand, json_result=True
        )
        issues = page.get("issues") or []
        yield issues
        start += len(issues)
        if not issues or start >= int(page.get("total") or 0):
            return


def completed(jira: Any, issue: dict[str, Any], since: datetime) -> dict[str, Any]:
    """An Issue with all its remarks, and its changes since a moment; mostly costs nothing.

    Searches leave out what is beyond a number of changes, comments or worklogs; each kind that is
    cut costs a call or more.
    """
    fields = dict(issue.get("fields") or {})
    for part, many in PARTS.items():
        if is_cut(issue, part):
            fields[part] = {many: list(_values(jira, f"issue/{issue['id']}/{part}", many))}
    whole = {**issue, "fields": fields}
    if is_changelog_cut(issue, since):
        histories = list(_values(jira, f"issue/{issue['id']}/changelog", "values"))
        whole["changelog"] = {"histories": histories}
    return whole


def _values(jira: Any, path: str, name: str) -> Iterator[dict[str, Any]]:
    start = 0
    while True:
        page = jira._get_json(path, params={"startAt": start, "maxResults": _PART_PAGE})
        found = page.get(name) or []
        yield from found
        start += len(found)
        if not found or start >= int(page.get("total") or 0):
            return
