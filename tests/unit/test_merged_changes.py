"""Several changes of one record, told as one per field."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sg_jira.conversions.merged_changes import merge


def person(number):
    return {"type": "HumanUser", "id": number}


def test_the_last_value_counts_and_the_first_old_one():
    first = {"attribute_name": "content", "old_value": "a", "new_value": "b"}
    second = {"attribute_name": "content", "old_value": "b", "new_value": "c"}

    (told,) = merge([first, second])
    assert (told["old_value"], told["new_value"]) == ("a", "c")


def test_fields_keep_the_order_of_their_first_change():
    names = ["content", "due_date", "content", "sg_description"]

    told = merge([{"attribute_name": name, "new_value": name} for name in names])
    assert [meta["attribute_name"] for meta in told] == ["content", "due_date", "sg_description"]


def test_a_single_change_is_told_as_it_is():
    meta = {"attribute_name": "content", "new_value": 1}

    assert merge([meta]) == [meta]


def test_a_field_belongs_to_the_creation_only_if_all_its_changes_do():
    made = {"attribute_name": "content", "new_value": 1, "in_create": True}
    edited = {"attribute_name": "content", "new_value": 2}

    assert merge([made, made])[0]["in_create"] is True
    assert merge([made, edited])[0]["in_create"] is False


@given(
    st.sets(st.integers(1, 5)),
    st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=8),
)
def test_merged_list_changes_lead_from_the_same_start_to_the_same_end(start, edits):
    present, metas = set(start), []
    for is_added, number in edits:
        if is_added == (number in present):
            continue
        (present.add if is_added else present.discard)(number)
        change = {"added": [], "removed": []}
        change["added" if is_added else "removed"] = [person(number)]
        metas.append({"attribute_name": "task_assignees", **change})

    for meta in merge(metas):
        start = start - {one["id"] for one in meta["removed"]}
        start = start | {one["id"] for one in meta["added"]}
    assert start == present
