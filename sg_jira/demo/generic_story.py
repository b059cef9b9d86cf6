"""A story of Assets, Shots, Tasks and Tickets, their Notes and TimeLogs, made on either site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sg_jira.demo.cast import Cast
from sg_jira.demo.telling import Step, in_days
from sg_jira.sandbox import Flavour

PIP: Final = "Pip"
LANTERN: Final = "Brass Lantern"
SHOT: Final = "SQ010_0010"
RIG: Final = "Rig Pip"
SURFACE: Final = "Surface Pip"
MODEL: Final = "Model Brass Lantern"
ANIMATE: Final = "Animate SQ010_0010"
FLICKER: Final = "The lantern flickers in motion blur"
CRASH: Final = "Crowd cache crashes"
FOG: Final = "Light fog for SQ010_0010"
GULL: Final = "Gull"
FEATHERS: Final = "Model feathers"


def _all(*acts: Callable[[Cast], object]) -> Callable[[Cast], object]:
    def act(cast: Cast) -> None:
        for each in acts:
            each(cast)

    return act


def _turn_on(*names: str) -> Step:
    def act(cast: Cast) -> None:
        for name in names:
            cast.update("mira", name, sg_sync_in_jira=True)

    return Step("mira", "FPTR", f"turns on Sync In Jira for {', '.join(names)}", act)


def _plan_in_jira(cast: Cast) -> None:
    fields = {"duedate": in_days(9), "timetracking": {"originalEstimate": "3d"}}
    cast.issue("priya", SURFACE).update(fields=fields)


def _assign_in_jira(cast: Cast) -> None:
    fields = {"assignee": cast.account("ines"), "labels": ["hero", "night"]}
    cast.issue("saoirse", SURFACE).update(fields=fields)


def _new_ticket(cast: Cast) -> None:
    cast.create(
        "tomas",
        "Ticket",
        CRASH,
        sg_sync_in_jira=True,
        sg_status_list="ip",
        description="At frame 1012, on every farm machine.",
        due_date=in_days(2),
        sg_estimate=90,
        tags=[cast.tag("crowd")],
    )


def _new_bug(cast: Cast) -> None:
    text = "Only in the wide shots.\nSee the *second* take."
    cast.create_issue(
        "luca", "Bug", FLICKER, description=text, labels=["night"], **cast.sync_in_fptr("luca")
    )


def _new_sub_task(cast: Cast) -> None:
    cast.create_issue(
        "yuki",
        "Sub-task",
        FOG,
        parent=SHOT,
        assignee=cast.account("yuki"),
        timetracking={"originalEstimate": "1d 4h"},
        **cast.sync_in_fptr("yuki"),
    )


def _new_story(cast: Cast) -> None:
    cast.create_issue(
        "ines", "Story", GULL, description="White, loud, hungry.", **cast.sync_in_fptr("ines")
    )


def _talk_before(cast: Cast) -> None:
    cast.create_issue("ines", "Sub-task", FEATHERS, parent=GULL, duedate=in_days(20))
    cast.comment("mira", FEATHERS, "Only for the close-ups.")
    cast.log_work("ines", FEATHERS, 30, "looked at gulls")


def _turn_on_in_jira(cast: Cast) -> None:
    cast.issue("ines", FEATHERS).update(fields=cast.sync_in_fptr("ines"))


def _note_in_fptr(cast: Cast) -> None:
    cast.create_note("mira", ANIMATE, "Ears", "They should drop on frame 1040.")
    cast.create_note("mira", ANIMATE, "Paws", "Too fast.")


def _time_in_fptr(cast: Cast) -> None:
    for name, of, minutes in (("Tail work", RIG, 240), ("Found it", CRASH, 45), ("Wrong", RIG, 5)):
        cast.create(
            "jonas",
            "TimeLog",
            name,
            entity=cast.record(of),
            duration=minutes,
            date=in_days(-1),
            user=cast.person("jonas").shotgun,
        )


def _time_in_jira(cast: Cast) -> None:
    cast.log_work("tomas", ANIMATE, 60, "Second pass")
    cast.log_work("tomas", ANIMATE, 15, "Coffee")


def _comment_in_jira(cast: Cast) -> None:
    cast.comment("priya", SURFACE, "The fur is _wet_ now.")
    cast.comment("priya", SURFACE, "Wrong window.")


def _edit_met(cast: Cast) -> None:
    cast.meet("mira", "Task", FOG)
    cast.update("mira", FOG, sg_description="Thin, low, drifting left.", sg_status_list="rdy")


def _edit_met_ticket(cast: Cast) -> None:
    cast.meet("tomas", "Ticket", FLICKER)
    cast.update("tomas", FLICKER, title="The lantern flickers", sg_status_list="rev")


#: On Data Center a sub-task stays below the Issue that it was made for.
_MOVES: Final = (
    Step("mira", "FPTR", f"moves {MODEL} to {PIP}",
         lambda cast: cast.update("mira", MODEL, entity=cast.record(PIP))),
    Step("ines", "Jira", f"moves it back to {LANTERN}",
         lambda cast: cast.issue("ines", MODEL).update(
             fields={"parent": {"key": cast.issue("ines", LANTERN).key}})),
    Step("mira", "FPTR", f"adds {MODEL} to the Tasks of {PIP}",
         lambda cast: cast.update("mira", PIP, tasks=[
             cast.record(name) for name in ("Model Pip", SURFACE, RIG, MODEL)])),
)  # fmt: skip

_STEPS: Final = (
    _turn_on(PIP, LANTERN, SHOT),
    _turn_on(RIG, SURFACE, ANIMATE, MODEL),
    Step("tomas", "FPTR", f"makes a Ticket: {CRASH}", _new_ticket),
    Step("luca", "Jira", f"makes a Bug: {FLICKER}", _new_bug),
    Step("yuki", "Jira", f"makes a sub-task: {FOG}", _new_sub_task),
    Step("ines", "Jira", f"makes a Story: {GULL}", _new_story),
    Step("ines", "Jira", f"makes a sub-task: {FEATHERS}; people talk and log work", _talk_before),
    Step("ines", "Jira", f"turns on Sync In FPTR for {FEATHERS}", _turn_on_in_jira),
    Step("jonas", "Jira", f"moves {RIG} to In Progress",
         lambda cast: cast.move("jonas", RIG, "In Progress")),
    Step("tomas", "FPTR", f"puts {SHOT} and {ANIMATE} on hold",
         _all(lambda cast: cast.update("tomas", SHOT, sg_status_list="hld"),
              lambda cast: cast.update("tomas", ANIMATE, sg_status_list="hld"))),
    Step("mira", "FPTR", f"gives {RIG} a later due date and a bid of seven days",
         lambda cast: cast.update("mira", RIG, due_date=in_days(16), est_in_mins=7 * 8 * 60)),
    Step("priya", "Jira", f"changes due date and estimate of {SURFACE}", _plan_in_jira),
    Step("saoirse", "Jira", f"assigns {SURFACE} to Ines, with other labels", _assign_in_jira),
    Step("mira", "FPTR", f"gives {RIG} to Luca and puts Saoirse on the Cc",
         lambda cast: cast.update("mira", RIG, task_assignees=[cast.person("luca").shotgun],
                                  addressings_cc=[cast.person("saoirse").shotgun])),
    Step("ines", "Jira", f"changes title and description of {LANTERN}",
         lambda cast: cast.issue("ines", LANTERN).update(
             fields={"summary": "Brass Lantern, lit", "description": "Forty years of hands."})),
    Step("mira", "FPTR", f"describes {SHOT} and tags it",
         lambda cast: cast.update("mira", SHOT, description="Pip finds the lantern dark.",
                                  tags=[cast.tag("hero"), cast.tag("night")])),
    Step("mira", "FPTR", f"describes {FOG}, and says that it can begin", _edit_met),
    Step("tomas", "FPTR", f"shortens the title of {FLICKER}, and reviews it", _edit_met_ticket),
    Step("mira", "FPTR", f"adds two Notes to {ANIMATE}", _note_in_fptr),
    Step("mira", "FPTR", "edits one and deletes the other",
         _all(lambda cast: cast.update("mira", "Ears", content="They drop on frame 1052."),
              lambda cast: cast.delete("mira", "Paws"))),
    Step("jonas", "Jira", f"edits the comment that is a Note of {RIG}",
         lambda cast: cast.edit_comment("jonas", RIG, "The shoulders collapse",
                                        "Mended: the shoulders collapsed")),
    Step("priya", "Jira", f"comments twice on {SURFACE}", _comment_in_jira),
    Step("priya", "Jira", "edits one comment and deletes the other",
         _all(lambda cast: cast.edit_comment("priya", SURFACE, "_wet_", "dry"),
              lambda cast: cast.delete_comment("priya", SURFACE, "Wrong window"))),
    Step("jonas", "FPTR", f"logs time on {RIG} and on the Ticket", _time_in_fptr),
    Step("jonas", "FPTR", "corrects one TimeLog and deletes another",
         _all(lambda cast: cast.update("jonas", "Tail work", duration=200),
              lambda cast: cast.delete("jonas", "Wrong"))),
    Step("tomas", "Jira", f"logs work twice on {ANIMATE}", _time_in_jira),
    Step("tomas", "Jira", "corrects one worklog and deletes the other",
         _all(lambda cast: cast.edit_worklog("tomas", ANIMATE, "Second pass", 75),
              lambda cast: cast.delete_worklog("tomas", ANIMATE, "Coffee"))),
)  # fmt: skip


def generic_story(flavour: Flavour) -> tuple[Step, ...]:
    """The steps of the story, as far as this kind of Jira knows what people do in them."""
    return (*_STEPS, *_MOVES) if flavour.is_cloud else _STEPS
