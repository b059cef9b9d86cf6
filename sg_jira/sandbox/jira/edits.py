"""Reads the `fields` and `update` of a request against a screen; nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sg_jira.sandbox.jira.catalog import IssueType
from sg_jira.sandbox.jira.reading import Place, is_unset
from sg_jira.sandbox.jira.refusal import BadValue, Refusal
from sg_jira.sandbox.jira.screens import Slot, Slots
from sg_jira.sandbox.jira.store import Issue, Project, Store

#: Parts of an issue that `update` can add to though they are not values of a field.
_ADDITIONS: Final = ("comment", "worklog", "issuelinks")
_WHERE_ERRORS_GO: Final = {"parent": "parentId"}
JSON = dict[str, Any]


@dataclass
class Edit:
    """What a request asks for: new stored values by field id, and comments, worklogs, links."""

    values: dict[str, Any] = field(default_factory=dict)
    comment: list[JSON] = field(default_factory=list)
    worklog: list[JSON] = field(default_factory=list)
    issuelinks: list[JSON] = field(default_factory=list)


class EditReader:
    """Reads the edits of one issue, or of one to come.

    Parameters:
        slots: the fields that may be set.
        issue: the issue, `None` when it is being created.
    """

    def __init__(
        self,
        store: Store,
        slots: Slots,
        project: Project,
        issue_type: IssueType,
        issue: Issue | None = None,
    ) -> None:
        self._store = store
        self._slots = slots
        self._project = project
        self._type = issue_type
        self._issue = issue
        self._errors: dict[str, str] = {}
        self._edit = Edit()

    def read(self, body: Mapping[str, Any]) -> Edit:
        """The edit that a request's body asks for.

        Raises:
            Refusal: 400, with an error for every field that cannot be set so.
        """
        fields, update = _part(body, "fields"), _part(body, "update")
        for id in set(fields) & set(update):
            self._errors[id] = f"Field '{id}' cannot appear in both 'fields' and 'update'"
        for id, value in fields.items():
            if id not in self._errors:
                self._attempt(id, [("set", value)])
        for id, operations in update.items():
            if id not in self._errors:
                self._attempt(id, operations)
        if self._errors:
            raise Refusal(400, errors=self._errors)
        return self._edit

    def require(self, edit: Edit) -> None:
        """Sees that no required field stays empty.

        Raises:
            Refusal: 400, naming those that would.
        """
        for id, slot in self._slots.items():
            if not slot.required or id in ("project", "issuetype"):
                continue
            if is_unset(edit.values.get(id, self._issue and self._issue.values.get(id))):
                self._errors[id] = _missing(slot)
        if self._errors:
            raise Refusal(400, errors=self._errors)

    def _attempt(self, id: str, operations: Any) -> None:
        try:
            if id in _ADDITIONS:
                self._add(id, operations)
            else:
                self._apply(id, operations)
        except BadValue as error:
            self._errors[_WHERE_ERRORS_GO.get(id, id)] = str(error)

    def _add(self, id: str, operations: Any) -> None:
        for verb, value in _verbs(operations):
            if verb != "add" or not isinstance(value, dict):
                raise BadValue(
                    f"Field '{id}' does not support operation '{verb}'. "
                    "Supported operation(s) are: 'add'"
                )
            getattr(self._edit, id).append(value)

    def _apply(self, id: str, operations: Any) -> None:
        slot = self._slots.get(id)
        if slot is None:
            raise BadValue(
                f"Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."
            )
        kind = slot.field.kind
        place = Place(self._store, self._project, self._type, slot.field, self._issue)
        value = self._issue.values.get(id) if self._issue else None
        for verb, given in _verbs(operations):
            if verb not in kind.operations:
                raise BadValue(
                    f"Field '{id}' does not support operation '{verb}'. "
                    f"Supported operation(s) are: '{', '.join(kind.operations)}'"
                )
            if verb in ("set", "edit"):
                value = kind.read(place, given)
            elif verb == "add":
                value = _joined(value, kind.read(place, [given]))
            else:
                gone = kind.read(place, [given])
                value = tuple(one for one in value or () if one not in gone)
        if slot.required and is_unset(value):
            raise BadValue(_missing(slot))
        self._edit.values[id] = value


def _part(body: Mapping[str, Any], word: str) -> JSON:
    part = body.get(word) or {}
    if not isinstance(part, dict):
        raise Refusal(400, f"Can not deserialize '{word}': it is not an object.")
    return part


def _verbs(operations: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(operations, list):
        raise BadValue("data was not an array")
    for operation in operations:
        if isinstance(operation, tuple):
            yield operation
        elif isinstance(operation, dict):
            yield from operation.items()
        else:
            raise BadValue("data was not an object")


def _joined(old: tuple[Any, ...] | None, new: tuple[Any, ...]) -> tuple[Any, ...]:
    joined = tuple(dict.fromkeys((*(old or ()), *new)))
    return tuple(sorted(joined)) if isinstance(next(iter(joined), None), str) else joined


def _missing(slot: Slot) -> str:
    if slot.field.id == "summary":
        return "You must specify a summary of the issue."
    return f"{slot.field.name} is required."
