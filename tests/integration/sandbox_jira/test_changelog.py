"""What the change log holds after each kind of edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraSite

from .conftest import Clock, acting, ann, log_in, running


@pytest.fixture(scope="module", params=list(Flavour), ids=lambda flavour: flavour.value)
def site(request: pytest.FixtureRequest) -> Iterator[JiraSite]:
    for site in running(request.param, Clock()):
        site.add_field("Size", "float")
        site.add_field("Day", "datepicker")
        site.add_field("Moment", "datetime")
        site.add_field("Moods", "multiselect", options=["Good", "Bad"])
        site.add_field("Crew", "multiuserpicker")
        yield site


@pytest.fixture(scope="module")
def client(site: JiraSite) -> jira.JIRA:
    return log_in(site)


def _histories(client: jira.JIRA, key: str) -> list[dict[str, Any]]:
    """Oldest first."""
    histories = client.issue(key, expand="changelog").raw["changelog"]["histories"]
    return sorted(histories, key=lambda history: int(history["id"]))


def _sides(item: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(item[word] for word in ("from", "fromString", "to", "toString"))


def _changed(
    site: JiraSite, client: jira.JIRA, key: str, *values: Any, field: str
) -> tuple[Any, ...]:
    """The last item of the change log after the field had these values, one after the other."""
    for value in values:
        acting(site).edit(key, **{field: value})
    item = _histories(client, key)[-1]["items"][-1]
    custom = site.field(field).custom
    assert item["fieldtype"] == ("custom" if custom else "jira")
    assert _field_id(site, item) == site.field(field).id
    return _sides(item)


def _field_id(site: JiraSite, item: dict[str, Any]) -> str:
    """The id of the changed field; Data Center tells its name only."""
    if site.flavour.is_cloud:
        return str(item["fieldId"])
    assert "fieldId" not in item
    return site.field(item["field"]).id


def test_text_has_strings_only(site: JiraSite, client: jira.JIRA, task: str) -> None:
    assert _changed(site, client, task, "Oak", field="summary") == (
        None, "Model the tree", None, "Oak",
    )  # fmt: skip


def test_labels_are_joined_by_blanks(site: JiraSite, client: jira.JIRA, task: str) -> None:
    change = _changed(site, client, task, ["b", "a"], ["c"], field="labels")
    assert change == (None, "a b", None, "c")

    assert _changed(site, client, task, [], field="labels") == (None, "c", None, "")


def test_assignee_has_the_persons_id(site: JiraSite, client: jira.JIRA, task: str) -> None:
    change = _changed(site, client, task, ann(site), field="assignee")

    assert change == (None, None, ann(site).id, "Ann Lee")


def test_cloud_repeats_account_ids(cloud: JiraSite) -> None:
    key = acting(cloud).create_issue("ABC", "Task", summary="A")
    acting(cloud).edit(key, assignee=ann(cloud))

    (item,) = _histories(log_in(cloud), key)[-1]["items"]

    assert (item["tmpFromAccountId"], item["tmpToAccountId"]) == (None, ann(cloud).account_id)


def test_status_has_ids_and_names(site: JiraSite, client: jira.JIRA, task: str) -> None:
    acting(site).transition(task, "Done")

    (item,) = _histories(client, task)[-1]["items"]
    assert (item["field"], _field_id(site, item)) == ("status", "status")
    assert _sides(item) == ("10000", "To Do", "10001", "Done")


def test_due_date_has_the_date_and_a_text(site: JiraSite, client: jira.JIRA, task: str) -> None:
    change = _changed(site, client, task, "2024-02-03", field="duedate")

    assert change == (None, None, "2024-02-03", "2024-02-03 00:00:00.0")


@pytest.mark.parametrize(
    ("field", "value", "side"),
    [
        ("Size", 12, (None, "12")),
        ("Size", 0.5, (None, "0.5")),
        ("Day", "2019-08-12", ("2019-08-12", "12/Aug/19")),
        (
            "Moment",
            "2019-08-29T00:40:00.000+0000",
            ("2019-08-29T00:40:00+0000", "29/Aug/19 12:40 AM"),
        ),
        ("Shotgun TimeLogs", "a\nb", (None, "a\nb")),
    ],
)  # fmt: skip
def test_custom_values_are_worded(
    site: JiraSite, client: jira.JIRA, task: str, field: str, value: Any, side: tuple[str, str]
) -> None:
    assert _changed(site, client, task, value, field=field) == (None, None, *side)


def test_options_have_ids_and_values(site: JiraSite, client: jira.JIRA, task: str) -> None:
    good, bad = site.field("Moods").options
    change = _changed(site, client, task, ["Good"], ["Good", "Bad"], field="Moods")
    assert change == (f"[{good.id}]", "Good", f"[{good.id}, {bad.id}]", "Good,Bad")

    yes, no = site.field("Sync In FPTR").options
    change = _changed(site, client, task, "True", "False", field="Sync In FPTR")
    assert change == (yes.id, "True", no.id, "False")


def test_several_people_have_ids_and_names(site: JiraSite, client: jira.JIRA, task: str) -> None:
    change = _changed(site, client, task, [ann(site)], field="Crew")

    assert change == (None, None, f"[{ann(site).id}]", "[Ann Lee]")


def test_estimates_are_two_items_in_seconds(site: JiraSite, client: jira.JIRA, task: str) -> None:
    acting(site).edit(task, timetracking="2h")

    items = _histories(client, task)[-1]["items"]
    assert [item["field"] for item in items] == ["timeestimate", "timeoriginalestimate"]
    assert [_field_id(site, item) for item in items] == [item["field"] for item in items]
    assert [_sides(item) for item in items] == [(None, None, "7200", "7200")] * 2


def test_every_component_is_an_item_of_its_own(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    acting(site).edit(task, components=["Rig"])
    acting(site).edit(task, components=["Anim"])

    gone, come = _histories(client, task)[-1]["items"]
    assert gone["field"] == "Component"
    assert gone.get("fieldId") == ("components" if site.flavour.is_cloud else None)
    assert (gone["fromString"], gone["to"]) == ("Rig", None)
    assert (come["from"], come["toString"]) == (None, "Anim")


def test_parent_has_a_name_of_its_own_and_no_field_id_on_cloud(cloud: JiraSite) -> None:
    epic = acting(cloud).create_issue("ABC", "Epic", summary="E")
    key = acting(cloud).create_issue("ABC", "Task", summary="A")
    acting(cloud).edit(key, parent=epic)

    (item,) = _histories(log_in(cloud), key)[-1]["items"]

    assert item["field"] == "IssueParentAssociation"
    assert "fieldId" not in item
    assert _sides(item) == (None, None, cloud.issue(epic)["id"], epic)


def test_link_is_logged_on_both_issues(site: JiraSite, client: jira.JIRA, task: str) -> None:
    other = acting(site).create_issue("ABC", "Task", summary="A")
    acting(site).link("Blocks", task, other)

    texts = [_histories(client, key)[-1]["items"][0]["toString"] for key in (task, other)]

    assert texts == [f"This issue blocks {other}", f"This issue is blocked by {task}"]


def test_edit_that_changes_nothing_leaves_no_trace(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    before = site.issue(task)

    acting(site).edit(task, summary="Model the tree", labels=[], assignee=None, description="")

    assert site.issue(task) == before
    assert _histories(client, task) == []


def test_histories_have_increasing_ids_authors_and_times(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    acting(site).edit(task, summary="A")
    client.issue(task).update(fields={"summary": "B"})

    first, second = _histories(client, task)
    assert int(first["id"]) < int(second["id"])
    assert [h["author"]["displayName"] for h in (first, second)] == ["Ann Lee", "The Bridge"]
    assert first["created"] < second["created"] == client.issue(task).fields.updated


def test_expanded_log_is_newest_first_on_cloud(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    for text in "AB":
        acting(site).edit(task, summary=text)

    log = client.issue(task, expand="changelog").changelog.histories

    newest_first = int(log[0].id) > int(log[1].id)
    assert newest_first is site.flavour.is_cloud


def test_log_has_pages_of_its_own_on_cloud_only(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    for text in "ABC":
        acting(site).edit(task, summary=text)
    path, params = f"issue/{task}/changelog", {"startAt": 1, "maxResults": 1}

    if not site.flavour.is_cloud:
        with pytest.raises(jira.JIRAError):
            client._get_json(path, params=params)
        return
    page = client._get_json(path, params=params)
    assert (page["total"], page["isLast"]) == (3, False)
    assert page["values"][0]["items"][0]["toString"] == "B"
