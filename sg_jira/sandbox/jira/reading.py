"""Turns the values of requests into what fields store, as strictly as Jira does.

Every reader takes the `Place` and the value, and raises `BadValue` with Jira's own message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from sg_jira.sandbox.jira.catalog import (
    PRIORITIES,
    RESOLUTIONS,
    Component,
    IssueType,
    Named,
    Option,
    Priority,
    Resolution,
    Version,
)
from sg_jira.sandbox.jira.durations import parse_duration
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.refusal import BadValue, Refusal
from sg_jira.sandbox.jira.times import parse_date, parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from sg_jira.sandbox.jira.fields import Field
    from sg_jira.sandbox.jira.store import Issue, Project, Store

#: The most characters a summary, a text field, a URL field or a label can have.
SHORT: Final = 255
#: The most characters of Jira's long texts, comments included.
LONG: Final = 32767

_Named = TypeVar("_Named", bound=Named)
_Thing = TypeVar("_Thing")


@dataclass(frozen=True)
class Place:
    """Where a value is to be written; `issue` is `None` while the issue is being created."""

    store: Store
    project: Project
    issue_type: IssueType
    field: Field
    issue: Issue | None = None


@dataclass(frozen=True)
class Estimates:
    """A value of the time tracking field, in seconds."""

    original: int | None = None
    remaining: int | None = None


def is_unset(value: Any) -> bool:
    """Whether a stored value is none."""
    return value is None or value in ("", (), Estimates())


def nothing(place: Place, value: Any) -> Any:
    """Fields that nobody can set."""
    raise BadValue(
        f"Field '{place.field.id}' cannot be set. It is not on the appropriate screen, or unknown."
    )


def text(place: Place, value: Any) -> str | None:
    """A text of several lines."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    if len(value) > LONG:
        raise BadValue(
            f"The entered text is too long. It exceeds the allowed limit of {LONG:,} characters."
        )
    return value


def short_text(place: Place, value: Any) -> str | None:
    """A text of at most 255 characters."""
    read = text(place, value)
    if read is not None and len(read) > SHORT:
        raise BadValue(
            f"The entered text is too long. It exceeds the allowed limit of {SHORT} characters."
        )
    return read


def summary(place: Place, value: Any) -> str:
    """The summary: never empty, one line."""
    read = (text(place, value) or "").strip()
    if not read:
        raise BadValue("You must specify a summary of the issue.")
    if "\n" in read or "\r" in read:
        raise BadValue("The summary is invalid because it contains newline characters.")
    if len(read) > SHORT:
        raise BadValue(f"Summary must be less than {SHORT} characters.")
    return read


def url(place: Place, value: Any) -> str | None:
    """A URL."""
    read = short_text(place, value)
    if read is not None and not (urlsplit(read).scheme and urlsplit(read).netloc):
        raise BadValue("Not a valid URL")
    return read


def number(place: Place, value: Any) -> float | None:
    """A number, stored as Jira stores it."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue("Operation value must be a number")
    return float(value)


def day(place: Place, value: Any) -> str | None:
    """A date, kept as `YYYY-MM-DD`."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    try:
        return parse_date(value).isoformat()
    except ValueError:
        raise BadValue(f"Error parsing date string: {value}") from None


def moment(place: Place, value: Any) -> datetime | None:
    """A time in Jira's form."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    try:
        return parse_time(value)
    except ValueError:
        raise BadValue(f"Error parsing time: {value}") from None


def _array(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadValue("data was not an array")
    return value


def labels(place: Place, value: Any) -> tuple[str, ...]:
    """Labels, each once, in alphabetical order."""
    read = set()
    for label in _array(value):
        if not isinstance(label, str):
            raise BadValue("string expected at index 0")
        if any(character.isspace() for character in label):
            raise BadValue(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > SHORT:
            raise BadValue(
                f"The label '{label}' exceeds the maximum length for a single label "
                f"of {SHORT} characters."
            )
        if label:
            read.add(label)
    return tuple(sorted(read))


def option(place: Place, value: Any) -> Option | None:
    """A choice, named by its value or its id."""
    if value is None:
        return None
    if not isinstance(value, dict) or not {"id", "value"} & set(value):
        raise BadValue("Could not find valid 'id' or 'value' in the Parent Option object.")
    word = "id" if "id" in value else "value"
    for choice in place.field.options_for(place.project.key, place.issue_type.name):
        if getattr(choice, word) == str(value[word]):
            return choice
    raise BadValue(f"Option {word} '{value[word]}' is not valid")


def options(place: Place, value: Any) -> tuple[Option, ...]:
    """Several choices."""
    return _unique(option(place, one) for one in _array(value))


def user(place: Place, value: Any) -> str | None:
    """The id of a person, named by account id on Cloud and by name on Data Center."""
    person = _person(place, value)
    return person.id if person else None


def users(place: Place, value: Any) -> tuple[str, ...]:
    """Ids of several people."""
    return _unique(user(place, one) for one in _array(value))


def reporter(place: Place, value: Any) -> str | None:
    """The id of the reporter."""
    person = _person(place, value, unknown="The reporter specified is not a user.")
    return person.id if person else None


def assignee(place: Place, value: Any) -> str | None:
    """The id of the assignee, who must be active and allowed in the project."""
    if isinstance(value, dict) and "-1" in (value.get("accountId"), value.get("name")):
        return None
    person = _person(place, value)
    if person is None:
        return None
    if not person.active or person.id in place.project.unassignable:
        raise BadValue(f"User '{person.handle}' cannot be assigned issues.")
    return person.id


def _person(place: Place, value: Any, unknown: str | None = None) -> Person | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadValue("data was not an object")
    cloud = place.store.flavour.is_cloud
    if cloud and {"name", "key"} & set(value):
        raise BadValue(
            "'accountId' must be the only user identifying query parameter in GDPR strict mode."
        )
    words = ("accountId", "id") if cloud else ("name",)
    word = next((word for word in words if word in value), None)
    if word is None:
        raise BadValue(f"expected Object containing a '{words[0]}' property")
    handle = value[word]
    if handle in (None, ""):
        return None
    person = place.store.people.find(str(handle))
    if person is None:
        raise BadValue(unknown or f"User '{handle}' does not exist.")
    return person


def _named(choices: Iterable[_Named], label: str, value: Any) -> _Named | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not {"id", "name"} & set(value):
        raise BadValue(f"Specify a valid 'id' or 'name' for {label}")
    word = "id" if "id" in value else "name"
    for choice in choices:
        if getattr(choice, word) == str(value[word]):
            return choice
    raise BadValue(f"{label} {word} '{value[word]}' is not valid")


def priority(place: Place, value: Any) -> Priority | None:
    """A priority."""
    return _named(PRIORITIES, "Priority", value)


def resolution(place: Place, value: Any) -> Resolution | None:
    """A resolution."""
    return _named(RESOLUTIONS, "Resolution", value)


def components(place: Place, value: Any) -> tuple[Component, ...]:
    """Components of the project."""
    return _unique(_named(place.project.components, "Component", one) for one in _array(value))


def versions(place: Place, value: Any) -> tuple[Version, ...]:
    """Versions of the project."""
    return _unique(_named(place.project.versions, "Version", one) for one in _array(value))


def issue_type(place: Place, value: Any) -> IssueType:
    """An issue type of the project; an issue never becomes a sub-task or stops being one."""
    try:
        read = _named(place.project.issue_types, "Issue type", value)
    except BadValue:
        read = None
    if read is None or (place.issue and read.subtask != place.issue.type.subtask):
        raise BadValue("The issue type selected is invalid.")
    return read


def parent(place: Place, value: Any) -> str | None:
    """The id of the parent: one level up; a sub-task's is in the same project."""
    if value is None or (isinstance(value, dict) and value.get("none")):
        if place.issue_type.subtask:
            raise BadValue("Issue type is a sub-task but parent issue key or id not specified.")
        return None
    if not isinstance(value, dict) or not {"id", "key"} & set(value):
        raise BadValue("data was not an object")
    try:
        found = place.store.issue(str(value.get("id") or value.get("key")))
    except Refusal:
        raise BadValue("Could not find issue by id or key.") from None
    if found.type.level != place.issue_type.level + 1:
        raise BadValue("Given parent issue does not belong to appropriate hierarchy.")
    if place.issue_type.subtask and found.project is not place.project:
        raise BadValue("Sub-tasks must be created in the same project as the parent.")
    return found.id


def estimates(place: Place, value: Any) -> Estimates:
    """Estimates; a part that is not given keeps its value.

    An original estimate alone also sets the remaining one where there is none.
    """
    if not isinstance(value, dict):
        raise BadValue("data was not an object")
    old: Estimates = place.issue.values["timetracking"] if place.issue else Estimates()
    original, remaining = old.original, old.remaining
    if "originalEstimate" in value:
        original = _seconds(value["originalEstimate"], "original")
    if "remainingEstimate" in value:
        remaining = _seconds(value["remainingEstimate"], "remaining")
    elif remaining is None:
        remaining = original
    return Estimates(original, remaining)


def _seconds(value: Any, label: str) -> int | None:
    if value is None or value == "":
        return None
    try:
        return parse_duration(str(value))
    except ValueError:
        raise BadValue(f"The {label} estimate specified is not valid.") from None


def _unique(things: Iterable[_Thing | None]) -> tuple[_Thing, ...]:
    return tuple(dict.fromkeys(thing for thing in things if thing is not None))
