"""A short story: people edit Tasks in FPTR and Issues in Jira. It does not look at the outcome."""

from __future__ import annotations

from typing import Final

from sg_jira.demo.cast import Cast
from sg_jira.demo.telling import Step, in_days

RIG: Final = "Rig Pip"
LANTERN: Final = "Surface Brass Lantern"
SHOT: Final = "Animate SQ010_0010"
NEW: Final = "Rig Brass Lantern"


def _turn_on(cast: Cast) -> None:
    for task in (RIG, LANTERN, SHOT):
        cast.update("mira", task, sg_sync_in_jira=True)


def _plan_in_jira(cast: Cast) -> None:
    fields = {"duedate": in_days(9), "timetracking": {"originalEstimate": "3d"}}
    cast.issue("priya", LANTERN).update(fields=fields)


def _assign_in_jira(cast: Cast) -> None:
    cast.issue("saoirse", LANTERN).update(fields={"assignee": cast.account("ines")})


def _label_in_jira(cast: Cast) -> None:
    cast.issue("tomas", SHOT).update(fields={"labels": ["hero", "night"]})


def _cast_for_both(cast: Cast) -> None:
    people = [cast.person(login).shotgun for login in ("luca", "yuki")]
    cast.update("mira", SHOT, task_assignees=people)


def _plan_in_fptr(cast: Cast) -> None:
    cast.update("mira", RIG, due_date=in_days(16), est_in_mins=7 * 8 * 60)


def _new_task(cast: Cast) -> None:
    cast.create(
        "mira",
        "Task",
        NEW,
        sg_sync_in_jira=True,
        sg_status_list="rdy",
        task_assignees=[cast.person("jonas").shotgun],
        addressings_cc=[cast.person("mira").shotgun],
        tags=[cast.tag("hero")],
        due_date=in_days(12),
        est_in_mins=4 * 60,
        sg_description="The handle swings, the door opens, the flame stays upright.",
    )


STORY: Final = (
    Step("mira", "FPTR", f"turns on Sync In Jira for {RIG}, {LANTERN} and {SHOT}", _turn_on),
    Step("jonas", "Jira", f"moves {RIG} to In Progress",
         lambda cast: cast.move("jonas", RIG, "In Progress")),
    Step("tomas", "FPTR", f"puts {SHOT} on hold",
         lambda cast: cast.update("tomas", SHOT, sg_status_list="hld")),
    Step("mira", "FPTR", f"gives {RIG} a later due date and a bid of seven days", _plan_in_fptr),
    Step("priya", "Jira", f"changes due date and estimate of {LANTERN}", _plan_in_jira),
    Step("mira", "FPTR", f"takes {SHOT} from Tomás and gives it to Luca and Yuki", _cast_for_both),
    Step("saoirse", "Jira", f"assigns {LANTERN} to Ines", _assign_in_jira),
    Step("mira", "FPTR", f"tags {RIG} with fur as well",
         lambda cast: cast.update("mira", RIG, tags=[cast.tag("hero"), cast.tag("fur")])),
    Step("tomas", "Jira", f"adds the label night to {SHOT}", _label_in_jira),
    Step("luca", "FPTR", f"describes {LANTERN} anew",
         lambda cast: cast.update("luca", LANTERN,
                                       sg_description="Brass, soot, and forty years of hands.")),
    Step("tomas", "Jira", f"describes {SHOT} anew",
         lambda cast: cast.issue("tomas", SHOT).update(
             fields={"description": "Pip finds the lantern dark.\nHold for *twelve* frames."})),
    Step("jonas", "Jira", f"changes the title of {RIG}",
         lambda cast: cast.issue("jonas", RIG).update(
             fields={"summary": "Rig Pip, tail included"})),
    Step("mira", "FPTR", f"puts Saoirse on the Cc of {LANTERN} and takes Luca off",
         lambda cast: cast.update("mira", LANTERN,
                                       addressings_cc=[cast.person("saoirse").shotgun])),
    Step("mira", "FPTR", f"adds a Note to {SHOT}",
         lambda cast: cast.create_note("mira", SHOT, "Ears", "They should drop on frame 1040.")),
    Step("mira", "FPTR", "edits that Note",
         lambda cast: cast.update("mira", "Ears", content="They should drop on frame 1052.")),
    Step("jonas", "Jira", f"edits the comment that is a Note of {RIG}",
         lambda cast: cast.edit_comment("jonas", RIG, "The shoulders collapse",
                                        "Mended: the shoulders collapsed")),
    Step("mira", "FPTR", f"makes a Task {NEW} with Sync In Jira already on", _new_task),
)  # fmt: skip
