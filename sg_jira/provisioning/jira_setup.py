"""Plans what Jira needs: custom fields, their options, and their places on screens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from jira.exceptions import JIRAError

from sg_jira.jira_session import JiraSession
from sg_jira.provisioning.jira_admin import JiraAdmin
from sg_jira.provisioning.needs import JiraField, Needs
from sg_jira.provisioning.steps import DoByHand, Step, exists, only_by_hand, said_by, to_do

#: Kind of a custom field -> what searches it, and its name on Jira's pages.
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "textfield": ("textsearcher", "Short text (single line)"),
    "textarea": ("textsearcher", "Paragraph"),
    "select": ("multiselectsearcher", "Select List (single choice)"),
}
_FIELDS_PAGE: Final = "In Jira's administration, Issues, Custom fields"


class JiraPlan:
    """Plans the fields of a Jira site. Only looks; its steps do.

    Parameters:
        jira: logged in, its fields known.
        needs: what has to be there.
        keys: of the projects that are linked, or are going to be.
    """

    def __init__(self, jira: JiraSession, needs: Needs, keys: Iterable[str]) -> None:
        self._jira = jira
        self._admin = JiraAdmin(jira)
        self._needs = needs
        self._keys = tuple(dict.fromkeys(keys))

    def steps(self) -> Iterator[Step]:
        """All steps, in the order in which they have to be done."""
        for field in self._needs.jira_fields:
            yield self._plan_field(field)
            if field.options:
                yield self._plan_options(field)
        for key in self._keys:
            yield from self._plan_screens(key)

    def _id_of(self, field: JiraField) -> str | None:
        return self._jira.get_jira_issue_field_id(field.name)

    def _plan_field(self, field: JiraField) -> Step:
        searcher, kind = _KINDS[field.kind]
        what = f"Jira field {field.name!r} ({kind})"
        if self._id_of(field):
            return exists(what)

        def create() -> None:
            self._admin.create_field(field.name, field.kind, searcher)
            self._jira.clear_caches()

        by_hand = f"{_FIELDS_PAGE}: create a field of the type {kind!r} named {field.name!r}."
        return to_do(what, create, by_hand)

    def _plan_options(self, field: JiraField) -> Step:
        wanted = ", ".join(field.options)
        what = f"options of Jira field {field.name!r}: {wanted}"
        by_hand = f"{_FIELDS_PAGE}, {field.name!r}, Contexts, Edit options: add {wanted}."
        if not self._jira.is_jira_cloud:
            shown = self._options_shown(field)
            return exists(what) if set(field.options) <= shown else only_by_hand(what, by_hand)
        try:
            lacking = self._options_lacking(field)
        except JIRAError as error:
            return only_by_hand(what, f"{by_hand} Jira says: {said_by(error)}")
        if not lacking:
            return exists(what)

        def add() -> None:
            field_id = self._id_of(field)
            context = self._admin.first_context(field_id) if field_id else None
            if field_id is None or context is None:
                raise DoByHand(by_hand)
            self._admin.add_options(field_id, context, self._options_lacking(field))

        return to_do(what, add, by_hand)

    def _options_lacking(self, field: JiraField) -> list[str]:
        field_id = self._id_of(field)
        context = self._admin.first_context(field_id) if field_id else None
        if field_id is None or context is None:
            return list(field.options)
        present = self._admin.options(field_id, context)
        return [value for value in field.options if value not in present]

    def _options_shown(self, field: JiraField) -> set[str]:
        """Those that some create screen offers; Data Center tells them nowhere else."""
        field_id = self._id_of(field) or ""
        found: set[str] = set()
        for key in self._keys:
            for issue_type in self._needs.issue_types:
                shown = self._create_screen(key, issue_type).get(field_id) or {}
                found |= {str(one.get("value")) for one in shown.get("allowedValues") or []}
        return found

    def _create_screen(
        self, key: str, issue_type: str
    ) -> Mapping[str, Mapping[str, list[dict[str, str]]]]:
        try:
            return self._jira.get_project_issue_type_fields(key, issue_type)
        except (KeyError, RuntimeError, JIRAError):  # the check tells of these
            return {}

    def _plan_screens(self, key: str) -> Iterator[Step]:
        fields = self._needs.jira_fields
        types = ", ".join(self._needs.issue_types)
        names = ", ".join(field.name for field in fields)
        what = f"Jira project {key}: {names} on the screens of {types}"
        by_hand = (
            f"In Jira's administration, Issues, Screens: put {names} on the create and edit "
            f"screens of {types} in {key}; in a team-managed project, in Project settings, Fields."
        )
        if not self._jira.is_jira_cloud:
            yield self._screens_seen(key, what, by_hand)
            return
        try:
            screens = self._screens(key)
            lacking = {screen: self._absent(screen) for screen in sorted(screens)}
        except JIRAError as error:
            yield only_by_hand(what, f"{by_hand} Jira says: {said_by(error)}")
            return
        if not screens:
            yield self._screens_seen(key, what, by_hand)
        elif any(lacking.values()):
            yield to_do(what, lambda: self._fill(screens, by_hand), by_hand)
        else:
            yield exists(what)

    def _screens(self, key: str) -> set[str]:
        project = self._jira.get_project_by_key(key)
        if project is None:
            return set()
        wanted = self._needs.issue_types
        ids = [str(one.id) for one in project.issueTypes if one.name in wanted]
        return self._admin.screens_of(str(project.id), ids)

    def _absent(self, screen: str) -> list[JiraField]:
        there = self._admin.fields_on(screen)
        return [one for one in self._needs.jira_fields if self._id_of(one) not in there]

    def _fill(self, screens: Iterable[str], by_hand: str) -> None:
        for screen in sorted(screens):
            for field in self._absent(screen):
                field_id = self._id_of(field)
                if field_id is None:  # its own step was left to a person
                    raise DoByHand(by_hand)
                self._admin.put_on(screen, field_id)
        self._jira.clear_caches()

    def _screens_seen(self, key: str, what: str, by_hand: str) -> Step:
        """Judged by the create screens; nobody lets administration be asked."""
        ids = [self._id_of(one) for one in self._needs.jira_fields]
        screens = [self._create_screen(key, one) for one in self._needs.issue_types]
        if all(id in screen for screen in screens for id in ids):
            return exists(what)
        return only_by_hand(what, by_hand)
