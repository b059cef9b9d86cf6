"""Finding records: every relation by kind of field."""

from datetime import datetime, timezone

import pytest
import shotgun_api3
from shotgun_api3 import Fault

from sg_jira.sandbox.shotgun import ShotgunSite

JANE, OMAR, RIGGERS = "Jane Doe", "Omar Haddad", "Riggers"


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def world():
    """A site that the tests of this module only read: Tasks a to e, of which e is empty."""
    site = ShotgunSite(clock=lambda: utc(2024, 5, 15, 12))
    site.start()
    script = site.add_script("reader", "key")
    actor = site.acting_as(script)
    people = {
        JANE: site.add_person("jane", JANE, "j@studio.example"),
        OMAR: site.add_person("omar", OMAR, "o@studio.example"),
    }
    people[RIGGERS] = actor.create("Group", {"code": RIGGERS})
    project = actor.create("Project", {"name": "Big Film"})
    dragon = actor.create(
        "Asset", {"code": "Dragon", "project": project, "sg_asset_type": "Character"}
    )
    sequence = actor.create("Sequence", {"code": "SQ1", "project": project})
    shot = actor.create("Shot", {"code": "010", "project": project, "sg_sequence": sequence})

    def make(content, **data):
        return actor.create("Task", {"content": content, "project": project, **data})

    tasks = [
        make(
            "a",
            sg_description="Rig the Wings",
            est_in_mins=10,
            due_date="2024-05-15",
            entity=dragon,
            task_assignees=[people[JANE]],
            sg_sync_in_jira=True,
            sg_jira_key="FILM-1",
            sg_jira_url={"url": "http://j/FILM-1"},
            created_at="2024-05-15T11:30:00Z",
        ),
        make(
            "b",
            sg_description="rig the tail",
            est_in_mins=20,
            due_date="2024-05-10",
            entity=shot,
            task_assignees=[people[JANE], people[OMAR]],
            sg_status_list="ip",
            created_at="2024-05-14T12:00:00Z",
        ),
        make(
            "c",
            sg_description="Model",
            est_in_mins=30,
            due_date="2024-06-20",
            entity=dragon,
            task_assignees=[people[RIGGERS]],
            sg_status_list="fin",
            created_at="2024-04-01T00:00:00Z",
        ),
        make(
            "d",
            sg_description="Paint, wings",
            est_in_mins=40,
            due_date="2023-05-15",
            task_assignees=[people[OMAR]],
            created_at="2023-05-15T12:00:00Z",
        ),
        make("e", created_at="2024-05-20T12:00:00Z"),
    ]
    for task in tasks[:2]:
        actor.create(
            "Note", {"subject": f"on {task['content']}", "project": project, "tasks": [task]}
        )
    client = shotgun_api3.Shotgun(site.url, script_name="reader", api_key="key")
    yield {
        "sg": client,
        "dragon": dragon,
        "shot": shot,
        "sequence": sequence,
        "tasks": tasks,
        "project": project,
        **people,
    }
    client.close()
    site.stop()


def found(world, *filters, **options):
    records = world["sg"].find("Task", list(filters), ["content"], **options)
    return "".join(one["content"] for one in records)


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("is", ["rig the wings"], "a"),
        ("is", [None], "e"),
        ("is_not", ["RIG THE WINGS"], "bcde"),
        ("is_not", [None], "abcd"),
        ("contains", ["WINGS"], "ad"),
        ("not_contains", ["wings"], "bce"),
        ("starts_with", ["RIG"], "ab"),
        ("ends_with", ["Wings"], "ad"),
        ("in", [["model", "Rig the tail"]], "bc"),
        ("in", ["model", "Rig the tail"], "bc"),
        ("not_in", [["model", "Rig the tail"]], "ade"),
    ],
)
def test_text_is_compared_whatever_its_case(world, relation, values, expected):
    assert found(world, ["sg_description", relation, *values]) == expected


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("is", [20], "b"),
        ("is", [None], "e"),
        ("is_not", [20], "acde"),
        ("less_than", [20], "a"),
        ("greater_than", [20], "cd"),
        ("between", [20, 30], "bc"),
        ("between", [[20, 30]], "bc"),
        ("not_between", [20, 30], "ade"),
        ("in", [[10, 40]], "ad"),
        ("not_in", [[10, 40]], "bce"),
    ],
)
def test_numbers_are_compared(world, relation, values, expected):
    assert found(world, ["est_in_mins", relation, *values]) == expected


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("is", ["2024-05-10"], "b"),
        ("is", [None], "e"),
        ("is_not", ["2024-05-10"], "acde"),
        ("less_than", ["2024-05-15"], "bd"),
        ("greater_than", ["2024-05-10"], "ac"),
        ("between", ["2024-05-10", "2024-05-15"], "ab"),
        ("in", [["2024-05-10", "2023-05-15"]], "bd"),
        ("in_last", [1, "WEEK"], "ab"),
        ("not_in_last", [1, "WEEK"], "cde"),
        ("in_last", [1, "YEAR"], "abd"),
        ("in_next", [2, "MONTH"], "ac"),
        ("not_in_next", [2, "MONTH"], "bde"),
        ("in_calendar_day", [0], "a"),
        ("in_calendar_week", [-1], "b"),
        ("in_calendar_month", [0], "ab"),
        ("in_calendar_month", [1], "c"),
        ("in_calendar_year", [-1], "d"),
    ],
)
def test_dates_are_compared(world, relation, values, expected):
    assert found(world, ["due_date", relation, *values]) == expected


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("is", [utc(2024, 5, 14, 12)], "b"),
        ("less_than", [utc(2024, 5, 14, 12)], "cd"),
        ("greater_than", [utc(2024, 5, 14, 12)], "ae"),
        ("between", [utc(2024, 4, 1), utc(2024, 5, 15)], "bc"),
        ("in_last", [1, "HOUR"], "a"),
        ("in_last", [24, "HOUR"], "ab"),
        ("in_next", [5, "DAY"], "e"),
        ("in_calendar_day", [-1], "b"),
        ("greater_than", ["2024-05-15"], "ae"),
    ],
)
def test_times_are_compared(world, relation, values, expected):
    assert found(world, ["created_at", relation, *values]) == expected


def test_choices_are_compared_as_text(world):
    assert found(world, ["sg_status_list", "is", "ip"]) == "b"
    assert found(world, ["sg_status_list", "in", ["ip", "fin"]]) == "bc"
    assert found(world, ["sg_status_list", "is_not", "wtg"]) == "bc"


def test_checkboxes_are_compared(world):
    assert found(world, ["sg_sync_in_jira", "is", True]) == "a"
    assert found(world, ["sg_sync_in_jira", "is_not", True]) == "bcde"


def test_links_are_only_compared_with_none(world):
    assert found(world, ["sg_jira_url", "is_not", None]) == "a"
    with pytest.raises(Fault, match="None"):
        found(world, ["sg_jira_url", "is", "http://j/FILM-1"])


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("is", ["dragon"], "ac"),
        ("is", [None], "de"),
        ("is_not", ["dragon"], "bde"),
        ("is_not", [None], "abc"),
        ("in", ["dragon", "shot"], "abc"),
        ("not_in", ["dragon", "shot"], "de"),
    ],
)
def test_a_single_link_is_compared_by_record(world, relation, values, expected):
    records = [world[one] if one else None for one in values]

    assert found(world, ["entity", relation, *records]) == expected


@pytest.mark.parametrize(
    ("relation", "value", "expected"),
    [
        ("type_is", "Asset", "ac"),
        ("type_is", None, "de"),
        ("type_is_not", "Asset", "bde"),
        ("name_contains", "RAG", "ac"),
        ("name_not_contains", "rag", "bde"),
        ("name_is", "dragon", "ac"),
        ("name_is_not", "dragon", "bde"),
        ("name_starts_with", "dra", "ac"),
        ("name_ends_with", "10", "b"),
    ],
)
def test_a_single_link_is_compared_by_type_and_name(world, relation, value, expected):
    assert found(world, ["entity", relation, value]) == expected


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("is", [JANE], "ab"),
        ("is", [None], "e"),
        ("is_not", [JANE], "cde"),
        ("is_not", [None], "abcd"),
        ("in", [JANE, RIGGERS], "abc"),
        ("not_in", [JANE, RIGGERS], "de"),
    ],
)
def test_a_list_of_links_is_searched_for_records(world, relation, values, expected):
    records = [world[one] if one else None for one in values]

    assert found(world, ["task_assignees", relation, *records]) == expected


@pytest.mark.parametrize(
    ("relation", "value", "expected"),
    [
        ("type_is", "Group", "c"),
        ("type_is_not", "Group", "abde"),
        ("name_contains", "haddad", "bd"),
        ("name_not_contains", "haddad", "ace"),
        ("name_is", "riggers", "c"),
    ],
)
def test_a_list_of_links_is_searched_by_type_and_name(world, relation, value, expected):
    assert found(world, ["task_assignees", relation, value]) == expected


@pytest.mark.parametrize(
    ("path", "relation", "value", "expected"),
    [
        ("entity.Asset.code", "is", "dragon", "ac"),
        ("entity.Asset.sg_asset_type", "is", "Character", "ac"),
        ("entity.Shot.sg_sequence.Sequence.code", "is", "SQ1", "b"),
        ("project.Project.name", "contains", "film", "abcde"),
        ("task_assignees.HumanUser.login", "is", "omar", "bd"),
        ("notes.Note.subject", "starts_with", "on b", "b"),
        ("notes.Note.subject", "is", None, "cde"),
    ],
)
def test_deep_fields_are_followed_also_through_lists(world, path, relation, value, expected):
    assert found(world, [path, relation, value]) == expected


def test_all_conditions_must_hold_or_any_one(world):
    conditions = (["est_in_mins", "greater_than", 10], ["sg_description", "contains", "wings"])

    assert found(world, *conditions) == "d"
    assert found(world, *conditions, filter_operator="any") == "abcd"


def test_groups_of_conditions_nest(world):
    either = {
        "filter_operator": "any",
        "filters": [
            ["content", "is", "a"],
            {
                "filter_operator": "all",
                "filters": [["content", "in", ["c", "d"]], ["entity", "is", None]],
            },
        ],
    }

    assert found(world, either) == "ad"
    assert found(world, either, ["est_in_mins", "is_not", 10]) == "d"


def test_no_condition_finds_everything(world):
    assert found(world) == "abcde"


def test_ids_and_unique_fields_are_looked_up(world):
    first, second, *_ = [one["id"] for one in world["tasks"]]

    assert found(world, ["id", "is", first]) == "a"
    assert found(world, ["id", "in", [second, first]]) == "ab"
    assert found(world, ["id", "in", [second, first]], ["content", "is", "b"]) == "b"
    assert found(world, ["id", "greater_than", second]) == "cde"
    assert found(world, ["id", "less_than", second]) == "a"
    assert found(world, ["sg_jira_key", "is", "film-1"]) == "a"
    assert found(world, ["sg_jira_key", "is", "film-2"]) == ""
    assert found(world, ["sg_jira_key", "is", None]) == "bcde"
    assert (
        found(
            world,
            ["sg_jira_key", "is", "film-1"],
            ["content", "is", "b"],
            filter_operator="any",
        )
        == "ab"
    )


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (["sg_foo", "is", 1], "Task.sg_foo doesn't exist"),
        (["entity.Asset.sg_foo", "is", 1], "Asset.sg_foo doesn't exist"),
        (["entity.Thing.code", "is", 1], "'Thing' is not a valid entity type"),
        (["content.Asset.code", "is", 1], "Task.content is no link"),
        (["entity.Asset", "is", 1], "not of the form"),
        (["content", "greater_than", "a"], "'greater_than' is not a valid relation.*contains"),
        (["due_date", "contains", "a"], "'contains' is not a valid relation.*in_last"),
        (["content", "is", 5], "do not suit Task.content"),
        (["content", "contains", None], "needs a value"),
        (["est_in_mins", "is", "5"], "do not suit Task.est_in_mins"),
        (["est_in_mins", "greater_than", None], "needs a value"),
        (["est_in_mins", "between", 5], "takes 2 value"),
        (["sg_sync_in_jira", "is", "yes"], "do not suit"),
        (["due_date", "is", "soon"], "do not suit"),
        (["due_date", "less_than", None], "needs a value"),
        (["due_date", "in_last", "DAY"], "takes a number and one of HOUR, DAY"),
        (["due_date", "in_calendar_week", "x"], "takes one number"),
        (["due_date", "in_next", 99999999, "YEAR"], "out of the calendar"),
        (["entity", "is", "Dragon"], "do not suit Task.entity"),
        (["id", "in", []], "invalid/missing array 'values'"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(world, condition, reason):
    with pytest.raises(Fault, match=rf"API find\(\) .*{reason}"):
        found(world, condition)


def test_what_cannot_be_filtered_on_is_refused(world):
    with pytest.raises(Fault, match="cannot be filtered on"):
        world["sg"].find("EventLogEntry", [["meta", "is", None]])
