"""Everything that is wrong with a settings file, at once: what `sg-jira check` and the start tell.

Without a bridge nothing is asked of the sites; what only they know is not checked then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sg_jira.entities_generic_syncer import EntitiesGenericSyncer
from sg_jira.handlers.attachment_rules import problems_of_links
from sg_jira.handlers.generic.mapping import read_mapping
from sg_jira.handlers.generic.mapping_check import check_mapping
from sg_jira.handlers.generic.problems import Problem, path_of_entry
from sg_jira.handlers.generic.sites import Sites, suggest
from sg_jira.handlers.upkeep_settings import problems_of_entry
from sg_jira.hook import load_hook_class
from sg_jira.syncer import Syncer
from sg_jira.syncer_settings import check_given, import_syncers
from sg_jira.task_issue_syncer import TaskIssueSyncer

if TYPE_CHECKING:
    from sg_jira.bridge import Bridge
    from sg_jira.settings import Settings

_ENTRY_KEYS = ("syncer", "settings", "hook")


def check_settings(settings: Settings, bridge: Bridge | None = None) -> dict[str, list[Problem]]:
    """All problems of every entry of `SYNC`, by its name, in the order of the file.

    Parameters:
        settings: as read from the file.
        bridge: connected to both sites, to check against them; `None` checks the file alone.

    Raises:
        Exception: a site cannot answer.
    """
    sites = Sites(bridge.shotgun, bridge.jira) if bridge else None
    problems: dict[str, list[Problem]] = {}
    for name, entry in settings.sync.items():
        found = check_entry(name, entry, sites)
        if bridge and not any(problem.error for problem in found):
            found += _check_first_use(name, bridge)
        problems[name] = found
    return problems


def check_entry(name: str, entry: Any, sites: Sites | None = None) -> list[Problem]:
    """All problems of one entry of `SYNC`; with `sites`, errors of theirs propagate."""
    return list(_check_entry(name, entry, sites))


def _check_entry(name: str, entry: Any, sites: Sites | None) -> Iterator[Problem]:
    path = path_of_entry(name)
    if not isinstance(entry, Mapping):
        yield Problem(path, f"a dict is needed, not {type(entry).__name__}", error=ValueError)
        return
    for key in entry:
        if key not in _ENTRY_KEYS:
            hint = suggest(key, _ENTRY_KEYS)
            yield Problem(f"{path}.{key}", "this key means nothing", hint, is_warning=True)
    yield from _check_hook(f"{path}.hook", entry.get("hook"))
    syncer_class, problem = find_class(f"{path}.syncer", entry.get("syncer"))
    if problem:
        yield problem
    given = entry.get("settings") or {}
    if not isinstance(given, Mapping):
        yield Problem(f"{path}.settings", "a dict is needed", error=TypeError)
    elif isinstance(syncer_class, type):
        yield from check_given(syncer_class, given, f"{path}.settings")
        if issubclass(syncer_class, Syncer):
            yield from problems_of_entry(given, f"{path}.settings", sites)
        if issubclass(syncer_class, EntitiesGenericSyncer):
            setting = given.get("entity_mapping") or []
            yield from check_mapping(setting, f"{path}.settings.entity_mapping", sites)
        if sites:
            where = f"{path}.settings.sync_attachments"
            types = _types_with_files(syncer_class, given)
            yield from problems_of_links(given.get("sync_attachments"), types, sites, where)


def _types_with_files(syncer_class: type, given: Mapping[str, Any]) -> list[str]:
    """FPTR types of records whose Issues may get files, as far as the shipped syncers tell."""
    if issubclass(syncer_class, EntitiesGenericSyncer):
        rules = read_mapping(given.get("entity_mapping")).rules
        return [rule.sg_entity for rule in rules if not rule.is_remark]
    return ["Task"] if issubclass(syncer_class, TaskIssueSyncer) else []


def _check_hook(path: str, hook: Any) -> Iterator[Problem]:
    if not hook:
        return
    if not isinstance(hook, (str, os.PathLike)):
        yield Problem(path, f"a path is needed, not {type(hook).__name__}", error=TypeError)
        return
    if not Path(hook).is_file():
        yield Problem(
            path, f"there is no file {Path(hook).absolute()}; the default hook would be used"
        )
        return
    try:
        load_hook_class(str(hook))
    # The studio's file may raise anything, as may its module.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        yield Problem(path, f"{type(error).__name__}: {error}", error=type(error))


def find_class(path: str, named: Any) -> tuple[Any, Problem | None]:
    """The class that an entry names, or what is wrong with that."""
    module_path, dot, class_name = str(named or "").rpartition(".")
    if not dot:
        message = "a module path and a class name are needed, like sg_jira.TaskIssueSyncer"
        return None, Problem(path, message, error=ValueError)
    try:
        module = import_syncers(module_path)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        message = f"{module_path} cannot be imported: {type(error).__name__}: {error}"
        return None, Problem(path, message, error=type(error))
    found = getattr(module, class_name, None)
    if found is not None:
        return found, None
    hint = suggest(class_name, [name for name in dir(module) if name[:1].isupper()])
    return None, Problem(path, f"{module_path} has no {class_name!r}", hint, error=ValueError)


def _check_first_use(name: str, bridge: Bridge) -> Iterator[Problem]:
    try:
        bridge.get_syncer(name)
    except Exception as error:  # noqa: BLE001  # a studio's syncer may raise anything
        yield Problem(path_of_entry(name), f"{type(error).__name__}: {error}", error=type(error))
