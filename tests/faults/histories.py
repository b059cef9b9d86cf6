"""Seeded random histories: what two people do to a few Tasks and their Issues, on both sites."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tests.faults.stepping import Stepping
from tests.faults.test_deaf import writes

#: What is edited on both sites: FPTR field -> Jira field.
FIELDS: Final = {
    "content": "summary",
    "sg_description": "description",
    "due_date": "duedate",
    "sg_status_list": "status",
    "task_assignees": "assignee",
}
STATUSES: Final = {"wtg": "To Do", "ip": "In Progress", "fin": "Done"}
#: The fields whose values nobody says twice, by their names on both sites.
_TEXTS: Final = ("content", "sg_description", "due_date", "summary", "description", "duedate")
#: What Tasks and Issues are made with.
_AT_CREATION: Final = {"sg_status_list": next(iter(STATUSES)), "due_date": ""}
_STEPS: Final = 14


@dataclass
class Edits:
    """What people have set a field to, in order."""

    fptr: list[Any]
    jira: list[Any]


class History:
    """See the module.

    Parameters:
        world: where it happens.
        seed: decides about it.
        from_jira: whether a Task may be made from an Issue.
    """

    def __init__(self, world: Stepping, seed: int, from_jira: bool) -> None:
        self.world, self.seed, self._from_jira = world, seed, from_jira
        world.begin(seed)
        self.dice = world.dice
        self.sandbox = world.sandbox
        person = self.sandbox.production.producer
        assert person.jira is not None
        self._fptr = self.sandbox.shotgun.acting_as(person.shotgun)
        self._jira = self.sandbox.jira.acting_as(person.jira)
        self.people = [one for one in self.sandbox.production.people if one.jira]
        self.tasks: list[int] = []
        self.issues: list[str] = []
        #: (Issue's key or Task's id, FPTR field) -> edits.
        self.edits: dict[tuple[Any, str], Edits] = defaultdict(lambda: Edits([], []))
        self.log: list[str] = []
        #: What was edited before its first sync had ended: the values of the creation count, too.
        self.early: set[tuple[Any, str]] = set()
        self._count = 0
        self._is_amid = False
        self._interruptions = 2

    def happen(self) -> None:
        """Plays the history until all is quiet, and what did not arrive was fetched."""
        self.new_pair()
        self.world.interrupt = self._interrupt
        for _ in range(_STEPS):
            step = self.dice.choices(
                [self.edit, self.world.deliver, self.world.work, self._wait, self.new_pair],
                [8, 8, 6, 4, 1],
            )[0]
            step()
        self.world.interrupt = lambda: None
        self.world.settle()
        self.world.catch_up()

    def _wait(self) -> None:
        self.world.clock.pass_by(self.dice.choice([0.1, 2, 20, 100, 400]))

    def _interrupt(self) -> None:
        if self._interruptions and self.dice.random() < 0.06:
            self._interruptions -= 1
            self.note("amid a call of the bridge:")
            self._is_amid = True
            self.edit()
            self._is_amid = False

    def note(self, what: str) -> None:
        self.log.append(f"{self.world.clock.now:%H:%M:%S.%f} {what}")

    # ------------------------------------------------------------------ what people do

    def new_pair(self) -> None:
        if len(self.tasks) + len(self.issues) >= 2:
            return
        title = self.words("Title")
        if self._from_jira and self.dice.random() < 0.4:
            # A flag that is turned on later is a change of its own: it syncs everything, also
            # when it comes late, and so over what was edited in FPTR in between.
            flag = {"Sync In FPTR": "True"}
            project = self.sandbox.production.jira_key
            key = self._jira.create_issue(project, "Task", summary=title, **flag)
            self.issues.append(key)
            self.note(f"Jira: {key} is made: {title}")
            return
        data = {"project": self.sandbox.production.project, "content": title}
        task = self._fptr.create("Task", {**data, "sg_sync_in_jira": True})["id"]
        self.tasks.append(task)
        self.note(f"FPTR: Task {task} is made: {title}")

    def edit(self) -> None:
        """Somebody edits a field, on the site where the record is, or on one of both."""
        pairs = self.pairs()
        task, key = self.dice.choice(pairs)
        in_fptr = bool(task) and (not key or self.dice.random() < 0.5)
        field = self.dice.choice(list(FIELDS))
        if self._is_amid:
            self.early.add((task if in_fptr else key, field))
        (self._edit_in_fptr if in_fptr else self._edit_in_jira)(task, key, field)

    def _edit_in_fptr(self, task: int, key: str | None, field: str) -> None:
        value: Any
        if field == "sg_status_list":
            value = self.dice.choice(list(STATUSES))
        elif field == "task_assignees":
            value = [self.dice.choice(self.people).shotgun]
        elif field == "due_date":
            value = self.day()
        else:
            value = self.words("Here")
        self._fptr.update("Task", task, {field: value})
        value = value[0]["name"] if field == "task_assignees" else value
        self.note(f"FPTR: {field} of Task {task} ({key}) becomes {value!r}")
        self.edits[task, field].fptr.append(value)

    def _edit_in_jira(self, task: int | None, key: str, field: str) -> None:
        value: Any
        if field == "sg_status_list":
            now = self.sandbox.jira.issue(key)["fields"]["status"]["name"]
            value = self.dice.choice([code for code, name in STATUSES.items() if name != now])
            self._jira.transition(key, STATUSES[value])
        elif field == "task_assignees":
            person = self.dice.choice(self.people)
            value = person.name
            self._jira.edit(key, assignee=person.jira)
        else:
            value = self.day() if field == "due_date" else self.words("There")
            self._jira.edit(key, **{FIELDS[field]: value})
        self.note(f"Jira: {field} of {key} (Task {task}) becomes {value!r}")
        self.edits[key, field].jira.append(value)

    def words(self, what: str) -> str:
        """A text that nobody has written before."""
        self._count += 1
        return f"{what} {self.seed}-{self._count}"

    def day(self) -> str:
        self._count += 1
        return (date(2032, 1, 1) + timedelta(days=self._count)).isoformat()

    # ------------------------------------------------------------------ what has to be true

    def pairs(self) -> list[tuple[int | None, str | None]]:
        """Task and key of its Issue, as far as they know each other."""
        pairs: list[tuple[int | None, str | None]] = []
        for task in self.tasks:
            pairs.append((task, self.sandbox.shotgun.record("Task", task)["sg_jira_key"] or None))
        for key in self.issues:
            found = self.sandbox.shotgun.records("Task", sg_jira_key=key)
            pairs.append((found[0]["id"] if found else None, key))
        return pairs

    def check(self) -> None:
        """Both sites are equal. What was edited on one of them has what was said last there; of
        what was edited on both, the edit that was carried over first stands."""
        for task, key in self.pairs():
            assert task, f"{key} has no Task"
            assert key, f"Task {task} has no Issue"
            for field in FIELDS:
                here, there = self.values(task, key, field)
                assert here == there, f"{field} of Task {task} ({key}): {here!r} and {there!r}"
                mine, theirs = self.edits[task, field].fptr, self.edits[key, field].jira
                said = [*mine, *theirs] if mine and theirs else [*mine, *theirs][-1:]
                if {(task, field), (key, field)} & self.early:
                    said += [_AT_CREATION.get(field)]
                assert not said or here in said, (
                    f"{field} of Task {task} ({key}) is {here!r}, not one of {said}"
                )

    def check_calm(self) -> None:
        """What somebody said was carried over once at most, and nothing is left to do."""
        conflicts = sum(bool(edits.fptr and edits.jira) for edits in self._by_pair().values())
        again = [
            write
            for write, times in self.world.written.items()
            if write[1] in _TEXTS and times > 1 and write[2]
        ]
        # What was said on both sites at once may be told by two events.
        assert len(again) <= conflicts, f"written more than once: {again}"
        self.sandbox.forget_calls()
        self.world.catch_up()
        assert writes(self.sandbox) == 0, self.sandbox.bridge_calls()

    def _by_pair(self) -> dict[tuple[int, str], Edits]:
        return {
            (task, field): Edits(self.edits[task, field].fptr, self.edits[key, field].jira)
            for task, key in self.pairs()
            if task
            for field in FIELDS
        }

    def values(self, task: int, key: str, field: str) -> tuple[Any, Any]:
        """What the sites have, in the same words."""
        here = self.sandbox.shotgun.record("Task", task)[field]
        there = self.sandbox.jira.issue(key)["fields"][FIELDS[field]]
        if field == "sg_status_list":
            return STATUSES.get(here) and here, next(
                code for code, name in STATUSES.items() if name == there["name"]
            )
        if field == "task_assignees":
            return _agreed([one["name"] for one in here], there and there["displayName"])
        return here or "", there or ""


def _agreed(here: list[str], there: str | None) -> tuple[str | None, str | None]:
    """Jira has room for one of several people."""
    return there if there in here else next(iter(here), None), there
