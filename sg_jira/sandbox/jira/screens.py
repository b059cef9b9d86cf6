"""Which fields are on which screen, and how create, edit and transition metadata show that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sg_jira.sandbox.jira.catalog import DEFAULT_PRIORITY, PRIORITIES, RESOLUTIONS, IssueType
from sg_jira.sandbox.jira.fields import Field
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import GUARDED_FIELDS
from sg_jira.sandbox.jira.store import Issue, Project, Store
from sg_jira.sandbox.jira.workflow import Transition


class Screen(str, Enum):
    """The two screens that every issue type has."""

    CREATE = "create"
    EDIT = "edit"


@dataclass(frozen=True)
class Placement:
    """Moves a field on or off screens; the last one that fits wins, `None` changes nothing.

    Parameters:
        field: id of the field.
        project, issue_type: key and name it is limited to; `None` for all.
        on_create, on_edit, required: what holds from now on.
    """

    field: str
    project: str | None = None
    issue_type: str | None = None
    on_create: bool | None = None
    on_edit: bool | None = None
    required: bool | None = None

    def fits(self, field: str, project: str, issue_type: str) -> bool:
        """Whether it speaks of this field there."""
        return (
            self.field == field
            and self.project in (None, project)
            and self.issue_type in (None, issue_type)
        )


@dataclass(frozen=True)
class Slot:
    """A field on a screen."""

    field: Field
    required: bool
    has_default: bool


Slots = Mapping[str, Slot]


def slots(
    store: Store,
    screen: Screen,
    project: Project,
    issue_type: IssueType,
    person: Person | None = None,
) -> dict[str, Slot]:
    """The fields on the create or edit screen of an issue type, by field id.

    Parameters:
        person: leaves out what this person may not set.
    """
    found = {}
    for field in store.fields.values():
        if not field.covers(project.key, issue_type.name):
            continue
        guard = GUARDED_FIELDS.get(field.id)
        if person and guard and not store.permissions.granted(person, guard, project.id):
            continue
        state = {"on_create": field.on_create, "on_edit": field.on_edit}
        state["required"] = field.required
        if field.id == "parent":
            state = _parent_state(store, issue_type)
        for placement in store.placements:
            if placement.fits(field.id, project.key, issue_type.name):
                asked = {word: getattr(placement, word) for word in state}
                state.update({word: value for word, value in asked.items() if value is not None})
        if state[f"on_{screen.value}"]:
            found[field.id] = Slot(field, state["required"], _has_default(store, field))
    return found


def transition_slots(store: Store, transition: Transition) -> dict[str, Slot]:
    """The fields on a transition's screen, by field id."""
    return {
        id: Slot(store.fields[id], required, has_default=False)
        for id, required in transition.screen.items()
    }


def _parent_state(store: Store, issue_type: IssueType) -> dict[str, bool]:
    """Cloud has one hierarchy for all types; Data Center knows parents of sub-tasks only."""
    cloud = store.flavour.is_cloud
    below_something = issue_type.subtask or (cloud and issue_type.level < 1)
    return {
        "on_create": below_something,
        "on_edit": cloud and below_something,
        "required": issue_type.subtask,
    }


def _has_default(store: Store, field: Field) -> bool:
    return field.has_default or (field.id == "reporter" and store.flavour.is_cloud)


def show_slots(
    store: Store, slots: Slots, project: Project, issue_type: IssueType, issue: Issue | None = None
) -> dict[str, Any]:
    """Create, edit or transition metadata of these fields, by field id."""
    return {id: show_slot(store, slot, project, issue_type, issue) for id, slot in slots.items()}


def show_slot(
    store: Store, slot: Slot, project: Project, issue_type: IssueType, issue: Issue | None = None
) -> dict[str, Any]:
    """Metadata of one field."""
    field = slot.field
    shown: dict[str, Any] = {
        "required": slot.required,
        "schema": field.schema,
        "name": field.name,
        "fieldId": field.id,
        "hasDefaultValue": slot.has_default,
        "operations": list(field.kind.operations),
    }
    if store.flavour.is_cloud:
        shown["key"] = field.id
    allowed = _allowed_values(store, field, project, issue_type, issue)
    if allowed is not None:
        shown["allowedValues"] = allowed
    if field.id == "priority" and slot.has_default:
        shown["defaultValue"] = DEFAULT_PRIORITY.show(store.base)
    if completer := _completer(store, field, project, issue):
        shown["autoCompleteUrl"] = f"{store.base}/{completer}="
    return shown


def _allowed_values(
    store: Store, field: Field, project: Project, issue_type: IssueType, issue: Issue | None
) -> list[dict[str, Any]] | None:
    word = field.kind.items or field.kind.type
    if word == "project":
        return [project.show(store.base)]
    if word == "issuetype":
        types = [issue_type]
        if issue is not None:
            types = [t for t in project.issue_types if t.subtask == issue_type.subtask]
        return [t.show(store.base, store.flavour.is_cloud) for t in types]
    choices: Mapping[str, Any] = {
        "option": field.options_for(project.key, issue_type.name),
        "priority": PRIORITIES,
        "resolution": RESOLUTIONS,
        "component": project.components,
        "version": project.versions,
    }
    return [choice.show(store.base) for choice in choices[word]] if word in choices else None


def _completer(store: Store, field: Field, project: Project, issue: Issue | None) -> str | None:
    word = "query" if store.flavour.is_cloud else "username"
    if field.id == "assignee":
        place = f"issueKey={issue.key}" if issue else f"project={project.key}"
        return f"user/assignable/search?{place}&{word}"
    if "user" in (field.kind.type, field.kind.items):
        return f"user/search?{word}"
    return None
