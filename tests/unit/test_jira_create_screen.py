"""The create screen is read on every flavour of Jira, and data is fitted to it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from jira.exceptions import JIRAError
from jira.resources import IssueType

from sg_jira.jira_create_screen import check_required, fit, read_screen

TASK = IssueType({}, None, {"self": "https://jira.test/issuetype/10", "id": "10", "name": "Task"})
EPIC = {"id": "9", "name": "Epic"}
SUMMARY = {"name": "Summary", "required": True, "schema": {"type": "string"}}


class StudioClient:
    """A session over a studio's client that offers just what it is given."""

    _is_jira_cloud = True

    def __init__(self, **calls: Any) -> None:
        self.asked: list[tuple[Any, ...]] = []
        for name, answer in calls.items():
            setattr(self, name, self._call(name, answer))

    def _call(self, name: str, answer: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.asked.append((name, *args, kwargs.get("startAt", 0)))
            found = answer(kwargs.get("startAt", 0)) if callable(answer) else answer
            if isinstance(found, Exception):
                raise found
            return found

        return call


def paged(entries: list[Any], page: int = 2, key: str = "values") -> Any:
    def read(start: int) -> dict[str, Any]:
        return {key: entries[start : start + page], "total": len(entries)}

    return read


def in_one(**fields: Any) -> dict[str, Any]:
    return {"projects": [{"key": "P", "issuetypes": [{"id": "10", "fields": fields}]}]}


TYPES = [EPIC, {"id": "8", "name": "Bug"}, {"id": "10", "name": "Task"}]
FIELDS = [{"fieldId": f"customfield_{number}", "name": str(number)} for number in range(5)]


def test_the_one_call_endpoint_gives_the_screen() -> None:
    session = StudioClient(createmeta=in_one(summary=SUMMARY))

    assert read_screen(session, "P", TASK) == {"summary": SUMMARY}


@pytest.mark.parametrize("answer", [{}, None, {"projects": []}, {"projects": [{"issuetypes": []}]}])
def test_an_empty_answer_is_a_runtime_error_that_names_project_and_type(answer: Any) -> None:
    with pytest.raises(RuntimeError, match="creating a Task issue in the project P"):
        read_screen(StudioClient(createmeta=answer), "P", TASK)


@pytest.mark.parametrize("status", [404, 410, None])
@pytest.mark.parametrize("key", ["values", "both"])
def test_where_that_endpoint_is_gone_all_pages_of_the_right_type_are_read(
    status: int | None, key: str
) -> None:
    session = StudioClient(
        createmeta=JIRAError("gone", status_code=status),
        createmeta_issuetypes=paged(TYPES, key="issueTypes" if key == "both" else key),
        createmeta_fieldtypes=paged(FIELDS, key="fields" if key == "both" else key),
    )

    assert list(read_screen(session, "P", TASK)) == [field["fieldId"] for field in FIELDS]
    assert ("createmeta_fieldtypes", "P", "10", 4) in session.asked


def test_server_9_is_asked_for_the_pages_only() -> None:
    session: Any = StudioClient(
        createmeta_issuetypes=paged(TYPES), createmeta_fieldtypes=paged(FIELDS)
    )
    session._is_jira_cloud = False
    session._version = (9, 4, 0)

    assert len(read_screen(session, "P", TASK)) == 5


def test_a_type_that_is_not_offered_is_a_runtime_error() -> None:
    session = StudioClient(
        createmeta=JIRAError(status_code=404), createmeta_issuetypes=paged([EPIC])
    )

    with pytest.raises(RuntimeError, match="has this issue type"):
        read_screen(session, "P", TASK)


def test_a_client_without_the_pages_has_no_screen() -> None:
    with pytest.raises(RuntimeError, match="Task"):
        read_screen(StudioClient(createmeta=JIRAError(status_code=404)), "P", TASK)


def test_a_client_that_cannot_page_does_no_harm() -> None:
    session = StudioClient(
        createmeta=JIRAError(status_code=404),
        createmeta_issuetypes={"values": TYPES, "total": 99},
        createmeta_fieldtypes={"values": FIELDS},
    )

    assert len(read_screen(session, "P", TASK)) == 5
    assert len(session.asked) <= 5


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_what_to_check(status: int) -> None:
    session = StudioClient(createmeta=JIRAError("<html>" + "x" * 999, status_code=status))

    with pytest.raises(RuntimeError, match="Check the credentials") as raised:
        read_screen(session, "P", TASK)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_stays_what_it_is(status: int) -> None:
    with pytest.raises(JIRAError):
        read_screen(StudioClient(createmeta=JIRAError(status_code=status)), "P", TASK)
    with pytest.raises(JIRAError):
        read_screen(
            StudioClient(
                createmeta=JIRAError(status_code=404),
                createmeta_issuetypes=JIRAError(status_code=status),
            ),
            "P",
            TASK,
        )


def test_missing_required_fields_are_named_as_people_see_them() -> None:
    screen = {
        "summary": SUMMARY,
        "customfield_1": {"name": "Team", "required": True, "hasDefaultValue": False},
        "priority": {"name": "Priority", "required": True, "hasDefaultValue": True},
        "labels": {"name": "Labels", "required": False},
    }

    with pytest.raises(ValueError, match="missing") as raised:
        check_required(screen, {}, "Task")

    assert str(raised.value) == (
        "Unable to create Jira Task Issue. The following required data is missing: "
        "['Summary', 'Team']"
    )
    check_required(screen, {"summary": "", "customfield_1": None}, "Task")


def test_fields_that_the_screen_lacks_are_left_out_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "sg_jira.jira_session"):
        assert fit({"summary": SUMMARY}, {"summary": "x", "labels": []}, "Task") == {"summary": "x"}

    assert "labels" in caplog.text


def test_an_empty_required_field_is_left_to_jiras_default() -> None:
    screen = {"priority": {"name": "Priority", "required": True, "hasDefaultValue": True}}

    assert fit(screen, {"priority": None}, "Task") == {}


def test_an_empty_required_field_without_default_is_refused_by_its_id() -> None:
    screen = {"summary": SUMMARY, "customfield_1": {"name": "Team", "required": True}}

    with pytest.raises(ValueError, match=r"\['customfield_1'\]"):
        fit(screen, {"summary": "x", "customfield_1": ""}, "Task")


def test_a_zero_fills_a_required_field() -> None:
    screen = {"customfield_1": {"name": "Points", "required": True}}

    assert fit(screen, {"customfield_1": 0}, "Task") == {"customfield_1": 0}
