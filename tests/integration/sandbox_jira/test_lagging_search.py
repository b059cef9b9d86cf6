"""Search that knows of changes only after a while, and searches in a person's time zone."""

from __future__ import annotations

import jira
import pytest
import requests

from sg_jira.sandbox.jira import Flavour, JiraSite

from .conftest import Clock, acting, log_in


def keys(client: jira.JIRA, jql: str = "project = ABC order by key") -> list[str]:
    return [issue.key for issue in client.search_issues(jql)]


def test_new_issue_is_found_after_the_lag(site: JiraSite, client: jira.JIRA, clock: Clock) -> None:
    acting(site).create_issue("ABC", "Task", summary="Before")
    clock.move(minutes=5)
    site.search.lag = 60
    acting(site).create_issue("ABC", "Task", summary="After")

    assert keys(client) == ["ABC-1"]
    assert client.issue("ABC-2").fields.summary == "After"
    clock.move(seconds=60)
    assert keys(client) == ["ABC-1", "ABC-2"]


def test_change_is_found_and_shown_after_the_lag(
    site: JiraSite, client: jira.JIRA, task: str, clock: Clock
) -> None:
    site.search.lag = 60
    clock.move(minutes=5)
    before = clock().strftime("%Y-%m-%d %H:%M")
    acting(site).edit(task, summary="Paint the tree")

    assert keys(client, "summary ~ paint") == []
    assert keys(client, f'updated >= "{before}"') == []
    (found,) = client.search_issues("summary ~ model")
    assert found.fields.summary == "Model the tree"
    clock.move(minutes=1)
    assert keys(client, f'summary ~ paint and updated >= "{before}"') == [task]


def test_deleted_issue_is_found_until_the_lag_is_over(
    site: JiraSite, client: jira.JIRA, task: str, clock: Clock
) -> None:
    site.search.lag = 60
    clock.move(minutes=5)
    acting(site).delete_issue(task)

    assert keys(client) == [task]
    clock.move(minutes=1)
    assert keys(client) == []


def test_search_is_exact_again_without_lag(site: JiraSite, client: jira.JIRA, task: str) -> None:
    site.search.lag = 3600
    assert keys(client) == []
    site.search.lag = 0
    assert keys(client) == [task]


def test_issues_that_are_named_are_found_as_they_are(cloud: JiraSite, clock: Clock) -> None:
    client = log_in(cloud)
    cloud.search.lag = 60
    for _ in range(2):
        acting(cloud).create_issue("ABC", "Task", summary="A")
    body = {"jql": "project = ABC", "reconcileIssues": [int(cloud.issue("ABC-1")["id"])]}
    url = f"{cloud.url}/rest/api/3/search/jql"

    found = client._session.post(url, json=body).json()["issues"]
    assert [issue["id"] for issue in found] == [cloud.issue("ABC-1")["id"]]
    with pytest.raises(jira.JIRAError, match="At most 50"):
        client._session.post(url, json={**body, "reconcileIssues": list(range(51))})
    client.close()


@pytest.mark.parametrize("flavour", list(Flavour), ids=lambda flavour: flavour.value)
def test_times_are_in_the_zone_of_who_searches(flavour: Flavour, clock: Clock) -> None:
    site = JiraSite(flavour, clock=clock, threads=2)
    site.add_project("ABC", "Alphabet")
    accounts = {
        zone: site.add_person(zone, f"{number}@studio.test", time_zone=zone)
        for number, zone in enumerate(("Etc/UTC", "Asia/Tokyo", "America/Los_Angeles"))
    }
    site.start()
    site.acting_as(accounts["Etc/UTC"]).create_issue("ABC", "Task", summary="At noon UTC")
    found = {}
    for zone, account in accounts.items():
        known = site.credentials(account)
        client = jira.JIRA(site.url, basic_auth=(known.user, known.secret), max_retries=0)
        assert client.myself()["timeZone"] == zone
        found[zone] = keys(client, 'created >= "2024-05-15 20:00" and created < "2024-05-15 22:00"')
        client.close()
    site.stop()

    assert found == {"Etc/UTC": [], "Asia/Tokyo": ["ABC-1"], "America/Los_Angeles": []}


def test_lag_is_set_over_http(site: JiraSite) -> None:
    requests.put(f"{site.url}/_sandbox/settings", json={"search": {"lag": 2.5}}).raise_for_status()

    assert site.search.lag == 2.5


def test_unknown_time_zone_is_refused(site: JiraSite) -> None:
    with pytest.raises(ValueError, match="no time zone 'Mars/Base'"):
        site.add_person("Zoe", "zoe@studio.test", time_zone="Mars/Base")
