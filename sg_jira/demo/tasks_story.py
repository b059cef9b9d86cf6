"""A short story: people edit Tasks in FPTR and Issues in Jira. It does not look at the outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sg_jira.demo.cast import Cast
from sg_jira.sandbox import Sandbox

RIG: Final = "Rig Pip"
LANTERN: Final = "Surface Brass Lantern"
SHOT: Final = "Animate SQ010_0010"
NEW: Final = "Rig Brass Lantern"

#: Seconds that one edit and everything it brings about may take.
_PATIENCE: Final = 30.0


@dataclass(frozen=True)
class Step:
    """One edit: who (login) does what on which site, as people would say it."""

    login: str
    site: str
    text: str
    act: Callable[[Cast], None]


@dataclass(frozen=True)
class Told:
    """A step that was played, how long it took until both sites were quiet (seconds), and
    whether they became quiet at all."""

    step: Step
    seconds: float
    quiet: bool


def tell(sandbox: Sandbox, cast: Cast) -> Iterator[Told]:
    """Plays the story step by step.

    Raises:
        NotSynced: a step needs what an earlier one should have brought about.
    """
    for step in STORY:
        began = time.perf_counter()
        step.act(cast)
        quiet = sandbox.wait_until_quiet(_PATIENCE)
        yield Told(step, time.perf_counter() - began, quiet)


def _in_days(number: int) -> str:
    return (date.today() + timedelta(days=number)).isoformat()


def _turn_on(cast: Cast) -> None:
    for task in (RIG, LANTERN, SHOT):
        cast.update_task("mira", task, sg_sync_in_jira=True)


def _plan_in_jira(cast: Cast) -> None:
    fields = {"duedate": _in_days(9), "timetracking": {"originalEstimate": "3d"}}
    cast.issue("priya", LANTERN).update(fields=fields)


def _assign_in_jira(cast: Cast) -> None:
    cast.issue("saoirse", LANTERN).update(fields={"assignee": cast.account("ines")})


def _label_in_jira(cast: Cast) -> None:
    cast.issue("tomas", SHOT).update(fields={"labels": ["hero", "night"]})


def _start_in_jira(cast: Cast) -> None:
    cast.jira("jonas").transition_issue(cast.issue("jonas", RIG), "In Progress")


def _cast_for_both(cast: Cast) -> None:
    people = [cast.person(login).shotgun for login in ("luca", "yuki")]
    cast.update_task("mira", SHOT, task_assignees=people)


def _plan_in_fptr(cast: Cast) -> None:
    cast.update_task("mira", RIG, due_date=_in_days(16), est_in_mins=7 * 8 * 60)


def _new_task(cast: Cast) -> None:
    cast.create_task(
        "mira",
        NEW,
        sg_sync_in_jira=True,
        sg_status_list="rdy",
        task_assignees=[cast.person("jonas").shotgun],
        addressings_cc=[cast.person("mira").shotgun],
        tags=[cast.tag("hero")],
        due_date=_in_days(12),
        est_in_mins=4 * 60,
        sg_description="The handle swings, the door opens, the flame stays upright.",
    )


STORY: Final = (
    Step("mira", "FPTR", f"turns on Sync In Jira for {RIG}, {LANTERN} and {SHOT}", _turn_on),
    Step("jonas", "Jira", f"moves {RIG} to In Progress", _start_in_jira),
    Step("tomas", "FPTR", f"puts {SHOT} on hold",
         lambda cast: cast.update_task("tomas", SHOT, sg_status_list="hld")),
    Step("mira", "FPTR", f"gives {RIG} a later due date and a bid of seven days", _plan_in_fptr),
    Step("priya", "Jira", f"changes due date and estimate of {LANTERN}", _plan_in_jira),
    Step("mira", "FPTR", f"takes {SHOT} from Tomás and gives it to Luca and Yuki", _cast_for_both),
    Step("saoirse", "Jira", f"assigns {LANTERN} to Ines", _assign_in_jira),
    Step("mira", "FPTR", f"tags {RIG} with fur as well",
         lambda cast: cast.update_task("mira", RIG, tags=[cast.tag("hero"), cast.tag("fur")])),
    Step("tomas", "Jira", f"adds the label night to {SHOT}", _label_in_jira),
    Step("luca", "FPTR", f"describes {LANTERN} anew",
         lambda cast: cast.update_task("luca", LANTERN,
                                       sg_description="Brass, soot, and forty years of hands.")),
    Step("tomas", "Jira", f"describes {SHOT} anew",
         lambda cast: cast.issue("tomas", SHOT).update(
             fields={"description": "Pip finds the lantern dark.\nHold for *twelve* frames."})),
    Step("jonas", "Jira", f"changes the title of {RIG}",
         lambda cast: cast.issue("jonas", RIG).update(
             fields={"summary": "Rig Pip, tail included"})),
    Step("mira", "FPTR", f"puts Saoirse on the Cc of {LANTERN} and takes Luca off",
         lambda cast: cast.update_task("mira", LANTERN,
                                       addressings_cc=[cast.person("saoirse").shotgun])),
    Step("mira", "FPTR", f"adds a Note to {SHOT}",
         lambda cast: cast.create_note("mira", SHOT, "Ears", "They should drop on frame 1040.")),
    Step("mira", "FPTR", "edits that Note",
         lambda cast: cast.update_note("mira", "Ears", content="They should drop on frame 1052.")),
    Step("jonas", "Jira", f"edits the comment that is a Note of {RIG}",
         lambda cast: cast.edit_comment("jonas", RIG, "The shoulders collapse",
                                        "Mended: the shoulders collapsed")),
    Step("mira", "FPTR", f"makes a Task {NEW} with Sync In Jira already on", _new_task),
)  # fmt: skip
