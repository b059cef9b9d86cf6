"""Finds issues by JQL. Here the clauses get their meaning; results are the site's own issues."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from sg_jira.sandbox.jira.fields import Field
from sg_jira.sandbox.jira.jql import And, Clause, Node, Not, Order, parse
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Issue, Store
from sg_jira.sandbox.jira.times import find_zone

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_TIME_FORMS: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_AGO: Final = re.compile(r"-(\d+)([wdhm])")
_AGO_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_ALIASES: Final = {
    "issue": "key", "issuekey": "key", "id": "key", "type": "issuetype",
    "createddate": "created", "updateddate": "updated", "due": "duedate",
    "fixversion": "fixVersions", "affectedversion": "versions", "component": "components",
}  # fmt: skip
_EQUALITY: Final = ("=", "!=", "in", "not in", "is", "is not")
_TEXT: Final = ("~", "!~", "is", "is not")


def find_issues(
    store: Store,
    jql: str,
    person: Person | None = None,
    bounded: bool = False,
    reconciled: Collection[str] = (),
) -> list[Issue]:
    """The issues that a query matches, in its order, else the newest first.

    Parameters:
        person: who asks; times are in this person's time zone, else in UTC.
        bounded: refuse a query that restricts nothing, as Cloud does.
        reconciled: ids of issues that are found as they are now, however search lags.

    Raises:
        Refusal: 400, the query cannot be read or names what is not there.
    """
    query = parse(jql)
    if bounded and query.where is None:
        raise Refusal(
            400,
            "Unbounded JQL queries are not allowed here. "
            "Please add a search restriction to your query.",
        )
    search = _Search(store, _zone(person))
    matches = search.predicate(query.where) if query.where else lambda issue: True
    found = [
        issue
        for issue in store.search.issues(reconciled)
        if _is_visible(store, person, issue) and matches(issue)
    ]
    found.sort(key=lambda issue: int(issue.id), reverse=True)
    for term in reversed(query.order):
        found.sort(key=search.sort_key(term), reverse=term.descending)
    return found


def _is_visible(store: Store, person: Person | None, issue: Issue) -> bool:
    browse = Permission.BROWSE_PROJECTS
    return person is None or store.permissions.granted(person, browse, issue.project.id)


def finds(store: Store, jql: str, issue: Issue) -> bool:
    """Whether a query matches one issue. Raises `Refusal` 400 as `find_issues` does."""
    where = parse(jql).where
    return where is None or _Search(store, timezone.utc).predicate(where)(issue)


def _zone(person: Person | None) -> tzinfo:
    return timezone.utc if person is None else find_zone(person.time_zone)


class _Search:
    """Turns clauses into predicates over the issues of one store; times are in one zone."""

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self._store = store
        self._zone = zone

    def predicate(self, node: Node) -> Callable[[Issue], bool]:
        if isinstance(node, Clause):
            return self._clause(node)
        if isinstance(node, Not):
            inner = self.predicate(node.part)
            return lambda issue: not inner(issue)
        parts = [self.predicate(part) for part in node.parts]
        gather = all if isinstance(node, And) else any
        return lambda issue: gather(part(issue) for part in parts)

    def sort_key(self, term: Order) -> Callable[[Issue], Any]:
        name = _ALIASES.get(term.field.lower(), term.field.lower())
        if name == "key":
            return lambda issue: (issue.project.key, int(issue.key.rpartition("-")[2]))
        if name in ("created", "updated"):
            return operator.attrgetter(name)
        field = self._field(term.field)
        return lambda issue: [_comparable(text) for text in self._shown(field, issue)]

    def _clause(self, clause: Clause) -> Callable[[Issue], bool]:
        name = _ALIASES.get(clause.field.lower(), clause.field.lower())
        if name in ("created", "updated"):
            return self._by_time(name, clause)
        if name in _KNOWN_VALUES:
            return self._by_known_value(name, clause)
        field = self._field(clause.field)
        if field.kind.is_text:
            return self._by_words(field, clause)
        _allow(clause, (*_EQUALITY, *_COMPARE))
        return self._by_value(field, clause)

    def _field(self, name: str) -> Field:
        wanted = _ALIASES.get(name.lower(), name).lower()
        for field in self._store.fields.values():
            if wanted in (word.lower() for word in (*field.clause_names, field.id)):
                return field
        raise Refusal(
            400, f"Field '{name}' does not exist or you do not have permission to view it."
        )

    def _by_time(self, name: str, clause: Clause) -> Callable[[Issue], bool]:
        _allow(clause, tuple(_COMPARE))
        bound = self._time(clause.field, clause.values[0])
        compare = _COMPARE[clause.operator]
        return lambda issue: compare(getattr(issue, name), bound)

    def _time(self, field: str, text: str) -> datetime:
        if match := _AGO.fullmatch(text):
            return self._store.clock() - timedelta(**{_AGO_UNITS[match[2]]: int(match[1])})
        for form in _TIME_FORMS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=self._zone)
            except ValueError:
                continue
        raise Refusal(
            400,
            f"Date value '{text}' for field '{field}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
            "or a period format e.g. '-5d', '4w 2d'.",
        )

    def _by_known_value(self, name: str, clause: Clause) -> Callable[[Issue], bool]:
        """Fields whose values must exist: a wrong one is an error, not an empty result."""
        _allow(clause, _EQUALITY)
        known, own = _KNOWN_VALUES[name]
        for value in clause.values:
            if not known(self._store, value.lower()):
                raise Refusal(400, _unknown(name, value))
        wanted = {value.lower() for value in clause.values}
        return _matching(clause, lambda issue: own(self._store, issue), wanted)

    def _by_words(self, field: Field, clause: Clause) -> Callable[[Issue], bool]:
        _allow(clause, _TEXT)
        if not clause.values:
            return _matching(clause, lambda issue: self._texts(field, issue), set())
        wanted = clause.values[0].lower()
        negative = clause.operator.startswith("!")
        return lambda issue: _says(issue.values.get(field.id) or "", wanted) != negative

    def _by_value(self, field: Field, clause: Clause) -> Callable[[Issue], bool]:
        if clause.operator in _COMPARE:
            compare = _COMPARE[clause.operator]
            return lambda issue: any(
                compare(_comparable(text), _comparable(clause.values[0]))
                for text in self._texts(field, issue)
            )
        wanted = {value.lower() for value in clause.values}
        return _matching(clause, lambda issue: self._texts(field, issue), wanted)

    def _texts(self, field: Field, issue: Issue) -> set[str]:
        """All lower-cased texts by which a query can name the field's values of an issue."""
        values = _values(field, issue)
        return {text.lower() for one in values for text in self._names(field, one)}

    def _shown(self, field: Field, issue: Issue) -> list[str]:
        """The texts that people see of the field's values of an issue."""
        return [self._names(field, one)[-1] for one in _values(field, issue)]

    def _names(self, field: Field, value: Any) -> list[str]:
        """The texts by which a query can name a value; the last is the one that people see."""
        if "user" in (field.kind.type, field.kind.items):
            person = self._store.people.get(value)
            return [person.id, person.name, person.email, person.display_name]
        if isinstance(value, float):
            return [f"{value:g}"]
        words = (getattr(value, word, None) for word in ("id", "name", "value"))
        return [word for word in words if word] or [str(value)]


def _values(field: Field, issue: Issue) -> tuple[Any, ...]:
    value = issue.values.get(field.id)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _allow(clause: Clause, operators: Collection[str]) -> None:
    if clause.operator not in operators:
        raise Refusal(
            400,
            f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.",
        )


def _matching(
    clause: Clause, own: Callable[[Issue], set[str]], wanted: set[str]
) -> Callable[[Issue], bool]:
    """Equality and emptiness; as in Jira, an empty field is not found by `!=` and `not in`."""
    tests: Mapping[str, Callable[[set[str]], bool]] = {
        "is": lambda names: not names,
        "is not": bool,
        "=": lambda names: bool(names & wanted),
        "in": lambda names: bool(names & wanted),
        "!=": lambda names: bool(names) and not names & wanted,
        "not in": lambda names: bool(names) and not names & wanted,
    }
    test = tests[clause.operator]
    return lambda issue: test(own(issue))


def _says(text: str, wanted: str) -> bool:
    """Whether a text has all these words, or these words in a row when they were quoted."""
    words = re.findall(r"\w+", text.lower())
    if wanted.startswith('"') and wanted.endswith('"'):
        phrase = " ".join(re.findall(r"\w+", wanted))
        return f" {phrase} " in f" {' '.join(words)} "
    patterns = re.findall(r"\w+\*?", wanted)
    return bool(patterns) and all(
        any(_is_word(word, pattern) for word in words) for pattern in patterns
    )


def _is_word(word: str, pattern: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _comparable(text: str) -> tuple[int, float, str]:
    try:
        return (0, float(text), "")
    except ValueError:
        return (1, 0.0, text.lower())


def _unknown(name: str, value: str) -> str:
    if name in ("key", "parent"):
        return f"An issue with key '{value}' does not exist for field '{name}'."
    return f"The value '{value}' does not exist for the field '{name}'."


def _names_of(*things: Any) -> set[str]:
    words = ("id", "key", "name")
    return {getattr(t, w).lower() for t in things for w in words if hasattr(t, w)}


def _own_parent(store: Store, issue: Issue) -> set[str]:
    parent = store.issues.get(issue.values.get("parent") or "")
    return {parent.id, parent.key.lower()} if parent else set()


def _is_issue(store: Store, value: str) -> bool:
    try:
        return bool(store.issue(value))
    except Refusal:
        return False


_Known = tuple[Callable[[Store, str], bool], Callable[[Store, Issue], set[str]]]
_KNOWN_VALUES: Final[Mapping[str, _Known]] = {
    "project": (
        lambda store, value: value in _names_of(*store.projects.values()),
        lambda store, issue: _names_of(issue.project),
    ),
    "key": (_is_issue, lambda store, issue: {issue.id, issue.key.lower()}),
    "issuetype": (
        lambda store, value: value in _names_of(*store.issue_types),
        lambda store, issue: _names_of(issue.type),
    ),
    "status": (
        lambda store, value: value in _names_of(*store.statuses),
        lambda store, issue: _names_of(issue.status),
    ),
    "parent": (_is_issue, _own_parent),
}
