"""Changes of an FPTR record, told with what it holds by now."""

from __future__ import annotations

from sg_jira.conversions.present_changes import with_present_values


def test_a_change_that_was_replaced_is_told_with_what_replaced_it() -> None:
    first = {"attribute_name": "content", "new_value": "Swim"}
    other = {"attribute_name": "sg_jira_key", "new_value": "RIV-1"}
    unread = {"attribute_name": "due_date", "new_value": "2031-02-03"}
    record = {"content": "Row", "sg_jira_key": "RIV-2"}

    told = with_present_values([first, other, unread], record, ["content", "due_date"])

    assert told == [{**first, "new_value": "Row"}, other, unread]
