"""Settings of the sandbox that are changed by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from sg_jira.sandbox.knobs import Knobs
from sg_jira.sandbox.mishaps import Mishaps


@dataclass
class Group:
    chance: float = 0.0
    count: int = 1
    on: bool = False


@pytest.fixture
def group() -> Group:
    return Group()


@pytest.fixture
def knobs(group: Group) -> Knobs:
    knobs = Knobs()
    knobs.offer("group", group)
    return knobs


def test_values_are_changed_by_name_and_shown(knobs: Knobs, group: Group) -> None:
    knobs.turn({"group": {"chance": 1, "on": True}})

    assert (group.chance, group.on) == (1, True)
    assert knobs.show() == {"group": {"chance": 1, "count": 1, "on": True}}


def test_whoever_offers_settings_is_told_of_a_change() -> None:
    told: list[str] = []
    knobs = Knobs()
    for name in ("one", "other"):
        knobs.offer(name, Group(), lambda name=name: told.append(name))
    knobs.turn({"other": {"count": 2}})

    assert told == ["other"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "as a JSON object"),
        ([], "as a JSON object"),
        ({"grop": {}}, "no ['grop']"),
        ({"group": 1}, "Give group as a JSON object"),
        ({"group": {"chance": 1, "chanse": 1}}, "no ['chanse']"),
        ({"group": {"chance": "1"}}, "group.chance is a number"),
        ({"group": {"chance": -1}}, "group.chance is a number"),
        ({"group": {"chance": True}}, "group.chance is a number"),
        ({"group": {"count": 1.5}}, "group.count is a number"),
        ({"group": {"on": 1}}, "group.on is true or false"),
        ({"group": {"chance": 1, "on": None}}, "group.on is true or false"),
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(
    knobs: Knobs, group: Group, data: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        knobs.turn(data)

    assert group == Group()


def test_messages_go_out_once_and_at_once_unless_something_is_set() -> None:
    mishaps = Mishaps()

    assert {mishaps.delays() for _ in range(100)} == {(0.0,)}


def test_messages_have_the_same_fate_for_the_same_seed() -> None:
    fates = [
        [mishaps.delays() for _ in range(50)]
        for mishaps in (Mishaps(drop=0.3, repeat=0.3, reorder=0.3, seed=seed) for seed in (1, 1, 2))
    ]

    assert fates[0] == fates[1] != fates[2]
