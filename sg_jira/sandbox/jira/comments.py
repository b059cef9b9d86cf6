"""Comments: adding, editing and deleting them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sg_jira.sandbox.jira.events import Announcer
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.reading import LONG
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Comment, Issue, Store


def find_comment(issue: Issue, id: str) -> Comment:
    """The comment with this id. Raises `Refusal` 404."""
    if id not in issue.comments:
        raise Refusal(404, f"Can not find a comment for the id: {id}.")
    return issue.comments[id]


def check_body(body: Any) -> str:
    """The text of a comment. Raises `Refusal` 400 when it is empty, too long or no text."""
    if not isinstance(body, str) or not body.strip():
        raise Refusal(400, errors={"comment": "Comment body can not be empty!"})
    return check_length(body)


def check_length(text: str) -> str:
    """The text of a comment or worklog. Raises `Refusal` 400 when it is too long."""
    if len(text) > LONG:
        message = f"The entered text is too long. It exceeds the allowed limit of {LONG:,} "
        raise Refusal(400, errors={"comment": f"{message}characters."})
    return text


def add_comment(store: Store, person: Person, issue: Issue, data: Mapping[str, Any]) -> Comment:
    """Adds a comment of this person from `body` and, if given, `visibility`.

    On Cloud also from `parentId`, the comment that it answers. Raises `Refusal` 400 or 404.
    """
    store.permissions.require(person, Permission.ADD_COMMENTS, issue.project.id)
    parent = data.get("parentId") if store.flavour.is_cloud else None
    if parent is not None:
        find_comment(issue, str(parent))
    now = store.clock()
    comment = Comment(
        id=store.next_id("comment"),
        body=check_body(data.get("body")),
        author=person.id,
        updater=person.id,
        created=now,
        updated=now,
        visibility=data.get("visibility"),
        parent=None if parent is None else str(parent),
    )
    issue.comments[comment.id] = comment
    issue.updated = now
    Announcer(store, person, now).comment("created", issue, comment)
    return comment


def edit_comment(
    store: Store, person: Person, issue: Issue, comment: Comment, data: Mapping[str, Any]
) -> None:
    """Gives a comment another text; the same one again changes nothing."""
    store.permissions.require_of_author(
        person,
        comment.author,
        Permission.EDIT_OWN_COMMENTS,
        Permission.EDIT_ALL_COMMENTS,
        issue.project.id,
    )
    body = check_body(data.get("body"))
    visibility = data.get("visibility", comment.visibility)
    if (body, visibility) == (comment.body, comment.visibility):
        return
    comment.body, comment.visibility = body, visibility
    comment.updater = person.id
    comment.updated = issue.updated = store.clock()
    Announcer(store, person, comment.updated).comment("updated", issue, comment)


def delete_comment(store: Store, person: Person, issue: Issue, comment: Comment) -> None:
    """Deletes a comment."""
    store.permissions.require_of_author(
        person,
        comment.author,
        Permission.DELETE_OWN_COMMENTS,
        Permission.DELETE_ALL_COMMENTS,
        issue.project.id,
    )
    del issue.comments[comment.id]
    issue.updated = store.clock()
    Announcer(store, person, issue.updated).comment("deleted", issue, comment)
