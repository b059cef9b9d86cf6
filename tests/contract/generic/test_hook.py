"""The hook's values and texts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from jira import resources

import sg_jira
from sg_jira import Bridge, JiraHook
from sg_jira.errors import InvalidJiraValue, InvalidShotgunValue
from tests.contract.conftest import Person
from tests.contract.generic.jira_site import GenericStore
from tests.doubles.jira_double import OPTIONS
from tests.doubles.shotgun_double import Entity, ShotgunSite
from tests.doubles.shotgun_schema import field


@pytest.fixture
def hook(generic: Bridge) -> JiraHook:
    return generic.get_syncer("entities").hook


@pytest.fixture
def issue(generic: Bridge, synced_task: Entity, issue_key: str) -> Any:
    return generic.jira.issue(issue_key)


@pytest.fixture
def worklog() -> resources.Worklog:
    return resources.Worklog(OPTIONS, None, {"id": "1", "self": "x"})


def properties(kind: str = "string", **more: Any) -> dict[str, Any]:
    schema = {"type": kind, **{k: more.pop(k) for k in ("items", "custom") if k in more}}
    return {"required": False, "schema": schema, "name": "A field", "key": "x", **more}


def sg_field(data_type: str, **more: Any) -> dict[str, Any]:
    return {**field(data_type, **more), "name": {"value": "A Field", "editable": True}}


OPTION = {"self": "https://x/rest/api/2/customFieldOption/7", "id": "7", "value": "Dark Green"}


# FPTR -> Jira


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("timeSpentSeconds", 90, 5400),
        ("timeSpentSeconds", 0, 0),
        ("timeSpentSeconds", None, None),
        ("started", "2024-11-05", "2024-11-05T00:00:00.000+0000"),
        ("comment", "words", "words"),
    ],
)
def test_values_of_a_worklog(
    hook: JiraHook, worklog: resources.Worklog, name: str, value: Any, expected: Any
) -> None:
    assert hook.get_jira_value_from_sg_value(value, worklog, name, None) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("string", ""),
        ("timetracking", {"originalEstimate": "0 m"}),
        ("date", None),
        ("option", None),
        ("array", []),
    ],
)
@pytest.mark.parametrize("value", [None, "", []])
def test_an_empty_value(hook: JiraHook, issue: Any, kind: str, expected: Any, value: Any) -> None:
    field_id = "timetracking" if kind == "timetracking" else "x"
    found = hook.get_jira_value_from_sg_value(value, issue, field_id, properties(kind))
    assert found == expected


@pytest.mark.parametrize("value", [0, 2.5])
def test_a_zero_is_a_value(hook: JiraHook, issue: Any, value: Any) -> None:
    assert hook.get_jira_value_from_sg_value(value, issue, "x", properties("number")) == value


def test_a_summary_has_one_line(hook: JiraHook, issue: Any) -> None:
    found = hook.get_jira_value_from_sg_value("a\nb\r\nc", issue, "summary", properties())
    assert found == "abc"


def test_an_estimate_has_its_own_form(hook: JiraHook, issue: Any) -> None:
    found = hook.get_jira_value_from_sg_value(90, issue, "timetracking", properties("timetracking"))
    assert found == {"originalEstimate": "90 m"}


def test_a_person_is_the_jira_user_with_the_same_mail(
    hook: JiraHook, issue: Any, ann: Person
) -> None:
    found = hook.get_jira_value_from_sg_value(ann.fptr, issue, "assignee", properties("user"))
    assert found == ann.jira


@pytest.mark.parametrize("field_id", ["assignee", "reporter"])
def test_a_person_is_looked_for_where_the_issue_is(
    hook: JiraHook, issue: Any, ann: Person, jira: GenericStore, field_id: str
) -> None:
    hook.get_jira_value_from_sg_value(ann.fptr, issue, field_id, properties("user"))

    (search,) = jira.calls.of("search_assignable_users_for_issues")
    assert (search.kwargs["project"], search.kwargs["issueKey"]) == ("PROJ", issue.key)


def test_a_record_is_read_where_its_name_is_missing(
    hook: JiraHook, issue: Any, fptr: ShotgunSite
) -> None:
    tag = {"type": "Tag", "id": fptr.add("Tag", name="fur")["id"]}
    labels = properties("array", items="string")

    assert hook.get_jira_value_from_sg_value(tag, issue, "labels", labels) == ["fur"]


def test_an_element_of_a_list_stays_single(hook: JiraHook, issue: Any) -> None:
    labels = properties("array", items="string")

    assert hook.get_jira_value_from_sg_value("fur", issue, "labels", labels, True) == "fur"


def test_a_person_without_mail_is_nobody(hook: JiraHook, issue: Any, fptr: ShotgunSite) -> None:
    nobody = fptr.add("HumanUser", name="No Mail")
    found = hook.get_jira_value_from_sg_value(nobody, issue, "reporter", properties("user"))
    assert found is None


def test_a_label_has_no_blank(hook: JiraHook, issue: Any) -> None:
    labels = properties("array", items="string")
    assert hook.get_jira_value_from_sg_value("fur", issue, "labels", labels) == ["fur"]
    with pytest.raises(InvalidShotgunValue):
        hook.get_jira_value_from_sg_value("more fur", issue, "labels", labels)


def test_a_label_with_a_blank_does_not_cost_the_others(
    hook: JiraHook, issue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    labels = properties("array", items="string")
    found = hook.get_jira_value_from_sg_list(["fur", "more fur", "wet"], issue, "labels", labels)
    assert found == ["fur", "wet"]
    assert "'more fur' cannot be a Jira label" in caplog.text
    with pytest.raises(InvalidShotgunValue):
        hook.get_jira_value_from_sg_list(["more fur"], issue, "labels", labels)


def test_an_option_is_named_as_jira_spells_it(hook: JiraHook, issue: Any) -> None:
    options = properties("option", allowedValues=[OPTION])
    found = hook.get_jira_value_from_sg_value("dark green", issue, "x", options)
    assert found == {"value": "Dark Green"}
    assert hook.get_jira_value_from_sg_value("Blue", issue, "x", options) is None


def test_a_long_text_is_cut(hook: JiraHook, issue: Any) -> None:
    custom = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
    found = hook.get_jira_value_from_sg_value("x" * 300, issue, "x", properties(custom=custom))
    assert len(found) == 255
    assert found.endswith("... [see Shotgun].")


def test_an_empty_value_of_a_required_field_is_none_with_a_warning(
    hook: JiraHook, issue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    found = hook.get_jira_value_from_sg_value("", issue, "summary", properties(required=True))
    assert found is None
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_a_list_for_a_field_with_several_values(
    hook: JiraHook, issue: Any, fptr: ShotgunSite
) -> None:
    options = properties("array", items="option", allowedValues=[OPTION])
    tags = [fptr.add("Tag", name=name) for name in ("Dark Green", "Unknown")]

    found = hook.get_jira_value_from_sg_list(tags, issue, "x", options)
    assert found == [{"value": "Dark Green"}]


def test_a_list_for_a_field_with_one_value(hook: JiraHook, issue: Any, ann: Person) -> None:
    user = properties("user")
    assert hook.get_jira_value_from_sg_list([], issue, "assignee", user) is None
    found = hook.get_jira_value_from_sg_list([ann.fptr], issue, "assignee", user)
    assert found == ann.jira


def test_a_list_of_which_jira_takes_nothing_clears_no_single_value(
    hook: JiraHook, issue: Any
) -> None:
    one_of = properties("string", allowedValues=["Red"])
    assert hook.get_jira_value_from_sg_list(["Blue"], issue, "x", one_of) is None
    assert hook.get_jira_value_from_sg_list(["Blue", "Red"], issue, "x", one_of) == "Red"


def test_each_element_of_a_list_goes_through_the_studios_own_method(
    generic: Bridge, issue: Any
) -> None:
    class Shouting(JiraHook):
        def get_jira_value_from_sg_value(  # type: ignore[override]
            self, value: Any, entity: Any, name: Any, props: Any, no_array: bool = False
        ) -> Any:
            return str(value).upper()

    hook = Shouting(generic, generic.get_syncer("entities")._logger)
    found = hook.get_jira_value_from_sg_list(["a", "b"], issue, "labels", properties("array"))
    assert found == ["A", "B"]


@pytest.mark.parametrize(
    ("kind", "expected"), [("string", ""), ("timetracking", 0), ("date", None), ("array", None)]
)
def test_defaults(kind: str, expected: Any) -> None:
    assert JiraHook.get_jira_default_value(kind) == expected


# Jira -> FPTR


@pytest.mark.parametrize(
    ("data_type", "value", "expected"),
    [
        ("text", "words", "words"),
        ("text", None, ""),
        ("list", None, ""),
        ("date", "2024-11-05", "2024-11-05"),
        ("date", None, None),
        ("number", 3.0, 3),
        ("number", None, 0),
        ("duration", "90", 90),
        ("checkbox", None, False),
        ("checkbox", "x", True),
        ("entity", None, None),
        ("multi_entity", None, []),
    ],
)
def test_plain_values(
    hook: JiraHook, issue: Any, project: Entity, data_type: str, value: Any, expected: Any
) -> None:
    schema = sg_field(data_type, valid_types=("Tag",))
    assert hook.get_sg_value_from_jira_value(value, issue, project, schema) == expected


@pytest.mark.parametrize(
    ("data_type", "value"),
    [("date", "5.11.2024"), ("date", "2024-11-31"), ("number", "x"), ("number", 2.5)],
)
def test_a_value_that_does_not_fit_names_the_field_as_people_see_it(
    hook: JiraHook, issue: Any, project: Entity, data_type: str, value: Any
) -> None:
    with pytest.raises(InvalidJiraValue) as caught:
        hook.get_sg_value_from_jira_value(value, issue, project, sg_field(data_type))
    assert caught.value.field == "A Field"


def test_other_types_are_a_value_error(hook: JiraHook, issue: Any, project: Entity) -> None:
    with pytest.raises(ValueError, match="color"):
        hook.get_sg_value_from_jira_value("x", issue, project, sg_field("color"))


def test_an_option_arrives_as_its_text(hook: JiraHook, issue: Any, project: Entity) -> None:
    option = resources.CustomFieldOption(OPTIONS, None, OPTION)
    for data_type in ("text", "list"):
        found = hook.get_sg_value_from_jira_value(option, issue, project, sg_field(data_type))
        assert found == "Dark Green"


def test_names_become_records_and_unknown_ones_are_left_out(
    hook: JiraHook, issue: Any, project: Entity, fptr: ShotgunSite
) -> None:
    tag = fptr.add("Tag", name="fur")
    schema = sg_field("multi_entity", valid_types=("Tag",))
    found = hook.get_sg_value_from_jira_value(["fur", "wool"], issue, project, schema)
    assert [(one["type"], one["id"]) for one in found] == [("Tag", tag["id"])]


def test_a_field_with_one_link_takes_the_first_that_is_known(
    hook: JiraHook, issue: Any, project: Entity, fptr: ShotgunSite
) -> None:
    tags = [fptr.add("Tag", name=name) for name in ("wet", "fur")]
    schema = sg_field("entity", valid_types=("Tag",))

    found = hook.get_sg_value_from_jira_value(["wool", "wet", "fur"], issue, project, schema)
    assert found["id"] == tags[0]["id"]
    single = hook.get_sg_value_from_jira_value("fur", issue, project, schema)
    assert single["id"] == tags[1]["id"]


def test_users_become_people_and_not_records_of_their_name(
    hook: JiraHook, issue: Any, project: Entity, ann: Person
) -> None:
    user = resources.User(OPTIONS, None, ann.jira)
    schema = sg_field("multi_entity", valid_types=("HumanUser", "Group"))

    found = hook.get_sg_value_from_jira_value(user, issue, project, schema)
    assert [(one["type"], one["id"]) for one in found] == [("HumanUser", ann.fptr["id"])]


def test_values_of_a_worklog_come_back(
    hook: JiraHook, worklog: resources.Worklog, project: Entity
) -> None:
    def read(value: Any, data_type: str) -> Any:
        return hook.get_sg_value_from_jira_value(value, worklog, project, sg_field(data_type))

    assert read(5400, "duration") == 90
    assert read(119, "duration") == 1
    assert read("2024-11-05T09:30:00.000+0200", "date") == "2024-11-05"
    assert read(None, "date") is None


def test_a_jira_user_is_the_fptr_user_with_the_same_identity(
    hook: JiraHook, ann: Person, jira: GenericStore
) -> None:
    raw = {**ann.jira, "displayName": "Somebody else"}
    found = hook.get_sg_user_from_jira_user(resources.User(OPTIONS, None, raw))
    assert found is not None
    assert (found["type"], found["id"], found["name"]) == ("HumanUser", ann.fptr["id"], "Ann Lee")
    assert found["email"] == ann.email


@pytest.mark.parametrize("user", [None, SimpleNamespace(displayName="Ghost")])
def test_a_jira_user_who_shows_nothing_is_unknown(hook: JiraHook, user: Any) -> None:
    assert hook.get_sg_user_from_jira_user(user) is None


# Texts


def test_templates_are_as_studios_know_them() -> None:
    assert JiraHook.__module__ == "sg_jira.hook"
    assert sg_jira.JiraHook is JiraHook
    assert JiraHook.COMMENT_BODY_TEMPLATE == (
        "\n    {panel:title=%s}\n    _Note created from FPTR by %s_\n    %s\n    {panel}\n    "
    )
    assert JiraHook.WORKLOG_BODY_TEMPLATE == "\n    _Worklog created from FPTR by %s_\n    %s\n    "
    assert JiraHook.JIRA_WORKLOG_REGEX == r"_Worklog created from FPTR by ([\w\s]+)_\n(.*)"
    assert JiraHook.JIRA_COMMENT_REGEX == (
        r"{panel:bgColor=#[\w]{6}}\n\*(.*)\*\n\n"
        r"_Note created from FPTR by ([\w\s]+)_\n(.*)\n{panel}"
    )


@pytest.mark.parametrize("name", ["Ann Lee", "Jean-Luc O'Neil"])
@pytest.mark.parametrize("content", ["More fur", "a\n{b}\nc", ""])
def test_what_is_written_is_read_again(
    hook: JiraHook, fptr: ShotgunSite, project: Entity, name: str, content: str
) -> None:
    user = fptr.add("HumanUser", name=name, login=name, email="n@studio.test")
    note = {"subject": "S", "content": content, "user": user}
    subject, text, author = hook.extract_jira_comment_data(hook.compose_jira_comment_body(note))
    assert (subject, text, author and author["id"]) == ("S", content, user["id"])

    log = {"description": content, "user": user}
    text, author = hook.extract_jira_worklog_data(hook.compose_jira_worklog_comment(log))
    assert (text, author and author["id"]) == (content, user["id"])


def test_a_studios_own_forms_are_read(
    generic: Bridge, fptr: ShotgunSite, ann: Person, hook: JiraHook
) -> None:
    class Terse(JiraHook):
        COMMENT_BODY_TEMPLATE = "## %s (%s)\n%s"
        JIRA_COMMENT_REGEX = r"## (.*) \(([^)]*)\)\n(.*)"
        WORKLOG_BODY_TEMPLATE = "%s: %s"
        JIRA_WORKLOG_REGEX = r"([^:]*): (.*)"

    terse = Terse(generic, hook._logger)
    note = {"subject": "S", "content": "C", "user": ann.fptr}
    subject, content, author = terse.extract_jira_comment_data(
        terse.compose_jira_comment_body(note)
    )
    assert (subject, content, author and author["id"]) == ("S", "C", ann.fptr["id"])

    log = {"description": "D", "user": ann.fptr}
    text, author = terse.extract_jira_worklog_data(terse.compose_jira_worklog_comment(log))
    assert (text, author and author["id"]) == ("D", ann.fptr["id"])


@pytest.mark.parametrize("name", [None, ""])
def test_without_user_nobody_is_named(hook: JiraHook, name: Any) -> None:
    body = hook.compose_jira_comment_body({"subject": None, "content": None, "user": None})
    assert "None" not in body
    assert hook.extract_jira_comment_data(body) == ("", "", None)
    assert hook.extract_jira_worklog_data(hook.compose_jira_worklog_comment({})) == ("", None)


def test_text_from_jira_is_all_content(hook: JiraHook) -> None:
    assert hook.extract_jira_comment_data("plain {words}") == (None, "plain {words}", None)
    assert hook.extract_jira_worklog_data("plain words") == ("plain words", None)


def test_an_author_unknown_in_fptr_is_refused(hook: JiraHook) -> None:
    body = hook.COMMENT_BODY_TEMPLATE % ("S", "Nobody", "C")
    with pytest.raises(InvalidJiraValue) as caught:
        hook.extract_jira_comment_data(body)
    assert caught.value.field == "content"
    with pytest.raises(InvalidJiraValue):
        hook.extract_jira_worklog_data(hook.WORKLOG_BODY_TEMPLATE % ("Nobody", "D"))


def test_dates(hook: JiraHook) -> None:
    assert hook.format_jira_date("2024-11-05") == "2024-11-05T00:00:00.000+0000"
    assert hook.format_sg_date("2024-11-05T09:30:00.000+0200") == "2024-11-05"
    assert hook.format_sg_date("2024-11-04T16:00:00.000-0800") == "2024-11-05"
