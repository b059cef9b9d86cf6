"""How FPTR values become Jira values, in the handlers that studios subclass."""

from __future__ import annotations

from typing import Any

import pytest
from jira import resources

from sg_jira.errors import InvalidShotgunValue
from sg_jira.handlers import EntityIssueHandler
from tests.contract.conftest import Person
from tests.doubles.jira_metadata import BILLED, COLOUR, NICKNAME, PLATFORMS, POINTS
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite


class AnyFieldHandler(EntityIssueHandler):
    """Maps `sg_<Jira field>` to the Jira field, to reach every kind of field."""

    def _get_jira_issue_field_for_shotgun_field(self, entity_type: str, field: str) -> str | None:
        return field.removeprefix("sg_") if field.startswith("sg_") else None

    @property
    def _sg_jira_status_mapping(self) -> dict[str, str]:
        return {"fin": "Done"}


@pytest.fixture
def handler(syncer: Any) -> AnyFieldHandler:
    return AnyFieldHandler(syncer, "Task")


@pytest.fixture
def issue(handler: AnyFieldHandler, issue_key: str) -> Any:
    return handler.get_jira_issue(issue_key)


@pytest.fixture
def convert(handler: AnyFieldHandler, issue: Any, jira_project: Any) -> Any:
    """Converts a change of `sg_<field>` for the issue as it is now."""

    def run(field: str, **change: Any) -> Any:
        fresh = handler.get_jira_issue(issue.key)
        return handler._get_jira_issue_field_sync_value(
            jira_project, fresh, "Task", f"sg_{field}", **change
        )

    return run


@pytest.fixture
def jira_project(handler: AnyFieldHandler) -> Any:
    return handler.get_jira_project("PROJ")


# One value


def test_a_field_without_target_converts_to_nothing(
    handler: Any, issue: Any, jira_project: Any
) -> None:
    assert handler._get_jira_issue_field_sync_value(
        jira_project, issue, "Task", "unmapped", new_value="x"
    ) == (None, None)


@pytest.mark.parametrize("field", ["watches", "status", "customfield_404"])
def test_a_target_that_cannot_be_edited_converts_to_nothing_with_a_warning(
    convert: Any, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert convert(field, new_value="x") == (None, None)
    assert field == "watches" or "WARNING" in {record.levelname for record in caplog.records}


VALUES: dict[str, tuple[str, Any, Any]] = {
    "text": ("description", "two\nlines", "two\nlines"),
    "summary": ("summary", "two\r\nlines", "twolines"),
    "no text": ("description", None, ""),
    "empty text": ("description", "", ""),
    "no number for a text": ("description", 0, ""),
    "an unticked box for a text": ("description", False, ""),
    "an empty list for a text": ("description", [], ""),
    "no number": (POINTS, None, None),
    "number": (POINTS, 8, 8),
    "zero": (POINTS, 0, 0),
    "date": ("duedate", "2024-05-06", "2024-05-06"),
    "no date": ("duedate", None, None),
    "estimate": ("timetracking", 90, {"originalEstimate": "90 m"}),
    "fraction of a minute": ("timetracking", 90.7, {"originalEstimate": "90 m"}),
    "no estimate": ("timetracking", None, {"originalEstimate": "0 m"}),
    "zero estimate": ("timetracking", 0, {"originalEstimate": "0 m"}),
    "no assignee": ("assignee", None, None),
    "no option": (COLOUR, None, None),
    "an empty list for an option": (COLOUR, [], None),
    "an empty text for a date": ("duedate", "", None),
    "label": ("labels", "hairy", ["hairy"]),
    "no label": ("labels", None, []),
    "no platform": (PLATFORMS, None, []),
}


@pytest.mark.parametrize(("field", "value", "result"), VALUES.values(), ids=VALUES)
def test_a_single_value(convert: Any, field: str, value: Any, result: Any) -> None:
    assert convert(field, new_value=value) == (field, result)


@pytest.mark.parametrize(
    ("field", "value", "label", "chosen"),
    [
        (COLOUR, "red", "value", "Red"),
        (COLOUR, "DARK green", "value", "Dark Green"),
        ("priority", "high", "name", "High"),
    ],
)
def test_an_allowed_value_is_found_by_value_or_name_in_any_case(
    convert: Any, field: str, value: str, label: str, chosen: str
) -> None:
    assert convert(field, new_value=value)[1][label] == chosen


def test_an_allowed_value_of_an_array_becomes_a_list_of_one(convert: Any) -> None:
    _, value = convert(PLATFORMS, new_value="games")

    assert [option["value"] for option in value] == ["Games"]


def test_an_allowed_value_may_be_a_plain_string(convert: Any, jira: JiraStore) -> None:
    jira.edit_screens["Task"][COLOUR]["allowedValues"] = ["Red", "Blue"]

    assert convert(COLOUR, new_value="blue") == (COLOUR, "Blue")


def test_an_entity_is_matched_to_an_allowed_value_by_its_name(
    convert: Any, fptr: ShotgunSite, project: Entity
) -> None:
    asset = fptr.add("Asset", code="hair dynamics", project=project)

    _, value = convert("components", new_value={"type": "Asset", "id": asset["id"]})
    assert [component["name"] for component in value] == ["Hair Dynamics"]


def test_a_value_that_is_not_allowed_is_refused(
    convert: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidShotgunValue) as caught:
        convert(COLOUR, new_value="Octarine")
    assert "Octarine" in str(caught.value.value)
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_an_unticked_box_is_a_value_and_not_an_absence(convert: Any, jira: JiraStore) -> None:
    jira.edit_screens["Task"][BILLED] = {
        "required": False,
        "name": "Billed",
        "key": BILLED,
        "operations": ["set"],
        "schema": {"type": "checkbox"},
    }

    assert convert(BILLED, new_value=False) == (BILLED, False)


def test_a_person_is_found_by_mail(convert: Any, jira: JiraStore, bob: Person) -> None:
    for value in (bob.fptr, {"type": "HumanUser", "id": bob.fptr["id"]}, bob.email):
        _, sent = convert("assignee", new_value=value)

        assert not isinstance(sent, resources.Resource)
        assert jira.find_person(sent) is bob.jira


@pytest.mark.parametrize("email", ["stranger@x.test", None, ""])
def test_a_person_unknown_in_jira_is_refused(
    convert: Any, fptr: ShotgunSite, email: str | None
) -> None:
    stranger = fptr.add("HumanUser", name="Stranger", email=email)

    with pytest.raises(InvalidShotgunValue):
        convert("assignee", new_value=stranger)


def test_a_person_without_mail_is_no_assignee_with_a_warning(
    handler: Any,
    issue: Any,
    jira_project: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    group = fptr.add("Group", code="Everybody")
    schema = jira.edit_screens["Task"]["assignee"]

    value = handler._get_jira_value_for_shotgun_value(
        jira_project, issue, "assignee", schema, group
    )

    assert value is None
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_the_converted_person_is_a_user_resource(
    handler: Any, issue: Any, jira_project: Any, jira: JiraStore, bob: Person
) -> None:
    schema = jira.edit_screens["Task"]["assignee"]

    value = handler._get_jira_value_for_shotgun_value(
        jira_project, issue, "assignee", schema, bob.fptr
    )

    assert isinstance(value, resources.User)
    assert value.raw == bob.jira


@pytest.mark.parametrize("label", ["two words", {"type": "Tag", "name": "two words"}])
def test_a_label_with_a_blank_is_refused(convert: Any, fptr: ShotgunSite, label: Any) -> None:
    value = dict(fptr.add("Tag", name="two words")) if isinstance(label, dict) else label

    with pytest.raises(InvalidShotgunValue):
        convert("labels", new_value=value)


def test_a_tag_becomes_its_name(convert: Any, fptr: ShotgunSite) -> None:
    tag = fptr.add("Tag", name="hairy")

    assert convert("labels", new_value={"type": "Tag", "id": tag["id"]}) == ("labels", ["hairy"])


def test_an_empty_value_for_a_required_field_converts_to_nothing(
    convert: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert convert("summary", new_value="") == (None, None)
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_a_long_custom_text_is_cut(convert: Any) -> None:
    _, value = convert(NICKNAME, new_value="ab" * 200)

    assert value == ("ab" * 200)[:237] + "... [see Shotgun]."


# Lists


@pytest.fixture
def tags(fptr: ShotgunSite) -> dict[str, Entity]:
    names = ["hairy", "wet", "red", "two words"]
    return {name: fptr.add("Tag", name=name) for name in names}


def labels_of(jira: JiraStore, key: str, *labels: str) -> None:
    jira.issues[key]["fields"]["labels"] = list(labels)


def test_labels_are_added_and_removed_and_those_set_by_hand_survive(
    convert: Any, jira: JiraStore, issue_key: str, tags: dict[str, Entity]
) -> None:
    labels_of(jira, issue_key, "hairy", "by-hand")

    assert convert("labels", added=[tags["wet"]], removed=[tags["hairy"]]) == (
        "labels",
        ["by-hand", "wet"],
    )


def test_a_label_that_is_there_is_not_added_twice(
    convert: Any, jira: JiraStore, issue_key: str, tags: dict[str, Entity]
) -> None:
    labels_of(jira, issue_key, "hairy")

    assert convert("labels", added=[tags["hairy"]], removed=[]) == ("labels", ["hairy"])


@pytest.mark.parametrize("change", [{"added": None, "removed": []}, {"added": [], "removed": None}])
def test_one_half_of_a_list_change_makes_new_value_unimportant(
    convert: Any, jira: JiraStore, issue_key: str, change: dict[str, Any]
) -> None:
    labels_of(jira, issue_key, "by-hand")

    assert convert("labels", new_value="ignored", **change) == ("labels", ["by-hand"])


def test_an_empty_field_of_the_issue_counts_as_an_empty_list(
    convert: Any, jira: JiraStore, issue_key: str, tags: dict[str, Entity]
) -> None:
    jira.issues[issue_key]["fields"]["labels"] = None

    assert convert("labels", added=[tags["wet"]], removed=[]) == ("labels", ["wet"])


def test_the_loaded_issue_is_left_as_it_is(
    handler: Any, issue: Any, jira_project: Any, tags: dict[str, Entity]
) -> None:
    handler._get_jira_issue_field_sync_value(
        jira_project, issue, "Task", "sg_labels", added=[tags["wet"]], removed=[]
    )

    assert issue.fields.labels == []


def test_a_bad_label_does_not_cost_the_good_ones(
    convert: Any,
    jira: JiraStore,
    issue_key: str,
    tags: dict[str, Entity],
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels_of(jira, issue_key, "hairy")

    _, value = convert("labels", added=[tags["two words"], tags["wet"]], removed=[tags["hairy"]])

    assert value == ["wet"]
    assert [r for r in caplog.records if r.levelname == "WARNING" and "two words" in r.getMessage()]


def test_removing_a_label_jira_could_never_hold_does_not_cost_the_others(
    convert: Any, jira: JiraStore, issue_key: str, tags: dict[str, Entity]
) -> None:
    labels_of(jira, issue_key, "hairy", "wet")

    _, value = convert("labels", added=[], removed=[tags["two words"], tags["wet"]])
    assert value == ["hairy"]


def test_resources_in_a_list_are_sent_as_plain_values(
    convert: Any, fptr: ShotgunSite, jira: JiraStore, issue_key: str, project: Entity
) -> None:
    fur = jira.edit_screens["Task"]["components"]["allowedValues"][0]
    jira.issues[issue_key]["fields"]["components"] = [fur]
    asset = fptr.add("Asset", code="Hair Dynamics", project=project)

    _, value = convert("components", added=[asset], removed=[])

    assert [component["name"] for component in value] == ["Fur", "Hair Dynamics"]
    assert not [item for item in value if isinstance(item, resources.Resource)]


def test_a_value_that_converts_to_nothing_is_left_out_of_a_list(
    convert: Any, fptr: ShotgunSite, project: Entity
) -> None:
    assets = [fptr.add("Asset", code=name, project=project) for name in ("Fur", "Unknown")]

    _, value = convert("components", added=assets, removed=[])
    assert [component["name"] for component in value] == ["Fur"]


def assigned(jira: JiraStore, key: str, person: Any) -> None:
    jira.issues[key]["fields"]["assignee"] = person


def test_an_assignee_chosen_in_jira_is_not_replaced(
    convert: Any, jira: JiraStore, issue_key: str, ann: Person, bob: Person
) -> None:
    chosen = jira.add_person("Cy", "cy@x.test")
    assigned(jira, issue_key, chosen)

    _, value = convert("assignee", added=[ann.fptr], removed=[bob.fptr])
    assert jira.find_person(value) is chosen


def test_the_assignee_is_cleared_when_removed(
    convert: Any, jira: JiraStore, issue_key: str, ann: Person
) -> None:
    assigned(jira, issue_key, ann.jira)

    assert convert("assignee", added=[], removed=[ann.fptr]) == ("assignee", None)


def test_the_assignee_is_replaced_in_one_change(
    convert: Any, jira: JiraStore, issue_key: str, ann: Person, bob: Person
) -> None:
    assigned(jira, issue_key, ann.jira)

    _, value = convert("assignee", added=[bob.fptr], removed=[ann.fptr])
    assert jira.find_person(value) is bob.jira


def test_the_first_of_several_that_jira_knows_is_assigned_with_a_warning(
    convert: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    ann: Person,
    bob: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    group = fptr.add("Group", code="Everybody")

    _, value = convert("assignee", added=[group, bob.fptr, ann.fptr], removed=[])
    assert jira.find_person(value) is bob.jira

    caplog.clear()
    convert("assignee", added=[bob.fptr, ann.fptr], removed=[])
    assert "WARNING" in {record.levelname for record in caplog.records}
    caplog.clear()
    convert("assignee", added=[bob.fptr], removed=[])
    assert caplog.records == []


def test_the_list_members_own_method_returns_the_full_new_value(
    handler: Any, issue: Any, jira_project: Any, jira: JiraStore, tags: dict[str, Entity]
) -> None:
    value = handler._get_jira_value_for_shotgun_list_changes(
        jira_project,
        issue,
        "labels",
        jira.edit_screens["Task"]["labels"],
        [tags["wet"], tags["red"]],
        [],
    )

    assert value == ["wet", "red"]


# Other members


def test_a_status_is_sent_by_the_handlers_own_mapping(
    handler: Any, issue: Any, jira: JiraStore
) -> None:
    assert handler._sync_shotgun_status_to_jira(issue, "fin", "because") is True
    assert handler._sync_shotgun_status_to_jira(issue, "ip", "because") is False
    assert jira.fields_of(issue.key)["status"]["name"] == "Done"


def test_cc_changes_answer_nothing(handler: Any, issue: Any, bob: Person) -> None:
    assert handler._sync_shotgun_cced_changes_to_jira(issue, [bob.fptr], []) is None


def test_the_user_value_holds_nothing_but_the_identity(
    handler: Any, jira_project: Any, bob: Person
) -> None:
    assert handler.get_jira_user(bob.email, jira_project) == bob.value
    assert handler.get_jira_user("nobody@x.test", jira_project) is None


def test_the_user_value_follows_the_flavour_property(
    handler: Any,
    jira: JiraStore,
    jira_project: Any,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bob.jira.update(name="bob", accountId="5cedcb4355a88a0fc8630000")
    answers = []
    for cloud in (True, False):
        monkeypatch.setattr(
            "sg_jira.jira_session.JiraSession.is_jira_cloud",
            property(lambda _, cloud=cloud: cloud),
        )
        answers.append(handler.get_jira_user(bob.email, jira_project))

    assert answers == [{"accountId": "5cedcb4355a88a0fc8630000"}, {"name": "bob"}]


def test_an_issue_is_found_by_key_or_id_and_404_is_none(
    handler: Any, issue: Any, jira: JiraStore
) -> None:
    assert handler.get_jira_issue(issue.key).id == issue.id
    assert handler.get_jira_issue(issue.id).key == issue.key
    assert handler.get_jira_issue("NOPE-1") is None


def test_an_issue_without_project_is_a_runtime_error(
    handler: Any, issue: Any, jira: JiraStore
) -> None:
    for project in (None, ...):
        jira.issues[issue.key]["fields"]["project"] = project
        if project is ...:
            del jira.issues[issue.key]["fields"]["project"]
        with pytest.raises(RuntimeError):
            handler.get_jira_issue(issue.key)


def test_an_issue_is_created_with_properties_of_the_studio(
    handler: Any, fptr: ShotgunSite, jira: JiraStore, jira_project: Any, task: Entity
) -> None:
    entity = handler._shotgun.consolidate_entity(task, fields=["created_by"])

    issue = handler._create_jira_issue_for_entity(
        sg_entity=entity,
        jira_project=jira_project,
        issue_type="Story",
        summary="Fox\nfur",
        description="red",
        **{POINTS: 8},
    )

    fields = jira.fields_of(issue.key)
    assert isinstance(issue, resources.Issue)
    assert fields["summary"] == "Foxfur"
    assert fields["description"] == "red"
    assert fields[POINTS] == 8
    assert fields["issuetype"]["name"] == "Story"
