"""How calls to the sites are named and kept."""

from __future__ import annotations

import pytest

from sg_jira.site_calls import Pass, Site, jira_call, make_call, recording, shotgun_call


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "target", "writes"),
    [
        ("GET", "issue/CMT-1?expand=editmeta", "GET issue/{}", "CMT-1", False),
        ("PUT", "issue/10034", "PUT issue/{}", "10034", True),
        ("post", "issue", "POST issue", None, True),
        ("POST", "issue/CMT-1/comment", "POST issue/{}/comment", "CMT-1", True),
        ("PUT", "issue/CMT-1/comment/77", "PUT issue/{}/comment/{}", "CMT-1", True),
        (
            "GET",
            "issue/createmeta/CMT/issuetypes/3",
            "GET issue/createmeta/{}/issuetypes/{}",
            None,
            False,
        ),
        ("GET", "project/CMT", "GET project/{}", None, False),
        ("POST", "search/jql", "POST search/jql", None, False),
        ("DELETE", "issueLink/10400", "DELETE issueLink/{}", None, True),
        ("GET", "myself", "GET myself", None, False),
    ],
)
def test_calls_to_jira_are_named_without_ids(method, path, endpoint, target, writes):
    call = jira_call(method, f"https://studio.example/jira/rest/api/2/{path}")

    assert (call.endpoint, call.target, call.writes) == (endpoint, target, writes)


@pytest.mark.parametrize(
    ("method", "params", "endpoint", "target", "writes"),
    [
        ("read", {"type": "Task", "filters": {}}, "read Task", None, False),
        ("update", {"type": "Task", "id": 3, "fields": []}, "update Task", "Task:3", True),
        ("create", {"type": "Note"}, "create Note", None, True),
        ("info", None, "info", None, False),
        ("follow", {"followee": {"type": "Task", "id": 3}}, "follow", None, True),
        ("schema_field_create", {"type": "Task"}, "schema_field_create Task", None, True),
        ("schema_field_read", {"type": "Task"}, "schema_field_read Task", None, False),
        ("batch", [{"request_type": "create", "type": "Task"}], "batch Task", None, True),
    ],
)
def test_calls_to_fptr_are_named_by_method_and_type(method, params, endpoint, target, writes):
    call = shotgun_call(method, params)

    assert (call.endpoint, call.target, call.writes) == (endpoint, target, writes)


def test_a_pass_keeps_calls_writes_and_failures():
    update, read = shotgun_call("update", {"type": "Task", "id": 3}), shotgun_call("read", None)
    error = OSError("reset")
    seen = []

    def fail():
        raise error

    record = Pass(observe=lambda call, status: seen.append((call.endpoint, status)))
    with recording(record):
        assert make_call(update, lambda: "done") == "done"
        with pytest.raises(OSError, match="reset"):
            make_call(read, fail)

    assert record.calls == {(Site.SHOTGUN, "update Task"): 1, (Site.SHOTGUN, "read"): 1}
    assert (record.count(Site.SHOTGUN), record.count(Site.JIRA)) == (2, 0)
    assert record.written == [update]
    assert record.site_of(error) is Site.SHOTGUN
    assert record.site_of(OSError("reset")) is None
    assert seen == [("update Task", "200"), ("read", "OSError")]


def test_a_gate_can_prevent_a_call():
    def refuse(call):
        raise TimeoutError(call.endpoint)

    with recording(Pass(gate=refuse)) as record, pytest.raises(TimeoutError):
        make_call(shotgun_call("read", None), lambda: pytest.fail("was made"))

    assert not record.calls


def test_without_a_pass_calls_are_just_made():
    assert make_call(shotgun_call("read", None), lambda: 5) == 5
