"""The pages of an FPTR site: lists of records, and one record with a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from sg_jira.sandbox.pages.frame import Frame, Input, Option, changed, filled
from sg_jira.sandbox.pages.shotgun_values import is_shown, make_input, parse, show
from sg_jira.sandbox.shotgun.records import NAME_FIELDS, Record
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Field

if TYPE_CHECKING:
    from sg_jira.sandbox.shotgun.site import ShotgunSite

_TYPES: Final = (
    "Task", "Note", "Reply", "Project", "Asset", "Shot", "Sequence", "Version", "TimeLog",
    "Ticket", "HumanUser", "CustomEntity01",
)  # fmt: skip
_COLUMNS: Final = (
    "sg_status_list", "project", "entity", "sg_sync_in_jira", "sg_jira_key", "updated_at",
)  # fmt: skip
_PAGE_SIZE: Final = 100
#: How many entries of the event log a record shows.
_EVENTS: Final = 10


class ShotgunPages:
    """Lists and edits the records of a site, as one of its people."""

    def __init__(self, site: ShotgunSite) -> None:
        self._site = site
        self._frame = Frame("FPTR of the sandbox")

    def blueprint(self) -> Blueprint:
        """The routes, for a Flask application."""
        blueprint = self._frame.blueprint
        blueprint.get("/")(self._list)
        blueprint.get("/new/<entity_type>")(self._new)
        blueprint.post("/new/<entity_type>")(self._create)
        blueprint.get("/detail/<entity_type>/<int:number>")(self._detail)
        blueprint.post("/detail/<entity_type>/<int:number>")(self._edit)
        return blueprint

    def _list(self) -> Response:
        entity_type = request.args.get("type", "Task")
        retired = "retired" in request.args
        fields = self._fields(entity_type)
        columns = [fields[name] for name in _COLUMNS if name in fields]
        records = self._site.newest(entity_type, retired)
        page = max(1, request.args.get("page", 1, int))
        rows = records[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
        return self._frame.render(
            "shotgun_list.html",
            types=_TYPES,
            entity_type=entity_type,
            retired=retired,
            columns=columns,
            rows=[(_name(one), one["id"], [show(f, one[f.code]) for f in columns]) for one in rows],
            page=page,
            more=len(records) > page * _PAGE_SIZE,
        )

    def _new(self, entity_type: str, problem: str = "") -> Response:
        inputs = self._inputs(entity_type, None)
        return self._frame.render(
            "shotgun_record.html",
            400 if problem else 200,
            entity_type=entity_type,
            record=None,
            name=f"New {entity_type}",
            inputs=filled(inputs, request.form if problem else request.args),
            problem=problem,
            **self._people(),
        )

    def _create(self, entity_type: str) -> AnyResponse:
        fields = self._fields(entity_type)
        texts = changed(self._inputs(entity_type, None), request.form)
        try:
            data = {name: parse(fields[name], text) for name, text in texts.items()}
            record = self._actor().create(entity_type, data)
        except (ShotgunFault, ValueError) as error:
            return self._new(entity_type, str(error))
        return self._frame.redirect(f"/detail/{entity_type}/{record['id']}")

    def _detail(self, entity_type: str, number: int, problem: str = "") -> Response:
        record = self._record(entity_type, number)
        return self._frame.render(
            "shotgun_record.html",
            400 if problem else 200,
            entity_type=entity_type,
            record=record,
            name=_name(record),
            retired=not self._site.is_living(entity_type, number),
            inputs=filled(self._inputs(entity_type, record), request.form),
            others=self._others(record),
            replies=self._replies(record),
            events=self._events(record),
            problem=problem,
            **self._people(),
        )

    def _edit(self, entity_type: str, number: int) -> AnyResponse:
        record = self._record(entity_type, number)
        try:
            self._act(request.form.get("action", "save"), record)
        except (ShotgunFault, ValueError) as error:
            return self._detail(entity_type, number, str(error))
        return self._frame.redirect(request.path)

    def _act(self, action: str, record: Record) -> None:
        entity_type, number = record["type"], record["id"]
        actor, link = self._actor(), {"type": entity_type, "id": number}
        if action == "save":
            fields = self._fields(entity_type)
            texts = changed(self._inputs(entity_type, record), request.form)
            data = {name: parse(fields[name], text) for name, text in texts.items()}
            if data:
                actor.update(entity_type, number, data)
        elif action == "retire":
            actor.delete(entity_type, number)
        elif action == "revive":
            actor.revive(entity_type, number)
        elif action == "reply" and entity_type in ("Note", "Ticket"):
            actor.create("Reply", {"entity": link, "content": request.form.get("content", "")})
        else:
            raise ValueError(f"Nothing can be done called {action!r}.")

    def _actor(self) -> Any:
        people = self._options()
        chosen = self._frame.actor(people)
        if not chosen:
            raise ValueError("There is nobody yet who could do this.")
        kind, _, number = chosen.partition(" ")
        return self._site.acting_as({"type": kind, "id": int(number)})

    def _options(self) -> list[Option]:
        people = self._site.records("HumanUser", sg_status_list="act")
        return [Option(f"HumanUser {one['id']}", one["name"]) for one in people]

    def _people(self) -> dict[str, Any]:
        people = self._options()
        return {"people": people, "actor": self._frame.actor(people)}

    def _fields(self, entity_type: str) -> dict[str, Field]:
        try:
            return dict(self._site.fields(entity_type))
        except ShotgunFault as fault:
            abort(404, str(fault))

    def _record(self, entity_type: str, number: int) -> Record:
        self._fields(entity_type)
        try:
            return self._site.record(entity_type, number)
        except LookupError as error:
            abort(404, str(error))

    def _inputs(self, entity_type: str, record: Record | None) -> list[Input]:
        """The inputs of a form, the fields first that a record must have."""
        shown = [field for field in self._fields(entity_type).values() if is_shown(field)]
        shown.sort(key=lambda field: (not field.mandatory, field.name.lower()))
        return [make_input(field, record[field.code] if record else None) for field in shown]

    def _others(self, record: Record) -> list[tuple[str, str]]:
        fields = self._fields(record["type"])
        return [
            (field.name, show(field, record[code]))
            for code, field in fields.items()
            if not is_shown(field) and isinstance(record.get(code), str | int | dict | list)
        ]

    def _replies(self, record: Record) -> list[Record]:
        if record["type"] not in ("Note", "Ticket"):
            return []
        return self._site.records("Reply", entity={"type": record["type"], "id": record["id"]})

    def _events(self, record: Record) -> list[Record]:
        link = {"type": record["type"], "id": record["id"]}
        return self._site.records("EventLogEntry", entity=link)[-_EVENTS:][::-1]


def _name(record: Record) -> str:
    return str(record.get(NAME_FIELDS.get(record["type"], "code")) or f"({record['id']})")
