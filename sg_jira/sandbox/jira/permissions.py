"""What people may do on a site. Whoever nothing was taken from may do everything.

Source of keys, ids and names: developer.atlassian.com/cloud/jira/platform/rest/v3, built-in
permissions, and what `GET /rest/api/2/mypermissions` answers on both flavours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.refusal import Refusal


@dataclass(frozen=True)
class _Known:
    """What Jira says about a permission, and how it refuses whoever lacks it."""

    id: str
    name: str
    site_wide: bool = False
    refusal: str = ""
    status: int = 403


class Permission(str, Enum):
    """The permissions that the site looks at, and some that it only tells of."""

    BROWSE_PROJECTS = "BROWSE_PROJECTS"
    CREATE_ISSUES = "CREATE_ISSUES"
    EDIT_ISSUES = "EDIT_ISSUES"
    ASSIGN_ISSUES = "ASSIGN_ISSUES"
    ASSIGNABLE_USER = "ASSIGNABLE_USER"
    MODIFY_REPORTER = "MODIFY_REPORTER"
    SCHEDULE_ISSUES = "SCHEDULE_ISSUES"
    TRANSITION_ISSUES = "TRANSITION_ISSUES"
    RESOLVE_ISSUES = "RESOLVE_ISSUES"
    CLOSE_ISSUES = "CLOSE_ISSUES"
    DELETE_ISSUES = "DELETE_ISSUES"
    LINK_ISSUES = "LINK_ISSUES"
    MOVE_ISSUES = "MOVE_ISSUES"
    ADD_COMMENTS = "ADD_COMMENTS"
    EDIT_ALL_COMMENTS = "EDIT_ALL_COMMENTS"
    EDIT_OWN_COMMENTS = "EDIT_OWN_COMMENTS"
    DELETE_ALL_COMMENTS = "DELETE_ALL_COMMENTS"
    DELETE_OWN_COMMENTS = "DELETE_OWN_COMMENTS"
    WORK_ON_ISSUES = "WORK_ON_ISSUES"
    EDIT_ALL_WORKLOGS = "EDIT_ALL_WORKLOGS"
    EDIT_OWN_WORKLOGS = "EDIT_OWN_WORKLOGS"
    DELETE_ALL_WORKLOGS = "DELETE_ALL_WORKLOGS"
    DELETE_OWN_WORKLOGS = "DELETE_OWN_WORKLOGS"
    CREATE_ATTACHMENTS = "CREATE_ATTACHMENTS"
    DELETE_ALL_ATTACHMENTS = "DELETE_ALL_ATTACHMENTS"
    DELETE_OWN_ATTACHMENTS = "DELETE_OWN_ATTACHMENTS"
    VIEW_VOTERS_AND_WATCHERS = "VIEW_VOTERS_AND_WATCHERS"
    MANAGE_WATCHERS = "MANAGE_WATCHERS"
    ADMINISTER_PROJECTS = "ADMINISTER_PROJECTS"
    USER_PICKER = "USER_PICKER"
    ADMINISTER = "ADMINISTER"

    @property
    def known(self) -> _Known:
        """What Jira says about it."""
        return _KNOWN[self]

    def show(self, granted: bool) -> dict[str, Any]:
        """Its JSON form in the list of somebody's permissions."""
        return {
            "id": self.known.id,
            "key": self.value,
            "name": self.known.name,
            "type": "GLOBAL" if self.known.site_wide else "PROJECT",
            "description": f"{self.known.name}.",
            "havePermission": granted,
        }

    def refuse(self) -> Refusal:
        """The answer for whoever lacks it."""
        message = self.known.refusal or f"You do not have the permission '{self.known.name}'."
        return Refusal(self.known.status, message)


class Permissions:
    """What was taken from whom. The caller holds the store's lock."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, Permission, str | None]] = set()

    def take(self, person: Person, permission: Permission, project: str | None) -> None:
        """Takes a permission, in one project (id) or everywhere."""
        self._taken.add((person.id, permission, project))

    def give_back(self, person: Person) -> None:
        """Gives a person back what was taken."""
        self._taken = {entry for entry in self._taken if entry[0] != person.id}

    def granted(self, person: Person, permission: Permission, project: str | None = None) -> bool:
        """Whether somebody has a permission; without a project (id), whether anywhere."""
        return not {(person.id, permission, None), (person.id, permission, project)} & self._taken

    def require(self, person: Person, permission: Permission, project: str | None = None) -> None:
        """Refuses whoever lacks a permission. Raises `Refusal` 403, or as Jira does."""
        if not self.granted(person, permission, project):
            raise permission.refuse()

    def require_of_author(
        self, person: Person, author: str, own: Permission, any: Permission, project: str
    ) -> None:
        """Refuses whoever may change neither everybody's nor, if it is, their own thing."""
        if person.id != author or not self.granted(person, own, project):
            self.require(person, any, project)


#: The fields of an issue that only those can set who have a permission.
GUARDED_FIELDS: Final[Mapping[str, Permission]] = {
    "assignee": Permission.ASSIGN_ISSUES,
    "reporter": Permission.MODIFY_REPORTER,
    "duedate": Permission.SCHEDULE_ISSUES,
    "issuelinks": Permission.LINK_ISSUES,
}
_UNEDITABLE: Final = "You do not have permission to edit this {}."
_KNOWN: Final[Mapping[Permission, _Known]] = {
    Permission.BROWSE_PROJECTS: _Known(
        "10",
        "Browse Projects",
        refusal="Issue does not exist or you do not have permission to see it.",
        status=404,
    ),
    Permission.CREATE_ISSUES: _Known(
        "11",
        "Create Issues",
        refusal="You do not have permission to create issues in this project.",
    ),
    Permission.EDIT_ISSUES: _Known(
        "12", "Edit Issues", refusal="You do not have permission to edit issues in this project."
    ),
    Permission.ASSIGN_ISSUES: _Known("13", "Assign Issues"),
    Permission.RESOLVE_ISSUES: _Known("14", "Resolve Issues"),
    Permission.ADD_COMMENTS: _Known(
        "15", "Add Comments", refusal="You do not have the permission to comment on this issue."
    ),
    Permission.DELETE_ISSUES: _Known(
        "16",
        "Delete Issues",
        refusal="You do not have permission to delete issues in this project.",
    ),
    Permission.ASSIGNABLE_USER: _Known("17", "Assignable User"),
    Permission.CLOSE_ISSUES: _Known("18", "Close Issues"),
    Permission.CREATE_ATTACHMENTS: _Known(
        "19",
        "Create Attachments",
        refusal="You do not have permission to create attachments for this issue.",
    ),
    Permission.WORK_ON_ISSUES: _Known(
        "20",
        "Work On Issues",
        refusal="You do not have the permission to associate a worklog to this issue.",
    ),
    Permission.LINK_ISSUES: _Known("21", "Link Issues"),
    Permission.ADMINISTER_PROJECTS: _Known("23", "Administer Projects"),
    Permission.MOVE_ISSUES: _Known("25", "Move Issues"),
    Permission.USER_PICKER: _Known(
        "27", "Browse users and groups", True, "You are not authorized to perform this operation."
    ),
    Permission.SCHEDULE_ISSUES: _Known("28", "Schedule Issues"),
    Permission.MODIFY_REPORTER: _Known("30", "Modify Reporter"),
    Permission.VIEW_VOTERS_AND_WATCHERS: _Known("31", "View Voters and Watchers"),
    Permission.MANAGE_WATCHERS: _Known(
        "32",
        "Manage Watchers",
        refusal="You do not have the permission to manage the watcher list.",
    ),
    Permission.EDIT_ALL_COMMENTS: _Known(
        "34", "Edit All Comments", refusal=_UNEDITABLE.format("comment"), status=400
    ),
    Permission.EDIT_OWN_COMMENTS: _Known("35", "Edit Own Comments"),
    Permission.DELETE_ALL_COMMENTS: _Known(
        "36", "Delete All Comments", refusal=_UNEDITABLE.format("comment"), status=400
    ),
    Permission.DELETE_OWN_COMMENTS: _Known("37", "Delete Own Comments"),
    Permission.DELETE_ALL_ATTACHMENTS: _Known("38", "Delete All Attachments"),
    Permission.DELETE_OWN_ATTACHMENTS: _Known("39", "Delete Own Attachments"),
    Permission.EDIT_OWN_WORKLOGS: _Known("40", "Edit Own Worklogs"),
    Permission.EDIT_ALL_WORKLOGS: _Known(
        "41", "Edit All Worklogs", refusal=_UNEDITABLE.format("worklog"), status=400
    ),
    Permission.DELETE_OWN_WORKLOGS: _Known("42", "Delete Own Worklogs"),
    Permission.DELETE_ALL_WORKLOGS: _Known(
        "43", "Delete All Worklogs", refusal=_UNEDITABLE.format("worklog"), status=400
    ),
    Permission.TRANSITION_ISSUES: _Known("46", "Transition Issues"),
    Permission.ADMINISTER: _Known(
        "0", "Administer Jira", True, "You are not authorized to perform this operation."
    ),
}
