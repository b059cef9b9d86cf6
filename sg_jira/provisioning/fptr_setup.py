"""Plans what FPTR needs: fields, and Projects that are linked to Jira projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shotgun_api3.shotgun import ShotgunError

from sg_jira.constants import SHOTGUN_JIRA_ACCOUNT_FIELD, SHOTGUN_JIRA_ID_FIELD
from sg_jira.provisioning.fptr_examination import MISSING, field_problem
from sg_jira.provisioning.linked_projects import LinkedProject
from sg_jira.provisioning.needs import SYNC_URL_FIELD, FptrField, Needs
from sg_jira.provisioning.steps import DoByHand, Step, exists, only_by_hand, to_do
from sg_jira.shotgun_session import ShotgunSession

_WORDS: Mapping[str, str] = {"text": "Text", "checkbox": "Checkbox", "url": "File/Link"}


def plan_fields(shotgun: ShotgunSession, needs: Needs, is_cloud: bool) -> Iterator[Step]:
    """The fields of FPTR; `is_cloud` says whether people need their Jira account id."""
    for each in needs.fptr_fields:
        if each.code == SHOTGUN_JIRA_ACCOUNT_FIELD and not is_cloud:
            continue
        yield _plan_field(shotgun, each)


def _plan_field(shotgun: ShotgunSession, field: FptrField) -> Step:
    unique = ", unique" * field.is_unique
    what = f"FPTR field {field} ({_WORDS[field.data_type]}{unique})"
    told = field_problem(shotgun, field)
    if told is None:
        return exists(what)
    if told == MISSING:
        return to_do(what, lambda: _create(shotgun, field), _by_hand(field))
    if told == _NOT_UNIQUE:
        return to_do(what, lambda: _make_unique(shotgun, field), _uniqueness_by_hand(field))
    return only_by_hand(what, f"It {told}: delete or rename it, then run this again.")


_NOT_UNIQUE = "must be unique"


def _create(shotgun: ShotgunSession, field: FptrField) -> None:
    code = _create_as_wished(shotgun, field)
    shotgun.clear_cached_field_schema(field.entity_type)
    if code != field.code:
        raise DoByHand(
            f"FPTR called it {code}, probably because a deleted field keeps the name. Delete "
            f"{code}, restore the field {field.code} of {field.entity_type} from the trash, and "
            "run this again."
        )
    if field_problem(shotgun, field) == _NOT_UNIQUE:
        _make_unique(shotgun, field)


def _create_as_wished(shotgun: ShotgunSession, field: FptrField) -> Any:
    make = shotgun.schema_field_create
    shape = (field.entity_type, field.data_type, field.display_name)
    if not field.is_unique:
        return make(*shape)
    try:
        return make(*shape, {"unique": True})
    except ShotgunError:
        # Whether this was the reason shows now: a site may not let it be set along with the rest.
        return make(*shape)


def _make_unique(shotgun: ShotgunSession, field: FptrField) -> None:
    try:
        shotgun.schema_field_update(field.entity_type, field.code, {"unique": True})
    except ShotgunError as error:
        raise DoByHand(f"{_uniqueness_by_hand(field)} FPTR says: {error}") from error
    shotgun.clear_cached_field_schema(field.entity_type)
    if field_problem(shotgun, field):
        raise DoByHand(_uniqueness_by_hand(field))


def _by_hand(field: FptrField) -> str:
    unique = " Tick 'Ensure unique values'." if field.is_unique else ""
    return (
        f"In FPTR, Site Preferences or the {field.entity_type} page, Manage Fields: add a field of "
        f"the type {_WORDS[field.data_type]} with the name {field.display_name!r}, so that its "
        f"code is {field.code}.{unique}"
    )


def _uniqueness_by_hand(field: FptrField) -> str:
    return (
        f"In FPTR, on the {field.entity_type} page, Manage Fields, {field.display_name!r}, "
        "Configure Field: tick 'Ensure unique values'."
    )


class WrongProject(ValueError):  # noqa: N818  # named after what is wrong
    """A Project that was named cannot be linked."""


def find_project(
    shotgun: ShotgunSession, name: str, key: str, linked: Sequence[LinkedProject]
) -> LinkedProject:
    """The FPTR Project with this name, to be linked with the Jira project with this key.

    Raises:
        WrongProject: there is none, or several, or it is linked otherwise, or the key is taken.
    """
    for each in linked:
        if each.name == name and each.key != key:
            raise WrongProject(
                f"FPTR Project {name!r} is linked to {each.key!r} already. Clear its "
                f"{SHOTGUN_JIRA_ID_FIELD} first if it is to be {key!r}."
            )
        if each.key == key and each.name != name:
            raise WrongProject(f"{key!r} belongs to FPTR Project {each.name!r} already.")
    found = [one for one in linked if one.name == name] or [
        LinkedProject(row["id"], name, key)
        for row in shotgun.find("Project", [["name", "is", name]], ["name"])
    ]
    if len(found) != 1:
        many = "several Projects have" if found else "no Project has"
        raise WrongProject(f"In FPTR {many} the name {name!r}.")
    return found[0]


def plan_link(shotgun: ShotgunSession, project: LinkedProject, is_linked: bool) -> Step:
    """The Jira key of a Project."""
    what = f"FPTR Project {project.name!r} linked with Jira project {project.key}"
    if is_linked:
        return exists(what)
    return to_do(
        what,
        lambda: _write(shotgun, project, {SHOTGUN_JIRA_ID_FIELD: project.key}),
        f"Enter {project.key} into {SHOTGUN_JIRA_ID_FIELD} of the Project.",
    )


def plan_sync_url(shotgun: ShotgunSession, project: LinkedProject, url: str) -> Step:
    """The address in a Project that names its entry, and tells the event daemon where to post."""
    what = f"FPTR Project {project.name!r} with {SYNC_URL_FIELD} {url}"
    if project.sync_url:
        return exists(f"FPTR Project {project.name!r} with {SYNC_URL_FIELD} {project.sync_url}")
    link = {"url": url, "name": "sg-jira"}
    return to_do(
        what,
        lambda: _write(shotgun, project, {SYNC_URL_FIELD: link}),
        f"Enter {url} into {SYNC_URL_FIELD} of the Project.",
    )


def _write(shotgun: ShotgunSession, project: LinkedProject, values: Mapping[str, Any]) -> None:
    shotgun.update("Project", project.id, dict(values))
