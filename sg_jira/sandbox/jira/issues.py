"""Creates, edits, moves and deletes issues: validates, stores, logs and announces each change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sg_jira.sandbox.jira.catalog import DEFAULT_PRIORITY, DONE, IssueType
from sg_jira.sandbox.jira.changelog import Item, new_history, record
from sg_jira.sandbox.jira.comments import add_comment, check_body
from sg_jira.sandbox.jira.edits import Edit, EditReader
from sg_jira.sandbox.jira.events import Announcer
from sg_jira.sandbox.jira.links import add_link_from
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.reading import Estimates, is_unset
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.screens import Screen, Slots, slots, transition_slots
from sg_jira.sandbox.jira.store import Issue, Project, Store
from sg_jira.sandbox.jira.transitions import open_transitions
from sg_jira.sandbox.jira.workflow import Transition
from sg_jira.sandbox.jira.worklogs import add_worklog, read_worklog

JSON = Mapping[str, Any]


def create_issue(store: Store, person: Person, body: JSON) -> Issue:
    """Creates an issue from the `fields` and `update` of a request.

    Raises:
        Refusal: 400, with every reason.
    """
    fields = dict(body.get("fields") or {})
    project = _project(store, fields.pop("project", None))
    issue_type = _issue_type(project, fields.get("issuetype"))
    store.permissions.require(person, Permission.CREATE_ISSUES, project.id)
    on_screen = slots(store, Screen.CREATE, project, issue_type, person)
    if issue_type.subtask and not fields.get("parent"):
        message = "Issue type is a sub-task but parent issue key or id not specified."
        raise Refusal(400, errors={"issuetype": message})
    reader = EditReader(store, on_screen, project, issue_type)
    edit = reader.read({**body, "fields": fields})
    edit.values.setdefault("reporter", person.id)
    edit.values.setdefault("priority", DEFAULT_PRIORITY)
    reader.require(edit)
    _check_additions(store, person, project, edit)
    return _store_new(store, person, project, edit)


def edit_issue(
    store: Store, person: Person, issue: Issue, body: JSON, bulk: str | None = None
) -> None:
    """Edits an issue from the `fields` and `update` of a request.

    An edit that changes nothing leaves no trace.

    Parameters:
        bulk: id of the bulk operation that the edit is part of.

    Raises:
        Refusal: 400, with every reason; then nothing is changed.
    """
    store.permissions.require(person, Permission.EDIT_ISSUES, issue.project.id)
    on_screen = slots(store, Screen.EDIT, issue.project, issue.type, person)
    edit = EditReader(store, on_screen, issue.project, issue.type, issue).read(body)
    _check_additions(store, person, issue.project, edit)
    _change(store, person, issue, edit.values, "issue_updated", bulk)
    _make_additions(store, person, issue, edit)


def transition_issue(store: Store, person: Person, issue: Issue, body: JSON) -> None:
    """Moves an issue along a transition, with what its screen asks for.

    Raises:
        Refusal: 400, the transition is not available or its screen is not filled in properly.
    """
    transition = _transition(store, person, issue, body.get("transition"))
    on_screen: Slots = transition_slots(store, transition)
    reader = EditReader(store, on_screen, issue.project, issue.type, issue)
    edit = reader.read(body)
    reader.require(edit)
    _check_additions(store, person, issue.project, edit)
    status = issue.project.workflow.status(transition.to)
    _change(store, person, issue, {**edit.values, "status": status}, "issue_generic")
    _make_additions(store, person, issue, edit)


def delete_issue(store: Store, person: Person, issue: Issue, with_subtasks: bool) -> None:
    """Deletes an issue with its comments, worklogs and links.

    Raises:
        Refusal: 400, it has sub-tasks and `with_subtasks` is false.
    """
    store.permissions.require(person, Permission.DELETE_ISSUES, issue.project.id)
    subtasks = store.subtasks(issue)
    if subtasks and not with_subtasks:
        raise Refusal(
            400,
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' "
            "parameter to delete this issue and all its subtasks.",
        )
    for subtask in subtasks:
        delete_issue(store, person, subtask, with_subtasks=False)
    now = store.clock()
    announcer = Announcer(store, person, now)
    announcer.issue_deleted(issue)
    store.deleted_worklogs += [(id, now) for id in issue.worklogs]
    if store.flavour.is_cloud:
        for comment in issue.comments.values():
            announcer.comment("deleted", issue, comment, secondary=True)
    store.remove_issue(issue)


def _project(store: Store, value: Any) -> Project:
    reference = value.get("id") or value.get("key") if isinstance(value, dict) else None
    try:
        return store.project(str(reference))
    except Refusal:
        raise Refusal(400, errors={"project": "valid project is required"}) from None


def _issue_type(project: Project, value: Any) -> IssueType:
    given = value if isinstance(value, dict) else {}
    for issue_type in project.issue_types:
        if issue_type.id == str(given.get("id")) or issue_type.name == given.get("name"):
            return issue_type
    message = "Specify a valid issue type" if given else "Specify an issue type"
    raise Refusal(400, errors={"issuetype": message})


def _transition(store: Store, person: Person, issue: Issue, value: Any) -> Transition:
    id = value.get("id") if isinstance(value, dict) else None
    if id is None:
        raise Refusal(400, "Missing 'transition' identifier")
    found = open_transitions(store, person, issue).get(str(id))
    if found is None:
        raise Refusal(400, f"Transition id '{id}' is not valid for this issue.")
    return found


def _store_new(store: Store, person: Person, project: Project, edit: Edit) -> Issue:
    now = store.clock()
    values: dict[str, Any] = {"timetracking": Estimates(), **edit.values}
    values["status"] = project.workflow.initial
    project.issue_count += 1
    issue = Issue(
        id=store.next_id("issue"),
        key=f"{project.key}-{project.issue_count}",
        project=project,
        creator=person.id,
        created=now,
        updated=now,
        values=values,
        category_changed=now,
    )
    store.add_issue(issue)
    # The creation has an id among the histories but is itself shown in webhooks only.
    history = new_history(store, person.id, _creation_items(store, issue), now)
    Announcer(store, person, now).issue_created(issue, history)
    _make_additions(store, person, issue, edit)
    return issue


def _creation_items(store: Store, issue: Issue) -> list[Item]:
    items: list[Item] = []
    for id, value in sorted(issue.values.items()):
        field = store.fields[id]
        if not is_unset(value) and id not in ("issuetype", "parent"):
            old = Estimates() if id == "timetracking" else None
            items.extend(field.kind.log(store, field, old, value))
    return items


def _change(
    store: Store,
    person: Person,
    issue: Issue,
    values: Mapping[str, Any],
    type_name: str,
    bulk: str | None = None,
) -> None:
    changed = {
        id: new
        for id, new in values.items()
        if new != (old := issue.values.get(id)) and not (is_unset(new) and is_unset(old))
    }
    if not changed:
        return
    now = store.clock()
    items: list[Item] = []
    for id, new in changed.items():
        field = store.fields[id]
        items.extend(field.kind.log(store, field, issue.values.get(id), new))
    _stamp(issue, changed, now)
    issue.values.update(changed)
    issue.updated = now
    history = record(store, issue, person.id, items, now)
    if set(changed) == {"assignee"}:
        type_name = "issue_assigned"
    Announcer(store, person, now).issue_updated(issue, history, type_name, bulk)


def _stamp(issue: Issue, changed: Mapping[str, Any], now: datetime) -> None:
    if "resolution" in changed:
        issue.resolved = now if changed["resolution"] else None
    status = changed.get("status")
    if status is not None and status.category is not issue.status.category:
        issue.category_changed = now
        # Jira's own workflows clear the resolution of an issue that is opened again.
        if status.category is not DONE and "resolution" not in changed:
            issue.values["resolution"] = None
            issue.resolved = None


def _check_additions(store: Store, person: Person, project: Project, edit: Edit) -> None:
    for additions, needed in (
        (edit.comment, Permission.ADD_COMMENTS),
        (edit.worklog, Permission.WORK_ON_ISSUES),
    ):
        if additions:
            store.permissions.require(person, needed, project.id)
    for comment in edit.comment:
        check_body(comment.get("body"))
    for worklog in edit.worklog:
        read_worklog(store, worklog)


def _make_additions(store: Store, person: Person, issue: Issue, edit: Edit) -> None:
    for comment in edit.comment:
        add_comment(store, person, issue, comment)
    for worklog in edit.worklog:
        add_worklog(store, person, issue, worklog)
    for link in edit.issuelinks:
        add_link_from(store, person, issue, link)
