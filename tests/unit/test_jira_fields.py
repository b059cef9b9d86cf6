"""Field ids by any name, and values in the form that Jira takes."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.jira_fields import ids_by_name, sanitize

ONE_LINE = {
    "type": "string",
    "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
}


def test_a_field_is_known_by_name_key_and_id_in_lower_case() -> None:
    ids = ids_by_name([{"id": "customfield_1", "key": "CustomField_1", "name": "Shotgun ID"}])

    assert ids == {"shotgun id": "customfield_1", "customfield_1": "customfield_1"}


def test_a_field_without_key_is_known_by_name_and_id() -> None:
    assert ids_by_name([{"id": "duedate", "name": "Due date"}]) == {
        "due date": "duedate",
        "duedate": "duedate",
    }


def test_jiras_own_id_wins_over_a_field_that_people_named_like_it() -> None:
    custom = {"id": "customfield_1", "name": "Assignee"}
    system = {"id": "assignee", "key": "assignee", "name": "Bearbeiter"}

    assert ids_by_name([system, custom])["assignee"] == "assignee"


@pytest.mark.parametrize(
    "meta",
    [
        {"schema": ONE_LINE},
        {"schema": {"type": "string", "system": "summary"}},
        {"schema": {"type": "string"}, "key": "summary"},
        {"schema": {"type": "string"}, "fieldId": "summary"},
    ],
)
def test_a_long_line_is_cut_to_255_characters_and_says_so(meta: dict[str, Any]) -> None:
    assert sanitize("x" * 255, meta) == "x" * 255
    cut = sanitize("x" * 256, meta)
    assert cut == "x" * 237 + "... [see Shotgun]."
    assert len(cut) == 255


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "system": "description"},
        {"type": "string", "custom": ONE_LINE["custom"].replace("textfield", "textarea")},
    ],
)
def test_a_long_text_is_cut_to_what_jira_takes(schema: dict[str, str]) -> None:
    assert sanitize("x" * 32_767, {"schema": schema}) == "x" * 32_767
    cut = sanitize("x" * 32_768, {"schema": schema})
    assert cut == "x" * 32_749 + "... [see Shotgun]."


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (
            "https://" + "x" * 300,
            {**ONE_LINE, "custom": ONE_LINE["custom"].replace("textfield", "url")},
        ),
        ("x" * 300, {"type": "string", "system": "description"}),
        (["x" * 300], ONE_LINE),
        ("x" * 300, None),
    ],
)
def test_other_values_stay_as_they_are(value: Any, schema: Any) -> None:
    assert sanitize(value, {"schema": schema}) is value


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_required_field_cannot_be_emptied(value: Any) -> None:
    with pytest.raises(UserWarning, match="'Name'"):
        sanitize(value, {"required": True, "name": "Name"})

    assert sanitize(value, {"required": True, "hasDefaultValue": True}) == value


@pytest.mark.parametrize("value", [0, False])
def test_a_zero_is_no_empty_value(value: Any) -> None:
    assert sanitize(value, {"required": True}) is value
