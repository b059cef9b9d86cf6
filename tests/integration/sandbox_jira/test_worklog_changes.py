"""Which worklogs of a site changed or were deleted since a time, and worklogs on pages."""

from __future__ import annotations

from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import JiraSite
from sg_jira.sandbox.jira.routes import worklogs

from .conftest import Clock, acting, log_in


def get(client: jira.JIRA, path: str, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client._get_json(path, params=params)
    return answer


def ids(page: dict[str, Any]) -> list[str]:
    return [str(value["worklogId"]) for value in page["values"]]


def test_changes_are_told_in_their_order_and_a_minute_late(
    site: JiraSite, client: jira.JIRA, task: str, clock: Clock
) -> None:
    first = acting(site).log_work(task, 60)
    second = acting(site).log_work(task, 60)
    acting(site).edit_worklog(task, first, seconds=120)

    assert ids(get(client, "worklog/updated")) == []
    clock.move(minutes=1)
    page = get(client, "worklog/updated")
    assert ids(page) == [second, first]
    assert page["lastPage"] is True
    assert ids(get(client, "worklog/updated", since=page["until"])) == [first]
    assert ids(get(client, "worklog/updated", since=page["until"] + 1)) == []


def test_deletions_are_told_those_with_their_issue_too(
    site: JiraSite, client: jira.JIRA, task: str, clock: Clock
) -> None:
    first = acting(site).log_work(task, 60)
    second = acting(site).log_work(task, 60)
    acting(site).delete_worklog(task, first)
    acting(site).delete_issue(task)
    clock.move(minutes=1)

    assert ids(get(client, "worklog/deleted")) == [first, second]
    assert ids(get(client, "worklog/updated")) == []


def test_changes_come_on_pages(
    site: JiraSite, client: jira.JIRA, task: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklogs, "_MOST", 2)
    logged = [acting(site).log_work(task, 60) for _ in range(5)]
    clock.move(minutes=1)

    seen: list[str] = []
    page = get(client, "worklog/updated")
    while True:
        assert len(page["values"]) <= 2
        seen += ids(page)
        if page["lastPage"]:
            break
        page = client._session.get(page["nextPage"]).json()
    assert seen == logged


def test_worklogs_are_read_by_id(site: JiraSite, client: jira.JIRA, task: str) -> None:
    logged = [acting(site).log_work(task, seconds) for seconds in (60, 120, 180)]
    url = f"{site.url}/rest/api/2/worklog/list"
    found = client._session.post(url, json={"ids": [int(logged[2]), int(logged[0]), 1]}).json()

    assert {one["id"]: one["timeSpentSeconds"] for one in found} == {logged[0]: 60, logged[2]: 180}
    assert found[0]["issueId"] == site.issue(task)["id"]
    with pytest.raises(jira.JIRAError, match="'ids' must be a list"):
        client._session.post(url, json={"ids": 1})


def test_worklogs_and_comments_of_an_issue_come_on_pages(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    logged = [acting(site).log_work(task, 60) for _ in range(3)]
    said = [acting(site).comment(task, "A") for _ in range(3)]
    page = {"startAt": 1, "maxResults": 1}

    work = get(client, f"issue/{task}/worklog", **page)
    assert ([one["id"] for one in work["worklogs"]], work["total"]) == ([logged[1]], 3)
    talk = get(client, f"issue/{task}/comment", orderBy="-created", **page)
    assert ([one["id"] for one in talk["comments"]], talk["total"]) == ([said[1]], 3)


def test_cloud_finds_worklogs_by_when_they_began(cloud: JiraSite, clock: Clock) -> None:
    client = log_in(cloud)
    key = acting(cloud).create_issue("ABC", "Task", summary="A")
    starts = []
    for _ in range(3):
        starts.append(int(clock().timestamp() * 1000))
        acting(cloud).log_work(key, 60, started=clock.now)
        clock.move(hours=1)
    found = get(client, f"issue/{key}/worklog", startedAfter=starts[1], startedBefore=starts[2])

    assert found["total"] == 1
    client.close()


def test_cloud_reads_entries_of_the_change_log_by_id(cloud: JiraSite) -> None:
    client = log_in(cloud)
    key = acting(cloud).create_issue("ABC", "Task", summary="A")
    for name in ("B", "C", "D"):
        acting(cloud).edit(key, summary=name)
    every = get(client, f"issue/{key}/changelog")["values"]
    wanted = [int(every[0]["id"]), int(every[2]["id"])]
    url = f"{cloud.url}/rest/api/3/issue/{key}/changelog/list"
    found = client._session.post(url, json={"changelogIds": wanted}).json()["values"]

    assert found == [every[0], every[2]]
    client.close()
