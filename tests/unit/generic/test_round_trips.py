"""Every pair of the conversion table, there and back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jira import resources

from sg_jira import JiraHook
from sg_jira.conversions import kinds
from sg_jira.conversions.kinds import PAIRS, PEOPLE, PERSON, Kind
from sg_jira.jira_fields import sanitize

OPTIONS = {"server": "https://jira.studio.test"}
TAGS = {name: {"type": "Tag", "id": number, "name": name} for number, name in enumerate("abcdef")}
ANN = {"type": "HumanUser", "id": 7, "name": "Ann", "email": "ann@studio.test"}
BOB = {"type": "HumanUser", "id": 8, "name": "Bob", "email": "bob@studio.test"}
ACCOUNTS = {person["email"]: f"5cedcb4355a88a0fc863000{person['id']}" for person in (ANN, BOB)}


class Shotgun:
    """As much of FPTR as conversions ask for."""

    def consolidate_entity(self, entity: Any, fields: Any = None) -> Any:
        return entity

    def match_entity_by_name(self, name: str, entity_types: Any, project: Any) -> Any:
        return TAGS.get(name)

    def find_person(self, field: str, value: str) -> Any:
        found = [p for p in (ANN, BOB) if value in (ACCOUNTS[str(p["email"])], p["name"])]
        return found[0] if found else None


class Jira:
    """As much of Jira as conversions ask for."""

    is_jira_cloud = True
    sanitize_jira_update_value = staticmethod(sanitize)

    def find_jira_assignee_for_issue(self, email: str, *where: Any) -> Any:
        return resources.User(OPTIONS, None, {"self": "x", "accountId": ACCOUNTS[email]})  # type: ignore[arg-type]

    def is_own_user(self, user: Any) -> bool:
        return True


HOOK = JiraHook(
    SimpleNamespace(shotgun=Shotgun(), jira=Jira()),  # type: ignore[arg-type]
    logging.getLogger("round trips"),
)
ISSUE = SimpleNamespace(fields=SimpleNamespace(project="PROJ"))
WORKLOG = resources.Worklog(OPTIONS, None, {"self": "x", "id": "1"})  # type: ignore[arg-type]

_CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
ALLOWED = [
    {"id": str(number), "value": name} for number, name in enumerate((*TAGS, "True", "False"))
]
NAMED = [{"id": str(number), "name": name} for number, name in enumerate(TAGS)]

#: Kind -> field id and edit metadata.
FIELDS: dict[Kind, tuple[str, dict[str, Any] | None]] = {
    Kind.STRING: ("x", {"schema": {"type": "string", "custom": f"{_CUSTOM}:textfield"}}),
    Kind.TEXTAREA: ("description", {"schema": {"type": "string", "system": "description"}}),
    Kind.URL: ("x", {"schema": {"type": "string", "custom": f"{_CUSTOM}:url"}}),
    Kind.OPTION: ("x", {"schema": {"type": "option"}, "allowedValues": ALLOWED}),
    Kind.OPTIONS: (
        "x",
        {"schema": {"type": "array", "items": "option"}, "allowedValues": ALLOWED},
    ),
    Kind.PRIORITY: ("priority", {"schema": {"type": "priority"}, "allowedValues": NAMED}),
    Kind.NUMBER: ("x", {"schema": {"type": "number"}}),
    Kind.TIMETRACKING: ("timetracking", {"schema": {"type": "timetracking"}}),
    Kind.DATE: ("duedate", {"schema": {"type": "date"}}),
    Kind.DATETIME: ("x", {"schema": {"type": "datetime"}}),
    Kind.USER: ("assignee", {"schema": {"type": "user"}}),
    Kind.USERS: ("x", {"schema": {"type": "array", "items": "user"}}),
    Kind.LABELS: ("labels", {"schema": {"type": "array", "items": "string"}}),
    Kind.COMPONENTS: (
        "components",
        {"schema": {"type": "array", "items": "component"}, "allowedValues": NAMED},
    ),
    Kind.VERSIONS: (
        "versions",
        {"schema": {"type": "array", "items": "version"}, "allowedValues": NAMED},
    ),
    Kind.WORKLOG_SECONDS: ("timeSpentSeconds", None),
    Kind.WORKLOG_START: ("started", None),
}
#: These are written by methods of the handler, and not value by value.
ELSEWHERE = (Kind.STATUS, Kind.WATCHES, Kind.PARENT, Kind.CHILDREN, Kind.WORKLOG_COMMENT)

_words = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=200)
_days = st.dates(min_value=datetime(1970, 1, 1).date()).map(lambda day: day.isoformat())
_times = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(timezone.utc)).map(
    lambda moment: moment.replace(microsecond=0)
)
_whole = st.integers(0, 2**31 - 1)
_names = st.sampled_from(sorted(TAGS))
_tags = st.lists(st.sampled_from(list(TAGS.values())), unique_by=lambda tag: tag["id"])
_people = st.lists(st.sampled_from([ANN, BOB]), unique_by=lambda person: person["id"])
_pages = st.integers(0, 10**9).map(lambda n: {"url": f"https://x.test/{n}", "name": "a page"})
_decimals = st.floats(0, 1e9, allow_nan=False, allow_infinity=False)

#: FPTR type -> its values.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": _words,
    "list": _names,
    "status_list": _names,
    "checkbox": st.booleans(),
    "number": _whole,
    "percent": _whole,
    "float": _decimals,
    "currency": _decimals,
    "duration": _whole,
    "date": _days,
    "date_time": _times,
    PERSON: st.sampled_from([ANN, BOB]),
    PEOPLE: _people,
    "entity": st.sampled_from(list(TAGS.values())),
    "multi_entity": _tags,
    "tag_list": st.lists(_names, unique=True),
    "url": _pages,
}
#: Where the Jira field holds less than the FPTR type: the values that fit.
FITTING: dict[tuple[str, Kind], st.SearchStrategy[Any]] = {
    ("text", Kind.OPTION): _names,
    ("text", Kind.URL): st.just("https://x.test/1"),
    ("text", Kind.LABELS): _names,
    ("date_time", Kind.DATE): _days.map(
        lambda day: datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    ),
    (PEOPLE, Kind.USER): st.sampled_from([[], [ANN], [BOB]]),
}
DATA_TYPES = {PERSON: "entity", PEOPLE: "multi_entity"}
PLAIN_PAIRS = [
    (sg_type, kind) for sg_type, found in PAIRS.items() for kind in found if kind not in ELSEWHERE
]


def schema(sg_type: str) -> dict[str, Any]:
    properties = {"valid_values": {"value": sorted(TAGS)}, "valid_types": {"value": ["Tag"]}}
    return {
        "name": {"value": sg_type},
        "data_type": {"value": DATA_TYPES.get(sg_type, sg_type)},
        "properties": properties,
    }


def shown_by_jira(kind: Kind, value: Any) -> Any:
    """The value as the client gives it after Jira has stored it."""
    if kind in (Kind.OPTION, Kind.OPTIONS):
        make: Callable[[Any], Any] = lambda raw: resources.CustomFieldOption(  # noqa: E731
            OPTIONS,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            {"self": "x", **raw},
        )
    elif kind in (Kind.USER, Kind.USERS):
        make = lambda raw: resources.User(OPTIONS, None, raw)  # type: ignore[arg-type]  # noqa: E731
    elif kind is Kind.TIMETRACKING:
        seconds = int(value["originalEstimate"].removesuffix(" m")) * 60
        return resources.TimeTracking(
            OPTIONS,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            {"originalEstimate": "x", "originalEstimateSeconds": seconds},
        )
    elif kind in (Kind.PRIORITY, Kind.COMPONENTS, Kind.VERSIONS):
        make = _named
    else:
        return value
    if isinstance(value, list):
        return [make(one) for one in value]
    return None if value is None else make(value)


def _named(raw: Any) -> Any:
    return resources.Component(OPTIONS, None, {"self": "x", **raw})  # type: ignore[arg-type]


def to_jira(value: Any, kind: Kind) -> Any:
    field, properties = FIELDS[kind]
    convert: Any = (
        HOOK.get_jira_value_from_sg_list
        if isinstance(value, list)
        else HOOK.get_jira_value_from_sg_value
    )
    return convert(value, WORKLOG if properties is None else ISSUE, field, properties)


def back(sg_type: str, kind: Kind, jira_value: Any) -> Any:
    source = WORKLOG if FIELDS[kind][1] is None else ISSUE
    shown = shown_by_jira(kind, jira_value)
    return HOOK.get_sg_value_from_jira_value(shown, source, {}, schema(sg_type))


def same(sg_type: str, before: Any, after: Any) -> bool:
    if sg_type == "url":
        return bool(before["url"] == after["url"])
    if sg_type == "date_time":
        return bool(before.strftime("%Y-%m-%dT%H:%M:%SZ") == after)
    return bool(before == after)


@pytest.mark.parametrize(("sg_type", "kind"), PLAIN_PAIRS, ids=str)
def test_a_value_comes_back_as_it_went(sg_type: str, kind: Kind) -> None:
    @given(FITTING.get((sg_type, kind), VALUES[sg_type]))
    def holds(value: Any) -> None:
        jira_value = to_jira(value, kind)
        after = back(sg_type, kind, jira_value)
        assert same(sg_type, value, after), (value, jira_value, after)

    holds()


@pytest.mark.parametrize(("sg_type", "kind"), PLAIN_PAIRS, ids=str)
def test_nothing_comes_back_as_nothing(sg_type: str, kind: Kind) -> None:
    empty: Any = [] if sg_type in (PEOPLE, "multi_entity", "tag_list") else None
    assert not back(sg_type, kind, to_jira(empty, kind))


def test_every_kind_is_tested_here_or_written_by_the_handler() -> None:
    assert set(FIELDS) | set(ELSEWHERE) == set(Kind)
    assert set(VALUES) == set(PAIRS)


@pytest.mark.parametrize(
    ("field", "schema", "kind"),
    [
        ("summary", None, Kind.STRING),
        ("fixVersions", None, Kind.VERSIONS),
        ("customfield_1", {"type": "string", "custom": f"{_CUSTOM}:textarea"}, Kind.TEXTAREA),
        ("customfield_1", {"type": "array", "items": "option"}, Kind.OPTIONS),
        ("customfield_1", {"type": "any"}, None),
        ("customfield_1", None, None),
    ],
)
def test_the_kind_of_a_field(field: str, schema: Any, kind: Kind | None) -> None:
    assert kinds.kind_of(field, schema) is kind


@pytest.mark.parametrize(
    ("data_type", "valid_types", "words"),
    [
        ("entity", ["HumanUser"], (PERSON,)),
        ("multi_entity", ["Group", "HumanUser"], (PEOPLE, "multi_entity")),
        ("entity", ["Asset"], ("entity",)),
        ("text", [], ("text",)),
    ],
)
def test_links_to_people_are_told_from_others(
    data_type: str, valid_types: list[str], words: tuple[str, ...]
) -> None:
    assert kinds.sg_kinds_of(data_type, valid_types) == words
