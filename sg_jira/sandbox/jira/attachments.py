"""Attachments: adding and deleting them, and where they are downloaded from."""

from __future__ import annotations

import mimetypes

from sg_jira.sandbox.jira.changelog import Item, record
from sg_jira.sandbox.jira.events import Announcer
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Attachment, Issue, Store
from sg_jira.sandbox.media import Blob

_UNKNOWN_TYPE = "application/octet-stream"


def find_attachment(store: Store, id: str) -> tuple[Issue, Attachment]:
    """The attachment with this id, and its issue. Raises `Refusal` 404."""
    for issue in store.issues.values():
        if id in issue.attachments:
            return issue, issue.attachments[id]
    raise Refusal(404, f"The attachment with id '{id}' does not exist")


def add_attachment(
    store: Store,
    person: Person,
    issue: Issue,
    name: str,
    content: bytes,
    content_type: str | None = None,
) -> Attachment:
    """Attaches a file to an issue.

    Parameters:
        name: of the file; several may have the same.
        content_type: told by the name unless it says something.

    Raises:
        Refusal: 413, the file is larger than the site allows; 404, it allows none.
    """
    store.permissions.require(person, Permission.CREATE_ATTACHMENTS, issue.project.id)
    if store.attachment_limit is None:
        raise Refusal(404, "Attachments are disabled.")
    if len(content) > store.attachment_limit:
        raise Refusal(413, f"The file '{name}' exceeds the maximum attachment size.")
    if not content_type or content_type == _UNKNOWN_TYPE:
        content_type = mimetypes.guess_type(name)[0] or _UNKNOWN_TYPE
    now = store.clock()
    blob = Blob(content, content_type, name)
    added = Attachment(store.next_id("attachment"), blob, person.id, now)
    issue.attachments[added.id] = added
    _log(store, person, issue, added, (None, None), (added.id, name))
    return added


def delete_attachment(store: Store, person: Person, issue: Issue, attachment: Attachment) -> None:
    """Deletes an attachment."""
    store.permissions.require_of_author(
        person,
        attachment.author,
        Permission.DELETE_OWN_ATTACHMENTS,
        Permission.DELETE_ALL_ATTACHMENTS,
        issue.project.id,
    )
    del issue.attachments[attachment.id]
    _log(store, person, issue, attachment, (attachment.id, attachment.blob.name), (None, None))


def media_link(store: Store, attachment: Attachment) -> str:
    """Where Cloud sends those who download: a signed link on another host."""
    key = f"attachment-{attachment.id}"
    store.media.keep(key, attachment.blob)
    return store.media.link(key)


def _log(
    store: Store,
    person: Person,
    issue: Issue,
    attachment: Attachment,
    before: tuple[str | None, str | None],
    after: tuple[str | None, str | None],
) -> None:
    now = issue.updated = store.clock()
    item = Item("Attachment", "attachment", before, after)
    history = record(store, issue, person.id, [item], now)
    announcer = Announcer(store, person, now)
    announcer.issue_updated(issue, history, "issue_updated")
    announcer.attachment("created" if after[0] else "deleted", issue, attachment)
