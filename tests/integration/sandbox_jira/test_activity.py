"""Comments, worklogs, watchers, links and properties."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraSite

from .conftest import Clock, acting, ann, log_in, reasons, running


@pytest.fixture(scope="module", params=list(Flavour), ids=lambda flavour: flavour.value)
def site(request: pytest.FixtureRequest) -> Iterator[JiraSite]:
    yield from running(request.param, Clock())


@pytest.fixture(scope="module")
def client(site: JiraSite) -> jira.JIRA:
    return log_in(site)


def test_comment_is_added_by_the_caller(client: jira.JIRA, task: str) -> None:
    added = client.add_comment(task, "Hello", visibility={"type": "role", "value": "Users"})

    kept = client.comment(task, added.id)
    assert kept.body == "Hello"
    assert kept.author.displayName == kept.updateAuthor.displayName == "The Bridge"
    assert kept.visibility.value == "Users"


def test_comment_is_changed_and_keeps_its_author(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    id = acting(site).comment(task, "Hello")

    comment = client.comment(task, id)
    comment.update(body="Bye")

    assert comment.body == "Bye"
    assert comment.author.displayName == "Ann Lee"
    assert comment.updateAuthor.displayName == "The Bridge"
    assert comment.updated > comment.created


def test_deleted_comment_is_404(client: jira.JIRA, task: str) -> None:
    comment = client.add_comment(task, "Hello")
    comment.delete()

    with pytest.raises(jira.JIRAError, match="Can not find a comment") as refused:
        client.comment(task, comment.id)
    assert refused.value.status_code == 404


def test_an_answer_names_the_comment_it_answers_on_cloud(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    first = acting(site).comment(task, "Hello?")
    second = acting(site).comment(task, "Hello!", answers=first)

    answered = client.comment(task, second).raw.get("parentId")
    assert answered == (int(first) if site.flavour.is_cloud else None)
    assert "parentId" not in client.comment(task, first).raw


@pytest.mark.parametrize(("body", "reason"), [("", "can not be empty"), ("x" * 32768, "32,767")])
def test_wrong_comment_is_refused(client: jira.JIRA, task: str, body: str, reason: str) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.add_comment(task, body)

    assert refused.value.status_code == 400
    assert reason in reasons(refused.value)["comment"]


def test_comments_come_in_order_and_pages(client: jira.JIRA, task: str) -> None:
    for text in "abc":
        client.add_comment(task, text)

    assert [c.body for c in client.comments(task)] == ["a", "b", "c"]
    assert [c.body for c in client.comments(task, order_by="-created")] == ["c", "b", "a"]
    assert [c.body for c in client.comments(task, start_at=1, max_results=1)] == ["b"]


def test_page_that_is_no_number_is_refused(client: jira.JIRA, task: str) -> None:
    with pytest.raises(jira.JIRAError, match="startAt"):
        client._get_json(f"issue/{task}/comment", params={"startAt": "x"})


def test_comment_moves_the_issues_time_of_change(client: jira.JIRA, task: str) -> None:
    before = client.issue(task).fields.updated
    client.add_comment(task, "Hello")

    assert client.issue(task).fields.updated > before


def test_worklog_keeps_time_start_comment_and_the_caller(client: jira.JIRA, task: str) -> None:
    started = datetime(2024, 2, 3, 10, 30)

    added = client.add_worklog(
        task, timeSpentSeconds=5400, started=started, comment="Modelling", user="ann"
    )

    kept = client.worklog(task, added.id)
    assert (kept.timeSpentSeconds, kept.timeSpent) == (5400, "1h 30m")
    assert kept.started == "2024-02-03T10:30:00.000+0000"
    assert kept.comment == "Modelling"
    assert kept.author.displayName == "The Bridge"
    assert client.issue(task).fields.timetracking.timeSpent == "1h 30m"
    assert client.issue(task).fields.timespent == 5400


def test_worklog_without_comment_shows_none(client: jira.JIRA, task: str) -> None:
    added = client.add_worklog(task, timeSpent="2h")

    assert "comment" not in added.raw


def test_worklog_is_changed(client: jira.JIRA, task: str) -> None:
    worklog = client.add_worklog(task, timeSpent="2h", comment="A")

    worklog.update(fields={"timeSpentSeconds": 3599, "comment": "B"})

    assert (worklog.timeSpentSeconds, worklog.comment) == (3540, "B")


def test_worklog_can_be_changed_from_python(site: JiraSite, task: str) -> None:
    moment = datetime(2024, 1, 1, 9, 0, tzinfo=timezone(timedelta(hours=1)))
    id = acting(site).log_work(task, 60, comment="A", started=moment)

    acting(site).edit_worklog(task, id, seconds=120)

    (worklog,) = site.worklogs(task)
    assert worklog["started"] == "2024-01-01T08:00:00.000+0000"
    assert (worklog["timeSpentSeconds"], worklog["comment"]) == (120, "A")


def test_deleted_worklog_is_404(client: jira.JIRA, task: str) -> None:
    worklog = client.add_worklog(task, timeSpent="2h")
    worklog.delete()

    with pytest.raises(jira.JIRAError) as refused:
        client.worklog(task, worklog.id)
    assert refused.value.status_code == 404


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "timeLogged"),
        ({"timeSpent": "soon"}, "timeLogged"),
        ({"timeSpentSeconds": "x"}, "timeLogged"),
        ({"timeSpentSeconds": 59}, "timeLogged"),
        ({"timeSpentSeconds": 60, "started": "2024-02-03"}, "started"),
        ({"timeSpentSeconds": 60, "started": "2024-02-33T00:00:00.000+0000"}, "started"),
    ],
)
def test_wrong_worklog_is_refused(
    site: JiraSite, client: jira.JIRA, task: str, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client._session.post(f"{site.url}/rest/api/2/issue/{task}/worklog", json=data)

    assert refused.value.status_code == 400
    assert field in reasons(refused.value)


def test_watcher_is_added_once_and_removed(site: JiraSite, client: jira.JIRA, task: str) -> None:
    client.add_watcher(task, "ann")
    client.add_watcher(task, "ann")

    watchers = client.watchers(task)
    assert [person.displayName for person in watchers.watchers] == ["Ann Lee"]
    assert client.issue(task).fields.watches.watchCount == watchers.watchCount == 1

    client.remove_watcher(task, "ann")
    client.remove_watcher(task, "ann")
    assert client.watchers(task).watchCount == 0


def test_caller_watches_when_nobody_is_named(site: JiraSite, client: jira.JIRA, task: str) -> None:
    client._session.post(f"{site.url}/rest/api/2/issue/{task}/watchers")

    assert client.watchers(task).isWatching


@pytest.mark.parametrize(("body", "status"), [('"nobody"', 404), ('{"name": "ann"}', 400)])
def test_wrong_watcher_is_refused(
    site: JiraSite, client: jira.JIRA, task: str, body: str, status: int
) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client._session.post(f"{site.url}/rest/api/2/issue/{task}/watchers", data=body)

    assert refused.value.status_code == status


def test_watcher_to_remove_is_named_in_the_flavours_own_form(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    wrong = "username" if site.flavour.is_cloud else "accountId"

    with pytest.raises(jira.JIRAError) as refused:
        client._session.delete(
            f"{site.url}/rest/api/2/issue/{task}/watchers", params={wrong: ann(site).handle}
        )

    assert refused.value.status_code == 400


def test_watching_from_python(site: JiraSite, task: str) -> None:
    acting(site).watch(task, ann(site))
    assert site.issue(task)["fields"]["watches"]["watchCount"] == 1

    acting(site).unwatch(task, ann(site))
    assert site.issue(task)["fields"]["watches"]["watchCount"] == 0


@pytest.fixture
def other(site: JiraSite) -> str:
    return acting(site).create_issue("ABC", "Bug", summary="Leaf falls")


def test_link_is_seen_from_both_ends(client: jira.JIRA, task: str, other: str) -> None:
    client.create_issue_link("blocks", task, other, comment={"body": "Linked"})

    (here,) = client.issue(task).fields.issuelinks
    (there,) = client.issue(other).fields.issuelinks
    assert (here.type.outward, here.outwardIssue.key) == ("blocks", other)
    assert (there.type.inward, there.inwardIssue.key) == ("is blocked by", task)
    assert client.comments(task)[0].body == "Linked"
    assert client.issue_link(here.id).outwardIssue.key == other


def test_link_is_not_made_twice(client: jira.JIRA, task: str, other: str) -> None:
    client.create_issue_link("Relates", task, other)
    client.create_issue_link("Relates", task, other)

    assert len(client.issue(task).fields.issuelinks) == 1


def test_link_is_deleted(client: jira.JIRA, task: str, other: str) -> None:
    client.create_issue_link("relates to", task, other)
    id = client.issue(task).fields.issuelinks[0].id

    client.delete_issue_link(id)

    assert client.issue(task).fields.issuelinks == []
    with pytest.raises(jira.JIRAError) as refused:
        client.issue_link(id)
    assert refused.value.status_code == 404


def test_link_of_unknown_type_is_404(client: jira.JIRA, task: str, other: str) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.create_issue_link("Envies", task, other)

    assert refused.value.status_code == 404


def test_links_from_python(site: JiraSite, task: str, other: str) -> None:
    id = acting(site).link("Blocks", task, other)
    assert site.issue(other)["fields"]["issuelinks"][0]["id"] == id

    acting(site).unlink(id)
    assert site.issue(other)["fields"]["issuelinks"] == []


def test_issue_property_is_kept_and_removed(client: jira.JIRA, task: str) -> None:
    client.add_issue_property(task, "sync", {"id": 5})
    client.add_issue_property(task, "sync", {"id": 6})

    (kept,) = client.issue_properties(task)
    assert kept.value.id == 6

    client._session.delete(client._get_url(f"issue/{task}/properties/sync"))
    with pytest.raises(jira.JIRAError) as refused:
        client.issue_property(task, "sync")
    assert refused.value.status_code == 404


def test_property_that_is_too_long_is_refused(client: jira.JIRA, task: str) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.add_issue_property(task, "sync", "x" * 40000)

    assert refused.value.status_code == 400


def test_deletions_from_python(site: JiraSite, task: str) -> None:
    ann_acts = acting(site)
    comment, worklog = ann_acts.comment(task, "A"), ann_acts.log_work(task, 60)
    ann_acts.edit_comment(task, comment, "B")

    ann_acts.delete_comment(task, comment)
    ann_acts.delete_worklog(task, worklog)
    assert site.comments(task) == site.worklogs(task) == []

    ann_acts.delete_issue(task)
    assert task not in [issue["key"] for issue in site.issues("ABC")]
