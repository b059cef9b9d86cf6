"""What a field is, and the fields that every site has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sg_jira.sandbox.jira import changes, reading, showing
from sg_jira.sandbox.jira.catalog import Option

if TYPE_CHECKING:
    from sg_jira.sandbox.jira.changelog import Item
    from sg_jira.sandbox.jira.reading import Place
    from sg_jira.sandbox.jira.store import Store

#: What the names of custom field types begin with.
CUSTOM_PREFIX: Final = "com.atlassian.jira.plugin.system.customfieldtypes"
_SET: Final = ("set",)
_MANY: Final = ("add", "set", "remove")
_NONE: Final = ()


@dataclass(frozen=True)
class Kind:
    """How fields of one type behave.

    `type` and `items` are the words of Jira's schema; `read` turns a value of a request into what
    is stored (or raises `BadValue`); `show` does the reverse; `log` lists what a change adds to
    the change log.
    """

    type: str
    items: str | None
    operations: tuple[str, ...]
    read: Callable[[Place, Any], Any]
    show: Callable[[Store, Any], Any]
    log: Callable[[Store, Field, Any, Any], Iterator[Item]]

    @property
    def is_text(self) -> bool:
        """Whether JQL searches its words."""
        return self.type == "string"


@dataclass(frozen=True)
class Context:
    """Where a custom field applies, and its choices there.

    `projects` (keys) and `issue_types` (names) are `None` for all.
    """

    id: str
    name: str
    description: str = ""
    projects: frozenset[str] | None = None
    issue_types: frozenset[str] | None = None
    options: tuple[Option, ...] = ()

    def covers(self, project: str, issue_type: str) -> bool:
        """Whether it has this project (key) and issue type (name)."""
        return (self.projects is None or project in self.projects) and (
            self.issue_types is None or issue_type in self.issue_types
        )


@dataclass(frozen=True)
class Field:
    """A system or custom field.

    `on_create`, `on_edit` and `required` say where it is unless a `Placement` says otherwise;
    a custom field applies where one of its `contexts` does.
    """

    id: str
    name: str
    kind: Kind
    custom_type: str | None = None
    contexts: tuple[Context, ...] = ()
    on_create: bool = False
    on_edit: bool = False
    required: bool = False
    has_default: bool = False
    log_name: str | None = None
    description: str = ""

    @property
    def custom(self) -> bool:
        """Whether it is a custom field."""
        return self.custom_type is not None

    @property
    def log_field(self) -> str:
        """Its name in change logs: the id of most system fields, the name of custom ones."""
        return self.log_name or (self.name if self.custom else self.id)

    @property
    def schema(self) -> dict[str, Any]:
        """Jira's description of its type."""
        schema: dict[str, Any] = {"type": self.kind.type}
        if self.kind.items is not None:
            schema["items"] = self.kind.items
        if not self.custom:
            return {**schema, "system": self.id}
        return {**schema, "custom": f"{CUSTOM_PREFIX}:{self.custom_type}", "customId": self.number}

    @property
    def number(self) -> int:
        """The number in a custom field's id."""
        return int(self.id.rpartition("_")[2])

    @property
    def clause_names(self) -> list[str]:
        """Its names in JQL."""
        return [f"cf[{self.number}]", self.name] if self.custom else [self.id]

    def covers(self, project: str, issue_type: str) -> bool:
        """Whether issues of this project (key) and type (name) have it."""
        return not self.custom or self._context(project, issue_type) is not None

    def options_for(self, project: str, issue_type: str) -> tuple[Option, ...]:
        """The choices for issues of this project (key) and type (name)."""
        context = self._context(project, issue_type)
        return tuple(one for one in context.options if not one.disabled) if context else ()

    def _context(self, project: str, issue_type: str) -> Context | None:
        """The context that counts: one for the project, else one for all projects."""
        fitting = [one for one in self.contexts if one.covers(project, issue_type)]
        fitting.sort(key=lambda context: context.projects is None)
        return fitting[0] if fitting else None

    @property
    def options(self) -> tuple[Option, ...]:
        """All its choices."""
        return tuple(option for context in self.contexts for option in context.options)

    @property
    def takes_options(self) -> bool:
        """Whether it has choices."""
        return "option" in (self.kind.type, self.kind.items)

    def show(self, cloud: bool) -> dict[str, Any]:
        """Its entry in the list of fields; Data Center's entries have no `key`."""
        key = {"key": self.id} if cloud else {}
        return {
            "id": self.id,
            **key,
            "name": self.name,
            "custom": self.custom,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": self.clause_names,
            "schema": self.schema,
        }


def _text(read: Callable[[Place, Any], Any]) -> Kind:
    return Kind("string", None, _SET, read, showing.plain, changes.text)


def _derived(type: str, items: str | None = None, operations: tuple[str, ...] = _NONE) -> Kind:
    """A kind that is computed from the issue: never set, shown elsewhere."""
    return Kind(type, items, operations, reading.nothing, showing.plain, changes.nothing)


#: The custom field types that can be added to a site, by the last word of Jira's type names.
CUSTOM_KINDS: Final = {
    "textfield": _text(reading.short_text),
    "textarea": _text(reading.text),
    "url": _text(reading.url),
    "float": Kind("number", None, _SET, reading.number, showing.plain, changes.number),
    "datepicker": Kind("date", None, _SET, reading.day, showing.plain, changes.picked_date),
    "datetime": Kind("datetime", None, _SET, reading.moment, showing.moment, changes.moment),
    "labels": Kind("array", "string", _MANY, reading.labels, showing.filled_list, changes.labels),
    "select": Kind("option", None, _SET, reading.option, showing.named, changes.option),
    "radiobuttons": Kind("option", None, _SET, reading.option, showing.named, changes.option),
    "multiselect": Kind(
        "array", "option", _MANY, reading.options, showing.filled_named_list, changes.options
    ),
    "multicheckboxes": Kind(
        "array", "option", _MANY, reading.options, showing.filled_named_list, changes.options
    ),
    "userpicker": Kind("user", None, _SET, reading.user, showing.user, changes.user),
    "multiuserpicker": Kind("array", "user", _MANY, reading.users, showing.users, changes.users),
}

_SUMMARY: Final = _text(reading.summary)
_LONG_TEXT: Final = _text(reading.text)
_ASSIGNEE: Final = Kind("user", None, _SET, reading.assignee, showing.user, changes.user)
_REPORTER: Final = Kind("user", None, _SET, reading.reporter, showing.user, changes.user)
_LABELS: Final = Kind("array", "string", _MANY, reading.labels, showing.plain_list, changes.labels)
_DUE: Final = Kind("date", None, _SET, reading.day, showing.plain, changes.due_date)
_PRIORITY: Final = Kind("priority", None, _SET, reading.priority, showing.named, changes.named)
_RESOLUTION: Final = Kind(
    "resolution", None, _SET, reading.resolution, showing.named, changes.named
)
_TRACKING: Final = Kind(
    "timetracking", None, ("set", "edit"), reading.estimates, showing.plain, changes.estimates
)
_COMPONENTS: Final = Kind(
    "array", "component", _MANY, reading.components, showing.named_list, changes.each
)
_VERSIONS: Final = Kind(
    "array", "version", _MANY, reading.versions, showing.named_list, changes.each
)
_TYPE: Final = Kind("issuetype", None, _SET, reading.issue_type, showing.issue_type, changes.named)
_PARENT: Final = Kind("issuelink", None, _SET, reading.parent, showing.plain, changes.parent)
_STATUS: Final = Kind("status", None, _NONE, reading.nothing, showing.named, changes.named)

#: A field on both screens.
_on_screens: Final = partial(Field, on_create=True, on_edit=True)
#: The fields of every site, with the screens they are on.
SYSTEM_FIELDS: Final = (
    _on_screens("summary", "Summary", _SUMMARY, required=True),
    _on_screens("issuetype", "Issue Type", _TYPE, required=True),
    Field("project", "Project", _derived("project"), on_create=True, required=True),
    _on_screens("parent", "Parent", _PARENT, log_name="Parent"),
    _on_screens("description", "Description", _LONG_TEXT),
    _on_screens("environment", "Environment", _LONG_TEXT),
    _on_screens("assignee", "Assignee", _ASSIGNEE),
    _on_screens("reporter", "Reporter", _REPORTER, required=True),
    _on_screens("labels", "Labels", _LABELS),
    _on_screens("duedate", "Due date", _DUE),
    _on_screens("priority", "Priority", _PRIORITY, has_default=True),
    _on_screens("timetracking", "Time tracking", _TRACKING),
    _on_screens("components", "Components", _COMPONENTS, log_name="Component"),
    _on_screens("versions", "Affects versions", _VERSIONS, log_name="Version"),
    _on_screens("fixVersions", "Fix versions", _VERSIONS, log_name="Fix Version"),
    _on_screens("issuelinks", "Linked Issues", _derived("array", "issuelinks", ("add",))),
    Field("comment", "Comment", _derived("comments-page", None, ("add",)), on_edit=True),
    Field("worklog", "Log Work", _derived("array", "worklog", ("add",))),
    Field("status", "Status", _STATUS),
    Field("resolution", "Resolution", _RESOLUTION),
    Field("resolutiondate", "Resolved", _derived("datetime")),
    Field("created", "Created", _derived("datetime")),
    Field("updated", "Updated", _derived("datetime")),
    Field("creator", "Creator", _derived("user")),
    Field("watches", "Watchers", _derived("watches")),
    Field("votes", "Votes", _derived("votes")),
    Field("subtasks", "Sub-tasks", _derived("array", "issuelinks")),
    Field("attachment", "Attachment", _derived("array", "attachment")),
    Field("timespent", "Time Spent", _derived("number")),
    Field("timeestimate", "Remaining Estimate", _derived("number")),
    Field("timeoriginalestimate", "Original estimate", _derived("number")),
    Field("progress", "Progress", _derived("progress")),
    Field("workratio", "Work Ratio", _derived("number")),
    Field("lastViewed", "Last Viewed", _derived("datetime")),
    Field("security", "Security Level", _derived("securitylevel")),
)
#: Fields that only Cloud has.
CLOUD_FIELDS: Final = (
    Field("statuscategorychangedate", "Status Category Changed", _derived("datetime")),
)
