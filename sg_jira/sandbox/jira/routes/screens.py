"""Routes of screens: their tabs and fields, and on Cloud which of them a project has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sg_jira.sandbox.jira.fields import Field
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route
from sg_jira.sandbox.jira.screen_catalog import (
    SiteScreen,
    fields_on,
    find_screen,
    put_on,
    screen_id,
    site_screens,
    take_off,
)
from sg_jira.sandbox.jira.screens import Screen
from sg_jira.sandbox.jira.store import Project

_DEFAULT_SCREEN: Final = 1


def screens(call: Call) -> Answer:
    call.require(Permission.ADMINISTER)
    ids, word = call.words("id"), call.query.get("queryString", "").lower()
    found = [
        screen.show()
        for screen in site_screens(call.store)
        if (not ids or str(screen.id) in ids) and word in screen.name.lower()
    ]
    return _page(call, found)


def available_fields(call: Call, id: int) -> Answer:
    """The fields that are not on a screen yet."""
    there = fields_on(call.store, _screen(call, id))
    return Answer(200, [_show(f) for f in call.store.fields.values() if f not in there])


def tabs(call: Call, id: int) -> Answer:
    return Answer(200, [_screen(call, id).show_tab()])


def tab_fields(call: Call, id: int, tab: int) -> Answer:
    return Answer(200, [_show(field) for field in fields_on(call.store, _tab(call, id, tab))])


def add_field(call: Call, id: int, tab: int) -> Answer:
    screen = _tab(call, id, tab)
    field = _field(call, str(call.data.get("fieldId")))
    put_on(call.store, screen, field)
    return Answer(200, _show(field))


def remove_field(call: Call, id: int, tab: int, field: str) -> Answer:
    take_off(call.store, _tab(call, id, tab), _field(call, field))
    return NO_CONTENT


def add_to_default(call: Call, field: str) -> Answer:
    put_on(call.store, _screen(call, _DEFAULT_SCREEN), _field(call, field))
    return Answer(200, {})


def schemes_of_projects(call: Call) -> Answer:
    """Which scheme says what screens the issue types of these projects have."""
    projects = [_project(call, id) for id in call.words("projectId")]
    return _page(
        call,
        [
            {"issueTypeScreenScheme": _show_scheme(project), "projectIds": [project.id]}
            for project in projects
        ],
    )


def screen_schemes_of_types(call: Call) -> Answer:
    """Which screens the issue types of such a scheme have: the same for all."""
    projects = _asked(call, "issueTypeScreenSchemeId")
    return _page(
        call,
        [
            {
                "issueTypeScreenSchemeId": project.id,
                "issueTypeId": "default",
                "screenSchemeId": project.id,
            }
            for project in projects
        ],
    )


def screen_schemes(call: Call) -> Answer:
    """Which screen each operation has."""
    return _page(
        call,
        [
            {
                "id": int(project.id),
                "name": f"{project.key}: Screen Scheme",
                "screens": {
                    "default": screen_id(project, Screen.EDIT),
                    "create": screen_id(project, Screen.CREATE),
                },
            }
            for project in _asked(call, "id")
        ],
    )


def _screen(call: Call, id: int) -> SiteScreen:
    call.require(Permission.ADMINISTER)
    return find_screen(call.store, id)


def _tab(call: Call, id: int, tab: int) -> SiteScreen:
    screen = _screen(call, id)
    if tab != screen.id:
        raise Refusal(404, f"The tab with id {tab} does not exist on the screen.")
    return screen


def _field(call: Call, id: str) -> Field:
    if id not in call.store.fields:
        raise Refusal(404, f"The field with id {id} does not exist.")
    return call.store.fields[id]


def _show(field: Field) -> dict[str, str]:
    return {"id": field.id, "name": field.name}


def _show_scheme(project: Project) -> dict[str, str]:
    return {"id": project.id, "name": f"{project.key}: Issue Type Screen Scheme"}


def _project(call: Call, id: str) -> Project:
    _refuse_on_data_center(call)
    call.require(Permission.ADMINISTER)
    return call.project(id)


def _asked(call: Call, word: str) -> list[Project]:
    """The projects whose scheme the query names; each scheme has the id of its project."""
    _refuse_on_data_center(call)
    call.require(Permission.ADMINISTER)
    ids = call.words(word)
    return [one for one in call.store.projects.values() if not ids or one.id in ids]


def _refuse_on_data_center(call: Call) -> None:
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")


def _page(call: Call, values: Sequence[Any]) -> Answer:
    start, most = call.page(100, 100)
    last = start + most >= len(values)
    page = {"maxResults": most, "startAt": start, "total": len(values), "isLast": last}
    return Answer(200, {**page, "values": values[start : start + most]})


ROUTES: Final = (
    Route("GET", "screens", screens),
    Route("GET", "screens/<int:id>/availableFields", available_fields),
    Route("GET", "screens/<int:id>/tabs", tabs),
    Route("GET", "screens/<int:id>/tabs/<int:tab>/fields", tab_fields),
    Route("POST", "screens/<int:id>/tabs/<int:tab>/fields", add_field),
    Route("DELETE", "screens/<int:id>/tabs/<int:tab>/fields/<field>", remove_field),
    Route("POST", "screens/addToDefault/<field>", add_to_default),
    Route("GET", "issuetypescreenscheme/project", schemes_of_projects),
    Route("GET", "issuetypescreenscheme/mapping", screen_schemes_of_types),
    Route("GET", "screenscheme", screen_schemes),
)
