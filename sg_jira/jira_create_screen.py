"""The create screen of an issue type: reading it on each flavour of Jira, fitting data to it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jira.exceptions import JIRAError
from jira.resources import IssueType

from sg_jira.jira_client import is_clients_own, shorten
from sg_jira.shapes import is_empty

logger = logging.getLogger("sg_jira.jira_session")

#: Field id -> create metadata (`name`, `required`, `hasDefaultValue`, `schema`, `allowedValues`).
Screen = dict[str, Any]

#: From this Data Center version on, only the paged endpoints exist (JRASERVER-74965). They are
#: there from 8.4 on, and on Cloud, whose one-call endpoint is deprecated.
FIRST_PAGED_ONLY: Final = (9,)
CALLS: Final = ("createmeta", "createmeta_issuetypes", "createmeta_fieldtypes")
PAGE: Final = 50
MOST_PAGES: Final = 100

#: Statuses by which Jira says that an endpoint, a project or a type is not there. The client
#: itself refuses calls without any status.
NOT_THERE: Final = (None, 404, 410)


def read_screen(session: Any, project: Any, issue_type: IssueType) -> Screen:
    """Reads the fields of the create screen.

    Parameters:
        session: the Jira session.
        project: a Project, or its key.
        issue_type: one of its issue types.

    Raises:
        RuntimeError: Jira shows no such screen to the bridge's account.
        JIRAError: Jira cannot answer at the moment.
    """
    version = getattr(session, "_version", None) or (0,)
    try:
        screen: Screen | None = None
        if session._is_jira_cloud or version < FIRST_PAGED_ONLY:
            screen = _read_in_one(session, project, issue_type)
        if screen is None:
            screen = _read_paged(session, getattr(project, "key", project), issue_type)
    except JIRAError as error:
        if error.status_code not in (401, 403):
            raise
        raise RuntimeError(
            f"{_nothing(project, issue_type)} ({shorten(error)}). Check the credentials of the "
            "bridge's Jira account, and that it may create issues there."
        ) from None
    if not screen:
        raise RuntimeError(
            f"{_nothing(project, issue_type)}. Check that the project has this issue type, and "
            "that the bridge's Jira account may create issues there."
        )
    return screen


def _nothing(project: Any, issue_type: IssueType) -> str:
    key = getattr(project, "key", project)
    return f"Jira shows no fields for creating a {issue_type.name} issue in the project {key}"


def _read_in_one(session: Any, project: Any, issue_type: IssueType) -> Screen | None:
    """The screen from the one-call endpoint; `None` where that endpoint is no longer served."""
    try:
        found = session.createmeta(
            project, issuetypeIds=issue_type.id, expand="projects.issuetypes.fields"
        )
    except JIRAError as error:
        if error.status_code in NOT_THERE:
            return None
        raise
    projects = (found or {}).get("projects") or [{}]
    types = projects[0].get("issuetypes") or [{}]
    screen: Screen = types[0].get("fields") or {}
    # Jira may answer a deprecated call with nothing; a studio's own answer is what it means.
    return None if not screen and is_clients_own(session, "createmeta") else screen


def _read_paged(session: Any, project_key: str, issue_type: IssueType) -> Screen:
    types = list(_entries(session, "createmeta_issuetypes", "issueTypes", project_key))
    by_id = [one for one in types if str(one.get("id")) == str(issue_type.id)]
    by_name = [one for one in types if one.get("name") == issue_type.name]
    wanted = next(iter(by_id or by_name), None)
    if wanted is None:
        return {}
    fields = _entries(session, "createmeta_fieldtypes", "fields", project_key, wanted["id"])
    return {field["fieldId"]: field for field in fields}


def _entries(session: Any, call: str, cloud_key: str, *ids: str) -> Iterator[dict[str, Any]]:
    """All entries of a paged endpoint; none when Jira does not have it.

    Pages hold them under `values`, on Cloud under `cloud_key`.
    """
    start = 0
    last: list[Any] = []
    for _ in range(MOST_PAGES):
        page = _page(session, call, ids, start)
        entries = page.get("values") or page.get(cloud_key) or []
        if not entries or entries == last:  # the end, or a client that cannot page
            return
        yield from entries
        last = entries
        start += len(entries)
        if page.get("isLast") or start >= page.get("total", start + 1):
            return


def _page(session: Any, call: str, ids: tuple[str, ...], start: int) -> dict[str, Any]:
    try:
        if is_clients_own(session, call):
            # The client calls these deprecated, in favour of its own new names for the same
            # endpoints, and refuses both on Cloud, where the endpoints exist as well.
            path = "/".join(["issue", "createmeta", ids[0], "issuetypes", *ids[1:]])
            page = session._get_json(path, params={"startAt": start, "maxResults": PAGE})
        else:
            method = getattr(session, call, None)
            page = method and (method(*ids, startAt=start) if start else method(*ids))
    except JIRAError as error:
        if error.status_code in NOT_THERE:
            return {}
        raise
    return page or {}


def is_refusal(error: Exception) -> bool:
    """Whether an issue could not be made because of its data, as far as the screen tells."""
    return isinstance(error, ValueError) or getattr(error, "status_code", None) == 400


def check_required(screen: Screen, data: Mapping[str, Any], issue_type: str) -> None:
    """Checks that nothing that Jira requires is missing.

    Raises:
        ValueError: names the missing fields as people see them.
    """
    missing = [
        field["name"]
        for field_id, field in screen.items()
        if field["required"] and not field.get("hasDefaultValue") and field_id not in data
    ]
    if missing:
        raise ValueError(
            f"Unable to create Jira {issue_type} Issue. The following required data is missing: "
            f"{missing}"
        )


def fit(screen: Screen, data: Mapping[str, Any], issue_type: str) -> dict[str, Any]:
    """The data that the screen takes.

    Fields that are not on it are left out with a warning; so are empty ones that Jira requires
    and has a default for.

    Raises:
        ValueError: required fields are empty and have no default; names their ids.
    """
    unknown = [field_id for field_id in data if field_id not in screen]
    if unknown:
        logger.warning(
            "Leaving out %s: not on the screen for creating a %s issue", unknown, issue_type
        )
    values = {field_id: value for field_id, value in data.items() if field_id in screen}
    empty = [
        field_id
        for field_id, value in values.items()
        if screen[field_id]["required"] and is_empty(value)
    ]
    refused = [field_id for field_id in empty if not screen[field_id].get("hasDefaultValue")]
    if refused:
        raise ValueError(
            f"Unable to create Jira {issue_type} Issue. The following required fields are empty: "
            f"{refused}"
        )
    return {field_id: value for field_id, value in values.items() if field_id not in empty}
