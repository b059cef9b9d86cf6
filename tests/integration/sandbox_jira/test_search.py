"""Searching by JQL, with each flavour's own pages."""

from __future__ import annotations

from collections.abc import Iterator

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraSite

from .conftest import Clock, acting, ann, log_in, running


@pytest.fixture(scope="module", params=list(Flavour), ids=lambda flavour: flavour.value)
def site(request: pytest.FixtureRequest) -> Iterator[JiraSite]:
    """ABC-1 to 4 made a day apart, from 2024-05-15 on, and XYZ-1."""
    clock = Clock()
    for site in running(request.param, clock):
        site.add_project("XYZ", "Last")
        site.add_field("Size", "float")
        make = acting(site).create_issue
        make("ABC", "Task", summary="Model the tree", labels=["wood", "set"], priority="High")
        clock.move(days=1)
        make("ABC", "Bug", summary="Tree falls over", assignee=ann(site), components=["Rig"])
        clock.move(days=1)
        make("ABC", "Task", summary="Paint", **{"Shotgun ID": "12", "Sync In FPTR": "True"})
        clock.move(days=1)
        make("ABC", "Sub-task", summary="Leaves", parent="ABC-1", Size=3, duedate="2024-06-01")
        make("XYZ", "Task", summary='A "quoted" tree house')
        acting(site).transition("ABC-3", "In Progress")
        yield site


@pytest.fixture(scope="module")
def client(site: JiraSite) -> jira.JIRA:
    return log_in(site)


def _number(site: JiraSite, name: str) -> int:
    return site.field(name).number


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = ABC", "ABC-1 ABC-2 ABC-3 ABC-4"),
        ("project in (ABC, 'XYZ') AND issuetype = Task", "ABC-1 ABC-3 XYZ-1"),
        ("project = Alphabet and type != Task", "ABC-2 ABC-4"),
        ("key = abc-2", "ABC-2"),
        ("key in (ABC-1, XYZ-1)", "ABC-1 XYZ-1"),
        ("issuekey not in (ABC-1, XYZ-1)", "ABC-2 ABC-3 ABC-4"),
        ("parent = ABC-1", "ABC-4"),
        ("parent IN ('ABC-1')", "ABC-4"),
        ("parent is empty and project = ABC", "ABC-1 ABC-2 ABC-3"),
        ("status = 'In Progress'", "ABC-3"),
        ("status in ('To Do') and not project = XYZ", "ABC-1 ABC-2 ABC-4"),
        ('created >= "2024-05-17 00:00"', "ABC-3 ABC-4 XYZ-1"),
        ('created < "2024/05/16"', "ABC-1"),
        ("created <= -2d and project = ABC", "ABC-1 ABC-2"),
        ('updated > "2024-05-18"', "ABC-3 ABC-4 XYZ-1"),
        ("summary ~ tree", "ABC-1 ABC-2 XYZ-1"),
        ('summary ~ "tree model"', "ABC-1"),
        ("summary ~ '\"model the\"'", "ABC-1"),
        ("summary ~ leav*", "ABC-4"),
        ("summary !~ tree and project = ABC", "ABC-3 ABC-4"),
        ('summary ~ "the \\"quoted\\" house" or summary ~ paint', "ABC-3"),
        ('"Shotgun ID" ~ "12"', "ABC-3"),
        ('"shotgun id" is not empty', "ABC-3"),
        ('"Sync In FPTR" = "True"', "ABC-3"),
        ("labels = wood", "ABC-1"),
        ("labels in (set, other)", "ABC-1"),
        ("labels is not null", "ABC-1"),
        ("labels != other", "ABC-1"),
        ("priority = High", "ABC-1"),
        ("component = Rig", "ABC-2"),
        ("Size >= 3", "ABC-4"),
        ("Size = 3", "ABC-4"),
        ("due < 2024-06-02", "ABC-4"),
        ("(key = ABC-1 or key = ABC-2) and labels = wood", "ABC-1"),
        ("key = ABC-1 or key = ABC-2 and labels = wood", "ABC-1"),
        ("assignee = ann@studio.test", "ABC-2"),
    ],
)  # fmt: skip
def test_query_finds(site: JiraSite, client: jira.JIRA, jql: str, keys: str) -> None:
    assert sorted(issue.key for issue in client.search_issues(jql)) == keys.split()


def test_custom_field_is_found_by_its_number(site: JiraSite, client: jira.JIRA) -> None:
    found = client.search_issues(f'cf[{_number(site, "Shotgun ID")}] ~ "12"')

    assert [issue.key for issue in found] == ["ABC-3"]


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("", ["ABC-4", "ABC-3", "ABC-2", "ABC-1"]),
        ("ORDER BY key", ["ABC-1", "ABC-2", "ABC-3", "ABC-4"]),
        ("order by created desc", ["ABC-4", "ABC-3", "ABC-2", "ABC-1"]),
        ("ORDER BY updated ASC", ["ABC-1", "ABC-2", "ABC-4", "ABC-3"]),
        ("ORDER BY issuetype, key DESC", ["ABC-2", "ABC-4", "ABC-3", "ABC-1"]),
        ("ORDER BY Size DESC, key", ["ABC-4", "ABC-1", "ABC-2", "ABC-3"]),
    ],
)
def test_results_are_ordered(client: jira.JIRA, order: str, keys: list[str]) -> None:
    found = client.search_issues(f"project = ABC {order}")

    assert [issue.key for issue in found] == keys


@pytest.mark.parametrize(
    ("jql", "reason"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("key = ABC-77", "An issue with key 'ABC-77' does not exist for field 'key'."),
        ("status = Nope", "does not exist for the field 'status'"),
        ("mood = good", "Field 'mood' does not exist"),
        ("'Shotgun ID' = 12", "operator '=' is not supported by the 'Shotgun ID' field"),
        ("project ~ ABC", "operator '~' is not supported"),
        ("created ~ 1", "operator '~' is not supported"),
        ("created >= yesterday", "Date value 'yesterday' for field 'created' is invalid"),
        ("project =", "at the end of the query"),
        ("project = ABC and", "at the end of the query"),
        ("(project = ABC", "at the end of the query"),
        ("project = ABC key", "near 'key'"),
        ("project ABC", "near 'ABC'"),
        ("= ABC", "near '='"),
        ("labels is good", "near 'good'"),
        ('summary ~ "tree', "near '\"'"),
        ("project in ABC", "near 'ABC'"),
        ("project = ABC order key", "near 'key'"),
    ],
)
def test_wrong_query_is_refused(client: jira.JIRA, jql: str, reason: str) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.search_issues(jql)

    assert refused.value.status_code == 400
    assert reason in refused.value.text


def test_all_pages_are_fetched(client: jira.JIRA) -> None:
    found = client.search_issues("project = ABC", maxResults=False)

    assert len(found) == 4


def test_posted_search_finds_the_same(client: jira.JIRA) -> None:
    found = client.search_issues("project = ABC", fields="summary", use_post=True)

    assert [set(issue.raw["fields"]) for issue in found] == [{"summary"}] * 4


def test_cloud_search_gives_ids_only_unless_fields_are_asked(cloud: JiraSite) -> None:
    key = acting(cloud).create_issue("ABC", "Task", summary="A")
    client = log_in(cloud)

    bare = client._get_json("search/jql", params={"jql": "project = ABC"})
    full = client._get_json("search/jql", params={"jql": "project = ABC", "fields": "summary"})

    assert bare == {"issues": [{"id": cloud.issue(key)["id"]}], "isLast": True}
    assert full["issues"][0]["fields"] == {"summary": "A"}


def test_cloud_search_turns_pages_by_token(cloud: JiraSite) -> None:
    for name in "ABC":
        acting(cloud).create_issue("ABC", "Task", summary=name)
    client = log_in(cloud)

    first = client.enhanced_search_issues("project = ABC", maxResults=2)
    second = client.enhanced_search_issues(
        "project = ABC", maxResults=2, nextPageToken=first.nextPageToken
    )

    assert [issue.key for issue in (*first, *second)] == ["ABC-3", "ABC-2", "ABC-1"]
    assert second.nextPageToken is None
    with pytest.raises(jira.JIRAError, match="token is invalid"):
        client.enhanced_search_issues("project = ABC", nextPageToken="!")


def test_cloud_counts_and_refuses_unbounded_queries(cloud: JiraSite) -> None:
    acting(cloud).create_issue("ABC", "Task", summary="A")
    client = log_in(cloud)

    assert client.approximate_issue_count("project = ABC") == 1
    with pytest.raises(jira.JIRAError, match="Unbounded"):
        client.search_issues("order by key")


def test_classic_search_is_gone_from_cloud(cloud: JiraSite) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        log_in(cloud)._get_json("search", params={"jql": "project = ABC"})

    assert refused.value.status_code == 410


def test_data_center_search_has_numbered_pages_and_no_tokens(datacenter: JiraSite) -> None:
    for name in "ABC":
        acting(datacenter).create_issue("ABC", "Task", summary=name)
    client = log_in(datacenter)

    page = client.search_issues("order by key", startAt=1, maxResults=1)

    assert [issue.key for issue in page] == ["ABC-2"]
    assert page.total == 3
    for path in ("search/jql", "search/approximate-count"):
        with pytest.raises(jira.JIRAError) as refused:
            client._get_json(path, params={"jql": "project = ABC"}, use_post=True)
        assert refused.value.status_code == 404


def test_page_size_that_is_no_number_is_refused(datacenter: JiraSite) -> None:
    with pytest.raises(jira.JIRAError, match="maxResults"):
        log_in(datacenter)._get_json("search", params={"maxResults": "x"})
