"""What the entries of a settings file need on both sites: fields, rights, webhooks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sg_jira import constants
from sg_jira.constants import (
    JIRA_SHOTGUN_TYPE_FIELD,
    JIRA_SYNC_IN_FPTR_FIELD,
    SHOTGUN_JIRA_ACCOUNT_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.handlers.generic.mapping import NOTE, TIME_LOG, EntityRule, read_mapping
from sg_jira.provisioning.jira_rights import ALWAYS, FOR_TIME, asked_for
from sg_jira.settings_check import find_class

SYNC_URL_FIELD: Final = "sg_jira_sync_url"
TIME_LOGS_FIELD: Final = "Shotgun TimeLogs"

#: FPTR field -> (display name of which FPTR makes this code, data type, whether it is unique).
_SHAPES: Final[Mapping[str, tuple[str, str, bool]]] = {
    SHOTGUN_JIRA_ID_FIELD: ("Jira Key", "text", True),
    SHOTGUN_SYNC_IN_JIRA_FIELD: ("Sync In Jira", "checkbox", False),
    SHOTGUN_JIRA_URL_FIELD: ("Jira URL", "url", False),
    SYNC_URL_FIELD: ("Jira Sync URL", "url", False),
    SHOTGUN_JIRA_ACCOUNT_FIELD: ("Jira Account Id", "text", False),
}

_ISSUE_EVENTS: Final = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted")
_COMMENT_EVENTS: Final = ("comment_created", "comment_updated", "comment_deleted")
_WORKLOG_EVENTS: Final = ("worklog_created", "worklog_updated", "worklog_deleted")


@dataclass(frozen=True)
class FptrField:
    """A field that an FPTR entity type should have. Without an optional one most things work."""

    entity_type: str
    code: str
    is_optional: bool = False

    @property
    def display_name(self) -> str:
        """The name to create it with."""
        return _SHAPES[self.code][0]

    @property
    def data_type(self) -> str:
        """Its FPTR data type."""
        return _SHAPES[self.code][1]

    @property
    def is_unique(self) -> bool:
        """Whether its values have to be unique."""
        return _SHAPES[self.code][2]

    def __str__(self) -> str:
        return f"{self.entity_type}.{self.code}"


@dataclass(frozen=True)
class JiraField:
    """A custom field that the Jira site should have; `kind` as Jira calls it."""

    name: str
    kind: str = "textfield"
    options: tuple[str, ...] = ()
    is_optional: bool = False


#: The spelling in which sites have them, which is looked up in any case.
_JIRA_FIELDS: Final = (
    JiraField(JIRA_SHOTGUN_TYPE_FIELD),
    JiraField("Shotgun ID"),
    JiraField("Shotgun URL"),
)
_FLAG: Final = JiraField(JIRA_SYNC_IN_FPTR_FIELD, "select", ("True", "False"))
_TIME_LOGS: Final = JiraField(TIME_LOGS_FIELD, "textarea", is_optional=True)


@dataclass(frozen=True)
class Subject:
    """An FPTR entity type that is synced.

    Attributes:
        entity_type: FPTR entity type.
        issue_type: the Jira issue type; `None` for what is a comment or a worklog there.
        fields: FPTR fields whose changes matter; `None` when only the studio's code knows.
        statuses: names of Jira statuses that Issues are moved to.
        is_link_optional: whether it works without the field for the Issue's address.
        has_key: whether its records hold the key of what they are linked with.
    """

    entity_type: str
    issue_type: str | None
    fields: frozenset[str] | None
    statuses: frozenset[str] = frozenset()
    is_link_optional: bool = False
    has_key: bool = True


@dataclass(frozen=True)
class Needs:
    """All that some entries need.

    Attributes:
        subjects: the synced entity types.
        jira_fields: the custom fields.
        permissions: keys of Jira's project permissions.
        unknown: names of entries whose syncers are not ours, so that only they know.
    """

    subjects: tuple[Subject, ...] = ()
    jira_fields: tuple[JiraField, ...] = _JIRA_FIELDS
    permissions: frozenset[str] = field(default_factory=lambda: frozenset(ALWAYS))
    unknown: tuple[str, ...] = ()

    @property
    def fptr_fields(self) -> tuple[FptrField, ...]:
        """The FPTR fields, each once."""
        found = [
            FptrField("Project", SHOTGUN_JIRA_ID_FIELD),
            FptrField("Project", SYNC_URL_FIELD, is_optional=True),
            FptrField("HumanUser", SHOTGUN_JIRA_ACCOUNT_FIELD, is_optional=True),
        ]
        for each in self.subjects:
            if each.has_key:
                found.append(FptrField(each.entity_type, SHOTGUN_JIRA_ID_FIELD))
            if each.issue_type:
                optional = each.is_link_optional
                found.append(FptrField(each.entity_type, SHOTGUN_SYNC_IN_JIRA_FIELD))
                found.append(FptrField(each.entity_type, SHOTGUN_JIRA_URL_FIELD, optional))
        first = {str(one): one for one in sorted(found, key=lambda one: one.is_optional)}
        return tuple(first[name] for name in dict.fromkeys(map(str, found)))

    @property
    def issue_types(self) -> tuple[str, ...]:
        """The synced Jira issue types, each once."""
        return tuple(dict.fromkeys(one.issue_type for one in self.subjects if one.issue_type))

    def statuses_of(self, issue_type: str) -> frozenset[str]:
        """The statuses that Issues of a type are moved to."""
        found = [one.statuses for one in self.subjects if one.issue_type == issue_type]
        return frozenset().union(*found)

    @property
    def fptr_events(self) -> dict[str, frozenset[str] | None]:
        """FPTR entity type -> the fields whose changes matter; `None` for all."""
        found: dict[str, frozenset[str] | None] = {}
        for each in self.subjects:
            known = found.get(each.entity_type, frozenset())
            both = None if known is None or each.fields is None else known | each.fields
            found[each.entity_type] = both
        return found

    @property
    def jira_events(self) -> tuple[str, ...]:
        """Names of the events that Jira's webhook has to send."""
        has_time = any(one.entity_type == TIME_LOG for one in self.subjects)
        return (*_ISSUE_EVENTS, *_COMMENT_EVENTS, *(_WORKLOG_EVENTS if has_time else ()))


def needs_of(sync: Mapping[str, Any]) -> Needs:
    """What entries of `SYNC` need; their syncers are imported, but not made.

    Parameters:
        sync: name -> entry. Those that cannot be used need nothing.
    """
    subjects: list[Subject] = []
    jira_fields: list[JiraField] = list(_JIRA_FIELDS)
    permissions = set(ALWAYS)
    unknown: list[str] = []
    for name, entry in sync.items():
        read = _family_of(entry)
        if read is None:
            unknown.append(name)
            continue
        family, given, is_own = read
        found = [*family.subjects(given), *_answers(given)]
        subjects += found if is_own else [_with_all_fields(one) for one in found]
        jira_fields += family.jira_fields
        permissions.update(family.permissions, asked_for(given))
    return Needs(
        tuple(subjects),
        tuple(dict.fromkeys(jira_fields)),
        frozenset(permissions),
        tuple(unknown),
    )


@dataclass(frozen=True)
class _Family:
    """What syncers of a kind need."""

    subjects: Callable[[Mapping[str, Any]], Iterable[Subject]]
    jira_fields: tuple[JiraField, ...] = ()
    permissions: tuple[str, ...] = ()


def _tasks(issue_type: Any) -> Iterator[Subject]:
    fields = {*constants.TASK_FIELDS_MAPPING, SHOTGUN_SYNC_IN_JIRA_FIELD, SHOTGUN_JIRA_ID_FIELD}
    statuses = frozenset(constants.TASK_ISSUE_STATUS_MAPPING.values())
    yield Subject("Task", str(issue_type or "Task"), frozenset(fields), statuses)
    yield Subject(NOTE, None, frozenset(constants.NOTE_FIELDS_MAPPING))


def _answers(given: Mapping[str, Any]) -> Iterator[Subject]:
    """Replies to Notes have no field of their own: FPTR has no page on which to add one."""
    if given.get("sync_replies"):
        yield Subject("Reply", None, frozenset({"content", "entity"}), has_key=False)


def _task_family(given: Mapping[str, Any]) -> Iterator[Subject]:
    yield from _tasks(given.get("issue_type"))


def _with_assets(given: Mapping[str, Any]) -> Iterator[Subject]:
    yield from _tasks(given.get("task_issue_type"))
    fields = {*constants.ASSET_FIELDS_MAPPING, SHOTGUN_SYNC_IN_JIRA_FIELD, SHOTGUN_JIRA_ID_FIELD}
    statuses = frozenset(constants.ASSET_ISSUE_STATUS_MAPPING.values())
    issue_type = str(given.get("asset_issue_type") or "Story")
    yield Subject("Asset", issue_type, frozenset(fields), statuses)


def _with_time(given: Mapping[str, Any]) -> Iterator[Subject]:
    yield from _tasks(given.get("issue_type"))
    yield Subject(TIME_LOG, None, frozenset(constants.TIMELOG_FIELDS_MAPPING))


def _mapped(given: Mapping[str, Any]) -> Iterator[Subject]:
    for rule in read_mapping(given.get("entity_mapping") or []).rules:
        yield _subject_of(rule)


def _subject_of(rule: EntityRule) -> Subject:
    fields = {*rule.sg_fields}
    if rule.is_remark:
        return Subject(rule.sg_entity, None, frozenset(fields))
    fields |= {SHOTGUN_SYNC_IN_JIRA_FIELD, SHOTGUN_JIRA_ID_FIELD}
    moves = rule.status is not None and rule.status.direction.to_jira
    statuses = rule.status.codes.values() if rule.status and moves else ()
    return Subject(rule.sg_entity, rule.issue_type, frozenset(fields), frozenset(statuses), True)


#: Name of a syncer's class, or of one it derives from -> what it needs.
_FAMILIES: Final[Mapping[str, _Family]] = {
    "TaskIssueSyncer": _Family(_task_family),
    "EntitiesGenericSyncer": _Family(_mapped, (_FLAG,), FOR_TIME),
    "AssetHierarchySyncer": _Family(_with_assets, permissions=("LINK_ISSUES",)),
    "TimelogWorklogSyncer": _Family(_with_time, (_TIME_LOGS,), FOR_TIME),
}


def _family_of(entry: Any) -> tuple[_Family, Mapping[str, Any], bool] | None:
    """The family of an entry's syncer, its settings, and whether the syncer is just that."""
    if not isinstance(entry, Mapping):
        return None
    found, _ = find_class("syncer", entry.get("syncer"))
    given = entry.get("settings") or {}
    if not isinstance(found, type) or not isinstance(given, Mapping):
        return None
    for kind in found.__mro__:
        if kind.__name__ in _FAMILIES:
            return _FAMILIES[kind.__name__], given, kind is found
    return None


def _with_all_fields(subject: Subject) -> Subject:
    """A studio's own syncer may want to hear of more fields than ours."""
    return replace(subject, fields=None)
