"""What the settings say becomes of copied and of deleted records: as values, and what is wrong.

They stand among the settings of an entry, and those of deletion also in an element of an
`entity_mapping`, which then counts instead of what the entry says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from sg_jira.handlers.duplicates import OnDuplicate
from sg_jira.handlers.generic.problems import Problem
from sg_jira.handlers.generic.sites import Sites, suggest

#: Characters that a label of Jira may have.
_LONGEST_LABEL: Final = 255


class OnRetirement(str, Enum):
    """What becomes of the Issue of a deleted record; the words of the setting."""

    LEAVE = "leave"
    CLOSE = "close"
    LABEL = "label"
    DELETE_ISSUE = "delete_issue"


RetirementWords = Literal["leave", "close", "label", "delete_issue"]


@dataclass(frozen=True)
class RetirementRule:
    """What becomes of the Issue of a deleted record.

    `status` is for closing: `None` means the first status of the category Done that a transition
    leads to. `label` is for labelling.
    """

    action: OnRetirement = OnRetirement.LEAVE
    status: str | None = None
    label: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether deletions, and what is brought back, are synced at all."""
        return self.action is not OnRetirement.LEAVE


LEFT_ALONE: Final = RetirementRule()


def read_rule(given: Mapping[str, Any]) -> RetirementRule:
    """The rule that settings describe. Where something is wrong with them, Issues are left."""
    if next(_rule_problems(given, ""), None) is not None:
        return LEFT_ALONE
    return RetirementRule(
        OnRetirement(given.get("on_retirement") or OnRetirement.LEAVE),
        given.get("retired_status") or None,
        given.get("retired_label") or None,
    )


def problems_of_entry(
    given: Mapping[str, Any], path: str, sites: Sites | None = None
) -> Iterator[Problem]:
    """What is wrong with the settings of an entry that are about copies and deletion."""
    yield from _word_problems(given, "on_duplicate", [one.value for one in OnDuplicate], path)
    yield from problems_of_rule(given, path, sites)


def problems_of_rule(
    given: Mapping[str, Any], path: str, sites: Sites | None = None
) -> Iterator[Problem]:
    """What is wrong with the settings that are about deletion.

    Parameters:
        given: the settings of an entry, or an element of an `entity_mapping`.
        path: where they stand.
        sites: to look for the status; `None` checks without asking.
    """
    found = list(_rule_problems(given, path))
    yield from found
    status = given.get("retired_status")
    names = sites.statuses() if status and sites and not found else None
    if names is not None and status not in names:
        hint = suggest(str(status), names)
        yield Problem(f"{path}.retired_status", f"Jira has no status {status!r}", hint)


def _rule_problems(given: Mapping[str, Any], path: str) -> Iterator[Problem]:
    words = [one.value for one in OnRetirement]
    wrong = list(_word_problems(given, "on_retirement", words, path))
    if wrong:
        yield from wrong
        return
    action = given.get("on_retirement") or OnRetirement.LEAVE
    for key, needed_by in _NEEDED_BY.items():
        value = given.get(key)
        why = None
        if value is not None and (not isinstance(value, str) or not value):
            why = f"a text is needed, not {value!r}"
        elif value is not None and action != needed_by:
            why = f"this is for on_retirement={needed_by.value!r} only"
        elif key == "retired_label" and action == needed_by:
            why = _why_no_label(value)
        if why:
            yield Problem(f"{path}.{key}", why, error=ValueError)


_NEEDED_BY: Final = {
    "retired_status": OnRetirement.CLOSE,
    "retired_label": OnRetirement.LABEL,
}


def _why_no_label(value: str | None) -> str | None:
    if value is None:
        return "the label is missing"
    if len(value) > _LONGEST_LABEL or len(value.split()) != 1 or value != value.strip():
        return f"{value!r} is no label: blanks are not possible, nor more than 255 characters"
    return None


def _word_problems(
    given: Mapping[str, Any], key: str, words: list[str], path: str
) -> Iterator[Problem]:
    value = given.get(key)
    if value is not None and value not in words:
        yield Problem(
            f"{path}.{key}",
            f"{value!r} is none of {', '.join(words)}",
            suggest(str(value), words),
            error=ValueError,
        )
