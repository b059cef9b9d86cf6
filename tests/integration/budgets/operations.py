"""What people do, whose calls are counted. Up to its `yield` an operation prepares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any, Final

from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.sandbox.shotgun import Entity
from tests.integration.budgets.world import World

Operation = Callable[[World], Iterator[None]]


def bridged_task(world: World, **fields: Any) -> Entity:
    """A Task that the bridge has made an Issue for, with all that belongs to it."""
    task = world.create("Task", content="Dig", sg_sync_in_jira=True, **fields)
    world.settle()
    return task


def person(world: World, login: str) -> Entity:
    return dict(world.production.person(login).shotgun)


def tag(world: World, number: int) -> Entity:
    return dict(list(world.production.tags.values())[number])


# ---- from FPTR


def one_field(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, sg_description="Deep")


def one_field_unsigned(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.is_signed = False
    world.edit(task, sg_description="Deep")


def there_already(world: World) -> Iterator[None]:
    task = world.linked_task()
    with world.unheard():
        world.in_jira().edit(world.key(task), description="Both say this.")
    yield
    world.edit(task, sg_description="Both say this.")


def four_fields(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, content="Dig deep", sg_description="Deep")
    world.edit(task, due_date="2031-02-03", est_in_mins=90)
    world.edit(task, content="Dig deeper")


EIGHT: Final[dict[str, Any]] = {
    "content": "Dig deep",
    "sg_description": "Deep",
    "due_date": "2031-02-03",
    "est_in_mins": 90,
    "sg_status_list": "ip",
}


def eight(world: World) -> dict[str, Any]:
    people = {"task_assignees": [person(world, "jonas")], "addressings_cc": [person(world, "mira")]}
    return {**EIGHT, **people, "tags": [tag(world, 0)]}


def eight_fields(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, **eight(world))


def status(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, sg_status_list="fin")


def assignee(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, task_assignees=[person(world, "jonas")])


def watcher(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, addressings_cc=[person(world, "jonas")])


def watcher_removed(world: World) -> Iterator[None]:
    task = bridged_task(world, addressings_cc=[person(world, "jonas")])
    yield
    world.edit(task, addressings_cc=[])


def label(world: World) -> Iterator[None]:
    task = bridged_task(world, tags=[tag(world, 0)])
    yield
    world.edit(task, tags=[tag(world, 0), tag(world, 1)])


def parent(world: World) -> Iterator[None]:
    otter = world.create("Asset", code="Otter", sg_sync_in_jira=True)
    heron = world.create("Asset", code="Heron", sg_sync_in_jira=True)
    world.settle()
    task = bridged_task(world, entity=otter)
    yield
    world.edit(task, entity=heron)


def not_wanted(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.edit(task, pinned=True)


def echo(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.own_in_fptr.update("Task", task["id"], {"content": "Own"})
    world.own_in_jira.edit(world.key(task), description="Own")


def first_sync(world: World) -> Iterator[None]:
    task = world.create("Task", content="Dive", due_date="2031-02-03", sg_description="Deep")
    yield
    world.edit(task, sg_sync_in_jira=True)


def first_sync_with_status(world: World) -> Iterator[None]:
    task = world.create("Task", content="Dive", sg_status_list="ip")
    yield
    world.edit(task, sg_sync_in_jira=True)


def first_sync_with_notes(world: World) -> Iterator[None]:
    task = world.create("Task", content="Dive")
    for number in range(10):
        world.create("Note", subject=f"Note {number}", content="Text.", tasks=[task])
    yield
    world.edit(task, sg_sync_in_jira=True)


def created_with_sync_on(world: World) -> Iterator[None]:
    yield
    fields = {**eight(world), "content": "Dive", "sg_sync_in_jira": True}
    world.create("Task", **fields)


def off_and_on(world: World) -> Iterator[None]:
    task = bridged_task(world)
    yield
    world.edit(task, sg_sync_in_jira=False)
    world.settle()
    world.edit(task, sg_sync_in_jira=True)


def deleted(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.entry = "more"
    world.in_fptr().delete("Task", task["id"])


# ---- Notes and time


def noted_task(world: World) -> tuple[Entity, Entity]:
    """A synced Task and its Note, which has its comment."""
    task = world.linked_task()
    note = world.create("Note", subject="Planks", content="Longer ones.", tasks=[task])
    world.settle()
    return task, note


def note_created(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.create("Note", subject="Planks", content="Longer ones.", tasks=[task])


def note_edited(world: World) -> Iterator[None]:
    _, note = noted_task(world)
    yield
    world.edit(note, content="Shorter ones.")


def note_moved(world: World) -> Iterator[None]:
    _, note = noted_task(world)
    other = world.linked_task(content="Fill")
    yield
    world.edit(note, tasks=[other])


def note_deleted(world: World) -> Iterator[None]:
    _, note = noted_task(world)
    yield
    world.in_fptr().delete("Note", note["id"])


def replied(world: World) -> Iterator[None]:
    _, note = noted_task(world)
    yield
    world.entry = "more"
    world.in_fptr().create("Reply", {"content": "Oak.", "entity": note})


def log(world: World, task: Entity) -> Entity:
    fields = {"description": "dug", "duration": 90, "date": "2031-02-03"}
    return world.create("TimeLog", entity=task, user=person(world, "mira"), **fields)


def time_logged(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    log(world, task)


def time_log_edited(world: World) -> Iterator[None]:
    made = log(world, world.linked_task())
    world.settle()
    yield
    world.edit(made, duration=30)


def time_log_deleted(world: World) -> Iterator[None]:
    made = log(world, world.linked_task())
    world.settle()
    yield
    world.in_fptr().delete("TimeLog", made["id"])


# ---- from Jira


def issue_field(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.in_jira().edit(world.key(task), description="Deep")


def issue_field_unsigned(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.is_signed = False
    world.in_jira().edit(world.key(task), description="Deep")


def issue_there_already(world: World) -> Iterator[None]:
    task = world.linked_task()
    with world.unheard():
        world.edit(task, sg_description="Both say this.")
    yield
    world.in_jira().edit(world.key(task), description="Both say this.")


def issue_fields(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.in_jira().edit(world.key(task), description="Deep", duedate="2031-02-03")
    world.in_jira().edit(world.key(task), summary="Dig deep")


def issue_status(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.in_jira().transition(world.key(task), "Done")


def issue_assignee(world: World) -> Iterator[None]:
    task = world.linked_task()
    jonas = world.production.person("jonas").jira
    yield
    world.in_jira().edit(world.key(task), assignee=jonas)


def issue_label(world: World) -> Iterator[None]:
    task = world.linked_task()
    name = str(tag(world, 0)["name"])
    yield
    world.in_jira().edit(world.key(task), labels=[name])


def issue_parent(world: World) -> Iterator[None]:
    heron = world.create("Asset", code="Heron", sg_sync_in_jira=True)
    world.settle()
    task = world.linked_task()
    key = world.key(heron)
    yield
    world.in_jira().edit(world.key(task), parent=key)


def issue_not_wanted(world: World) -> Iterator[None]:
    story = world.in_jira().create_issue(JIRA_KEY, "Story", summary="Not ours")
    unflagged = world.in_jira().create_issue(JIRA_KEY, "Task", summary="Flag off")
    yield
    for key in (story, unflagged):
        world.in_jira().edit(key, summary="Still not ours")


def issue_deleted(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.in_jira().delete_issue(world.key(task))


def comment_edited(world: World) -> Iterator[None]:
    task, note = noted_task(world)
    key, number = world.key(task), world.key(note).rpartition("/")[2]
    (body,) = [one["body"] for one in world.sandbox.jira.comments(key) if one["id"] == number]
    yield
    world.in_jira().edit_comment(key, number, body.replace("Longer", "Shorter"))


def commented(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.in_jira("jonas").comment(world.key(task), "Oak, please.")


def comment_deleted(world: World) -> Iterator[None]:
    task, note = noted_task(world)
    yield
    world.in_jira().delete_comment(world.key(task), world.key(note).rpartition("/")[2])


def answered(world: World) -> Iterator[None]:
    task, _ = noted_task(world)
    yield
    world.entry = "more"
    world.in_jira("jonas").comment(world.key(task), "Oak, please.")


_STARTED: Final = datetime(2031, 2, 4, 9, 30, tzinfo=timezone.utc)


def work_logged(world: World) -> Iterator[None]:
    task = world.linked_task()
    yield
    world.in_jira("jonas").log_work(world.key(task), 3600, "swam", _STARTED)


def worklog_edited(world: World) -> Iterator[None]:
    task = world.linked_task()
    key = world.key(task)
    number = world.in_jira("jonas").log_work(key, 3600, "swam", _STARTED)
    world.settle()
    yield
    world.in_jira("jonas").edit_worklog(key, number, seconds=7200)


def worklog_deleted(world: World) -> Iterator[None]:
    task = world.linked_task()
    key = world.key(task)
    number = world.in_jira("jonas").log_work(key, 3600, "swam", _STARTED)
    world.settle()
    yield
    world.in_jira("jonas").delete_worklog(key, number)


def flagged(world: World) -> Iterator[None]:
    key = world.in_jira().create_issue(JIRA_KEY, "Task", summary="Dive", description="Deep")
    yield
    world.in_jira().edit(key, **{"Sync In FPTR": "True"})


def flagged_with_comments(world: World) -> Iterator[None]:
    key = world.in_jira().create_issue(JIRA_KEY, "Task", summary="Dive", description="Deep")
    for number in range(3):
        world.in_jira("jonas").comment(key, f"Comment {number}")
    yield
    world.in_jira().edit(key, **{"Sync In FPTR": "True"})


def issue_created_with_flag(world: World) -> Iterator[None]:
    yield
    flag = {"Sync In FPTR": "True"}
    world.in_jira().create_issue(JIRA_KEY, "Task", summary="Dive", description="Deep", **flag)
