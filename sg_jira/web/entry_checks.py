"""Checks every entry of the settings when the service starts, and tells all problems together.

The file is looked at before there is a bridge; what only the sites know shows when an entry is set
up, as at its first use, so that it costs no call of its own. A bad entry does not stop the others.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from datetime import datetime, timezone
from typing import Any, Final

from sg_jira.engine.failures import classify
from sg_jira.engine.passes import Wording
from sg_jira.handlers.generic.problems import Problem, path_of_entry
from sg_jira.settings import Settings
from sg_jira.settings_check import check_entry

logger = logging.getLogger(__name__)

_WAITS: Final = "Events of a bad entry wait until it is mended; the others are worked on."


class EntryChecks:
    """The checks of one settings file.

    Parameters:
        settings: as read from the file.
        failures: entry -> why it cannot be used; what is found is added.
        wording: keeps secrets out of what is told.
    """

    def __init__(
        self, settings: Settings, failures: MutableMapping[str, str], wording: Wording
    ) -> None:
        self._settings = settings
        self._failures = failures
        self._wording = wording
        self._problems: dict[str, list[Problem]] = {}
        self._is_done = False

    def check_file(self) -> None:
        """Checks what the file alone tells. Executes the modules and hooks that it names."""
        for name, entry in self._settings.sync.items():
            try:
                problems = check_entry(name, entry)
            # Settings may hold anything; what the check cannot cope with must not end the service.
            except Exception as error:
                logger.debug("The entry %r could not be checked", name, exc_info=True)
                why = f"it cannot be checked: {type(error).__name__}: {error}"
                problems = [Problem(path_of_entry(name), why)]
            fatal = [problem for problem in problems if problem.error]
            if fatal:
                self._failures[name] = self._wording.line("; ".join(map(str, fatal)))
            self._problems[name] = problems
        found = [one for problems in self._problems.values() for one in problems]
        self._tell(found, logging.ERROR if any(one.error for one in found) else logging.WARNING)

    def check_sites(self, bridge: Any) -> None:
        """Sets up every entry in which the file alone shows no fatal problem."""
        found: list[Problem] = []
        for name in self._settings.sync:
            if name not in self._failures:
                problems = self._set_up(name, bridge)
                self._problems.setdefault(name, []).extend(problems)
                found += problems
        # No error: a studio may have entries that it does not use, whose fields a site lacks.
        self._tell(found, logging.WARNING)
        self._is_done = True

    def _set_up(self, name: str, bridge: Any) -> list[Problem]:
        try:
            bridge.get_syncer(name)
        # Whatever a studio's syncer or a site says ends here: the others come next.
        except (Exception, SystemExit) as error:
            logger.debug("The entry %r could not be set up", name, exc_info=True)
            why = self._wording.reason(error)
            if classify(error, None, datetime.now(timezone.utc)).transient:
                logger.warning("The entry %r is set up at its first event: %s", name, why)
                return []
            self._failures[name] = why
            return _problems_said(name, error)
        return []

    def status(self) -> dict[str, Any]:
        """What `/readyz` tells, as JSON: whether both checks were made, and what they found."""
        return {
            "checked": self._is_done,
            "problems": [
                {key: value and self._wording.line(value) for key, value in one.as_dict().items()}
                for problems in list(self._problems.values())
                for one in list(problems)
            ],
        }

    def _tell(self, problems: list[Problem], level: int) -> None:
        if not problems:
            return
        is_fatal = any(problem.error for problem in problems)
        lines = [f"{one.severity}: {one}" for one in problems]
        logger.log(
            level,
            "Problems in the settings %s:\n%s%s",
            self._settings.path,
            "\n".join(f"  {self._wording.line(line)}" for line in lines),
            f"\n  {_WAITS}" if is_fatal else "",
        )


def _problems_said(name: str, error: BaseException) -> list[Problem]:
    """The problems that an exception tells: one in each line that begins with the entry's path,
    or the whole message."""
    here = path_of_entry(name)
    lines = str(error).splitlines()
    if lines and all(line.startswith(here) for line in lines):
        told = [line.partition(": ") for line in lines]
        return [Problem(path, message, error=type(error)) for path, _, message in told]
    return [Problem(here, f"{type(error).__name__}: {error}", error=type(error))]
