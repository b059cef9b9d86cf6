"""Looks at the FPTR site: its fields, what the script user may read, its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shotgun_api3.lib.httplib2 import HttpLib2Error
from shotgun_api3.shotgun import ShotgunError

from sg_jira.constants import SHOTGUN_JIRA_ACCOUNT_FIELD
from sg_jira.provisioning.findings import Finding, failure, fine, some_of, warning
from sg_jira.provisioning.needs import FptrField, Needs
from sg_jira.shotgun_session import ShotgunSession

#: What FPTR and the way to it may raise.
TROUBLE = (ShotgunError, HttpLib2Error, OSError)


def examine_fptr(shotgun: ShotgunSession, needs: Needs, is_cloud: bool | None) -> Iterator[Finding]:
    """What is so on the FPTR site.

    Parameters:
        shotgun: connected.
        needs: what has to be there.
        is_cloud: whether people are matched by their Jira account id; `None` when nobody knows,
            as Jira cannot be reached.
    """
    yield fine("FPTR login", f"connected to {shotgun.address}.")
    yield _script_user(shotgun)
    yield _event_log(shotgun)
    yield from _fields(shotgun, needs, bool(is_cloud))
    if is_cloud is not None:
        yield from _asked("FPTR people", lambda: _people(shotgun, is_cloud))


def _script_user(shotgun: ShotgunSession) -> Finding:
    user = shotgun.current_user
    if user:
        return fine("FPTR script user", f"found as ApiUser {user['id']}.")
    return failure(
        "FPTR script user",
        "it was not found, so that the bridge cannot tell its own changes from others'.",
        "Let its permission role read ApiUser records, and check SHOTGUN['script_name'].",
    )


def _event_log(shotgun: ShotgunSession) -> Finding:
    topic = "FPTR event log"
    try:
        found = shotgun.find_one("EventLogEntry", [], ["id"])
    except TROUBLE as error:
        found, why = None, f" ({error})"
    else:
        why = ""
    if found:
        return fine(topic, "can be read.")
    return warning(
        topic,
        f"the script user cannot read it{why}, so that changes missed meanwhile are not found.",
        "Let its permission role read EventLogEntry records.",
    )


def _fields(shotgun: ShotgunSession, needs: Needs, is_cloud: bool) -> Iterator[Finding]:
    topic = "FPTR fields"
    wanted = [
        one for one in needs.fptr_fields if is_cloud or one.code != SHOTGUN_JIRA_ACCOUNT_FIELD
    ]
    wrong = 0
    for each in wanted:
        told = field_problem(shotgun, each)
        if told:
            wrong += 1
            remedy = next((_REMEDIES[one] for one in _REMEDIES if told.startswith(one)), _BY_HAND)
            tell = warning if each.is_optional else failure
            yield tell(topic, f"{each} {told}.", remedy)
    if wrong < len(wanted):
        yield fine(topic, f"{len(wanted) - wrong} of {len(wanted)} are as they must be.")


MISSING = "is missing"
_UNSEEN = "cannot be looked at"
_REMEDIES = {
    MISSING: "Run sg-jira setup.",
    _UNSEEN: "Correct the type in the settings, or let the script user's role see it.",
}
_BY_HAND = "FPTR cannot change that: rename this field's display name, then run sg-jira setup."


def field_problem(shotgun: ShotgunSession, field: FptrField) -> str | None:
    """What is wrong with a field, to be said behind its name; `MISSING` when it is not there.

    Raises:
        OSError: FPTR cannot be reached.
    """
    try:
        schema = shotgun.get_field_schema(field.entity_type, field.code)
    except ShotgunError as error:
        return f"{_UNSEEN} ({error})"
    if not schema:
        return MISSING
    found = schema["data_type"]["value"]
    if found != field.data_type:
        return f"has the type {found!r} and must be {field.data_type!r}"
    if field.is_unique and schema.get("unique", {}).get("value") is not True:
        return "must be unique"
    return None


def _people(shotgun: ShotgunSession, is_cloud: bool) -> Finding:
    topic = "People"
    by_id = is_cloud and bool(shotgun.get_field_schema("HumanUser", SHOTGUN_JIRA_ACCOUNT_FIELD))
    field = SHOTGUN_JIRA_ACCOUNT_FIELD if by_id else "email"
    people: list[dict[str, Any]] = shotgun.find(
        "HumanUser", [["sg_status_list", "is", "act"]], ["name", field]
    )
    lost = [str(one["name"]) for one in people if not one[field]]
    if not lost:
        return fine(topic, f"all {len(people)} active people have what they are matched by.")
    what = "Jira account id" if by_id else "e-mail"
    remedy = "Run update_shotgun_users.py." if by_id else "Enter their e-mails in FPTR."
    return warning(
        topic, f"{len(lost)} of {len(people)} have no {what}: {some_of(sorted(lost))}.", remedy
    )


def _asked(topic: str, ask: Callable[[], Finding]) -> Iterator[Finding]:
    """A finding that takes a call; one that tells why when the site refuses."""
    try:
        yield ask()
    except TROUBLE as error:
        yield warning(topic, f"could not be looked at ({error}).", "Check the script user's role.")
