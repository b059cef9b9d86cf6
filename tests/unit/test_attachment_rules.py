"""The settings of files that travel, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira import EntitiesGenericSyncer, TaskIssueSyncer
from sg_jira.file_transfer import TransferRules
from sg_jira.handlers.attachment_rules import (
    AttachmentRules,
    problems_of_links,
    read_attachment_rules,
)
from sg_jira.handlers.generic.mapping import Direction
from sg_jira.syncer_settings import check_given


@pytest.mark.parametrize("syncer_class", [TaskIssueSyncer, EntitiesGenericSyncer])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sync_attachments": "both"}, "both_way"),
        ({"sync_attachments": True}, "both_way"),
        ({"attachment_limit_mb": 0}, "greater than 0"),
        ({"attachment_limit_mb": "25"}, "number"),
        ({"attachment_hosts": "media.example"}, "list"),
        ({"attachment_hosts": ["https://media.example"]}, "without https://"),
        ({"attachment_hosts": ["*.amazonaws.com"]}, "without wildcards"),
        ({"attachment_hosts": ["media.example/x"]}, "names no host"),
    ],
)
def test_settings_that_make_no_sense_are_told(
    syncer_class: type, given: dict[str, Any], said: str
) -> None:
    (problem,) = check_given(syncer_class, given, "SYNC.default.settings")

    assert said in str(problem)
    assert problem.error is TypeError


def test_good_settings_are_read() -> None:
    given = {
        "sync_attachments": "jira_to_sg",
        "attachment_limit_mb": 1,
        "attachment_hosts": ["Media.example", "10.0.0.5:8080"],
    }

    assert list(check_given(TaskIssueSyncer, given, "x")) == []
    assert read_attachment_rules("jira_to_sg", 1, given["attachment_hosts"]) == AttachmentRules(
        Direction.JIRA_TO_SG,
        TransferRules(2**20, frozenset({"media.example", "10.0.0.5:8080"})),
    )
    assert read_attachment_rules(None, 25, None) is None


@pytest.mark.parametrize("hosts", [["*"], ["a b"], ["ann@media.example"], [""]])
def test_a_host_that_is_none_is_not_taken_from_a_studios_class_either(hosts: list[str]) -> None:
    with pytest.raises(ValueError, match="names no host"):
        read_attachment_rules("both_way", 25, hosts)


class Schema:
    """A site whose Attachments may be linked to Shots and Tasks."""

    def sg_field(self, entity_type: str, field: str) -> dict[str, Any]:
        assert (entity_type, field) == ("Attachment", "attachment_links")
        return {"properties": {"valid_types": {"value": ["Shot", "Task"]}}}


def told(direction: Any, *types: str) -> list[str]:
    sites: Any = Schema()
    return [str(one) for one in problems_of_links(direction, types, sites, "SYNC.default")]


def test_types_to_which_fptr_links_no_files_are_told() -> None:
    assert told("both_way", "Shot", "Task") == []
    assert told(None, "Asset") == []
    assert told("sg_to_jira", "Asset") == []
    (problem,) = told("jira_to_sg", "Shot", "Asset", "Ticket")
    assert "Asset, Ticket" in problem
    assert "attachment_links" in problem
