"""The small named things of a site (statuses, issue types, priorities ...) and the default ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

JSON = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """Something with an id and a name; `path` is its place in the REST API."""

    id: str
    name: str
    path: ClassVar[str] = ""

    def show(self, base: str) -> JSON:
        """Its JSON form; `base` is the address of the REST API."""
        return {"self": f"{base}/{self.path}/{self.id}", "id": self.id, "name": self.name}


@dataclass(frozen=True)
class StatusCategory:
    """One of Jira's three fixed groups of statuses."""

    id: int
    key: str
    color: str
    name: str

    def show(self, base: str) -> JSON:
        """Its JSON form."""
        return {
            "self": f"{base}/statuscategory/{self.id}",
            "id": self.id,
            "key": self.key,
            "colorName": self.color,
            "name": self.name,
        }


TO_DO: Final = StatusCategory(2, "new", "blue-gray", "To Do")
IN_PROGRESS: Final = StatusCategory(4, "indeterminate", "yellow", "In Progress")
DONE: Final = StatusCategory(3, "done", "green", "Done")


@dataclass(frozen=True)
class Status(Named):
    """A step of a workflow."""

    category: StatusCategory = TO_DO
    path: ClassVar[str] = "status"

    def show(self, base: str) -> JSON:
        """Its JSON form."""
        shown = {**super().show(base), "description": ""}
        return {**shown, "statusCategory": self.category.show(base)}


@dataclass(frozen=True)
class IssueType(Named):
    """A kind of issue; `level` is its place in the hierarchy: 1 epic, 0 standard, -1 sub-task."""

    description: str = ""
    level: int = 0
    path: ClassVar[str] = "issuetype"

    @property
    def subtask(self) -> bool:
        """Whether its issues live below another issue of the same project."""
        return self.level < 0

    def show(self, base: str, with_level: bool = False) -> JSON:
        """Its JSON form; only Cloud shows the level."""
        shown = {**super().show(base), "description": self.description, "subtask": self.subtask}
        return {**shown, "hierarchyLevel": self.level} if with_level else shown


@dataclass(frozen=True)
class Priority(Named):
    """How urgent an issue is."""

    path: ClassVar[str] = "priority"


@dataclass(frozen=True)
class Resolution(Named):
    """Why an issue is done."""

    path: ClassVar[str] = "resolution"


@dataclass(frozen=True)
class Component(Named):
    """A part of a project."""

    path: ClassVar[str] = "component"


@dataclass(frozen=True)
class Version(Named):
    """A version of a project."""

    path: ClassVar[str] = "version"

    def show(self, base: str) -> JSON:
        """Its JSON form."""
        return {**super().show(base), "archived": False, "released": False}


@dataclass(frozen=True)
class LinkType(Named):
    """A way in which two issues can be linked."""

    inward: str = ""
    outward: str = ""
    path: ClassVar[str] = "issueLinkType"

    def show(self, base: str) -> JSON:
        """Its JSON form."""
        return {**super().show(base), "inward": self.inward, "outward": self.outward}


@dataclass(frozen=True)
class Option:
    """A choice of a custom field; a disabled one cannot be chosen any more."""

    id: str
    value: str
    disabled: bool = False

    def show(self, base: str) -> JSON:
        """Its JSON form."""
        return {
            "self": f"{base}/customFieldOption/{self.id}",
            "value": self.value,
            "id": self.id,
        }


STATUSES: Final = (
    Status("10000", "To Do", TO_DO),
    Status("1", "Open", TO_DO),
    Status("3", "In Progress", IN_PROGRESS),
    Status("10001", "Done", DONE),
    Status("10002", "Backlog", TO_DO),
    Status("6", "Closed", DONE),
)
ISSUE_TYPES: Final = (
    IssueType("10000", "Epic", "A big user story that needs to be broken down.", 1),
    IssueType("10001", "Story", "Functionality expressed as a user goal.", 0),
    IssueType("10002", "Task", "A task that needs to be done.", 0),
    IssueType("10003", "Sub-task", "A small piece of work that is part of a larger task.", -1),
    IssueType("10004", "Bug", "A problem or error.", 0),
)
PRIORITIES: Final = tuple(
    Priority(str(number), name)
    for number, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), start=1)
)
DEFAULT_PRIORITY: Final = PRIORITIES[2]
RESOLUTIONS: Final = (
    Resolution("10000", "Done"),
    Resolution("10001", "Won't Do"),
    Resolution("10002", "Duplicate"),
)
LINK_TYPES: Final = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)
