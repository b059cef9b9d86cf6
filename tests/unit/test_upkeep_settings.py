"""What the settings say of copied and deleted records, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.handlers.generic.mapping import read_mapping
from sg_jira.handlers.generic.mapping_check import check_mapping
from sg_jira.handlers.upkeep_settings import (
    LEFT_ALONE,
    OnRetirement,
    RetirementRule,
    problems_of_entry,
    read_rule,
)
from sg_jira.hook import JiraHook
from sg_jira.syncer import Syncer

ASSET = {
    "sg_entity": "Asset",
    "jira_issue_type": "Epic",
    "field_mapping": [{"sg_field": "code", "jira_field": "summary"}],
}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({}, LEFT_ALONE),
        ({"on_retirement": None, "retired_status": None}, LEFT_ALONE),
        ({"on_retirement": "close"}, RetirementRule(OnRetirement.CLOSE)),
        (
            {"on_retirement": "close", "retired_status": "Closed"},
            RetirementRule(OnRetirement.CLOSE, status="Closed"),
        ),
        (
            {"on_retirement": "label", "retired_label": "gone"},
            RetirementRule(OnRetirement.LABEL, label="gone"),
        ),
        ({"on_retirement": "delete_issue"}, RetirementRule(OnRetirement.DELETE_ISSUE)),
    ],
)
def test_a_rule_is_read_as_it_is_written(given: dict[str, Any], rule: RetirementRule) -> None:
    assert list(problems_of_entry(given, "SYNC.a.settings")) == []
    assert read_rule(given) == rule


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"on_duplicate": "new-issue"},
            "on_duplicate: 'new-issue' is none of report, new_issue; did you mean 'new_issue'?",
        ),
        (
            {"on_retirement": "delete"},
            "on_retirement: 'delete' is none of leave, close, label, delete_issue; "
            "did you mean 'delete_issue'?",
        ),
        ({"on_retirement": True}, "on_retirement: True is none of leave, close, label,"),
        ({"on_retirement": ["close"]}, "on_retirement: ['close'] is none of leave, close,"),
        ({"on_retirement": "label"}, "retired_label: the label is missing"),
        ({"on_retirement": "label", "retired_label": "is gone"}, "retired_label: 'is gone' is no"),
        ({"on_retirement": "label", "retired_label": "x" * 256}, "nor more than 255 characters"),
        ({"on_retirement": "label", "retired_label": ""}, "retired_label: a text is needed"),
        ({"on_retirement": "close", "retired_status": 5}, "retired_status: a text is needed"),
        ({"retired_status": "Closed"}, "retired_status: this is for on_retirement='close' only"),
        (
            {"on_retirement": "delete_issue", "retired_label": "gone"},
            "retired_label: this is for on_retirement='label' only",
        ),
    ],
)
def test_what_is_wrong_is_told_and_keeps_the_entry_from_being_used(
    given: dict[str, Any], told: str
) -> None:
    (problem,) = problems_of_entry(given, "SYNC.a.settings")

    assert told in str(problem)
    assert str(problem).startswith("SYNC.a.settings.")
    assert read_rule(given) == LEFT_ALONE
    with pytest.raises(ValueError, match=r"SYNC\.a\.settings") as refused:
        Syncer("a", None, JiraHook, **given)  # type: ignore[arg-type]
    assert str(refused.value) == str(problem)


def test_an_element_that_says_something_counts_instead_of_its_entry() -> None:
    ruled, plain = read_mapping(
        [{**ASSET, "on_retirement": "delete_issue"}, {**ASSET, "sg_entity": "Shot"}]
    ).rules

    assert ruled.retirement == RetirementRule(OnRetirement.DELETE_ISSUE)
    assert plain.retirement is None


@pytest.mark.parametrize(
    ("element", "told"),
    [
        (
            {**ASSET, "on_retirement": "delete"},
            "M[0].on_retirement: 'delete' is none of leave, close, label, delete_issue; "
            "did you mean 'delete_issue'?",
        ),
        ({**ASSET, "retired_label": "gone"}, "M[0].retired_label: this is for on_retirement="),
        (
            {"sg_entity": "Note", "on_retirement": "delete_issue"},
            "M[0].on_retirement: only what is an Issue in Jira has this; "
            "did you mean 'sync_deletion_direction'?",
        ),
    ],
)
def test_what_is_wrong_in_an_element_is_told(element: dict[str, Any], told: str) -> None:
    (problem,) = check_mapping([element], "M", None)

    assert told in str(problem)
