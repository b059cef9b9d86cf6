"""Issues of many records by the page: those that exist are read, those that do not are created.

What is left of each full sync goes its ordinary way, which finds everything read, and an Issue
whose first sync is still to come. What cannot be done together is left to that way: Issues that
Jira refused, records whose Issue may exist already, and all of them where a studio creates Issues
in its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira import jira_bulk
from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.handlers.counterparts import Counterparts
from sg_jira.handlers.issue_comments import comments_of
from sg_jira.handlers.issue_creation import link_values
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.unread import unread
from sg_jira.jira_issues import LazyIssue
from sg_jira.links import Creation
from sg_jira.readings import Ahead
from sg_jira.shapes import as_mapping


class IssuesAhead(Counterparts):
    """A base of the handlers for which one record is one Issue."""

    if TYPE_CHECKING:  # given by the handler

        def _fields_for_bulk(self, sg_entity: Entity) -> dict[str, Any] | None:
            """What an Issue is created with together with others; `None` when it cannot be."""

    @property
    def _takes_pages(self) -> bool:
        """Whether both sites' clients are the real ones; doubles are asked for nothing of this."""
        return self._shotgun.has_real_client and self._jira.takes_pages

    @contextmanager
    def _free_creations(
        self, entity_type: str, entity_ids: Iterable[int]
    ) -> Iterator[dict[int, Creation]]:
        """Until the end of the block, nobody else gives an Issue to those that are given here.

        So they have to be read within, and not before.
        """
        names = {f"{entity_type}:{number}": number for number in entity_ids}
        with self._bridge.links.creating_free(names) as free:
            yield {names[creation.subject]: creation for creation in free}

    def _with_issues(
        self, sg_entities: Iterable[Entity], creations: Mapping[int, Creation]
    ) -> Iterator[dict[int, Ahead]]:
        """Records with their Issues, in parts.

        Costs for each 50 of them a read of Jira, and two writes where they have no Issues.

        Parameters:
            sg_entities: of one type, with all that is read for a full sync.
            creations: of those for which an Issue may be created, by id.
        """
        for chunk in _chunks(sg_entities):
            ahead = {record["id"]: Ahead(record) for record in chunk}
            for record, issue in self._issues_of(chunk, creations):
                key = record[SHOTGUN_JIRA_ID_FIELD]
                ahead[record["id"]].readings.update(
                    {("issue", key): issue, comments_of(key): self._comments_in(issue)}
                )
            yield ahead

    def _issues_of(
        self, sg_entities: Collection[Entity], creations: Mapping[int, Creation]
    ) -> Iterator[tuple[Entity, LazyIssue]]:
        """Records with their Issues, which are created where that can be done together."""
        keys: dict[str, Entity] = {}
        for record in filter(_has_key, sg_entities):
            keys.setdefault(record[SHOTGUN_JIRA_ID_FIELD], record)  # a copy reads it once more
        new = [one for one in sg_entities if not _has_key(one) and one["id"] in creations]
        made = self._create_issues(new, creations)
        found = jira_bulk.read_many(
            self._jira, [*keys, *(issue.key for issue in made)], [issue.id for issue in made]
        )
        by_name = {self._record_named_by(issue): issue for issue in found}
        named = [
            (record, creations[record["id"]], by_name[record["type"], record["id"]])
            for record in new
            if creations[record["id"]].made and (record["type"], record["id"]) in by_name
        ]
        self._write_keys(named)
        yield from ((record, issue) for record, _, issue in named)
        yield from ((keys[issue.key], issue) for issue in found if issue.key in keys)

    def _create_issues(
        self, sg_entities: Iterable[Entity], creations: Mapping[int, Creation]
    ) -> list[jira.resources.Issue]:
        """Creates Issues by one call, of whatever projects."""
        fields_of = ((one["id"], self._fields_for_bulk(one)) for one in sg_entities)
        wanted = [(creations[number], fields) for number, fields in fields_of if fields]
        return _created(self._jira, wanted) if wanted else []

    def _comments_in(self, issue: LazyIssue) -> dict[str, jira.resources.Comment]:
        """The comments that an Issue brought along, by their ids."""
        page = as_mapping(as_mapping(issue.raw.get("fields")).get("comment"))
        made = (
            jira.resources.Comment(self._jira._options, self._jira._session, raw)
            for raw in page.get("comments") or ()
        )
        return {str(comment.id): unread(comment) for comment in made}

    def _write_keys(self, named: Sequence[tuple[Entity, Creation, LazyIssue]]) -> None:
        """Writes the keys of new Issues to their records, by one call.

        Which Issue is whose has been told by the Issues themselves.
        """
        if not named:
            return
        self._bridge.links.leave_unfilled(creation.subject for _, creation, _ in named)
        for _, creation, issue in named:
            creation.made = issue.key
        self._shotgun.batch(
            [
                {
                    "request_type": "update",
                    "entity_type": record["type"],
                    "entity_id": record["id"],
                    "data": link_values(issue),
                }
                for record, _, issue in named
            ]
        )
        for record, creation, issue in named:
            creation.finished = True
            record[SHOTGUN_JIRA_ID_FIELD] = issue.key


def _has_key(record: Entity) -> bool:
    return bool(record[SHOTGUN_JIRA_ID_FIELD])


def _chunks(sg_entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    """As many as a call takes; those with Issues first, who need not wait for the others'."""
    for _, alike in groupby(sorted(sg_entities, key=_has_key, reverse=True), _has_key):
        while chunk := list(islice(alike, jira_bulk.MOST_CREATED)):
            yield chunk


def _created(
    session: Any, wanted: Sequence[tuple[Creation, Mapping[str, Any]]]
) -> list[jira.resources.Issue]:
    """The new Issues. Each of them may exist if there was no answer, and the creations say so."""
    with ExitStack() as stack:
        for creation, _ in wanted:
            stack.enter_context(creation.asking())
        answers = jira_bulk.create_many(session, [fields for _, fields in wanted])
    for (creation, _), issue in zip(wanted, answers, strict=True):
        if issue is None:
            creation.attempted = False
        else:
            creation.made = issue.key
    return [issue for issue in answers if issue is not None]
