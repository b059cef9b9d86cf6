"""What `find` answers: fields, order, pages; and `summarize`."""

import pytest
import requests
from shotgun_api3 import Fault


@pytest.fixture
def tasks(as_jane, project, asset):
    """Five Tasks, named and estimated in opposite order; the last has no estimate."""
    made = []
    for content, minutes in (("e", 10), ("D", 20), ("c", 20), ("B", 40), ("a", None)):
        data = {"content": content, "project": project, "est_in_mins": minutes}
        made.append(as_jane.create("Task", data))
    return made


def contents(records):
    return "".join(one["content"] for one in records)


def test_only_type_and_id_are_given_when_nothing_is_asked_for(sg, task):
    assert sg.find("Task", []) == [{"type": "Task", "id": task["id"]}]


def test_links_carry_type_id_and_name(sg, task, asset, project):
    found = sg.find_one("Task", [], ["entity", "project", "created_by"])

    assert found["entity"] == asset
    assert found["project"] == project
    assert found["created_by"]["name"] == "Jane Doe"


def test_deep_fields_come_under_their_whole_name(sg, task, asset):
    sg.update("Asset", asset["id"], {"sg_asset_type": "Prop"})

    found = sg.find_one("Task", [], ["entity.Asset.sg_asset_type", "entity.Shot.code"])

    assert found["entity.Asset.sg_asset_type"] == "Prop"
    assert found["entity.Shot.code"] is None


def test_fields_that_do_not_exist_are_left_out(sg, task):
    assert "sg_foo" not in sg.find_one("Task", [], ["content", "sg_foo", "entity.Asset.sg_foo"])


def test_an_unknown_type_is_refused(sg):
    with pytest.raises(Fault, match="'Tsk' is not a valid entity type"):
        sg.find("Tsk", [])


def test_records_come_by_id_when_no_order_is_given(sg, tasks):
    sg.delete("Task", tasks[0]["id"])
    sg.revive("Task", tasks[0]["id"])

    assert contents(sg.find("Task", [], ["content"])) == "eDcBa"


def test_order_goes_by_one_field_and_then_the_next(sg, tasks):
    order = [
        {"field_name": "est_in_mins", "direction": "asc"},
        {"field_name": "content", "direction": "asc"},
    ]

    assert contents(sg.find("Task", [], ["content"], order=order)) == "ecDBa"


def test_order_may_descend_and_go_by_deep_fields(sg, tasks, project):
    order = [
        {"field_name": "project.Project.name", "direction": "asc"},
        {"field_name": "content", "direction": "desc"},
    ]

    assert contents(sg.find("Task", [], ["content"], order=order)) == "eDcBa"


def test_order_by_links_goes_by_their_names(sg, tasks, jane, omar):
    sg.update("Task", tasks[0]["id"], {"task_assignees": [omar]})
    sg.update("Task", tasks[1]["id"], {"task_assignees": [jane]})

    order = [{"field_name": "task_assignees", "direction": "asc"}]

    assert contents(sg.find("Task", [], ["content"], order=order)) == "DecBa"


def test_order_by_what_does_not_exist_is_refused(sg, tasks):
    with pytest.raises(Fault, match=r"Task\.sg_foo"):
        sg.find("Task", [], order=[{"field_name": "sg_foo", "direction": "asc"}])
    with pytest.raises(Fault, match="'up'"):
        sg.find("Task", [], order=[{"field_name": "content", "direction": "up"}])


def test_a_limit_is_kept(sg, tasks):
    assert contents(sg.find("Task", [], ["content"], limit=2)) == "eD"


def test_a_page_is_given(sg, tasks):
    assert contents(sg.find("Task", [], ["content"], limit=2, page=2)) == "cB"
    assert contents(sg.find("Task", [], ["content"], limit=2, page=4)) == ""


def test_more_records_than_a_page_holds_come_in_several_calls(site, sg, tasks, monkeypatch):
    monkeypatch.setattr(type(sg.config), "records_per_page", 2)
    site.controls.calls.clear()

    assert contents(sg.find("Task", [], ["content"])) == "eDcBa"
    assert site.controls.calls.count("find Task") == 3


def test_presets_of_filters_are_refused(sg, task):
    presets = [{"preset_name": "LATEST", "latest_by": "ENTITIES_CREATED_AT"}]

    with pytest.raises(Fault, match="not offered"):
        sg.find("Task", [], additional_filter_presets=presets)


def test_records_of_archived_projects_may_be_left_out(sg, task, project):
    sg.update("Project", project["id"], {"archived": True})

    assert sg.find("Task", [], include_archived_projects=False) == []
    assert sg.find("Project", [], include_archived_projects=False) == []
    assert len(sg.find("Task", [])) == 1


def test_the_older_way_of_paging_tells_the_counts(site, script, tasks):
    auth = {"script_name": "pipeline", "script_key": "key-of-pipeline"}
    params = {"type": "Task", "return_paging_info": True, "paging": {"entities_per_page": 2}}

    body = {"method_name": "read", "params": [auth, params]}
    answer = requests.post(f"{site.url}/api3/json", json=body, timeout=5).json()

    assert answer["results"]["paging_info"] == {
        "current_page": 1,
        "entities_per_page": 2,
        "entity_count": 5,
        "page_count": 3,
    }


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("read", None, "object"),
        ("read", {}, "'type'"),
        ("read", {"type": "Task", "return_fields": "id"}, "return_fields"),
        ("read", {"type": "Task", "paging": {"current_page": 0}}, "above 0"),
        ("read", {"type": "Task", "filters": {"conditions": []}}, "logical_operator"),
        ("read", {"type": "Task", "filters": {"logical_operator": "and"}}, "conditions"),
        ("read", {"type": "Task", "sorts": ["id"]}, "invalid sort"),
        ("create", {"type": "Task"}, "'fields'"),
        ("create", {"type": "Task", "fields": [{"value": 1}]}, "'field_name'"),
        ("batch", {}, "array of requests"),
        ("batch", [{"request_type": "move"}], "request 0 has no valid 'request_type'"),
        ("summarize", {"type": "Task", "summaries": "id"}, "'summaries'"),
        ("dance", {}, "Unknown API method 'dance'"),
    ],
)
def test_parameters_that_are_not_of_the_protocol_are_refused(site, script, method, params, reason):
    auth = {"script_name": "pipeline", "script_key": "key-of-pipeline"}
    body = {"method_name": method, "params": [auth, params]}

    answer = requests.post(f"{site.url}/api3/json", json=body, timeout=5).json()

    assert answer["exception"] is True
    assert reason in answer["message"]


@pytest.mark.parametrize(
    "condition",
    [{"relation": "is", "values": [1]}, {"path": "id", "values": [1]}, {"path": "id"}, 5],
)
def test_a_condition_that_lacks_a_part_is_refused(site, script, condition):
    auth = {"script_name": "pipeline", "script_key": "key-of-pipeline"}
    filters = {"logical_operator": "and", "conditions": [condition]}
    body = {"method_name": "read", "params": [auth, {"type": "Task", "filters": filters}]}

    answer = requests.post(f"{site.url}/api3/json", json=body, timeout=5).json()

    assert "invalid/missing" in answer["message"]


def test_filters_that_never_end_are_refused(sg):
    filters = [["id", "is", 1]]
    for _ in range(60):
        filters = [{"filter_operator": "all", "filters": filters}]

    with pytest.raises(Fault, match="nested"):
        sg.find("Task", filters)


def test_records_are_counted_and_summed_up(sg, tasks):
    wanted = [
        {"field": "id", "type": "count"},
        {"field": "est_in_mins", "type": "sum"},
    ]

    assert sg.summarize("Task", [], wanted) == {
        "summaries": {"id": 5, "est_in_mins": 90},
        "groups": [],
    }


@pytest.mark.parametrize(
    ("field", "kind", "expected"),
    [
        ("est_in_mins", "record_count", 5),
        ("est_in_mins", "count", 4),
        ("est_in_mins", "maximum", 40),
        ("est_in_mins", "minimum", 10),
        ("est_in_mins", "average", 22.5),
        ("due_date", "latest", None),
        ("sg_sync_in_jira", "checked", 0),
        ("sg_sync_in_jira", "unchecked", 5),
    ],
)
def test_fields_are_summarized(sg, tasks, field, kind, expected):
    answer = sg.summarize("Task", [], [{"field": field, "type": kind}])

    assert answer["summaries"] == {field: expected}


def test_summaries_come_in_groups_and_groups_of_groups(sg, tasks, task, asset):
    grouping = [
        {"field": "entity", "type": "exact", "direction": "desc"},
        {"field": "est_in_mins", "type": "exact", "direction": "asc"},
    ]

    answer = sg.summarize("Task", [], [{"field": "id", "type": "count"}], grouping=grouping)

    first, second = answer["groups"]
    assert (first["group_name"], first["group_value"]) == ("Dragon", asset)
    assert first["summaries"] == {"id": 1}
    assert [(one["group_value"], one["summaries"]["id"]) for one in second["groups"]] == [
        (None, 1),
        (10, 1),
        (20, 2),
        (40, 1),
    ]


def test_lists_are_grouped_by_all_their_names(sg, tasks, jane, omar):
    sg.update("Task", tasks[0]["id"], {"task_assignees": [jane, omar]})
    grouping = [{"field": "task_assignees", "type": "exact", "direction": "desc"}]

    answer = sg.summarize("Task", [], [{"field": "id", "type": "count"}], grouping=grouping)

    assert answer["groups"][0]["group_name"] == "Jane Doe, Omar Haddad"


@pytest.mark.parametrize(
    ("wanted", "grouping", "reason"),
    [
        ([], None, "nothing to summarize"),
        ([{"field": "id", "type": "dance"}], None, "'dance' is not a summary type"),
        ([{"field": "content", "type": "sum"}], None, "has no summary 'sum'"),
        ([{"field": "id", "type": "count"}], [{"field": "id", "type": "tens"}], "'exact'"),
    ],
)
def test_a_summary_that_makes_no_sense_is_refused(sg, tasks, wanted, grouping, reason):
    with pytest.raises(Fault, match=reason):
        sg.summarize("Task", [], wanted, grouping=grouping)
