"""Syncs any FPTR entity type with any Jira issue type, as the settings map them."""

from __future__ import annotations

from sg_jira.handlers.generic.mapping import NOTE, Direction, read_mapping
from sg_jira.handlers.generic.mapping_check import check_mapping
from sg_jira.handlers.generic.problems import first_error, path_of_entry
from sg_jira.handlers.generic.records_ahead import RecordsAhead
from sg_jira.handlers.generic.sites import Sites
from sg_jira.handlers.generic.to_fptr import ToFptr


class EntitiesGenericHandler(RecordsAhead, ToFptr):
    """Records with Issues, Notes with comments, TimeLogs with worklogs, both ways.

    Which types, fields and statuses, and in which direction, is told by `entity_mapping`. Values
    are converted by the syncer's hook.

    Parameters:
        syncer: the syncer this handler works for.
        entity_mapping: the setting, a list of dicts.
    """

    def setup(self) -> None:
        """Checks the mapping against both sites, and finds the ids of Jira fields given by name.

        Problems that leave the rest usable are logged as warnings.

        Raises:
            RuntimeError, ValueError: the mapping cannot be used; the message lists all problems,
                and the type is that of the first.
        """
        path = f"{path_of_entry(self._syncer._name)}.settings.entity_mapping"
        problems = check_mapping(
            self._entity_mapping_setting, path, Sites(self._shotgun, self._jira)
        )
        first = first_error(problems)
        if first is not None and first.error is not None:
            fatal = [first, *(one for one in problems if one.error and one is not first)]
            raise first.error("\n".join(map(str, fatal)))
        for problem in problems:
            self._logger.warning("%s", problem)
        self._mapping = read_mapping(self._entity_mapping_setting).with_field_ids(
            self._jira.get_jira_issue_field_id
        )

    @property
    def deletion_of_notes(self) -> Direction | None:
        """Which way deletions of Notes travel; `None` when none does."""
        rule = self._mapping.of_entity(NOTE)
        return rule.deletion if rule else None
