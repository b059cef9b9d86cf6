"""Issues are read once, and again only when they are looked at after a change."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import jira.client
import pytest
import requests_mock
from jira.exceptions import JIRAError
from jira.resources import Issue, PropertyHolder

from sg_jira import jira_issues
from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import (
    API,
    EVERYTHING,
    READ,
    SITE,
    asked,
    issue_json,
)


def test_an_update_is_one_call_until_a_field_is_looked_at(
    issue: Issue, wire: requests_mock.Mocker
) -> None:
    issue.update(fields={"summary": "new"})
    issue.update(fields={"summary": "new"})
    assert (issue.key, issue.id, issue.permalink()) == ("P-1", "10", f"{SITE}/browse/P-1")
    assert (str(issue), repr(issue)) == ("P-1", "<JIRA Issue: key='P-1', id='10'>")
    assert not hasattr(issue, "no_such")
    assert asked(wire) == ["PUT /issue/10"] * 2

    assert issue.fields.summary == "new"
    assert issue.get_field("summary") == issue.raw["fields"]["summary"] == "new"
    assert asked(wire) == ["PUT /issue/10"] * 2 + [READ]


def test_a_refused_update_leaves_the_issue_as_it_was(
    issue: Issue, wire: requests_mock.Mocker
) -> None:
    wire.put(f"{API}/issue/10", status_code=400)

    with pytest.raises(JIRAError):
        issue.update(fields={"summary": "new"})
    assert issue.fields.summary == "old"
    assert asked(wire) == ["PUT /issue/10"]


def test_an_issue_is_the_clients_issue_in_every_other_way(
    issue: Issue, session: JiraSession
) -> None:
    plain = Issue(session._options, session._session, issue_json())

    assert isinstance(issue, jira.resources.Issue)
    assert issue == plain
    assert plain == issue
    assert hash(issue) == hash(plain)
    assert session.issue(issue) is issue
    assert copy.copy(issue).fields.summary == "old"
    assert pickle.loads(pickle.dumps(issue.raw)) == issue.raw
    with pytest.raises(AttributeError):
        issue.get_field("customfield_9")
    with pytest.raises(AttributeError):
        issue.get_field("_private")


def test_parts_of_an_issue_become_the_clients_objects_when_they_are_looked_at(
    issue: Issue, session: JiraSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Issue(session._options, session._session, issue.raw)
    made: list[str] = []
    make = jira_issues.dict2resource
    monkeypatch.setattr(
        jira_issues, "dict2resource", lambda raw, *rest: made.extend(raw) or make(raw, *rest)
    )
    read = session.issue("P-1", expand="editmeta,transitions")
    assert (read.key, read.id, made) == ("P-1", "10", [])

    assert [read.fields.summary, read.fields.summary] == [plain.fields.summary] * 2
    assert type(read.editmeta) is type(plain.editmeta) is PropertyHolder
    assert [type(each) for each in read.transitions] == [type(each) for each in plain.transitions]
    assert made == ["fields", "editmeta", "transitions"]


def test_an_issue_read_without_fields_says_so(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    raw = issue_json()
    del raw["fields"]
    wire.get(f"{API}/issue/P-1", json=raw)

    with pytest.raises(AttributeError):
        _ = session.issue("P-1", fields="").fields


def test_edit_metadata_comes_with_the_issue_and_outlives_a_write(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    assert list(session.get_jira_issue_edit_meta(issue)) == ["summary"]
    issue.update(fields={"summary": "new"})
    assert list(session.get_jira_issue_edit_meta(issue)) == ["summary"]
    assert asked(wire) == ["PUT /issue/10"]


def test_edit_metadata_that_did_not_come_is_asked_for(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{API}/issue/P-1", json=issue_json())
    wire.get(f"{API}/issue/P-1/editmeta", json=EVERYTHING["editmeta"])

    assert list(session.get_jira_issue_edit_meta(session.issue("P-1"))) == ["summary"]


def test_replaced_calls_are_asked_although_the_issue_brought_the_answer(
    session: JiraSession, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = {"id": "99", "to": {"name": "Open"}, "fields": {}}
    moves: list[Any] = []
    monkeypatch.setattr(session, "editmeta", lambda issue: {"fields": {"patched": {}}})
    monkeypatch.setattr(session, "transitions", lambda issue, expand: [done])
    monkeypatch.setattr(session, "transition_issue", lambda *args, **kwargs: moves.append(args))

    assert list(session.get_jira_issue_edit_meta(issue)) == ["patched"]
    assert session.set_jira_issue_status(issue, "Open", "why")
    assert moves == [(issue, "99")]


def test_a_created_issue_is_read_when_it_is_looked_at_with_everything(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    wire.post(f"{API}/issue", json={"id": "10", "key": "P-1", "self": f"{API}/issue/10"})

    made = session.create_issue(fields={"project": {"key": "P"}, "issuetype": {"id": "1"}})
    assert (made.key, made.permalink()) == ("P-1", f"{SITE}/browse/P-1")
    assert asked(wire) == ["POST /issue"]

    assert list(session.get_jira_issue_edit_meta(made)) == ["summary"]
    assert made.fields.summary == "new"
    assert asked(wire) == ["POST /issue", READ]
