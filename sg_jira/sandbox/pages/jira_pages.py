"""The pages of a Jira site: lists of issues, and one issue with a form and its conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from sg_jira.sandbox.jira.actor import JiraActor
from sg_jira.sandbox.jira.durations import parse_duration
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.screens import Screen, show_slots, slots
from sg_jira.sandbox.jira.shape import show_comment, show_issue, show_worklog
from sg_jira.sandbox.jira.store import Issue, Project, Store
from sg_jira.sandbox.pages.frame import Frame, Input, Option, changed, filled
from sg_jira.sandbox.pages.jira_values import is_shown, make_input, parse

_PAGE_SIZE: Final = 100
#: How many entries of the change log an issue shows.
_HISTORIES: Final = 10
#: Fields that a new issue has from the first step of its form.
_CHOSEN: Final = ("issuetype", "project")


class JiraPages:
    """Lists and edits the issues of a site, as one of its people."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._frame = Frame("Jira of the sandbox")

    def blueprint(self) -> Blueprint:
        """The routes, for a Flask application."""
        blueprint = self._frame.blueprint
        blueprint.get("/")(self._list)
        blueprint.get("/new/<project>/<issue_type>")(self._new)
        blueprint.post("/new/<project>/<issue_type>")(self._create)
        blueprint.get("/browse/<key>")(self._detail)
        blueprint.post("/browse/<key>")(self._edit)
        return blueprint

    def _list(self) -> Response:
        with self._store.lock:
            projects = list(self._store.projects.values())
            key = request.args.get("project", projects[0].key if projects else "")
            chosen = next((one for one in projects if one.key == key), None)
            found = [i for i in self._store.issues.values() if i.project is chosen]
            page = max(1, request.args.get("page", 1, int))
            newest = found[::-1][(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
            return self._frame.render(
                "jira_list.html",
                projects=projects,
                project=chosen,
                rows=[show_issue(self._store, issue) for issue in newest],
                page=page,
                more=len(found) > page * _PAGE_SIZE,
            )

    def _new(self, project: str, issue_type: str, problem: str = "") -> Response:
        with self._store.lock:
            inputs = self._create_inputs(self._project(project), issue_type)
            return self._frame.render(
                "jira_issue.html",
                400 if problem else 200,
                name=f"New {issue_type} in {project}",
                issue=None,
                inputs=filled(inputs, request.form),
                problem=problem,
                **self._people(),
            )

    def _create(self, project: str, issue_type: str) -> AnyResponse:
        try:
            with self._store.lock:
                texts = changed(
                    self._create_inputs(self._project(project), issue_type), request.form
                )
                key = self._actor().create_issue(project, issue_type, **self._parsed(texts))
        except (Refusal, ValueError) as error:
            return self._new(project, issue_type, self._reasons(error))
        return self._frame.redirect(f"/browse/{key}")

    def _detail(self, key: str, problem: str = "") -> Response:
        with self._store.lock:
            issue = self._issue(key)
            shown = show_issue(self._store, issue, expand=("transitions", "changelog"))
            histories = sorted(shown["changelog"]["histories"], key=lambda one: -int(one["id"]))
            return self._frame.render(
                "jira_issue.html",
                400 if problem else 200,
                name=f"{issue.key}: {shown['fields']['summary']}",
                issue=shown,
                inputs=filled(self._edit_inputs(issue), request.form),
                comments=[show_comment(self._store, issue, c) for c in issue.comments.values()],
                worklogs=[show_worklog(self._store, issue, w) for w in issue.worklogs.values()],
                histories=histories[:_HISTORIES],
                problem=problem,
                **self._people(),
            )

    def _edit(self, key: str) -> AnyResponse:
        action = request.form.get("action", "save")
        try:
            with self._store.lock:
                self._act(action, self._issue(key))
        except (Refusal, ValueError) as error:
            return self._detail(key, self._reasons(error))
        return self._frame.redirect("/" if action == "delete" else request.path)

    def _act(self, action: str, issue: Issue) -> None:
        actor, form = self._actor(), request.form
        text, id = form.get("text", ""), form.get("id", "")
        if action == "save":
            if texts := changed(self._edit_inputs(issue), form):
                actor.edit(issue.key, **self._parsed(texts))
        elif action == "move":
            actor.transition(issue.key, text)
        elif action == "comment":
            actor.comment(issue.key, text)
        elif action == "edit comment":
            actor.edit_comment(issue.key, id, text.replace("\r\n", "\n"))
        elif action == "delete comment":
            actor.delete_comment(issue.key, id)
        elif action == "log work":
            actor.log_work(issue.key, parse_duration(form.get("spent", "")), text or None)
        elif action == "delete worklog":
            actor.delete_worklog(issue.key, id)
        elif action == "delete":
            actor.delete_issue(issue.key, with_subtasks=True)
        else:
            raise ValueError(f"Nothing can be done called {action!r}.")

    def _parsed(self, texts: Mapping[str, str]) -> dict[str, Any]:
        people = list(self._store.people)
        fields = self._store.fields
        return {id: parse(fields[id], text, people) for id, text in texts.items()}

    def _actor(self) -> JiraActor:
        chosen = self._frame.actor(self._options())
        if not chosen:
            raise ValueError("There is nobody yet who could do this.")
        return JiraActor(self._store, self._store.people.get(chosen))

    def _options(self) -> list[Option]:
        """Who may act: not a bridge, whose own edits are never synced."""
        acting = [one for one in self._store.people if one.active and not one.is_program]
        return [Option(one.id, one.display_name) for one in acting]

    def _people(self) -> dict[str, Any]:
        people = self._options()
        return {"people": people, "actor": self._frame.actor(people)}

    def _issue(self, key: str) -> Issue:
        try:
            return self._store.issue(key)
        except Refusal as refusal:
            abort(404, str(refusal))

    def _project(self, key: str) -> Project:
        try:
            return self._store.project(key)
        except Refusal as refusal:
            abort(404, str(refusal))

    def _edit_inputs(self, issue: Issue) -> list[Input]:
        on_screen = slots(self._store, Screen.EDIT, issue.project, issue.type)
        metadata = show_slots(self._store, on_screen, issue.project, issue.type, issue)
        values = show_issue(self._store, issue)["fields"]
        return self._inputs(metadata, values)

    def _create_inputs(self, project: Project, issue_type: str) -> list[Input]:
        found = next((one for one in project.issue_types if one.name == issue_type), None)
        if found is None:
            abort(404, f"{project.key} has no issue type {issue_type}.")
        on_screen = slots(self._store, Screen.CREATE, project, found)
        for id in _CHOSEN:
            on_screen.pop(id, None)
        return self._inputs(show_slots(self._store, on_screen, project, found), {})

    def _inputs(self, metadata: Mapping[str, Any], values: Mapping[str, Any]) -> list[Input]:
        people = list(self._store.people)
        fields = [self._store.fields[id] for id in metadata]
        return [
            make_input(
                field, values.get(field.id), metadata[field.id].get("allowedValues", ()), people
            )
            for field in fields
            if is_shown(field)
        ]

    def _reasons(self, error: Exception) -> str:
        """What Jira says, with the names of fields as people see them."""
        if not isinstance(error, Refusal):
            return str(error)
        known = self._store.fields
        told = {known[id].name if id in known else id: why for id, why in error.errors.items()}
        return " ".join([*error.messages, *(f"{name}: {why}" for name, why in told.items())])
