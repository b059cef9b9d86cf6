"""The screens of a site as administrators see them: two of each project, and the default one.

As on real sites, a project that was made from a template has screens of its own, so that what is
added to the default screen is seen nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sg_jira.sandbox.jira.fields import Field
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.screens import Placement, Screen
from sg_jira.sandbox.jira.store import Project, Store

_DEFAULT_ID: Final = 1
_FIRST_ID: Final = 10000
_TAB: Final = "Field Tab"


@dataclass(frozen=True)
class SiteScreen:
    """A screen; the default one has neither project nor kind. Its only tab has its id."""

    id: int
    name: str
    project: Project | None = None
    kind: Screen | None = None

    def show(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "name": self.name, "description": ""}

    def show_tab(self) -> dict[str, Any]:
        """The JSON form of its tab."""
        return {"id": self.id, "name": _TAB}


def site_screens(store: Store) -> list[SiteScreen]:
    """All screens."""
    screens = [SiteScreen(_DEFAULT_ID, "Default Screen")]
    for project in store.projects.values():
        for kind in Screen:
            name = f"{project.key}: {kind.value.capitalize()} Issue Screen"
            screens.append(SiteScreen(screen_id(project, kind), name, project, kind))
    return screens


def screen_id(project: Project, kind: Screen) -> int:
    """The id of one of a project's screens."""
    return _FIRST_ID + 2 * (int(project.id) - _FIRST_ID) + list(Screen).index(kind)


def find_screen(store: Store, id: int) -> SiteScreen:
    """The screen with this id. Raises `Refusal` 404."""
    for screen in site_screens(store):
        if screen.id == id:
            return screen
    raise Refusal(404, f"The screen with id {id} does not exist.")


def fields_on(store: Store, screen: SiteScreen) -> list[Field]:
    """The fields on a screen."""
    if screen.project is None or screen.kind is None:
        return [store.fields[id] for id in store.default_screen if id in store.fields]
    return [f for f in store.fields.values() if _is_on(store, f, screen.project, screen.kind)]


def screens_with(store: Store, field: str) -> list[SiteScreen]:
    """The screens that a field (id) is on."""
    return [
        screen
        for screen in site_screens(store)
        if any(one.id == field for one in fields_on(store, screen))
    ]


def _is_on(store: Store, field: Field, project: Project, kind: Screen) -> bool:
    state = field.on_create if kind is Screen.CREATE else field.on_edit
    for placement in store.placements:
        asked = placement.on_create if kind is Screen.CREATE else placement.on_edit
        # One for a single issue type does not change the screen of the others.
        if asked is not None and placement.issue_type is None:
            state = asked if placement.fits(field.id, project.key, "") else state
    return state


def put_on(store: Store, screen: SiteScreen, field: Field) -> None:
    """Adds a field to a screen. Raises `Refusal` 400 when it is there."""
    if field in fields_on(store, screen):
        raise Refusal(400, f"The field with id {field.id} already exists on the screen.")
    _place(store, screen, field, True)


def take_off(store: Store, screen: SiteScreen, field: Field) -> None:
    """Removes a field from a screen. Raises `Refusal` 404 when it is not there."""
    if field not in fields_on(store, screen):
        raise Refusal(404, f"The field with id {field.id} is not on the screen.")
    _place(store, screen, field, False)


def _place(store: Store, screen: SiteScreen, field: Field, there: bool) -> None:
    if screen.project is None:
        (store.default_screen.append if there else store.default_screen.remove)(field.id)
        return
    on_create = there if screen.kind is Screen.CREATE else None
    on_edit = there if screen.kind is Screen.EDIT else None
    placement = Placement(field.id, screen.project.key, None, on_create, on_edit)
    store.placements.append(placement)
