"""Projects, issue types, workflows and fields of a site, as administrators set them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sg_jira.sandbox.jira.catalog import (
    Component,
    IssueType,
    Status,
    StatusCategory,
    Version,
)
from sg_jira.sandbox.jira.custom_fields import drop_field, new_context, new_field
from sg_jira.sandbox.jira.fields import CUSTOM_KINDS, Field
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.screens import Placement
from sg_jira.sandbox.jira.store import Project, Store
from sg_jira.sandbox.jira.workflow import Transition, Workflow, open_workflow

_DEFAULT_TYPES: Final = ("Task", "Bug", "Story", "Epic", "Sub-task")


class Configuration:
    """What a site consists of, and how to change it."""

    _store: Store

    def add_project(
        self,
        key: str,
        name: str,
        *,
        issue_types: Iterable[str] = _DEFAULT_TYPES,
        components: Iterable[str] = (),
        versions: Iterable[str] = (),
    ) -> Project:
        """Adds a project in whose workflow every status leads to every other one.

        Parameters:
            issue_types, components, versions: by name; an unknown issue type is made.
        """
        store = self._store
        with store.lock:
            project = Project(
                id=store.next_id("project"),
                key=key,
                name=name,
                issue_types=tuple(self._issue_type(name) for name in issue_types),
                workflow=open_workflow(store.statuses),
                components=[Component(store.next_id("component"), name) for name in components],
                versions=[Version(store.next_id("version"), name) for name in versions],
            )
            store.projects[project.id] = project
            return project

    def add_issue_type(self, name: str, level: int = 0) -> IssueType:
        """Adds an issue type; `level` is 1 for epics, 0 for standard ones, -1 for sub-tasks."""
        with self._store.lock:
            added = IssueType(self._store.next_id("issue type"), name, level=level)
            self._store.issue_types.append(added)
            return added

    def _issue_type(self, name: str) -> IssueType:
        for known in self._store.issue_types:
            if known.name == name:
                return known
        return self.add_issue_type(name)

    def add_status(self, name: str, category: StatusCategory) -> Status:
        """Adds a status, for workflows set from now on."""
        with self._store.lock:
            added = Status(self._store.next_id("status"), name, category)
            self._store.statuses.append(added)
            return added

    def set_workflow(
        self, project: str, transitions: Iterable[Transition], initial: str = "To Do"
    ) -> None:
        """Gives a project a workflow of its own.

        Parameters:
            project: its key.
            transitions: all ways between statuses; their screens name fields by id.
            initial: the status of new issues.

        Raises:
            ValueError: a transition names a status or a field that is not there.
        """
        transitions = tuple(transitions)
        with self._store.lock:
            for transition in transitions:
                if unknown := set(transition.screen) - set(self._store.fields):
                    raise ValueError(f"There is no field {', '.join(sorted(unknown))}.")
            workflow = Workflow(self._store.statuses, transitions, initial)
            self._store.project(project).workflow = workflow

    def set_assignable(self, project: str, person: Person, assignable: bool) -> None:
        """Says whether a person can be assigned issues of a project (key)."""
        with self._store.lock:
            unassignable = self._store.project(project).unassignable
            (unassignable.discard if assignable else unassignable.add)(person.id)

    def add_field(
        self,
        name: str,
        type: str,
        *,
        options: Iterable[str] = (),
        on_create: bool = True,
        on_edit: bool = True,
        required: bool = False,
        projects: Iterable[str] | None = None,
        issue_types: Iterable[str] | None = None,
    ) -> Field:
        """Adds a custom field.

        Parameters:
            type: one of `fields.CUSTOM_KINDS`, such as `textfield` or `select`.
            options: the choices of a field that has some.
            on_create, on_edit, required: its place on the screens.
            projects, issue_types: keys and names that have it; all if absent.

        Raises:
            ValueError: there is no such type.
        """
        if type not in CUSTOM_KINDS:
            raise ValueError(f"{type!r} is no field type; use one of {', '.join(CUSTOM_KINDS)}.")
        with self._store.lock:
            context = new_context(self._store, name, projects, issue_types, options)
            field = new_field(self._store, name, type, context)
            placed = replace(field, on_create=on_create, on_edit=on_edit, required=required)
            self._store.fields[field.id] = placed
            return placed

    def remove_field(self, name: str) -> None:
        """Removes a custom field by name, with all its values. Raises `KeyError`."""
        field = self.field(name)
        with self._store.lock:
            drop_field(self._store, field)

    def field(self, name: str) -> Field:
        """The field with this name or id. Raises `KeyError`."""
        with self._store.lock:
            for field in self._store.fields.values():
                if name in (field.name, field.id):
                    return field
        raise KeyError(name)

    def place_field(
        self,
        name: str,
        *,
        project: str | None = None,
        issue_type: str | None = None,
        on_create: bool | None = None,
        on_edit: bool | None = None,
        required: bool | None = None,
    ) -> None:
        """Moves a field on or off the screens of a project and issue type, or of all.

        Parameters:
            name: name or id of the field.
            project, issue_type: key and name; all if absent.
            on_create, on_edit, required: what holds from now on; absent ones stay as they are.
        """
        id = self.field(name).id
        placement = Placement(id, project, issue_type, on_create, on_edit, required)
        with self._store.lock:
            self._store.placements.append(placement)
