"""The site as Python sees it, and many who use it at once."""

import threading

import pytest
import shotgun_api3

from sg_jira.sandbox.shotgun import ShotgunFault


def test_an_actor_edits_by_the_same_rules(site, as_jane, jane, task):
    with pytest.raises(ShotgunFault, match="Value is not legal"):
        as_jane.update("Task", task["id"], {"sg_status_list": "xyz"})

    changed = as_jane.update("Task", task["id"], {"sg_status_list": "ip"})

    assert changed == site.record("Task", task["id"])
    assert changed["updated_by"] == jane
    assert site.events()[-1]["session_uuid"] == "session-of-jane"


def test_an_actor_adds_to_lists_deletes_and_revives(site, as_jane, jane, omar, task):
    as_jane.update("Task", task["id"], {"task_assignees": [jane]})
    added = as_jane.update(
        "Task", task["id"], {"task_assignees": [omar]}, {"task_assignees": "add"}
    )

    assert [one["id"] for one in added["task_assignees"]] == [jane["id"], omar["id"]]
    assert as_jane.delete("Task", task["id"]) is True
    assert site.records("Task") == []
    assert site.record("Task", task["id"])["content"] == "Rig"
    assert as_jane.revive("Task", task["id"]) is True


def test_records_are_found_by_equal_fields(site, as_jane, jane, omar, project, task):
    other = as_jane.create(
        "Task", {"content": "Model", "project": project, "task_assignees": [jane, omar]}
    )

    assert [one["id"] for one in site.records("Task", content="Model")] == [other["id"]]
    assert [one["id"] for one in site.records("Task", task_assignees=[omar, jane])] == [other["id"]]
    assert len(site.records("Task", project=project)) == 2
    assert site.records("Task", project={"type": "Project", "id": 99}) == []
    with pytest.raises(ShotgunFault, match="sg_foo"):
        site.records("Task", sg_foo=1)


def test_a_record_that_never_was_is_not_found(site):
    with pytest.raises(LookupError, match="Task 999"):
        site.record("Task", 999)


def test_a_login_is_taken_only_once(site, jane):
    with pytest.raises(ShotgunFault, match=r"HumanUser\.login must be unique"):
        site.add_person("JANE", "Other Jane", "other@studio.example")


def test_many_clients_at_once_lose_nothing(site, sg, project, task):
    site.add_script("other", "key-of-other")
    before = site.last_event_id
    failures = []

    def work(name):
        client = shotgun_api3.Shotgun(site.url, script_name="other", api_key="key-of-other")
        try:
            for number in range(10):
                data = {"content": f"{name}{number}", "project": project}
                made = client.create("Task", {**data, "sg_jira_key": f"{name}-{number}"})
                client.update("Task", made["id"], {"est_in_mins": number})
        except shotgun_api3.ShotgunError as error:
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ABCDEF"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert len(site.records("Task")) == 61
    ids = [one["id"] for one in site.events(after=before)]
    assert ids == list(range(before + 1, before + 1 + 60 * 5))
