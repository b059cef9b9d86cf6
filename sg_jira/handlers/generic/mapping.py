"""The setting `entity_mapping` of the generic family: its keys, and what they say as typed values.

Reading is lenient: what cannot be used is left out, and `mapping_check` tells about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypedDict

from pydantic import SkipValidation

from sg_jira.conversions.kinds import SPECIAL_FIELDS
from sg_jira.handlers.upkeep_settings import RetirementRule, RetirementWords, read_rule

NOTE: Final = "Note"
TIME_LOG: Final = "TimeLog"
#: Entity types that are no Issues, and what they are in Jira.
REMARKS: Final = {NOTE: "Comment", TIME_LOG: "Worklog"}
#: FPTR field by which such a record is linked to the record that is the Issue.
LINK_FIELDS: Final = {NOTE: "tasks", TIME_LOG: "entity"}
NOTE_FIELDS: Final = ("subject", "content", "user", "tasks")
TIME_LOG_FIELDS: Final = ("user", "entity")
#: The words of a direction, as settings have them.
Words = Literal["both_way", "sg_to_jira", "jira_to_sg"]


class Element(TypedDict, total=False):
    """The keys of an element, each with what it is for; see `sg_jira.declared_settings`.

    `SkipValidation` stands where `mapping_check` looks closer than at the type.
    """

    sg_entity: Annotated[str, "FPTR entity type", SkipValidation]
    jira_issue_type: Annotated[str | None, "name of the issue type"]
    field_mapping: Annotated[Sequence[Any], "pairs of fields", SkipValidation]
    status_mapping: Annotated[Mapping[str, Any], "pairs of statuses", SkipValidation]
    sync_direction: Annotated[Words | None, "which way changes travel", SkipValidation]
    sync_deletion_direction: Annotated[Words | None, "which way deletions travel", SkipValidation]
    on_retirement: Annotated[
        RetirementWords | None, "what becomes of the Issue of a deleted record", SkipValidation
    ]
    retired_status: Annotated[str | None, "status to close it with", SkipValidation]
    retired_label: Annotated[str | None, "label to give it", SkipValidation]


class Pair(TypedDict, total=False):
    """The keys of an element of `field_mapping`."""

    sg_field: Annotated[str, "FPTR field", SkipValidation]
    jira_field: Annotated[str, "Jira field, by id or name", SkipValidation]
    sync_direction: Annotated[Words | None, "which way changes travel", SkipValidation]


class StatusMapping(TypedDict, total=False):
    """The keys of a `status_mapping`."""

    sg_field: Annotated[str, "FPTR field", SkipValidation]
    mapping: Annotated[Mapping[str, str], "FPTR status code to Jira status name", SkipValidation]
    sync_direction: Annotated[Words | None, "which way changes travel", SkipValidation]


class Direction(str, Enum):
    """Which way something is synced; the words of the setting."""

    BOTH_WAY = "both_way"
    SG_TO_JIRA = "sg_to_jira"
    JIRA_TO_SG = "jira_to_sg"

    @property
    def to_jira(self) -> bool:
        """Whether it travels to Jira."""
        return self is not Direction.JIRA_TO_SG

    @property
    def to_sg(self) -> bool:
        """Whether it travels to FPTR."""
        return self is not Direction.SG_TO_JIRA


@dataclass(frozen=True)
class FieldPair:
    """An FPTR field and a Jira field that hold the same value."""

    sg_field: str
    jira_field: str
    direction: Direction = Direction.BOTH_WAY


@dataclass(frozen=True)
class StatusRule:
    """How a status travels. `codes` is FPTR code -> Jira status name, the settings' own dict."""

    sg_field: str
    codes: Mapping[str, str]
    direction: Direction = Direction.BOTH_WAY


@dataclass(frozen=True)
class EntityRule:
    """One element of the mapping.

    `issue_type` is `None` for Notes and TimeLogs; `deletion` is `None` when none is synced;
    `retirement` is `None` when the element says nothing of it, so that its entry's settings count.
    """

    sg_entity: str
    issue_type: str | None = None
    pairs: tuple[FieldPair, ...] = ()
    status: StatusRule | None = None
    direction: Direction = Direction.BOTH_WAY
    deletion: Direction | None = None
    retirement: RetirementRule | None = None

    @property
    def is_remark(self) -> bool:
        """Whether its records are comments or worklogs, and not Issues."""
        return self.sg_entity in REMARKS

    @property
    def sg_fields(self) -> list[str]:
        """The FPTR fields that are synced, each once."""
        if self.sg_entity == NOTE:
            return list(NOTE_FIELDS)
        fields = [pair.sg_field for pair in self.pairs]
        if self.status:
            fields.append(self.status.sg_field)
        if self.sg_entity == TIME_LOG:
            fields += TIME_LOG_FIELDS
        return list(dict.fromkeys(fields))

    @property
    def jira_fields(self) -> list[str]:
        """The Jira fields that are synced, each once."""
        fields = [pair.jira_field for pair in self.pairs]
        if self.status:
            fields.append("status")
        return list(dict.fromkeys(fields))

    def pairs_of_sg(self, sg_field: str) -> Iterable[FieldPair]:
        """The pairs with this FPTR field."""
        return (pair for pair in self.pairs if pair.sg_field == sg_field)

    def pairs_of_jira(self, jira_field: str) -> Iterable[FieldPair]:
        """The pairs with this Jira field."""
        return (pair for pair in self.pairs if pair.jira_field == jira_field)


@dataclass(frozen=True)
class EntityMapping:
    """All elements, in the order of the setting; the first one of a type counts."""

    rules: tuple[EntityRule, ...] = ()
    _by_entity: Mapping[str, EntityRule] = field(default_factory=dict, repr=False)
    _by_issue_type: Mapping[str, EntityRule] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rules: Iterable[EntityRule]) -> EntityMapping:
        """The mapping with these elements."""
        rules = tuple(rules)
        last_first = rules[::-1]
        return cls(
            rules,
            {rule.sg_entity: rule for rule in last_first},
            {rule.issue_type: rule for rule in last_first if rule.issue_type},
        )

    def of_entity(self, sg_entity: Any) -> EntityRule | None:
        """The element of an FPTR entity type."""
        return self._by_entity.get(sg_entity) if isinstance(sg_entity, str) else None

    def of_issue_type(self, name: Any) -> EntityRule | None:
        """The element of a Jira issue type."""
        return self._by_issue_type.get(name) if isinstance(name, str) else None

    def with_field_ids(self, find_id: Callable[[str], str | None]) -> EntityMapping:
        """The same, with Jira fields by id where the setting has their display names."""

        def by_id(rule: EntityRule) -> EntityRule:
            if rule.is_remark:
                return rule
            pairs = (
                pair
                if pair.jira_field in SPECIAL_FIELDS
                else replace(pair, jira_field=find_id(pair.jira_field) or pair.jira_field)
                for pair in rule.pairs
            )
            return replace(rule, pairs=tuple(pairs))

        return self.of(by_id(rule) for rule in self.rules)


def read_mapping(setting: Any) -> EntityMapping:
    """The mapping that a setting describes, as far as it can be used."""
    elements = setting if isinstance(setting, (list, tuple)) else []
    return EntityMapping.of(
        _read_rule(element)
        for element in elements
        if isinstance(element, Mapping) and isinstance(element.get("sg_entity"), str)
    )


def _read_rule(element: Mapping[str, Any]) -> EntityRule:
    pairs = element.get("field_mapping")
    issue_type = element.get("jira_issue_type")
    deletion = element.get("sync_deletion_direction")
    is_remark = element["sg_entity"] in REMARKS
    return EntityRule(
        sg_entity=element["sg_entity"],
        issue_type=issue_type if isinstance(issue_type, str) and not is_remark else None,
        pairs=tuple(
            FieldPair(pair["sg_field"], pair["jira_field"], read_direction(pair))
            for pair in (pairs if isinstance(pairs, (list, tuple)) else ())
            if isinstance(pair, Mapping) and pair.get("sg_field") and pair.get("jira_field")
        ),
        status=_read_status(element.get("status_mapping")),
        direction=read_direction(element),
        # A word that is none must not delete anything.
        deletion=Direction(deletion) if deletion in set(Direction) else None,
        retirement=read_rule(element) if element.get("on_retirement") else None,
    )


def _read_status(status: Any) -> StatusRule | None:
    if not isinstance(status, Mapping) or not status.get("sg_field"):
        return None
    codes = status.get("mapping")
    return StatusRule(
        status["sg_field"], codes if isinstance(codes, Mapping) else {}, read_direction(status)
    )


def read_direction(part: Mapping[str, Any]) -> Direction:
    """The `sync_direction` of a part of the setting; both ways unless it says otherwise."""
    word = part.get("sync_direction")
    return Direction(word) if word in set(Direction) else Direction.BOTH_WAY
