"""Names in a Jira changelog, and what they mean for a list in FPTR."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from sg_jira.conversions.from_jira_change import JiraChange, convert

Entity = dict[str, Any]
HAIR: Entity = {"type": "Tag", "id": 1, "name": "Hair"}
DYNAMICS: Entity = {"type": "Tag", "id": 2, "name": "Dynamics"}
HAIR_DYNAMICS: Entity = {"type": "Tag", "id": 3, "name": "Hair Dynamics"}


class FPTR:
    """Knows the tags above; stands for the session, which these pure functions do not need."""

    def consolidate_entity(self, entity: Entity, fields: list[str] | None = None) -> Entity:
        return entity

    def match_entity_by_name(self, name: str, types: list[str], project: Entity) -> Entity | None:
        tags = (HAIR, DYNAMICS, HAIR_DYNAMICS)
        return next((tag for tag in tags if tag["name"].lower() == name.lower()), None)

    def add_valid_value(self, entity_type: str, field_name: str, value: str) -> str:
        raise AssertionError("no schema is changed by a list of entities")


def names_after(
    present: list[Entity], before: str | None, after: str | None, in_issue: Any, field: str
) -> list[str]:
    change = JiraChange(
        entity={"type": "Task", "id": 7, "tags": present},
        field="tags",
        schema={
            "data_type": {"value": "multi_entity"},
            "properties": {"valid_types": {"value": ["Tag"]}},
        },
        item={"field": field, "fromString": before, "toString": after},
        jira_value=in_issue,
        shotgun=FPTR(),
        status_mapping=dict,
        logger=logging.getLogger("test"),
    )
    return [entity["name"] for entity in convert(change)]


@pytest.mark.parametrize(
    ("present", "before", "after", "in_issue", "expected"),
    [
        pytest.param(
            [HAIR, HAIR_DYNAMICS], "Hair Dynamics", None, [], ["Hair"], id="last one of two words"
        ),
        pytest.param(
            [HAIR, DYNAMICS], "Hair,Dynamics", None, [], [], id="several at once, with commas"
        ),
        pytest.param(
            [HAIR],
            None,
            "Hair Dynamics",
            [{"name": "Hair"}, {"name": "Hair Dynamics"}],
            ["Hair", "Hair Dynamics"],
            id="one of two words comes",
        ),
        pytest.param(
            [HAIR, HAIR_DYNAMICS],
            "Hair Dynamics",
            None,
            [{"name": "Hair"}],
            ["Hair"],
            id="one of two words goes, another stays",
        ),
        pytest.param(
            [HAIR],
            "Hair",
            "Hair,Dynamics",
            [{"value": "Hair"}, {"value": "Dynamics"}],
            ["Hair", "Dynamics"],
            id="options",
        ),
    ],
)
def test_the_issues_own_list_tells_which_names_a_change_is_about(
    present: list[Entity], before: str | None, after: str | None, in_issue: Any, expected: list[str]
) -> None:
    assert names_after(present, before, after, in_issue, "Component") == expected


def test_labels_are_torn_at_blanks_and_never_mean_a_tag_with_a_blank() -> None:
    tags = [HAIR, DYNAMICS, HAIR_DYNAMICS]

    assert names_after(tags, "hair dynamics", "", [], "labels") == ["Hair Dynamics"]
