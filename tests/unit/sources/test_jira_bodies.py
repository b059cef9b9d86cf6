"""What an Issue tells of its changes, in the form of Jira's webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from sg_jira.sources.jira_bodies import bodies_of, is_changelog_cut, is_cut
from sg_jira.sources.jira_search import changed_since

SINCE = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MIRA, BRIDGE = {"accountId": "mira"}, {"accountId": "bridge"}


def at(minutes: int) -> str:
    moment = SINCE + timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def remark(number: int, created: int, updated: int, **values: Any) -> dict[str, Any]:
    people = {"author": MIRA, "updateAuthor": MIRA}
    return {"id": str(number), "created": at(created), "updated": at(updated), **people, **values}


def history(number: int, created: int, author: dict[str, str] = MIRA) -> dict[str, Any]:
    items = [{"field": "summary", "fieldId": "summary", "toString": "x"}]
    return {"id": str(number), "created": at(created), "author": author, "items": items}


def issue(created: int = -60, **parts: Any) -> dict[str, Any]:
    return {
        "id": "10",
        "key": "LAN-1",
        "expand": "changelog",
        "fields": {
            "summary": "x",
            "created": at(created),
            "creator": MIRA,
            "comment": {"comments": parts.get("comments", []), "total": parts.get("total", 0)},
            "worklog": {"worklogs": parts.get("worklogs", [])},
        },
        "changelog": {"histories": parts.get("histories", []), "total": parts.get("changes", 0)},
    }


def is_own(user: Mapping[str, Any]) -> bool:
    return user == BRIDGE


def names(told: dict[str, Any]) -> list[str]:
    return [body["webhookEvent"] for body in bodies_of(told, SINCE, is_own)]


def test_changes_are_told_oldest_first_and_old_ones_not_at_all() -> None:
    told = issue(histories=[history(3, 5), history(2, 1), history(1, -1)])

    assert [body["changelog"]["id"] for body in bodies_of(told, SINCE, is_own)] == ["2", "3"]


def test_a_new_issue_is_told_once_with_no_changes() -> None:
    (body,) = bodies_of(issue(created=1), SINCE, is_own)

    assert (body["webhookEvent"], body["changelog"]) == ("jira:issue_created", {"items": []})
    assert body["user"] == MIRA


def test_the_issue_is_told_without_its_remarks_and_changes() -> None:
    (body,) = bodies_of(issue(histories=[history(1, 1)]), SINCE, is_own)

    assert set(body["issue"]) == {"id", "key", "fields"}
    assert set(body["issue"]["fields"]) == {"summary", "created", "creator"}


@pytest.mark.parametrize(
    ("created", "updated", "told"),
    [
        (-9, -9, []),
        (-9, 1, ["comment_updated"]),
        (1, 1, ["comment_created"]),
        (1, 2, ["comment_created", "comment_updated"]),
    ],
)
def test_comments_are_told_as_new_edited_or_both(
    created: int, updated: int, told: list[str]
) -> None:
    assert names(issue(comments=[remark(7, created, updated)])) == told


def test_a_worklog_names_its_issue_by_id_alone() -> None:
    (body,) = bodies_of(issue(worklogs=[remark(8, 1, 1, issueId="10")]), SINCE, is_own)

    assert (body["webhookEvent"], "issue" in body) == ("worklog_created", False)


def test_what_the_bridge_has_changed_is_left_out() -> None:
    edited_by_bridge = remark(7, -9, 1, updateAuthor=BRIDGE)
    edited_by_people = remark(8, -9, 1, author=BRIDGE)

    assert names(issue(histories=[history(1, 1, BRIDGE)])) == []
    assert names(issue(comments=[edited_by_bridge, edited_by_people])) == ["comment_updated"]


def test_a_search_that_leaves_changes_out_is_noticed() -> None:
    assert is_changelog_cut(issue(histories=[history(9, 1)], changes=2), SINCE)
    assert not is_changelog_cut(issue(histories=[history(9, -1)], changes=2), SINCE)
    assert not is_changelog_cut(issue(histories=[history(9, 1)], changes=1), SINCE)
    assert is_cut(issue(comments=[remark(1, 1, 1)], total=2), "comment")
    assert not is_cut(issue(comments=[remark(1, 1, 1)], total=1), "comment")


def test_the_query_asks_for_whole_minutes_and_quotes_keys() -> None:
    assert changed_since(["B", "AND"], timedelta(seconds=181)) == (
        'project in ("AND", "B") AND updated >= "-4m" ORDER BY updated DESC'
    )
