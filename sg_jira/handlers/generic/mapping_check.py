"""Everything that is wrong with an `entity_mapping`, at once, each with its path.

Without sites only what the setting itself tells is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sg_jira.constants import (
    JIRA_SYNC_IN_FPTR_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions import kinds
from sg_jira.declared_settings import DeclaredSetting, declared_in
from sg_jira.handlers.generic.mapping import (
    NOTE,
    REMARKS,
    TIME_LOG,
    Direction,
    Element,
    Pair,
    StatusMapping,
)
from sg_jira.handlers.generic.problems import Problem
from sg_jira.handlers.generic.sites import Sites, suggest
from sg_jira.handlers.upkeep_settings import problems_of_rule

_KEYS: Final = declared_in(Element)
_PAIR_KEYS: Final = declared_in(Pair)
_STATUS_KEYS: Final = declared_in(StatusMapping)

#: FPTR fields that every site has, so that their pairs can be judged without asking it.
_STANDARD_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("text",),
    "content": ("text",),
    "description": ("text",),
    "sg_description": ("text",),
    "sg_status_list": ("status_list",),
    "due_date": ("date",),
    "start_date": ("date",),
    "est_in_mins": ("duration",),
    "duration": ("duration",),
    "task_assignees": (kinds.PEOPLE, "multi_entity"),
    "addressings_cc": (kinds.PEOPLE, "multi_entity"),
    "created_by": (kinds.PERSON, "entity"),
    "tags": ("multi_entity",),
    "project": ("entity",),
}


def check_mapping(setting: Any, path: str, sites: Sites | None) -> list[Problem]:
    """All problems of an `entity_mapping`.

    Parameters:
        setting: the list of dicts.
        path: where it stands in the settings.
        sites: answers what has to be asked of them; `None` checks without asking.
    """
    problems: list[Problem] = []
    missing = sites and sites.jira_field_problem(JIRA_SYNC_IN_FPTR_FIELD)
    if missing:
        problems.append(Problem(path, missing, error=RuntimeError))
    if not isinstance(setting, (list, tuple)):
        problems.append(
            Problem(path, f"a list is needed, not {_kind(setting)}", error=RuntimeError)
        )
        return problems
    for number, element in enumerate(setting):
        problems += _Element(element, number, f"{path}[{number}]", sites).problems()
    problems += _repeated(setting, path, "sg_entity")
    problems += _repeated(setting, path, "jira_issue_type")
    return problems


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__


def _repeated(setting: Iterable[Any], path: str, key: str) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, element in enumerate(setting):
        value = element.get(key) if isinstance(element, Mapping) else None
        if not isinstance(value, str) or (key == "jira_issue_type" and _is_remark(element)):
            continue
        if value in seen:
            yield Problem(
                f"{path}[{number}].{key}",
                f"{value!r} is mapped by element {seen[value]} already, and only that one counts",
            )
        seen.setdefault(value, number)


def _is_remark(element: Mapping[str, Any]) -> bool:
    return element.get("sg_entity") in REMARKS


class _Element:
    """The check of one element. Each `_check` yields its problems."""

    def __init__(self, element: Any, number: int, path: str, sites: Sites | None) -> None:
        self._element: Mapping[str, Any] = element if isinstance(element, Mapping) else {}
        self._is_dict = isinstance(element, Mapping)
        self._number = number
        self._path = path
        self._sites = sites
        self._type = self._element.get("sg_entity")
        self._is_remark = _is_remark(self._element)

    def problems(self) -> Iterator[Problem]:
        if not self._is_dict:
            yield self._fatal(1, "", "a dict is needed")
            return
        yield from self._check_keys("", self._element, _KEYS)
        if not isinstance(self._type, str) or not self._type:
            yield self._fatal(1, ".sg_entity", "the FPTR entity type is missing")
            return
        unknown = self._sites and self._sites.entity_type_problem(self._type)
        if unknown and self._sites:
            yield self._fatal(
                2, ".sg_entity", unknown, suggest(self._type, self._sites.entity_types())
            )
            return
        if self._type == "Project":
            yield self._fatal(3, ".sg_entity", "a Project cannot be synced with an Issue")
        yield from self._check_needed_fields()
        yield from self._check_directions()
        yield from self._check_retirement()
        if not (self._is_remark or self._element.get("jira_issue_type")):
            yield self._fatal(5, ".jira_issue_type", "the Jira issue type is missing")
        yield from self._check_issue_type()
        yield from self._check_pairs()
        yield from self._check_status()

    def _fatal(
        self,
        step: int,
        where: str,
        message: str,
        suggestion: str | None = None,
        error: type[Exception] = RuntimeError,
    ) -> Problem:
        return Problem(f"{self._path}{where}", message, suggestion, (self._number, step), error)

    def _other(self, where: str, message: str, suggestion: str | None = None) -> Problem:
        return Problem(f"{self._path}{where}", message, suggestion, (self._number, 99))

    def _check_keys(
        self, where: str, part: Mapping[str, Any], known: Mapping[str, DeclaredSetting]
    ) -> Iterator[Problem]:
        for key, value in part.items():
            if key not in known:
                yield Problem(
                    f"{self._path}{where}.{key}",
                    "this key means nothing",
                    suggest(key, known),
                    is_warning=True,
                )
                continue
            why = known[key].why_not(value)
            if why:
                yield self._fatal(12, f"{where}.{key}", why)

    def _check_needed_fields(self) -> Iterator[Problem]:
        if not self._sites or self._type == "Project":
            return
        sg_type = str(self._type)
        key = self._sites.field_problem(sg_type, SHOTGUN_JIRA_ID_FIELD, "text", unique=True)
        if key:
            yield self._fatal(4, ".sg_entity", key)
        if self._is_remark:
            return
        flag = self._sites.field_problem(sg_type, SHOTGUN_SYNC_IN_JIRA_FIELD, "checkbox")
        if flag:
            yield self._fatal(6, ".sg_entity", flag)

    def _check_directions(self, where: str = "", part: Mapping[str, Any] | None = None) -> Any:
        part = self._element if part is None else part
        words = [direction.value for direction in Direction]
        for key in ("sync_direction", "sync_deletion_direction"):
            value = part.get(key)
            if value is not None and value not in words:
                yield self._other(
                    f"{where}.{key}",
                    f"{value!r} is none of {', '.join(words)}",
                    suggest(str(value), words),
                )

    def _check_retirement(self) -> Iterator[Problem]:
        if not self._is_remark:
            for found in problems_of_rule(self._element, self._path, self._sites):
                yield replace(found, step=(self._number, 13))
        elif self._element.get("on_retirement") is not None:
            message = "only what is an Issue in Jira has this"
            yield self._other(".on_retirement", message, "sync_deletion_direction")

    def _check_issue_type(self) -> Iterator[Problem]:
        name = self._element.get("jira_issue_type")
        if not isinstance(name, str):
            return
        known = self._sites.issue_types() if self._sites and not self._is_remark else None
        if name and known is not None and name not in known:
            yield self._other(
                ".jira_issue_type", f"Jira has no issue type {name!r}", suggest(name, known)
            )

    # ------------------------------------------------------------------ fields

    def _check_pairs(self) -> Iterator[Problem]:
        pairs = self._element.get("field_mapping")
        if self._type == NOTE:
            return
        if not pairs or not isinstance(pairs, (list, tuple)):
            yield self._fatal(7, ".field_mapping", "a list of pairs of fields is needed")
            return
        for number, pair in enumerate(pairs):
            where = f".field_mapping[{number}]"
            if not isinstance(pair, Mapping):
                yield self._fatal(8, where, f"a dict is needed, not {_kind(pair)}")
                continue
            yield from self._check_keys(where, pair, _PAIR_KEYS)
            yield from self._check_directions(where, pair)
            yield from self._check_pair(where, pair)

    def _check_pair(self, where: str, pair: Mapping[str, Any]) -> Iterator[Problem]:
        sg_field, jira_field = pair.get("sg_field"), pair.get("jira_field")
        found = list(self._check_sg_field(f"{where}.sg_field", sg_field, 8))
        found += self._check_jira_field(f"{where}.jira_field", jira_field)
        yield from found
        if found or not sg_field or not jira_field:
            return
        field_id = (self._sites and self._sites.jira_field_id(jira_field)) or jira_field
        if field_id == "assignee" and self._sites:
            schema = self._sites.sg_field(str(self._type), sg_field)
            why = _why_no_assignee(schema or {})
            if why:
                yield self._fatal(
                    10,
                    f"{where}.sg_field",
                    f"Jira's assignee cannot go to {sg_field!r}: {why}",
                    error=ValueError,
                )
                return
        if field_id == "status" and not self._element.get("status_mapping"):
            yield self._other(f"{where}.jira_field", "a status is synced by a status_mapping")
            return
        yield from self._check_kinds(where, sg_field, jira_field, self._kind(field_id))

    def _check_sg_field(self, where: str, name: Any, step: int) -> Iterator[Problem]:
        if not name:
            yield self._fatal(step, where, "the FPTR field is missing")
        elif self._sites and not self._sites.sg_field(str(self._type), name):
            yield self._fatal(
                step,
                where,
                f"FPTR {self._type} has no field {name!r}",
                suggest(name, self._sites.sg_field_names(str(self._type))),
            )

    def _check_jira_field(self, where: str, name: Any) -> Iterator[Problem]:
        if not name:
            yield self._fatal(9, where, "the Jira field is missing")
        elif self._type == TIME_LOG:
            if name not in kinds.WORKLOG_FIELDS:
                yield self._other(
                    where,
                    f"a worklog has no {name!r}, only {', '.join(kinds.WORKLOG_FIELDS)}",
                    suggest(name, kinds.WORKLOG_FIELDS),
                )
        elif (
            self._sites and name not in kinds.SPECIAL_FIELDS and not self._sites.jira_field_id(name)
        ):
            yield self._fatal(
                9,
                where,
                f"Jira has no field {name!r}",
                suggest(name, [*self._sites.jira_field_names(), *kinds.SPECIAL_FIELDS]),
            )

    def _kind(self, field_id: str) -> kinds.Kind | None:
        if self._type == TIME_LOG:
            return kinds.WORKLOG_FIELDS.get(field_id)
        schema = self._sites.jira_field_schema(field_id) if self._sites else None
        return kinds.kind_of(field_id, schema)

    def _is_decidable(self, field_id: str) -> bool:
        """Whether it is known of what kind a Jira field is, or that it is of none."""
        return bool(self._sites and self._sites.jira_field_schema(field_id))

    def _check_kinds(
        self, where: str, sg_field: str, jira_field: str, kind: kinds.Kind | None
    ) -> Iterator[Problem]:
        sg_kinds = self._sg_kinds(sg_field)
        field_id = (self._sites and self._sites.jira_field_id(jira_field)) or jira_field
        if kind is None and not self._is_decidable(field_id):
            return
        if sg_kinds and not (kind and kinds.can_pair(sg_kinds, kind)):
            in_jira = kind.value if kind else "another kind of"
            yield self._other(
                where,
                f"an FPTR field of type {sg_kinds[-1]} ({sg_field}) cannot be synced with a "
                f"{in_jira} field ({jira_field}) of Jira",
            )

    def _sg_kinds(self, sg_field: str) -> tuple[str, ...]:
        """The table's words for an FPTR field; none when its type is not known."""
        if self._sites is None:
            return _STANDARD_FIELDS.get(sg_field, ())
        schema = self._sites.sg_field(str(self._type), sg_field) or {}
        data_type = (schema.get("data_type") or {}).get("value")
        return kinds.sg_kinds_of(data_type, _valid_types(schema)) if data_type else ()

    # ------------------------------------------------------------------ status

    def _check_status(self) -> Iterator[Problem]:
        if "status_mapping" not in self._element or self._element["status_mapping"] is None:
            return
        status = self._element["status_mapping"]
        where = ".status_mapping"
        if not isinstance(status, Mapping):
            yield self._fatal(11, where, f"a dict is needed, not {_kind(status)}")
            return
        yield from self._check_keys(where, status, _STATUS_KEYS)
        yield from self._check_directions(where, status)
        if not status.get("sg_field"):
            yield self._fatal(11, f"{where}.sg_field", "the FPTR field is missing")
        else:
            yield from self._check_status_field(where, status["sg_field"])
        codes = status.get("mapping")
        if not codes or not isinstance(codes, Mapping):
            yield self._fatal(
                11, f"{where}.mapping", "FPTR status codes with Jira status names are needed"
            )
        elif status.get("sg_field"):
            yield from self._check_codes(f"{where}.mapping", status["sg_field"], codes)

    def _check_status_field(self, where: str, sg_field: str) -> Iterator[Problem]:
        if self._sites and not self._sites.sg_field(str(self._type), sg_field):
            yield self._other(
                f"{where}.sg_field",
                f"FPTR {self._type} has no field {sg_field!r}",
                suggest(sg_field, self._sites.sg_field_names(str(self._type))),
            )
            return
        yield from self._check_kinds(where, sg_field, "status", kinds.Kind.STATUS)

    def _check_codes(
        self, where: str, sg_field: str, codes: Mapping[str, Any]
    ) -> Iterator[Problem]:
        if not self._sites:
            return
        schema = self._sites.sg_field(str(self._type), sg_field) or {}
        valid = ((schema.get("properties") or {}).get("valid_values") or {}).get("value")
        names = self._sites.statuses()
        for code, name in codes.items():
            if valid and code not in valid:
                yield self._other(
                    f"{where}[{code!r}]",
                    f"the FPTR field {sg_field} has no status {code!r}",
                    suggest(code, valid),
                )
            if names is not None and name not in names:
                yield self._other(
                    f"{where}[{code!r}]",
                    f"Jira has no status {name!r}",
                    suggest(str(name), names),
                )


def _valid_types(schema: Mapping[str, Any]) -> list[str]:
    return list(((schema.get("properties") or {}).get("valid_types") or {}).get("value") or [])


def _why_no_assignee(schema: Mapping[str, Any]) -> str | None:
    data_type = (schema.get("data_type") or {}).get("value")
    if data_type not in ("entity", "multi_entity"):
        return f"it is of type {data_type}, not entity or multi_entity"
    valid_types = _valid_types(schema)
    if "HumanUser" not in valid_types:
        return f"it takes {', '.join(valid_types) or 'nothing'}, not HumanUser"
    return None
