"""Counts and sums over found records, as a whole and in groups: FPTR's `summarize`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import Ref, Row
from sg_jira.sandbox.shotgun.refusals import ShotgunFault


def _present(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value not in (None, [])]


def _of_present(reduce: Callable[[list[Any]], Any]) -> Callable[[Sequence[Any]], Any]:
    def summarize(values: Sequence[Any]) -> Any:
        present = _present(values)
        return reduce(present) if present else None

    return summarize


#: From the values of one field to its summary.
_SUMMARIES: Final[dict[str, Callable[[Sequence[Any]], Any]]] = {
    "record_count": len,
    "count": lambda values: len(_present(values)),
    "sum": lambda values: sum(_present(values)),
    "maximum": _of_present(max),
    "minimum": _of_present(min),
    "latest": _of_present(max),
    "earliest": _of_present(min),
    "average": _of_present(lambda values: sum(values) / len(values)),
    "checked": lambda values: sum(value is True for value in values),
    "unchecked": lambda values: sum(value is not True for value in values),
}


def _objects(name: str, data: Any) -> list[dict[str, Any]]:
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise ShotgunFault(f"invalid/missing array {name!r}")
    return data


class Summaries:
    """Summarizes records. The caller holds the store's lock."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def summarize(
        self, entity_type: str, rows: Sequence[Row], wanted: Any, grouping: Any
    ) -> dict[str, Any]:
        """The answer of `summarize`: `{"summaries": {...}, "groups": [...]}`.

        Parameters:
            rows: the records that were found.
            wanted: `[{"field", "type"}]`, the summaries.
            grouping: `[{"field", "type": "exact", "direction"}]`, outermost first, or nothing.

        Raises:
            ShotgunFault: a field does not exist, or the kind of summary or group is not known.
        """
        summaries = _objects("summaries", wanted)
        groups = _objects("grouping", grouping) if grouping else []
        if not summaries:
            raise ShotgunFault("nothing to summarize: 'summaries' is empty")
        return {
            "summaries": self._all(entity_type, rows, summaries),
            "groups": self._groups(entity_type, rows, summaries, groups),
        }

    def _all(
        self, entity_type: str, rows: Sequence[Row], wanted: list[dict[str, Any]]
    ) -> dict[str, Any]:
        return {one["field"]: self._one(entity_type, rows, one) for one in wanted}

    def _one(self, entity_type: str, rows: Sequence[Row], wanted: dict[str, Any]) -> Any:
        path = self._reader.path(entity_type, wanted.get("field"))
        summary = _SUMMARIES.get(str(wanted.get("type")))
        if summary is None:
            raise ShotgunFault(
                f"{wanted.get('type')!r} is not a summary type; use one of {', '.join(_SUMMARIES)}"
            )
        try:
            return summary([self._reader.values(row, path)[0] for row in rows])
        except TypeError:
            raise ShotgunFault(
                f"{path.field.path} ({path.field.data_type}) has no summary {wanted['type']!r}"
            ) from None

    def _groups(
        self, entity_type: str, rows: Sequence[Row], wanted: Any, grouping: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        if not grouping:
            return []
        first, *rest = grouping
        if first.get("type") != "exact":
            raise ShotgunFault(f"records can only be grouped by 'exact', not {first.get('type')!r}")
        path = self._reader.path(entity_type, first.get("field"))
        groups: dict[str, tuple[Any, list[Row]]] = {}
        for row in rows:
            value = self._reader.values(row, path)[0]
            groups.setdefault(repr(value), (value, []))[1].append(row)
        answers = [
            self._group(entity_type, value, found, wanted, rest) for value, found in groups.values()
        ]
        answers.sort(
            key=lambda group: str(group["group_name"]).casefold(),
            reverse=first.get("direction") == "desc",
        )
        return answers

    def _group(
        self, entity_type: str, value: Any, rows: list[Row], wanted: Any, rest: Any
    ) -> dict[str, Any]:
        group = {
            "group_name": self._label(value),
            "group_value": self._reader.show(value),
            "summaries": self._all(entity_type, rows, wanted),
        }
        if rest:
            group["groups"] = self._groups(entity_type, rows, wanted, rest)
        return group

    def _label(self, value: Any) -> str:
        if isinstance(value, Ref):
            return self._reader.name(value) or ""
        if isinstance(value, list):
            return ", ".join(self._label(one) for one in value)
        return "" if value is None else str(value)
