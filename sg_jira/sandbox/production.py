"""Puts a small animation production on both sites. Nothing of it is synced at the beginning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sg_jira.sandbox import production_data as data
from sg_jira.sandbox.jira import JiraSite, Person
from sg_jira.sandbox.shotgun import Actor, Entity, ShotgunSite
from sg_jira.sandbox.shotgun.records import NAME_FIELDS

_MINUTES_PER_DAY = 8 * 60


@dataclass(frozen=True)
class Colleague:
    """Someone who works on the production: the FPTR user, and the Jira account if there is one."""

    name: str
    login: str
    email: str
    shotgun: Entity
    jira: Person | None


@dataclass(frozen=True)
class Production:
    """What was seeded. Links are FPTR's `{"type", "id", "name"}`.

    Parameters:
        project: the FPTR Project.
        jira_key: key of the Jira project that belongs to it.
        people: everyone, the producer first.
        tags: by name.
        assets, shots: by their code.
        tasks: by their content.
    """

    project: Entity
    jira_key: str
    people: tuple[Colleague, ...]
    tags: dict[str, Entity]
    assets: dict[str, Entity]
    shots: dict[str, Entity]
    tasks: dict[str, Entity]

    @property
    def producer(self) -> Colleague:
        """Who made the production's records."""
        return self.people[0]

    def person(self, login: str) -> Colleague:
        """The colleague with this login. Raises `KeyError`."""
        for one in self.people:
            if one.login == login:
                return one
        raise KeyError(login)


def seed_production(shotgun: ShotgunSite, jira: JiraSite, today: date) -> Production:
    """Makes the demo production on both sites.

    Parameters:
        shotgun, jira: sites with the bridge's fields.
        today: the production began on the Monday of this day's week.
    """
    jira.add_project(data.JIRA_KEY, data.PROJECT_NAME)
    people = tuple(_hire(shotgun, jira, row) for row in data.PEOPLE)
    producer = shotgun.acting_as(people[0].shotgun)
    return _Seeding(shotgun, producer, people, today - timedelta(days=today.weekday())).run()


def _hire(shotgun: ShotgunSite, jira: JiraSite, row: data.PersonRow) -> Colleague:
    user = shotgun.add_person(row.login, row.name, row.email)
    account = jira.add_person(row.name, row.email, login=row.login) if row.in_jira else None
    if account is not None and account.account_id:
        own = shotgun.acting_as(user)
        own.update("HumanUser", user["id"], {"sg_jira_account_id": account.account_id})
    return Colleague(row.name, row.login, row.email, user, account)


class _Seeding:
    """One seeding of an FPTR site; records are linked by what was made before."""

    def __init__(
        self, shotgun: ShotgunSite, producer: Actor, people: tuple[Colleague, ...], first_day: date
    ) -> None:
        self._shotgun = shotgun
        self._producer = producer
        self._people = people
        self._first_day = first_day
        self._users = {one.login: one.shotgun for one in people}
        self._project: Entity = {}
        self._steps: dict[str, Entity] = {}
        self._tags: dict[str, Entity] = {}

    def run(self) -> Production:
        self._project = self._make(
            "Project",
            data.PROJECT_NAME,
            code=data.PROJECT_CODE,
            sg_description=data.PROJECT_DESCRIPTION,
            sg_type="Feature Film",
            sg_status="Active",
            sg_jira_key=data.JIRA_KEY,
            users=list(self._users.values()),
        )
        self._steps = {
            name: self._make("Step", name, short_name=short) for name, short in data.STEPS
        }
        self._tags = {name: self._make("Tag", name) for name in data.TAGS}
        sequence = self._make_here("Sequence", data.SEQUENCE)
        assets = {
            name: self._make_here("Asset", name, sg_asset_type=kind) for name, kind in data.ASSETS
        }
        shots = {
            code: self._make_here(
                "Shot", code, sg_sequence=sequence, sg_cut_in=first, sg_cut_out=last
            )
            for code, first, last in data.SHOTS
        }
        tasks = {row.content: self._task(row, {**assets, **shots}) for row in data.TASKS}
        self._note_and_log(tasks)
        return Production(
            self._project, data.JIRA_KEY, self._people, self._tags, assets, shots, tasks
        )

    def _task(self, row: data.TaskRow, links: dict[str, Entity]) -> Entity:
        return self._make_here(
            "Task",
            row.content,
            entity=links[row.link],
            step=self._steps[row.step],
            sg_status_list=row.status,
            task_assignees=[self._users[login] for login in row.assignees],
            addressings_cc=[self._users[login] for login in row.cc],
            tags=[self._tags[name] for name in row.tags],
            due_date=None if row.due is None else self._day(row.due),
            est_in_mins=None if row.days is None else round(row.days * _MINUTES_PER_DAY),
            sg_description=row.description or None,
        )

    def _note_and_log(self, tasks: dict[str, Entity]) -> None:
        for content, login, subject, text in data.NOTES:
            author = self._shotgun.acting_as(self._users[login])
            note = {"project": self._project, "subject": subject, "content": text}
            author.create("Note", {**note, "tasks": [tasks[content]]})
        for content, login, day, minutes, what in data.TIME_LOGS:
            author = self._shotgun.acting_as(self._users[login])
            work = {"date": self._day(day), "duration": minutes, "description": what}
            author.create("TimeLog", {"project": self._project, "entity": tasks[content], **work})

    def _day(self, number: int) -> str:
        return (self._first_day + timedelta(days=number)).isoformat()

    def _make_here(self, entity_type: str, name: str, **fields: object) -> Entity:
        return self._make(entity_type, name, project=self._project, **fields)

    def _make(self, entity_type: str, name: str, **fields: object) -> Entity:
        name_field = NAME_FIELDS.get(entity_type, "code")
        given = {field: value for field, value in fields.items() if value is not None}
        record = self._producer.create(entity_type, {name_field: name, **given})
        return {"type": entity_type, "id": record["id"], "name": name}
