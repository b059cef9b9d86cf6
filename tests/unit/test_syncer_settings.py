"""What is wrong with a syncer's settings is told before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from sg_jira import EntitiesGenericSyncer, Syncer, TaskIssueSyncer
from sg_jira.declared_settings import DeclaredSetting, declared_in
from sg_jira.handlers.generic.mapping import Element, Pair, StatusMapping
from sg_jira.handlers.generic.mapping_check import check_mapping
from sg_jira.handlers.generic.problems import Problem
from sg_jira.syncer_settings import check_given, refuse_mistyped, settings_of

DOCS = Path(__file__).parents[2] / "docs"
OWN = (TaskIssueSyncer, EntitiesGenericSyncer)


class StudioSyncer(TaskIssueSyncer):
    """A studio's, with a setting of its own, that hands the rest on."""

    def __init__(self, crowd: Annotated[bool, "sync crowds"] = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class PlainStudioSyncer(TaskIssueSyncer):
    """A studio's that takes the same settings as the bridge's."""


class StrictStudioSyncer(Syncer):
    """A studio's that takes what it names and nothing else."""

    def __init__(self, name: str, bridge: Any, hook_class: Any, show, crowd: Missing = 1):  # type: ignore[no-untyped-def,name-defined]  # noqa: F821
        super().__init__(name, bridge, hook_class)


class DerivedStudioSyncer(StrictStudioSyncer):
    """A studio's that gives its base what that needs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(show="bunny", **kwargs)


def problems(syncer_class: type, given: Mapping[Any, Any]) -> list[Problem]:
    return list(check_given(syncer_class, given, "SYNC.a.settings"))


def test_an_unknown_setting_of_our_own_is_told_with_what_was_meant() -> None:
    (problem,) = problems(TaskIssueSyncer, {"issue_typ": "Story"})

    assert str(problem) == (
        "SYNC.a.settings.issue_typ: TaskIssueSyncer has no such setting, it is ignored; "
        "did you mean 'issue_type'?"
    )
    assert problem.severity == "warning"
    assert problem.error is None  # as always, it does no harm by itself


def test_a_mistyped_setting_of_our_own_is_refused_without_its_value() -> None:
    with pytest.raises(TypeError) as refused:
        refuse_mistyped(TaskIssueSyncer, {"issue_type": ["hush"]}, "SYNC.a.settings")

    assert str(refused.value) == (
        "SYNC.a.settings.issue_type: input should be a valid string, not list "
        "(name of the Jira issue type that Tasks become)"
    )


@pytest.mark.parametrize(
    ("annotation", "value", "why"),
    [
        (bool, "no", "input should be a valid boolean, not str"),
        (bool | None, 1, "input should be a valid boolean, not int"),
        (list[int], [1, "x"], "input should be a valid integer, not str inside the list"),
        (Literal["a", "b"], "c", "input should be 'a' or 'b'"),
        (Literal["a", "b"], True, "input should be 'a' or 'b', not bool"),
        (Annotated[float, Field(gt=0)], -1.0, "input should be greater than 0"),
        (list[int], (1,), "input should be a valid list, not tuple"),
    ],
)
def test_a_value_of_another_type_is_told_in_words(annotation: Any, value: Any, why: str) -> None:
    assert DeclaredSetting("x", annotation).why_not(value) == why


@pytest.mark.parametrize("value", [True, None])
def test_a_value_of_the_type_and_the_default_are_good(value: Any) -> None:
    assert DeclaredSetting("x", bool, None).why_not(value) is None


@pytest.mark.parametrize("name", ["name", "bridge", "hook_class"])
def test_what_the_bridge_gives_itself_cannot_be_set(name: str) -> None:
    (problem,) = problems(TaskIssueSyncer, {name: "x"})

    assert problem.error is TypeError


def test_settings_that_a_studios_class_or_its_base_names_are_good() -> None:
    assert problems(StudioSyncer, {"crowd": True, "issue_type": "Story"}) == []


def test_what_a_studios_class_may_take_from_its_kwargs_is_only_warned_of() -> None:
    (problem,) = problems(StudioSyncer, {"crowds": True})

    assert problem.is_warning
    assert problem.suggestion == "crowd"


def test_a_type_that_a_studio_declares_is_only_warned_of() -> None:
    (problem,) = problems(StudioSyncer, {"crowd": "yes"})

    assert problem.is_warning
    refuse_mistyped(StudioSyncer, {"crowd": "yes", "issue_type": 5}, "SYNC.a.settings")


def test_a_studios_class_without_init_takes_what_its_base_takes() -> None:
    (problem,) = problems(PlainStudioSyncer, {"issue_typ": "Story"})

    assert problem.suggestion == "issue_type"
    assert problems(PlainStudioSyncer, {"issue_type": "Story"}) == []


def test_a_class_that_takes_no_other_names_refuses_them() -> None:
    found = problems(StrictStudioSyncer, {"shows": "bunny", "crowd": "any"})

    assert [(one.path.rpartition(".")[2], one.error) for one in found] == [
        ("shows", TypeError),
        ("show", TypeError),
    ]


def test_what_a_subclass_may_give_its_base_is_not_missed() -> None:
    assert problems(DerivedStudioSyncer, {"crowd": 2}) == []
    assert problems(DerivedStudioSyncer, {"crow": 2})[0].error is TypeError


def test_a_mistyped_key_of_an_element_makes_it_unusable() -> None:
    element = {
        "sg_entity": "Asset",
        "jira_issue_type": 5,
        "field_mapping": [{"sg_field": "code", "jira_field": "summary"}],
    }

    (problem,) = check_mapping([element], "MAPPING", None)

    assert problem.path == "MAPPING[0].jira_issue_type"
    assert problem.error is RuntimeError


@pytest.mark.parametrize(
    "setting",
    [setting for each in OWN for setting in settings_of(each).declared.values()],
    ids=lambda setting: setting.name,
)
def test_every_setting_is_in_the_docs_with_its_default(setting: DeclaredSetting) -> None:
    default = "none" if setting.default is None else f"`{setting.default!r}`".replace("'", '"')
    row = f"| `{setting.name}` | {default} | {setting.doc}"

    assert setting.doc
    assert row in (DOCS / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("keys", [Element, Pair, StatusMapping])
def test_every_key_of_the_mapping_is_in_the_docs(keys: type) -> None:
    page = (DOCS / "entity_mapping.md").read_text(encoding="utf-8")
    for name, setting in declared_in(keys).items():
        assert setting.doc
        assert f"`{name}`" in page
