"""Gives the Issues of a record's children their parent.

Two lists tell of one link: the child's own field, and its parent's list of children. Where both are
synced, the child's own field decides, because its events wait their turn in one row. The parent's
list then only makes up for what the child's events cannot do, and looks afterwards whether the
child was linked otherwise meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jira.exceptions import JIRAError
from jira.resources import Issue

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.handlers.generic.acceptance import as_list, is_on
from sg_jira.handlers.generic.base import GenericBase
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.unread import to_write
from sg_jira.jira_client import is_clients_own
from sg_jira.jira_issues import LazyIssue

#: Type and id of a record.
Record = tuple[str, Any]


@dataclass(frozen=True)
class _Linked:
    """Keys of linked records.

    `synced` are those whose Issue may be written to, `listed` all; `is_complete` tells whether
    every linked record is among the first. `keyless` are the records that have none (yet).
    `deciding` are the records that decide about their parent themselves, with their keys.
    """

    synced: list[str]
    listed: frozenset[str]
    keyless: frozenset[Record]
    deciding: Mapping[Record, str]
    is_complete: bool


class Children(GenericBase):
    """Each method tells whether it succeeded, and says in the log why not."""

    if TYPE_CHECKING:  # given by another part

        def _sync_hierarchy_to_jira(
            self, sg_linked_entities: Any, jira_issue: Issue, jira_field: str
        ) -> bool: ...

    def _sync_children(
        self, links: list[Any], jira_issue: Issue, only_others: bool = False
    ) -> bool:
        """Makes an Issue the parent of the linked records' Issues, and of no other ones.

        Parameters:
            only_others: leave out those who decide about their parent themselves, because it is
                a change of the list alone, of which their own events tell, too.
        """
        linked = self._keys_of(links)
        is_complete = linked.is_complete
        present = {child.key: child for child in self._children_of(jira_issue)}
        left_out = set(linked.deciding.values()) if only_others else set()
        given: dict[str, bool] = {}
        for key in linked.synced:
            if key in present or key in left_out:
                continue
            child = self.get_jira_issue(key)
            if child is None:
                is_complete = self._no_linked_issue(key)
            elif self._parent_key(child) != jira_issue.key:
                given[key] = self._set_parent(child, jira_issue.key)
        home = self._record_named_by(jira_issue)
        written = {record: [home] for record, key in linked.deciding.items() if given.get(key)}
        strays = [
            child
            for key, child in present.items()
            if key not in linked.listed and not self._is_of_one_without_key(child, linked)
        ]
        is_complete = self._let_go(strays, written) and is_complete
        return self._follow(written) and all(given.values()) and is_complete

    def _let_go(self, strays: list[Issue], written: dict[Record, list[Record]]) -> bool:
        """Takes the parent from Issues, except from those whose own record does so.

        Parameters:
            written: the records that decide themselves, yet were written for, and what they were
                linked to; grows.
        """
        own = self._read_children(self._record_named_by(child) for child in strays)
        done = True
        for child in strays:
            record = own.get(self._record_named_by(child))
            if record and self._decides(record) and record[SHOTGUN_JIRA_ID_FIELD] == child.key:
                links = self._links_of(record)
                if not links or self._keys_of(links).synced:
                    continue
                written[record["type"], record["id"]] = [_record(link) for link in links]
            done = self._set_parent(child, None) and done
        return done

    def _follow(self, written: Mapping[Record, list[Record]]) -> bool:
        """Gives those who were linked otherwise meanwhile the parent that they have now.

        The event that tells of it may have been worked on just before they were written for.
        """
        done = True
        while written:
            now = self._read_children(written)
            moved = {
                each: self._links_of(record)
                for each, record in now.items()
                if self._decides(record)
                and [_record(link) for link in self._links_of(record)] != written[each]
            }
            for each, links in moved.items():
                child = self.get_jira_issue(now[each][SHOTGUN_JIRA_ID_FIELD])
                if child is not None:
                    done = self._sync_hierarchy_to_jira(links, child, "parent") and done
            written = {each: [_record(link) for link in links] for each, links in moved.items()}
        return done

    # ------------------------------------------------------------------ who decides

    def _decides(self, record: Entity) -> bool:
        """Whether a record's own field gives its Issue the parent, by events of its own.

        Parameters:
            record: with key and flag.
        """
        return bool(
            is_on(record)
            and record.get(SHOTGUN_JIRA_ID_FIELD)
            and self._parent_field(record["type"])
        )

    def _parent_field(self, sg_type: str) -> str | None:
        """The field that becomes the parent of a type's Issues, if any.

        A studio's doubles are told of parents by the lists of children, as always.
        """
        rule = self._mapping.of_entity(sg_type)
        if rule is None or not (self._reads_real_jira and self._shotgun.has_real_client):
            return None
        pairs = (pair for pair in rule.pairs_of_jira("parent") if pair.direction.to_jira)
        return next((pair.sg_field for pair in pairs), None)

    def _read_children(self, records: Iterable[Record]) -> dict[Record, Entity]:
        """The records that may decide themselves, as they are now."""
        found: dict[Record, Entity] = {}
        wanted = list(dict.fromkeys(records))
        for sg_type in dict.fromkeys(sg_type for sg_type, _ in wanted):
            field = self._parent_field(sg_type)
            if field:
                ids = [number for one_type, number in wanted if one_type == sg_type]
                fields = [SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD, field]
                for record in self._shotgun.find(sg_type, [["id", "in", ids]], fields):
                    found[sg_type, record["id"]] = record
        return found

    def _links_of(self, record: Entity) -> list[Any]:
        return as_list(record.get(str(self._parent_field(record["type"]))))

    # ------------------------------------------------------------------ linked records

    def _is_of_one_without_key(self, child: Issue, linked: _Linked) -> bool:
        """Whether a linked record is about to get this Issue's key: a new Issue has its parent
        before that."""
        return bool(linked.keyless) and self._record_named_by(child) in linked.keyless

    def _keys_of(self, links: list[Any]) -> _Linked:
        records = self._with_key_and_flag(links)
        self._await_counterparts(
            record for record in records if is_on(record) and not record.get(SHOTGUN_JIRA_ID_FIELD)
        )
        keys = {_record(record): record.get(SHOTGUN_JIRA_ID_FIELD) for record in records}
        of_links = [_record(link) for link in links]
        keyless = frozenset(record for record in of_links if not keys.get(record))
        left_out = [
            record for record in of_links if record in keyless or not self._is_mapped(record[0])
        ]
        synced = [key for (sg_type, _), key in keys.items() if key and self._is_mapped(sg_type)]
        if left_out:
            self._logger.warning(
                "%d of %d linked records are not synced with Jira (type not mapped, or no %s): %s",
                len(left_out),
                len(links),
                SHOTGUN_JIRA_ID_FIELD,
                [f"{sg_type} {number}" for sg_type, number in left_out],
            )
        listed = frozenset(key for key in keys.values() if key)
        deciding = {
            _record(record): str(record[SHOTGUN_JIRA_ID_FIELD])
            for record in records
            if self._decides(record)
        }
        return _Linked(synced, listed, keyless, deciding, not left_out)

    def _is_mapped(self, sg_type: str) -> bool:
        rule = self._mapping.of_entity(sg_type)
        return rule is not None and not rule.is_remark

    def _no_linked_issue(self, key: str) -> bool:
        self._logger.warning("Jira Issue %s of a linked record does not exist.", key)
        return False

    def _set_parent(self, issue: Issue, parent_key: str | None) -> bool:
        try:
            to_write(issue).update(fields={"parent": {"key": parent_key} if parent_key else None})
        except JIRAError as error:
            if error.status_code != 400:
                raise
            if parent_key is None and self._parent_key(issue) is None:
                return True  # a type that has no parents, on Data Center
            self._logger.warning(
                "Jira refused %s as the parent of %s: %s", parent_key, issue.key, error.text
            )
            return False
        return True

    def _parent_key(self, issue: Issue) -> str | None:
        return getattr(getattr(issue.fields, "parent", None), "key", None)

    def _children_of(self, jira_issue: Issue) -> list[Issue]:
        """All Issues whose parent this is, as far as Jira's search has noticed."""
        jql = f"parent IN ('{jira_issue.key}')"
        if not is_clients_own(self._jira, "search_issues"):
            return list(self._jira.search_issues(jql) or [])
        names = (self._jira.jira_shotgun_type_field, self._jira.jira_shotgun_id_field)
        fields = ",".join(["parent", *filter(None, names)])
        found = self._jira.search_issues(jql, maxResults=0, fields=fields)
        return [LazyIssue.of(child) for child in found]


def _record(link: Mapping[str, Any]) -> Record:
    return str(link.get("type")), link.get("id")
