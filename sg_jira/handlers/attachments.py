"""Files that travel: those of Notes to the Issue, those of Issues to FPTR, each of them once.

A file is copied while nobody else copies it, and remembered when its copy is there. Before a file
is copied it is looked for on the other side, so that neither a lost answer nor a lost memory makes
a second copy. What the bridge itself put on a site is never copied from there. Files that are
deleted on one site stay on the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.conversions.attachment_texts import names_in, with_names
from sg_jira.conversions.file_names import clean_name
from sg_jira.copies import Copies, Copy
from sg_jira.errors import FileElsewhere, FileRefused, FileTooLarge, FileUnavailable
from sg_jira.file_transfer import temporary_file
from sg_jira.handlers.attachment_rules import AttachmentRules
from sg_jira.handlers.sync_handler import Entity, SyncHandler
from sg_jira.jira_client import is_real_client
from sg_jira.jira_files import JiraFile, JiraFiles
from sg_jira.links import Creation
from sg_jira.outcomes import Skip
from sg_jira.readings import readings
from sg_jira.shotgun_files import ATTACHMENT, ShotgunFile, ShotgunFiles

if TYPE_CHECKING:
    from sg_jira.syncer import Syncer

Made = TypeVar("Made")

#: FPTR field of a Note that holds its files.
NOTE_FILES: Final = "attachments"

_REASONS: Final[Mapping[type[FileRefused], Skip]] = {
    FileTooLarge: Skip.ATTACHMENT_TOO_LARGE,
    FileElsewhere: Skip.ATTACHMENT_ELSEWHERE,
    FileUnavailable: Skip.ATTACHMENT_NOT_AVAILABLE,
}


class Attachments(SyncHandler):
    """Copies files between the sites for the handlers of a syncer; takes no events itself.

    Parameters:
        syncer: the syncer this works for.
        rules: what the settings say.
    """

    def __init__(self, syncer: Syncer, rules: AttachmentRules) -> None:
        super().__init__(syncer)
        self._rules = rules

    @property
    def is_possible(self) -> bool:
        """Whether both sites' own clients work here; a studio's double may know no files."""
        return is_real_client(self._jira) and self._shotgun.has_real_client

    @property
    def to_jira(self) -> bool:
        """Whether files of Notes travel to Jira."""
        return self._rules.direction.to_jira

    @property
    def to_sg(self) -> bool:
        """Whether files of Issues travel to FPTR."""
        return self._rules.direction.to_sg

    @property
    def _copies(self) -> Copies:
        return self._bridge.links.copies

    @property
    def _in_jira(self) -> JiraFiles:
        return JiraFiles(self._jira, self._rules.transfer)

    @property
    def _in_fptr(self) -> ShotgunFiles:
        return ShotgunFiles(self._shotgun, self._rules.transfer)

    # ------------------------------------------------------------------ FPTR -> Jira

    def note_to_issue(
        self, sg_note: Entity, issue_key: str, comment: jira.resources.Comment
    ) -> bool:
        """Copies the files of a Note to its Issue, and names them in its comment.

        Parameters:
            sg_note: with its field `attachments`.
            issue_key: the Issue, as the Note's key has it.
            comment: the Note's, on this Issue.

        Returns:
            Whether all of its files are there now; the reason is noted otherwise.
        """
        ids = [link["id"] for link in sg_note.get(NOTE_FILES) or []]
        sources = {number: f"{ATTACHMENT}:{number}" for number in ids}
        came_from_jira = self._copies.sources(sources.values())
        missing = [
            number
            for number, source in sources.items()
            if source not in came_from_jira and not self._copy_at(source, issue_key)
        ]
        is_complete = not missing or self._send(missing, issue_key)
        copies = [self._copy_at(source, issue_key) for source in sources.values()]
        body = with_names(comment.body, [copy.name for copy in copies if copy])
        if body != (comment.body or ""):
            comment.update(body=body)
        return is_complete

    def _send(self, numbers: Sequence[int], issue_key: str) -> bool:
        """Copies these Attachments; returns whether none was refused."""
        files = [file for file in self._in_fptr.read(numbers) if not self._in_fptr.is_own(file)]
        on_issue = cache(lambda: self._in_jira.of_issue(issue_key))
        done = [
            self._unless_refused(file.name, partial(self._send_one, file, issue_key, on_issue))
            for file in files
        ]
        return all(done)

    def _send_one(
        self, file: ShotgunFile, issue_key: str, on_issue: Callable[[], list[JiraFile]]
    ) -> None:
        source = f"{ATTACHMENT}:{file.id}"
        with self._bridge.links.creating(f"{source}:{issue_key}") as creation:
            if not self._copy_at(source, issue_key):
                with temporary_file() as content:
                    self._in_fptr.download(file, content)
                    size = _rewind(content)
                    name = clean_name(file.name)
                    found = self._own_on_issue(on_issue(), creation, source, (name, size))
                    if found is None:
                        found = _attempt(
                            creation,
                            lambda: self._in_jira.attach(
                                issue_key, content, size, name, file.content_type
                            ),
                        )
                creation.made = found.id
                self._remember(Copy(source, issue_key, f"JiraFile:{found.id}", found.name))
            creation.finished = True

    def _own_on_issue(
        self,
        on_issue: list[JiraFile],
        creation: Creation,
        source: str,
        like: tuple[str, int],
    ) -> JiraFile | None:
        """The copy that an earlier attempt has made, or one that was forgotten."""
        own = [file for file in on_issue if self._jira.is_own_user(file.author)]
        taken = self._copies.sources(f"JiraFile:{file.id}" for file in own)
        for file in own:
            is_free = taken.get(f"JiraFile:{file.id}", source) == source
            if file.id == creation.made or (is_free and (file.name, file.size) == like):
                return file
        return None

    # ------------------------------------------------------------------ Jira -> FPTR

    def issue_to_record(
        self,
        issue_key: str,
        sg_record: Entity,
        only: Collection[str] | None = None,
        shown: list[JiraFile] | None = None,
    ) -> bool:
        """Copies files of an Issue to its record.

        Parameters:
            issue_key: the Issue, by the key that the record has, or its id.
            sg_record: the record.
            only: ids of the attachments; all of them when not given.
            shown: the attachments of the Issue, where they are at hand.

        Returns:
            Whether all of them are there now; the reason is noted otherwise.
        """
        wanted = None if only is None else {number for number in only if not self._copied(number)}
        if wanted is not None and not wanted:
            return True
        try:
            files = self._in_jira.of_issue(issue_key) if shown is None else shown
        except JIRAError as error:
            if error.status_code != 404:
                raise
            return self._skip(Skip.ISSUE_NOT_FOUND, f"Jira has no Issue {issue_key} (any more).")
        wanted_files = [file for file in files if wanted is None or file.id in wanted]
        return self._bring(wanted_files, sg_record, None, lambda: self._in_fptr.own_of(sg_record))

    def comment_to_note(self, issue_key: str, body: str | None, sg_note: Entity) -> bool:
        """Gives a Note the files that its comment, which was edited in Jira, shows or links to.

        Where several files of the Issue have one name, Jira shows the newest.

        Returns:
            Whether all of them are there now; the reason is noted otherwise.
        """
        names = set(names_in(body))
        if not names:
            return True
        seen, key = readings(), ("files of", issue_key)
        if key not in seen:
            seen[key] = self._in_jira.of_issue(issue_key)
        newest = {file.name: file for file in seen[key]}
        shown = [file for name, file in newest.items() if name in names]
        return self._bring(shown, sg_note, NOTE_FILES, lambda: self._own_on_note(sg_note))

    def _own_on_note(self, sg_note: Entity) -> list[ShotgunFile]:
        note = self._shotgun.find_one("Note", [["id", "is", sg_note["id"]]], [NOTE_FILES]) or {}
        files = self._in_fptr.read([link["id"] for link in note.get(NOTE_FILES) or []])
        return [file for file in files if self._in_fptr.is_own(file)]

    def _bring(
        self,
        files: Iterable[JiraFile],
        sg_record: Entity,
        field: str | None,
        look: Callable[[], list[ShotgunFile]],
    ) -> bool:
        """Copies these files; returns whether none was refused."""
        present = cache(look)
        done = [
            self._unless_refused(
                file.name, partial(self._bring_one, file, sg_record, field, present)
            )
            for file in files
            if not self._jira.is_own_user(file.author)
        ]
        return all(done)

    def _bring_one(
        self,
        file: JiraFile,
        sg_record: Entity,
        field: str | None,
        present: Callable[[], list[ShotgunFile]],
    ) -> None:
        source, place = f"JiraFile:{file.id}", f"{sg_record['type']}:{sg_record['id']}"
        with self._bridge.links.creating(source) as creation:
            copies = self._copies.of(source)
            number = creation.made or (copies[0].made.partition(":")[2] if copies else None)
            if any(copy.place == place for copy in copies):
                creation.finished = True
                return
            if number is None:
                number = self._upload(file, sg_record, field, present, creation)
            elif field and self._in_fptr.read([int(number)]):  # else it was deleted since
                self._in_fptr.link_to_note(int(number), sg_record)
            creation.made = number
            self._remember(Copy(source, place, f"{ATTACHMENT}:{number}", file.name))
            creation.finished = True

    def _upload(
        self,
        file: JiraFile,
        sg_record: Entity,
        field: str | None,
        present: Callable[[], list[ShotgunFile]],
        creation: Creation,
    ) -> str:
        with temporary_file() as content:
            self._in_jira.download(file, content)
            size, name = _rewind(content), clean_name(file.name)
            own = present()
            taken = self._copies.sources(f"{ATTACHMENT}:{one.id}" for one in own)
            for one in own:
                free = f"{ATTACHMENT}:{one.id}" not in taken
                if free and (clean_name(one.name), one.size) == (name, size):
                    return str(one.id)
            return _attempt(
                creation,
                lambda: str(
                    self._in_fptr.upload(sg_record, field, content, size, name, file.content_type)
                ),
            )

    # ------------------------------------------------------------------ both ways

    def _copied(self, number: str) -> bool:
        return bool(self._copies.of(f"JiraFile:{number}"))

    def _copy_at(self, source: str, place: str) -> Copy | None:
        return next((copy for copy in self._copies.of(source) if copy.place == place), None)

    def _remember(self, copy: Copy) -> None:
        self._copies.remember(copy)
        self._logger.info("Copied %s to %s as %s.", copy.source, copy.place, copy.made)

    def _unless_refused(self, name: str, copy: Callable[[], None]) -> bool:
        """Copies a file, or notes why it is not to be copied."""
        try:
            copy()
        except FileRefused as refused:
            return self._skip(
                _REASONS[type(refused)],
                f"The file {clean_name(name)!r} is not copied: {refused}.",
                logging.WARNING,
            )
        return True


def _rewind(content: BinaryIO) -> int:
    """Goes to the beginning of what was written, and gives its size. Raises `FileUnavailable`."""
    size = content.tell()
    if not size:
        raise FileUnavailable("it is empty")
    content.seek(0)
    return size


def _attempt(creation: Creation, create: Callable[[], Made]) -> Made:
    """Creates the copy; what was refused for good leaves no open intent."""
    try:
        with creation.asking():
            return create()
    except FileRefused:
        creation.attempted = False
        raise


def added_files(items: Any) -> set[str]:
    """Ids of the attachments that the items of an Issue's changelog tell as added."""
    changes = [item for item in items or () if isinstance(item, Mapping)]
    return {
        str(item["to"])
        for item in changes
        if "attachment" in (item.get("fieldId"), str(item.get("field")).lower())
        and str(item.get("to") or "").isdigit()
    }
