"""The call log names endpoints and callers; faults are answered as Jira would."""

from __future__ import annotations

import jira
import pytest
import requests

from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.jira import JiraSite

from .conftest import log_in


def test_calls_are_counted_by_endpoint_and_caller(site: JiraSite, task: str) -> None:
    client = log_in(site)
    site.controls.calls.clear()

    client.issue(task).update(fields={"summary": "B"})
    client.transitions(task)
    client.add_comment(task, "A")

    calls = site.controls.calls
    assert calls.by_endpoint() == {
        "GET issue/{key}": 2,
        "PUT issue/{key}": 1,
        "GET issue/{key}/transitions": 1,
        "POST issue/{key}/comment": 1,
    }
    caller = "bridge@studio.test" if site.flavour.is_cloud else "sync.bot"
    assert calls.by_caller() == {caller: 5}


def test_strangers_and_unknown_paths_are_counted_too(site: JiraSite) -> None:
    jira.JIRA(site.url, max_retries=0)

    with pytest.raises(jira.JIRAError):
        jira.JIRA(site.url, max_retries=0)._get_json("nothing")

    assert site.controls.calls.count("GET rest/api/2/nothing", "anonymous") == 1
    assert site.controls.calls.count("GET serverInfo", "anonymous") == 2


def test_rate_limit_is_answered_with_its_headers(site: JiraSite, task: str) -> None:
    client = log_in(site)
    headers = {"Retry-After": "7", "RateLimit-Reason": "jira-burst-based"}
    site.controls.faults.add(
        Fault(FaultKind.STATUS, "PUT issue/{key}", status=429, headers=headers, message="Slow down")
    )

    with pytest.raises(jira.JIRAError) as refused:
        client.issue(task).update(fields={"summary": "B"})

    assert refused.value.status_code == 429
    assert refused.value.text == "Slow down"
    assert refused.value.response.headers["RateLimit-Reason"] == "jira-burst-based"
    assert site.issue(task)["fields"]["summary"] == "Model the tree"


def test_lost_answer_leaves_the_issue_created(site: JiraSite) -> None:
    client = log_in(site)
    site.controls.faults.add(Fault(FaultKind.LOST_ANSWER, "POST issue"))

    with pytest.raises(requests.ConnectionError):
        client.create_issue(project={"key": "ABC"}, issuetype={"name": "Task"}, summary="A")

    assert len(site.issues("ABC")) == 1
