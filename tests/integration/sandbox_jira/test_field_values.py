"""What each field takes, what it refuses with which words, and how it shows its value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraSite

from .conftest import Clock, acting, ann, log_in, reasons, running

TYPES = (
    ("Line", "textfield", ()), ("Page", "textarea", ()), ("Link", "url", ()),
    ("Size", "float", ()), ("Day", "datepicker", ()), ("Moment", "datetime", ()),
    ("Marks", "labels", ()), ("Mood", "select", ("Good", "Bad")),
    ("Side", "radiobuttons", ("Left", "Right")), ("Moods", "multiselect", ("Good", "Bad")),
    ("Boxes", "multicheckboxes", ("A", "B")), ("Lead", "userpicker", ()),
    ("Crew", "multiuserpicker", ()),
)  # fmt: skip


@pytest.fixture(scope="module", params=list(Flavour), ids=lambda flavour: flavour.value)
def site(request: pytest.FixtureRequest) -> Iterator[JiraSite]:
    for site in running(request.param, Clock()):
        for name, type, options in TYPES:
            site.add_field(name, type, options=options)
        yield site


@pytest.fixture(scope="module")
def client(site: JiraSite) -> jira.JIRA:
    return log_in(site)


def _set(site: JiraSite, client: jira.JIRA, key: str, name: str, value: Any) -> Any:
    id = site.field(name).id
    issue = client.issue(key)
    issue.update(fields={id: value})
    return issue.raw["fields"][id]


def _refusal(site: JiraSite, client: jira.JIRA, key: str, name: str, value: Any) -> str:
    with pytest.raises(jira.JIRAError) as refused:
        _set(site, client, key, name, value)
    assert refused.value.status_code == 400
    (message,) = reasons(refused.value).values()
    return message


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Summary", "  Tree ", "Tree"),
        ("Description", "a\nb", "a\nb"),
        ("Description", "", None),
        ("Line", "x" * 255, "x" * 255),
        ("Page", "x" * 3000, "x" * 3000),
        ("Link", "https://a.test/b", "https://a.test/b"),
        ("Size", 3, 3.0),
        ("Size", None, None),
        ("Day", "2024-02-29", "2024-02-29"),
        ("Due date", "2024-02-29", "2024-02-29"),
        ("Due date", None, None),
        ("Moment", "2024-02-29T10:00:00.000+0200", "2024-02-29T08:00:00.000+0000"),
        ("Marks", ["b", "a"], ["a", "b"]),
        ("Marks", [], None),
        ("Labels", ["b", "a", "b", ""], ["a", "b"]),
        ("Labels", [], []),
        ("Labels", None, []),
        ("Time tracking", {}, {}),
    ],
)
def test_plain_value_is_kept(
    site: JiraSite, client: jira.JIRA, task: str, name: str, value: Any, shown: Any
) -> None:
    assert _set(site, client, task, name, value) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Mood", {"value": "Good"}, "Good"),
        ("Side", {"value": "Left"}, "Left"),
        ("Moods", [{"value": "Bad"}, {"value": "Good"}], ["Bad", "Good"]),
        ("Boxes", [{"value": "A"}], ["A"]),
        ("Priority", {"name": "High"}, "High"),
        ("Priority", {"id": "1"}, "Highest"),
        ("Components", [{"name": "Rig"}], ["Rig"]),
        ("Fix versions", [{"name": "v2"}], ["v2"]),
        ("Affects versions", [{"name": "v1"}], ["v1"]),
        ("Issue Type", {"name": "Bug"}, "Bug"),
    ],
)
def test_choice_is_kept(
    site: JiraSite, client: jira.JIRA, task: str, name: str, value: Any, shown: Any
) -> None:
    kept = _set(site, client, task, name, value)

    words = [one.get("value", one.get("name")) for one in (kept if type(kept) is list else [kept])]
    assert words == (shown if isinstance(shown, list) else [shown])


@pytest.mark.parametrize("name", ["Moods", "Mood", "Lead", "Crew", "Boxes"])
def test_empty_custom_choice_shows_nothing(
    site: JiraSite, client: jira.JIRA, task: str, name: str
) -> None:
    assert _set(site, client, task, name, None) is None


def test_option_can_be_named_by_id(site: JiraSite, client: jira.JIRA, task: str) -> None:
    bad = site.field("Mood").options[1]

    assert _set(site, client, task, "Mood", {"id": bad.id})["value"] == "Bad"


def test_people_are_named_in_the_flavours_own_form(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    reference = ann(site).reference

    assert _set(site, client, task, "Lead", reference)["displayName"] == "Ann Lee"
    assert len(_set(site, client, task, "Crew", [reference, reference])) == 1
    assert _set(site, client, task, "Assignee", reference)["displayName"] == "Ann Lee"
    assert _set(site, client, task, "Reporter", reference)["displayName"] == "Ann Lee"


@pytest.mark.parametrize("automatic", [None, {"name": None, "accountId": None}, "-1"])
def test_assignee_can_be_taken_away(
    site: JiraSite, client: jira.JIRA, task: str, automatic: Any
) -> None:
    word = next(iter(ann(site).reference))
    value = {word: automatic} if automatic else None
    acting(site).edit(task, assignee=ann(site))

    assert _set(site, client, task, "Assignee", {word: "-1"} if value else None) is None


def test_other_flavours_form_of_a_person_is_refused(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    if site.flavour.is_cloud:
        reason = _refusal(site, client, task, "Assignee", {"name": "ann"})
        assert "GDPR strict mode" in reason
    else:
        reason = _refusal(site, client, task, "Assignee", {"accountId": "ann"})
        assert "'name'" in reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Summary", "", "You must specify a summary of the issue."),
        ("Summary", None, "You must specify a summary of the issue."),
        ("Summary", "a\nb", "The summary is invalid because it contains newline characters."),
        ("Summary", "x" * 256, "Summary must be less than 255 characters."),
        ("Description", 3, "Operation value must be a string"),
        ("Description", "x" * 32768, "exceeds the allowed limit of 32,767 characters"),
        ("Line", "x" * 256, "exceeds the allowed limit of 255 characters"),
        ("Link", "not a url", "Not a valid URL"),
        ("Size", "3", "Operation value must be a number"),
        ("Size", True, "Operation value must be a number"),
        ("Day", "29/02/2024", "Error parsing date string: 29/02/2024"),
        ("Day", 3, "Operation value must be a string"),
        ("Due date", "2024-02-30", "Error parsing date string: 2024-02-30"),
        ("Due date", "", "Error parsing date string: "),
        ("Moment", "2024-02-29", "Error parsing time: 2024-02-29"),
        ("Moment", 3, "Operation value must be a string"),
        ("Labels", ["a b"], "The label 'a b' contains spaces which is invalid."),
        ("Labels", ["x" * 256], "exceeds the maximum length"),
        ("Labels", "a", "data was not an array"),
        ("Labels", [1], "string expected"),
        ("Mood", {"value": "Sad"}, "Option value 'Sad' is not valid"),
        ("Mood", {"id": "1"}, "Option id '1' is not valid"),
        ("Mood", "Good", "Could not find valid 'id' or 'value'"),
        ("Moods", {"value": "Good"}, "data was not an array"),
        ("Priority", {"name": "Huge"}, "Priority name 'Huge' is not valid"),
        ("Priority", "High", "Specify a valid 'id' or 'name' for Priority"),
        ("Components", [{"name": "Hat"}], "Component name 'Hat' is not valid"),
        ("Fix versions", [{"name": "v9"}], "Version name 'v9' is not valid"),
        ("Issue Type", {"name": "Sub-task"}, "The issue type selected is invalid."),
        ("Issue Type", {"name": "Nope"}, "The issue type selected is invalid."),
        ("Time tracking", {"originalEstimate": "soon"}, "The original estimate specified is not"),
        ("Time tracking", {"remainingEstimate": "2x"}, "The remaining estimate specified is not"),
        ("Time tracking", "2h", "data was not an object"),
        ("Assignee", "ann", "data was not an object"),
        ("Reporter", None, "Reporter is required."),
        ("Status", {"name": "Done"}, "Field 'status' cannot be set. It is not on the appropriate"),
        ("Project", {"key": "ABC"}, "Field 'project' cannot be set."),
        ("Original estimate", 3600, "Field 'timeoriginalestimate' cannot be set."),
    ],
)
def test_wrong_value_is_refused_in_jiras_words(
    site: JiraSite, client: jira.JIRA, task: str, name: str, value: Any, reason: str
) -> None:
    before = site.issue(task)

    assert reason in _refusal(site, client, task, name, value)
    assert site.issue(task) == before


def test_unknown_person_is_refused(site: JiraSite, client: jira.JIRA, task: str) -> None:
    nobody = {next(iter(ann(site).reference)): "nobody"}

    assert _refusal(site, client, task, "Assignee", nobody) == "User 'nobody' does not exist."
    unknown = "The reporter specified is not a user."
    assert _refusal(site, client, task, "Reporter", nobody) == unknown


def test_person_who_cannot_be_assigned_is_refused(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    guest = site.add_person("Guest", f"guest{task}@studio.test")
    site.set_assignable("ABC", guest, False)

    reason = _refusal(site, client, task, "Assignee", guest.reference)

    assert reason == f"User '{guest.handle}' cannot be assigned issues."


def test_inactive_person_cannot_be_assigned(site: JiraSite, client: jira.JIRA, task: str) -> None:
    guest = site.add_person("Gone", f"gone{task}@studio.test", active=False)

    assert "cannot be assigned" in _refusal(site, client, task, "Assignee", guest.reference)


@pytest.mark.parametrize(
    ("estimate", "seconds", "shown"),
    [
        ("2h 30m", 9000, "2h 30m"),
        ("90 m", 5400, "1h 30m"),
        ("90", 5400, "1h 30m"),
        ("1w 2d", 56 * 3600, "1w 2d"),
        (45, 2700, "45m"),
    ],
)
def test_estimate_is_read_and_shown_in_working_time(
    site: JiraSite, client: jira.JIRA, task: str, estimate: Any, seconds: int, shown: str
) -> None:
    tracking = _set(site, client, task, "Time tracking", {"originalEstimate": estimate})

    assert tracking["originalEstimateSeconds"] == seconds
    assert tracking["originalEstimate"] == shown
    assert client.issue(task).fields.timeoriginalestimate == seconds


def test_first_original_estimate_is_also_what_remains(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    _set(site, client, task, "Time tracking", {"originalEstimate": "2h"})
    tracking = _set(site, client, task, "Time tracking", {"originalEstimate": "3h"})

    assert (tracking["originalEstimate"], tracking["remainingEstimate"]) == ("3h", "2h")


def test_estimate_can_be_cleared(site: JiraSite, client: jira.JIRA, task: str) -> None:
    _set(site, client, task, "Time tracking", {"originalEstimate": "2h"})
    none = {"originalEstimate": None, "remainingEstimate": ""}

    assert _set(site, client, task, "Time tracking", none) == {}


def test_one_wrong_field_keeps_all_others_from_changing(client: jira.JIRA, task: str) -> None:
    issue = client.issue(task)

    with pytest.raises(jira.JIRAError) as refused:
        issue.update(fields={"summary": "New", "labels": ["a b"], "nothing": 1})

    assert set(reasons(refused.value)) == {"labels", "nothing"}
    assert client.issue(task).fields.summary == "Model the tree"
