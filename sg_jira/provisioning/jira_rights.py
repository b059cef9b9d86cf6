"""The project permissions that the Jira account needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

#: Key of a Jira project permission -> its name on Jira's pages.
#: https://support.atlassian.com/jira-cloud-administration/docs/permissions-for-company-managed-projects/
PERMISSION_NAMES: Final[Mapping[str, str]] = {
    "BROWSE_PROJECTS": "Browse Projects",
    "ASSIGNABLE_USER": "Assignable User",
    "ASSIGN_ISSUES": "Assign Issues",
    "CLOSE_ISSUES": "Close Issues",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "MODIFY_REPORTER": "Modify Reporter",
    "SCHEDULE_ISSUES": "Schedule Issues",
    "MANAGE_WATCHERS": "Manage Watchers",
    "ADD_COMMENTS": "Add Comments",
    "EDIT_ALL_COMMENTS": "Edit All Comments",
    "DELETE_OWN_COMMENTS": "Delete Own Comments",
    "DELETE_ALL_COMMENTS": "Delete All Comments",
    "WORK_ON_ISSUES": "Work On Issues",
    "EDIT_ALL_WORKLOGS": "Edit All Worklogs",
    "DELETE_ALL_WORKLOGS": "Delete All Worklogs",
    "DELETE_ISSUES": "Delete Issues",
    "LINK_ISSUES": "Link Issues",
    "CREATE_ATTACHMENTS": "Create Attachments",
}
ALWAYS: Final = tuple(PERMISSION_NAMES)[:13]
FOR_TIME: Final = (
    "DELETE_ALL_COMMENTS",
    "WORK_ON_ISSUES",
    "EDIT_ALL_WORKLOGS",
    "DELETE_ALL_WORKLOGS",
)


def asked_for(given: Mapping[str, Any]) -> Iterator[str]:
    """Keys of the permissions that the settings of an entry make necessary."""
    elements = given.get("entity_mapping") or []
    parts = [given, *(one for one in elements if isinstance(one, Mapping))]
    if any(part.get("on_retirement") == "delete_issue" for part in parts):
        yield "DELETE_ISSUES"
    if given.get("sync_attachments") in ("both_way", "sg_to_jira"):
        yield "CREATE_ATTACHMENTS"
