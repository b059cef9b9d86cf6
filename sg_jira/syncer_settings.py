"""Which settings a syncer's class takes, and what is wrong with those that an entry gives it.

Asks nobody and builds nothing: what a class takes is told by its `__init__` and its bases'.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from inspect import Parameter, signature
from itertools import chain
from types import ModuleType
from typing import Any, Final

from sg_jira.declared_settings import DeclaredSetting, declared_by
from sg_jira.handlers.generic.problems import Problem
from sg_jira.handlers.generic.sites import suggest

#: What the bridge itself gives every syncer.
_FROM_BRIDGE: Final = ("name", "bridge", "hook_class")


class OtherNames(Enum):
    """What becomes of a setting that no `__init__` names."""

    IGNORED = "it is ignored"
    PERHAPS_USED = "perhaps it is ignored"
    REFUSED = "the class refuses it"


@dataclass(frozen=True)
class Taken:
    """The settings that a class takes, by name, and what becomes of others."""

    declared: Mapping[str, DeclaredSetting] = field(default_factory=dict)
    others: OtherNames = OtherNames.IGNORED


def import_syncers(module_path: str) -> ModuleType:
    """The module that an entry's `syncer` names.

    Raises:
        ModuleNotFoundError: there is none; tells how the settings let it be found.
        Exception: whatever the module raises, another one that it lacks among that.
    """
    try:
        return importlib.import_module(module_path)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_path}.".startswith(f"{error.name}."):
            raise
        raise ModuleNotFoundError(
            f"{error}. Let the settings file append the folder that holds it to sys.path; a "
            "relative path, like './examples', begins at the folder the command is started in.",
            name=error.name,
        ) from None


def is_own(syncer_class: type) -> bool:
    """Whether a class comes with the bridge, so that its declarations are complete."""
    return syncer_class.__module__.partition(".")[0] == __package__


def settings_of(syncer_class: type) -> Taken:
    """The settings that a syncer's class takes, each as the first class that names it declares it.

    An `__init__` that takes any name is believed to hand the rest on to that of the next base.
    """
    declared: dict[str, DeclaredSetting] = {}
    others = OtherNames.IGNORED
    for number, base in enumerate(_with_init(syncer_class)):
        init = vars(base)["__init__"]
        try:
            kinds = {parameter.kind for parameter in signature(init).parameters.values()}
        except (TypeError, ValueError):  # something callable that does not tell its parameters
            return Taken(declared, OtherNames.PERHAPS_USED)
        for setting in list(declared_by(init).values())[1:]:
            if setting.name not in _FROM_BRIDGE and setting.name not in declared:
                # Whether a subclass gives what its base requires cannot be known.
                unclear = number and setting.is_required
                declared[setting.name] = replace(setting, default=None) if unclear else setting
        if Parameter.VAR_KEYWORD not in kinds:
            return Taken(declared, OtherNames.REFUSED)
        if not is_own(base):
            others = OtherNames.PERHAPS_USED
    return Taken(declared, others)


def _with_init(syncer_class: type) -> Iterator[type]:
    return (base for base in syncer_class.__mro__[:-1] if "__init__" in vars(base))


def check_given(syncer_class: type, given: Mapping[Any, Any], path: str) -> Iterator[Problem]:
    """What is wrong with the settings that an entry gives its syncer's class.

    Parameters:
        syncer_class: the class.
        given: the entry's `settings`.
        path: where they stand in the settings.
    """
    taken = settings_of(syncer_class)
    return chain(
        _unknown(syncer_class, taken, given, path),
        _mistyped(syncer_class, taken, given, path),
        _missing(taken, given, path),
    )


def refuse_mistyped(syncer_class: Any, given: Any, path: str) -> None:
    """Raises `TypeError` that names every value that one of the bridge's own classes cannot take.

    Names that nobody knows do no harm, and what a studio's class takes is for it to say.
    """
    if isinstance(syncer_class, type) and is_own(syncer_class) and isinstance(given, Mapping):
        problems = list(_mistyped(syncer_class, settings_of(syncer_class), given, path))
        if problems:
            raise TypeError("\n".join(map(str, problems)))


def _unknown(
    syncer_class: type, taken: Taken, given: Mapping[Any, Any], path: str
) -> Iterator[Problem]:
    refused = taken.others is OtherNames.REFUSED
    for name in given:
        if not isinstance(name, str) or name in _FROM_BRIDGE:
            message = "the bridge gives this itself" if name in _FROM_BRIDGE else "a name is needed"
            yield Problem(f"{path}.{name}", message, error=TypeError)
        elif name not in taken.declared:
            yield Problem(
                f"{path}.{name}",
                f"{syncer_class.__name__} has no such setting, {taken.others.value}",
                suggest(name, taken.declared),
                error=TypeError if refused else None,
                is_warning=not refused,
            )


def _mistyped(
    syncer_class: type, taken: Taken, given: Mapping[Any, Any], path: str
) -> Iterator[Problem]:
    own = is_own(syncer_class)
    for name, setting in taken.declared.items():
        why = setting.why_not(given[name]) if name in given else None
        if why:
            yield Problem(
                f"{path}.{name}", why, error=TypeError if own else None, is_warning=not own
            )


def _missing(taken: Taken, given: Mapping[Any, Any], path: str) -> Iterator[Problem]:
    for name, setting in taken.declared.items():
        if setting.is_required and name not in given:
            yield Problem(f"{path}.{name}", "this setting is needed", error=TypeError)
