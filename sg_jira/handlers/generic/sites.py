"""What the check of a mapping has to know of both sites, and how it asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sg_jira.jira_client import is_real_client

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sg_jira.jira_session import JiraSession
    from sg_jira.shotgun_session import ShotgunSession


def suggest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


class Sites:
    """Answers questions about both sites' schemas. Errors of the sites propagate."""

    def __init__(self, shotgun: ShotgunSession, jira: JiraSession) -> None:
        self._shotgun = shotgun
        self._jira = jira
        self._fields: dict[str, Mapping[str, Any]] | None = None
        self._names: dict[str, list[str] | None] = {}

    def entity_type_problem(self, entity_type: str) -> str | None:
        """What is wrong with an entity type."""
        try:
            self._shotgun.assert_entity_type(entity_type)
        except RuntimeError as error:
            return str(error)
        return None

    def field_problem(
        self, entity_type: str, field: str, data_type: str, unique: bool = False
    ) -> str | None:
        """What is wrong with a field that the bridge needs."""
        try:
            self._shotgun.assert_field(entity_type, field, data_type, check_unique=unique)
        except RuntimeError as error:
            return str(error)
        return None

    def jira_field_problem(self, name: str) -> str | None:
        """What is wrong with a Jira field that the bridge needs."""
        try:
            self._jira.assert_field(name)
        except RuntimeError as error:
            return str(error)
        return None

    def entity_types(self) -> list[str]:
        """All FPTR entity types."""
        return list(self._shotgun.schema_entity_read())

    def sg_field(self, entity_type: str, field: str) -> Mapping[str, Any] | None:
        """The schema of an FPTR field."""
        return self._shotgun.get_field_schema(entity_type, field)

    def sg_field_names(self, entity_type: str) -> list[str]:
        """All FPTR fields of an entity type."""
        return list(self._shotgun.schema_field_read(entity_type))

    def jira_field_id(self, name: str) -> str | None:
        """The id of a Jira field, given its name or id."""
        return self._jira.get_jira_issue_field_id(name)

    def jira_field_names(self) -> list[str]:
        """Names and ids of all Jira fields."""
        fields = self._jira_fields().values()
        return [str(word) for field in fields for word in (field["name"], field["id"])]

    def jira_field_schema(self, field_id: str) -> Mapping[str, Any] | None:
        """Type of a Jira field; `None` when Jira does not tell."""
        return self._jira_fields().get(field_id, {}).get("schema")

    def _jira_fields(self) -> dict[str, Mapping[str, Any]]:
        if self._fields is None:
            self._fields = {field["id"]: field for field in self._jira.fields()}
        return self._fields

    def issue_types(self) -> list[str] | None:
        """Names of the issue types of the Jira site; `None` when it cannot be asked."""
        return self._names_of("issue_types")

    def statuses(self) -> list[str] | None:
        """Names of the statuses of the Jira site; `None` when it cannot be asked."""
        return self._names_of("statuses")

    def _names_of(self, what: str) -> list[str] | None:
        if what not in self._names:
            is_real = is_real_client(self._jira)
            found = getattr(self._jira, what)() if is_real else None
            self._names[what] = None if found is None else [one.name for one in found]
        return self._names[what]
