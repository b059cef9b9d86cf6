"""What `entity_mapping` has to be, and how everything wrong with it is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.entities_generic_syncer import EntitiesGenericSyncer
from sg_jira.handlers import EntitiesGenericHandler
from sg_jira.handlers.generic.mapping_check import check_mapping
from sg_jira.handlers.generic.sites import Sites
from tests.contract.generic.jira_site import RATING, GenericStore
from tests.doubles.jira_metadata import COLOUR
from tests.doubles.shotgun_double import ShotgunSite
from tests.doubles.shotgun_schema import field

PAIR = {"sg_field": "content", "jira_field": "summary"}
TASK: dict[str, Any] = {
    "sg_entity": "Task",
    "jira_issue_type": "Task",
    "field_mapping": [PAIR],
}
Build = Callable[..., Any]


def without(key: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in {**TASK, **more}.items() if name != key}


@pytest.fixture
def build(make_bridge: Callable[..., Bridge]) -> Build:
    """Builds the syncer with these elements, as at first use."""

    def make(*elements: Any) -> Any:
        entry = {
            "syncer": "sg_jira.EntitiesGenericSyncer",
            "settings": {"entity_mapping": list(elements), "unknown": "ignored"},
        }
        return make_bridge({"entities": entry}).get_syncer("entities")

    return make


def test_a_syncer_without_mapping_has_one_handler(make_bridge: Callable[..., Bridge]) -> None:
    entry = {"syncer": "sg_jira.EntitiesGenericSyncer"}
    syncer = make_bridge({"entities": entry}).get_syncer("entities")

    assert isinstance(syncer, EntitiesGenericSyncer)
    assert syncer.handlers == [syncer._entities_handler]
    assert isinstance(syncer._entities_handler, EntitiesGenericHandler)


@pytest.mark.parametrize(
    ("element", "error"),
    [
        (without("sg_entity"), RuntimeError),
        ({**TASK, "sg_entity": "Spaceship"}, RuntimeError),
        ({**TASK, "sg_entity": "Project"}, RuntimeError),
        ({**TASK, "sg_entity": "Group"}, RuntimeError),
        (without("jira_issue_type"), RuntimeError),
        (without("field_mapping"), RuntimeError),
        ({"sg_entity": "TimeLog"}, RuntimeError),
        ({**TASK, "field_mapping": [{"jira_field": "summary"}]}, RuntimeError),
        ({**TASK, "field_mapping": [{**PAIR, "sg_field": "sg_nowhere"}]}, RuntimeError),
        ({**TASK, "field_mapping": [{"sg_field": "content"}]}, RuntimeError),
        ({**TASK, "field_mapping": [{**PAIR, "jira_field": "nowhere"}]}, RuntimeError),
        ({**TASK, "field_mapping": [{**PAIR, "jira_field": "assignee"}]}, ValueError),
        (
            {**TASK, "field_mapping": [{"sg_field": "tags", "jira_field": "Assignee"}]},
            ValueError,
        ),
        ({**TASK, "status_mapping": {"mapping": {"wtg": "To Do"}}}, RuntimeError),
        ({**TASK, "status_mapping": {"sg_field": "sg_status_list"}}, RuntimeError),
    ],
)
def test_an_element_that_cannot_be_used(build: Build, element: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        build(element)
    assert type(caught.value) is error
    assert "SYNC.entities.settings.entity_mapping[0]" in str(caught.value)


@pytest.mark.parametrize(
    ("field_name", "data_type"), [("sg_jira_key", "number"), ("sg_sync_in_jira", "text")]
)
def test_a_needed_field_of_another_type(
    build: Build, fptr: ShotgunSite, field_name: str, data_type: str
) -> None:
    fptr.schema["Task"][field_name] = field(data_type)

    with pytest.raises(RuntimeError, match=field_name):
        build(TASK)


def test_a_key_field_that_is_not_unique(build: Build, fptr: ShotgunSite) -> None:
    fptr.schema["Note"]["sg_jira_key"] = field("text")

    with pytest.raises(RuntimeError, match="unique"):
        build(TASK, {"sg_entity": "Note"})


def test_a_jira_site_without_the_flag_is_told_first(build: Build, jira: GenericStore) -> None:
    jira.field_names = {k: v for k, v in jira.field_names.items() if v != "Sync In FPTR"}

    with pytest.raises(RuntimeError, match="Sync In FPTR"):
        build({**TASK, "field_mapping": [{**PAIR, "jira_field": "assignee"}]})


def test_the_first_rule_decides_the_error_and_the_message_lists_all(build: Build) -> None:
    element = {
        **TASK,
        "field_mapping": [
            {"sg_field": "tags", "jira_field": "assignee"},
            {"sg_field": "sg_descripton", "jira_field": "description"},
        ],
    }

    with pytest.raises(RuntimeError) as caught:
        build(element)
    text = str(caught.value)
    assert "field_mapping[1].sg_field" in text
    assert "did you mean 'sg_description'?" in text
    assert "field_mapping[0].sg_field" in text


@pytest.mark.parametrize("special", ["watches", "parent", "{{CHILDREN}}"])
def test_special_targets_need_no_field_of_the_site(
    build: Build, jira: GenericStore, special: str
) -> None:
    jira.field_names.pop(special, None)
    pairs = {"watches": "addressings_cc", "parent": "entity", "{{CHILDREN}}": "tags"}

    build({**TASK, "field_mapping": [PAIR, {"sg_field": pairs[special], "jira_field": special}]})


def test_unknown_keys_are_ignored(build: Build) -> None:
    build({**TASK, "colour": "red"})


def test_setup_may_run_again(build: Build) -> None:
    build({**TASK, "field_mapping": [{"sg_field": "sg_colour", "jira_field": "Colour"}]}).setup()


# The list of all problems


@pytest.fixture
def problems(make_bridge: Callable[..., Bridge]) -> Callable[..., list[str]]:
    """Everything wrong with these elements, as people read it."""
    bridge = make_bridge({})

    def check(*elements: Any, online: bool = True) -> list[str]:
        sites = Sites(bridge.shotgun, bridge.jira) if online else None
        return [str(problem) for problem in check_mapping(list(elements), "m", sites)]

    return check


@pytest.mark.parametrize("online", [True, False])
def test_a_good_mapping_has_no_problems(
    problems: Any, mapping: list[dict[str, Any]], online: bool
) -> None:
    assert problems(*mapping, online=online) == []


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ({"sg_field": "sg_urgent", "jira_field": RATING}, "checkbox .* number"),
        ({"sg_field": "due_date", "jira_field": "assignee"}, "assignee"),
        ({"sg_field": "sg_complexity", "jira_field": "labels"}, "number .* labels"),
        ({"sg_field": "content", "jira_field": "timetracking"}, "text .* timetracking"),
        ({"sg_field": "sg_link", "jira_field": COLOUR}, "url .* option"),
    ],
)
def test_a_pair_that_cannot_be_converted_is_refused_by_name(
    problems: Any, pair: Any, words: str
) -> None:
    (problem,) = problems({**TASK, "field_mapping": [pair]})
    assert pair["sg_field"] in problem
    assert pair["jira_field"] in problem or words == "assignee"
    assert re.search(words, problem)


def test_offline_standard_fields_are_judged_too(problems: Any) -> None:
    pair = {"sg_field": "due_date", "jira_field": "labels"}
    (problem,) = problems({**TASK, "field_mapping": [pair]}, online=False)
    assert "date" in problem
    assert "labels" in problem


@pytest.mark.parametrize(
    ("element", "suggestion"),
    [
        ({**TASK, "sync_direction": "sg_to_jra"}, "sg_to_jira"),
        ({**TASK, "field_maping": []}, "field_mapping"),
        ({**TASK, "field_mapping": [{**PAIR, "sync_direction": "both"}]}, "both_way"),
        (
            {
                "sg_entity": "TimeLog",
                "field_mapping": [{"sg_field": "date", "jira_field": "start"}],
            },
            "started",
        ),
        (
            {
                **TASK,
                "status_mapping": {
                    "sg_feld": "x",
                    "sg_field": "sg_status_list",
                    "mapping": {"ip": "Open"},
                },
            },
            "sg_field",
        ),
    ],
)
def test_typing_errors_are_recognised_offline(problems: Any, element: Any, suggestion: str) -> None:
    (problem,) = problems(element, online=False)
    assert f"did you mean {suggestion!r}?" in problem


def test_two_elements_for_one_type_are_a_problem(problems: Any) -> None:
    found = problems(TASK, TASK)
    assert [text.partition(":")[0] for text in found] == [
        "m[1].sg_entity",
        "m[1].jira_issue_type",
    ]


def test_a_status_code_that_fptr_lacks_is_a_problem(problems: Any) -> None:
    status = {"sg_field": "sg_status_list", "mapping": {"wgt": "To Do"}}
    (problem,) = problems({**TASK, "status_mapping": status})
    assert "did you mean 'wtg'?" in problem


@pytest.mark.parametrize(
    "setting", [None, "x", {}, [None], [[]], [{"sg_entity": "Task", "field_mapping": 7}]]
)
def test_a_setting_of_the_wrong_kind_is_a_problem_and_no_crash(
    setting: Any, make_bridge: Callable[..., Bridge]
) -> None:
    bridge = make_bridge({})
    for sites in (None, Sites(bridge.shotgun, bridge.jira)):
        assert check_mapping(setting, "m", sites)
