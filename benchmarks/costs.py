"""How many calls each operation costs, counted at the sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from benchmarks.scene import Scene, scene
from benchmarks.sizes import Sizes

#: What a script writes at once in a studio's pipeline, beside people and tags.
_FIELDS: Final = {
    "content": "Build the pier",
    "sg_description": "Of larch.",
    "due_date": "2031-02-03",
    "est_in_mins": 480,
    "sg_status_list": "ip",
}


def measure(sizes: Sizes, naive: bool = False) -> dict[str, Any]:
    """See `measure_in`."""
    with scene(tasks=2, naive=naive) as play:
        return measure_in(play, sizes)


def measure_in(play: Scene, sizes: Sizes) -> dict[str, Any]:
    """Calls to FPTR and to Jira by operation, and the endpoints that were called.

    The sites have a latency, since events that come while others are worked on go together.
    """
    play.sites.set_latency(sizes.latency)
    _warm(play)
    return {name: _count(play, operation) for name, operation in _OPERATIONS.items()}


def _warm(play: Scene) -> None:
    """Lets the bridge learn what it keeps: fields, screens, people."""
    task = _create(play, **_eight(play))
    play.settle()
    play.sites.edit_task(task, sg_status_list="ip")
    play.settle()
    play.sites.edit_task(play.tasks[0].task, **_people(play))
    play.settle()
    play.sites.edit_issue(play.tasks[1].key, summary="Rafts")
    play.settle()


def _count(play: Scene, operation: Callable[[Scene], Any]) -> dict[str, Any]:
    prepared = operation(play)
    play.settle()
    play.sites.forget_calls()
    prepared()
    play.settle()
    calls = play.sites.bridge_calls()
    shotgun, jira = calls.totals
    return {
        "fptr": shotgun,
        "jira": jira,
        "endpoints": {**calls.shotgun, **calls.jira},
    }


def _people(play: Scene) -> dict[str, Any]:
    return {
        "task_assignees": [play.sites.person("jonas")],
        "addressings_cc": [play.sites.person("mira")],
    }


def _eight(play: Scene) -> dict[str, Any]:
    """A value for each of the eight fields that are synced."""
    return {**_FIELDS, **_people(play), "tags": [play.sites.tag()]}


def _create(play: Scene, **fields: Any) -> int:
    task: int = play.sites.create_task(sg_sync_in_jira=True, **fields)
    return task


def _one_field(play: Scene) -> Callable[[], Any]:
    return lambda: play.sites.edit_task(play.tasks[0].task, sg_description="Deep")


def _status(play: Scene) -> Callable[[], Any]:
    return lambda: play.sites.edit_task(play.tasks[0].task, sg_status_list="fin")


def _eight_fields(play: Scene) -> Callable[[], Any]:
    fields = _eight(play)
    return lambda: play.sites.edit_task(play.tasks[1].task, **fields)


def _creation(play: Scene) -> Callable[[], Any]:
    fields = _eight(play)
    return lambda: _create(play, **fields)


def _flag(play: Scene) -> Callable[[], Any]:
    task = play.sites.create_task(**_eight(play))
    return lambda: play.sites.edit_task(task, sg_sync_in_jira=True)


def _in_jira(play: Scene) -> Callable[[], Any]:
    return lambda: play.sites.edit_issue(play.tasks[0].key, summary="Planks")


def _unwanted(play: Scene) -> Callable[[], Any]:
    return lambda: play.sites.edit_task(play.tasks[0].task, pinned=True)


_OPERATIONS: Final[dict[str, Callable[[Scene], Callable[[], Any]]]] = {
    "one field of a Task": _one_field,
    "status of a Task": _status,
    "eight fields at once, one person in cc": _eight_fields,
    "Task created with sync on": _creation,
    "sync turned on": _flag,
    "one field of an Issue": _in_jira,
    "a change that is not synced": _unwanted,
}
