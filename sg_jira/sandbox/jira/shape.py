"""Issues, comments, worklogs and links as the REST API and webhooks show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import quote

from sg_jira.sandbox.jira.changelog import show_changelog
from sg_jira.sandbox.jira.durations import format_duration
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.reading import Estimates
from sg_jira.sandbox.jira.screens import Screen, show_slots, slots
from sg_jira.sandbox.jira.showing import moment, user
from sg_jira.sandbox.jira.store import Attachment, Comment, Issue, Link, Store, Worklog
from sg_jira.sandbox.jira.transitions import show_transitions

JSON = dict[str, Any]
#: How many worklogs an issue shows among its fields.
_WORKLOGS_SHOWN: Final = 20
_THIN: Final = ("summary", "status", "priority", "issuetype")
#: What Cloud shows of the issue in comment events.
COMMENTED: Final = ("summary", "issuetype", "project", "assignee", "priority", "status")


def show_comment(store: Store, issue: Issue, comment: Comment) -> JSON:
    """A comment."""
    shown: JSON = {
        "self": f"{store.base}/issue/{issue.id}/comment/{comment.id}",
        "id": comment.id,
        "author": user(store, comment.author),
        "body": comment.body,
        "updateAuthor": user(store, comment.updater),
        "created": moment(store, comment.created),
        "updated": moment(store, comment.updated),
    }
    if comment.visibility is not None:
        shown["visibility"] = dict(comment.visibility)
    if store.flavour.is_cloud:
        shown["jsdPublic"] = True
        if comment.parent is not None:
            shown["parentId"] = int(comment.parent)
    return shown


def show_worklog(store: Store, issue: Issue, worklog: Worklog) -> JSON:
    """A worklog."""
    shown: JSON = {
        "self": f"{store.base}/issue/{issue.id}/worklog/{worklog.id}",
        "author": user(store, worklog.author),
        "updateAuthor": user(store, worklog.updater),
        "comment": worklog.comment,
        "created": moment(store, worklog.created),
        "updated": moment(store, worklog.updated),
        "started": moment(store, worklog.started),
        "timeSpent": format_duration(worklog.seconds),
        "timeSpentSeconds": worklog.seconds,
        "id": worklog.id,
        "issueId": issue.id,
    }
    if worklog.comment is None:
        del shown["comment"]
    return shown


def show_attachment(store: Store, attachment: Attachment) -> JSON:
    """An attachment, without its content."""
    blob = attachment.blob
    content = (
        f"{store.base}/attachment/content/{attachment.id}"
        if store.flavour.is_cloud
        else f"{store.address}/secure/attachment/{attachment.id}/{quote(blob.name)}"
    )
    return {
        "self": f"{store.base}/attachment/{attachment.id}",
        "id": attachment.id,
        "filename": blob.name,
        "author": user(store, attachment.author),
        "created": moment(store, attachment.created),
        "size": len(blob.content),
        "mimeType": blob.content_type,
        "content": content,
    }


def show_link(store: Store, link: Link, seen_from: Issue | None = None) -> JSON:
    """A link; seen from one of its issues, it shows the other one only."""
    shown: JSON = {
        "id": link.id,
        "self": f"{store.base}/issueLink/{link.id}",
        "type": link.type.show(store.base),
    }
    for end, id in (("inwardIssue", link.inward), ("outwardIssue", link.outward)):
        if seen_from is None or id != seen_from.id:
            shown[end] = show_thin(store, store.issues[id])
    return shown


def show_thin(store: Store, issue: Issue, only: Collection[str] = _THIN) -> JSON:
    """An issue as others refer to it, with a few fields."""
    return {
        "id": issue.id,
        "key": issue.key,
        "self": f"{store.base}/issue/{issue.id}",
        "fields": {id: _show_value(store, issue, id) for id in only},
    }


def show_issue(
    store: Store,
    issue: Issue,
    fields: Collection[str] = ("*all",),
    expand: Collection[str] = (),
    person: Person | None = None,
) -> JSON:
    """An issue.

    Parameters:
        person: who looks at it, for what can be done with it.
        fields: ids of the fields to show; `*all`, `*navigable`, and `-id` to leave one out.
        expand: what to add: `names`, `schema`, `editmeta`, `transitions`, `transitions.fields`,
            `changelog`, `renderedFields`.
    """
    wanted = _wanted(shown_fields(store, issue), fields)
    shown: JSON = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,transitions",
        "id": issue.id,
        "self": f"{store.base}/issue/{issue.id}",
        "key": issue.key,
        "fields": {id: _show_value(store, issue, id) for id in wanted},
    }
    named = {id: store.fields[id] for id in wanted if id in store.fields}
    if "names" in expand:
        shown["names"] = {id: field.name for id, field in named.items()}
    if "schema" in expand:
        shown["schema"] = {id: field.schema for id, field in named.items()}
    if "renderedFields" in expand:
        texts = (id for id, field in named.items() if field.kind.is_text)
        shown["renderedFields"] = {id: issue.values.get(id) for id in texts}
    if "editmeta" in expand:
        shown["editmeta"] = show_editmeta(store, issue, person)
    if {"transitions", "transitions.fields"} & set(expand):
        with_fields = "transitions.fields" in expand
        shown["transitions"] = show_transitions(store, issue, with_fields, person)
    if "changelog" in expand:
        shown["changelog"] = show_changelog(store, issue)
    return shown


def show_editmeta(store: Store, issue: Issue, person: Person | None = None) -> JSON:
    """The edit metadata of an issue; empty for whoever may not edit it."""
    edit = Permission.EDIT_ISSUES
    if person and not store.permissions.granted(person, edit, issue.project.id):
        return {"fields": {}}
    on_screen = slots(store, Screen.EDIT, issue.project, issue.type, person)
    return {"fields": show_slots(store, on_screen, issue.project, issue.type, issue)}


def shown_fields(store: Store, issue: Issue) -> list[str]:
    """Ids of the fields that the issue has, empty ones included."""
    return [
        id
        for id, field in store.fields.items()
        if field.covers(issue.project.key, issue.type.name)
        and (id != "parent" or issue.values.get("parent"))
    ]


def _wanted(known: list[str], asked: Collection[str]) -> list[str]:
    left_out = {id[1:] for id in asked if id.startswith("-")}
    named = {id for id in asked if not id.startswith("-")}
    everything = not named or named & {"*all", "*navigable"}
    return [id for id in known if id not in left_out and (everything or id in named)]


def _show_value(store: Store, issue: Issue, id: str) -> Any:
    if id in _COMPUTED:
        return _COMPUTED[id](store, issue)
    return store.fields[id].kind.show(store, issue.values.get(id))


def _show_tracking(store: Store, issue: Issue) -> JSON:
    estimates: Estimates = issue.values["timetracking"]
    parts = {
        "originalEstimate": estimates.original,
        "remainingEstimate": estimates.remaining,
        "timeSpent": _time_spent(store, issue),
    }
    known = {word: seconds for word, seconds in parts.items() if seconds is not None}
    return {
        **{word: format_duration(seconds) for word, seconds in known.items()},
        **{f"{word}Seconds": seconds for word, seconds in known.items()},
    }


def _time_spent(store: Store, issue: Issue) -> int | None:
    return sum(worklog.seconds for worklog in issue.worklogs.values()) or None


def _show_progress(store: Store, issue: Issue) -> JSON:
    spent = _time_spent(store, issue) or 0
    total = spent + (issue.values["timetracking"].remaining or 0)
    percent = {"percent": 100 * spent // total} if total else {}
    return {"progress": spent, "total": total, **percent}


def show_comments(store: Store, issue: Issue) -> JSON:
    """The comments of an issue, oldest first, on one page."""
    comments = [show_comment(store, issue, comment) for comment in issue.comments.values()]
    count = len(comments)
    return {"comments": comments, "maxResults": count, "total": count, "startAt": 0}


def _show_worklogs(store: Store, issue: Issue) -> JSON:
    worklogs = [show_worklog(store, issue, worklog) for worklog in issue.worklogs.values()]
    return {
        "startAt": 0,
        "maxResults": _WORKLOGS_SHOWN,
        "total": len(worklogs),
        "worklogs": worklogs[:_WORKLOGS_SHOWN],
    }


def _show_watches(store: Store, issue: Issue) -> JSON:
    return {
        "self": f"{store.base}/issue/{issue.key}/watchers",
        "watchCount": len(issue.watchers),
        "isWatching": False,
    }


def _show_votes(store: Store, issue: Issue) -> JSON:
    votes = f"{store.base}/issue/{issue.key}/votes"
    return {"self": votes, "votes": 0, "hasVoted": False}


def _show_parent(store: Store, issue: Issue) -> JSON | None:
    parent = store.issues.get(issue.values.get("parent") or "")
    return show_thin(store, parent) if parent else None


def _show_links(store: Store, issue: Issue) -> list[JSON]:
    links = (link for link in store.links.values() if issue.id in (link.inward, link.outward))
    return [show_link(store, link, seen_from=issue) for link in links]


_COMPUTED: Final[Mapping[str, Any]] = {
    "project": lambda store, issue: issue.project.show(store.base),
    "creator": lambda store, issue: user(store, issue.creator),
    "created": lambda store, issue: moment(store, issue.created),
    "updated": lambda store, issue: moment(store, issue.updated),
    "resolutiondate": lambda store, issue: moment(store, issue.resolved),
    "statuscategorychangedate": lambda store, issue: moment(store, issue.category_changed),
    "timetracking": _show_tracking,
    "timeoriginalestimate": lambda store, issue: issue.values["timetracking"].original,
    "timeestimate": lambda store, issue: issue.values["timetracking"].remaining,
    "timespent": _time_spent,
    "progress": _show_progress,
    "workratio": lambda store, issue: -1,
    "parent": _show_parent,
    "subtasks": lambda store, issue: [show_thin(store, i) for i in store.subtasks(issue)],
    "issuelinks": _show_links,
    "comment": show_comments,
    "worklog": _show_worklogs,
    "watches": _show_watches,
    "votes": _show_votes,
    "attachment": lambda store, issue: [
        show_attachment(store, one) for one in issue.attachments.values()
    ],
}
