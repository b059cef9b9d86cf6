"""Reads a studio's settings file into typed settings. Knows nothing of the sites themselves.

The service's own variables are read by `service_settings`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from traceback import extract_tb
from types import CodeType, ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from sg_jira.constants import (
    JIRA_SETTINGS_KEY,
    LOGGING_SETTINGS_KEY,
    SHOTGUN_SETTINGS_KEY,
    SYNC_SETTINGS_KEY,
)

#: Values of `JIRA["user"]` that say: the secret is a personal access token.
NO_USER: Final = (None, "", "None")

#: Names of a settings file that say how changes come here.
FPTR_SOURCE_KEY: Final = "FPTR_SOURCE"
JIRA_SOURCE_KEY: Final = "JIRA_SOURCE"
FPTR_ENTITY_TYPES_KEY: Final = "FPTR_ENTITY_TYPES"
#: What the first two may say.
POLL: Final = "poll"
SOURCES: Final = ("webhook", POLL)

#: `(logging, shotgun, jira, sync)` exactly as the settings file defines them.
PlainSettings = tuple["dict[str, Any] | None", "dict[str, Any]", "dict[str, Any]", "dict[str, Any]"]


@dataclass(frozen=True)
class ShotgunSettings:
    """How to reach the FPTR site. `http_proxy` is `host[:port]`, as the FPTR API takes it."""

    site: str
    script_name: str
    script_key: SecretStr
    http_proxy: str | None = field(default=None, repr=False)  # may carry a password


@dataclass(frozen=True)
class JiraSettings:
    """How to reach the Jira site. Without `user` the secret is a personal access token."""

    site: str
    user: str | None
    secret: SecretStr


@dataclass(frozen=True)
class Settings:
    """What a settings file says.

    `fptr_source` and `jira_source` tell how changes of the sites come here: by `webhook`, or by a
    look every few seconds (`poll`). `fptr_entity_types` names types of records that studios' own
    syncers want, besides those that are mapped.

    `sync` maps a settings name to its entry. Entries are looked at when they are first used, so
    that a bad one does not stop the others. `plain` holds the file's own objects, secrets in
    clear, for those who need the dicts.
    """

    path: Path
    logging: Mapping[str, Any] | None
    shotgun: ShotgunSettings
    jira: JiraSettings
    sync: Mapping[str, Any]
    plain: PlainSettings = field(repr=False, compare=False)
    fptr_source: str = "webhook"
    jira_source: str = "webhook"
    fptr_entity_types: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must never appear in a log, an error or a page."""
        return (
            self.shotgun.script_key.get_secret_value(),
            self.jira.secret.get_secret_value(),
        )


def read_settings(path: str | os.PathLike[str]) -> Settings:
    """Executes a settings file and checks what it defines.

    The file runs as a module named after its stem which is not entered into `sys.modules`.

    Parameters:
        path: the settings file, a Python file.

    Raises:
        ValueError: there is no such file, it is no `.py` file, or what it defines cannot be
            used. The message names the file and lists every problem.
        ImportError: executing the file failed.
    """
    file = Path(path)
    if not file.exists():
        raise ValueError(f"Settings file {path} does not exist.")
    if file.suffix != ".py":
        raise ValueError(f"Settings file {path} is not a Python file: its name must end in .py.")
    defined = vars(_execute(file))
    plain: PlainSettings = (
        defined.get(LOGGING_SETTINGS_KEY),
        defined.get(SHOTGUN_SETTINGS_KEY) or {},
        defined.get(JIRA_SETTINGS_KEY) or {},
        defined.get(SYNC_SETTINGS_KEY) or {},
    )
    problems = list(_problems(defined))
    if problems:
        raise ValueError(
            f"Settings file {path} cannot be used: {'; '.join(problems)}."
            f"{_where_values_come_from(file, defined)}"
        )
    logging, shotgun, jira, sync = plain
    return Settings(
        path=file,
        logging=logging,
        shotgun=ShotgunSettings(
            site=shotgun["site"],
            script_name=shotgun["script_name"],
            script_key=SecretStr(shotgun["script_key"]),
            http_proxy=shotgun.get("http_proxy") or None,
        ),
        jira=JiraSettings(
            site=jira["site"],
            user=None if jira.get("user") in NO_USER else jira["user"],
            secret=SecretStr(jira["secret"]),
        ),
        sync=sync,
        plain=plain,
        fptr_source=defined.get(FPTR_SOURCE_KEY) or SOURCES[0],
        jira_source=defined.get(JIRA_SOURCE_KEY) or SOURCES[0],
        fptr_entity_types=tuple(defined.get(FPTR_ENTITY_TYPES_KEY) or ()),
    )


class _FreshSource(SourceFileLoader):
    """Compiles the file each time: cached bytecode may be stale right after an edit."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _execute(file: Path) -> ModuleType:
    """The module that the file makes; `ImportError` when running it fails."""
    name = file.stem
    loader = _FreshSource(name, str(file.resolve()))
    spec = spec_from_loader(name, loader)
    assert spec is not None  # only None for loaders that cannot find their own file
    module = module_from_spec(spec)
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:  # studio code: anything may come out of it
        raise ImportError(
            f"Settings file {file}{_line_of(error, file)}: module {name!r} could not be loaded: "
            f"{type(error).__name__}: {error}",
            name=name,
            path=str(file),
        ) from error
    return module


def _line_of(error: BaseException, file: Path) -> str:
    """`:12` for the line of the file at which it failed; empty when nobody can tell."""
    own = str(file.resolve())
    if isinstance(error, SyntaxError) and error.filename == own and error.lineno:
        return f":{error.lineno}"
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == own]
    return f":{lines[-1]}" if lines else ""


#: Settings key -> (keys that must have a text, keys that may have one).
_SITE_KEYS: Final = {
    SHOTGUN_SETTINGS_KEY: (("site", "script_name", "script_key"), ("http_proxy",)),
    JIRA_SETTINGS_KEY: (("site", "secret"), ("user",)),
}


def _problems(defined: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with the definitions of a settings file, in the order people read it."""
    for key in (SHOTGUN_SETTINGS_KEY, JIRA_SETTINGS_KEY, SYNC_SETTINGS_KEY):
        value = defined.get(key)
        if not value:
            yield f"{key} is missing or empty"
        elif not isinstance(value, dict):
            yield f"{key} must be a dict, not {_kind(value)}"
        elif key in _SITE_KEYS:
            yield from _site_problems(key, value)
    for key in (FPTR_SOURCE_KEY, JIRA_SOURCE_KEY):
        if (defined.get(key) or SOURCES[0]) not in SOURCES:
            yield f"{key} must be {' or '.join(map(repr, SOURCES))}"
    types = defined.get(FPTR_ENTITY_TYPES_KEY) or ()
    if not isinstance(types, (list, tuple)) or not all(isinstance(one, str) for one in types):
        yield f"{FPTR_ENTITY_TYPES_KEY} must be a list of names"
    logging = defined.get(LOGGING_SETTINGS_KEY)
    if logging and not isinstance(logging, dict):
        yield f"{LOGGING_SETTINGS_KEY} must be a dict, not {_kind(logging)}"


def _site_problems(key: str, value: dict[str, Any]) -> Iterable[str]:
    """What is wrong with the dict of a site; never shows a value, it may be a secret."""
    required, optional = _SITE_KEYS[key]
    missing = [name for name in required if _is_blank(value.get(name))]
    if missing:
        yield f"{key} lacks a value for {', '.join(missing)}"
    for name in (*required, *optional):
        if value.get(name) and not isinstance(value[name], str):
            yield f"{key}[{name!r}] must be text, not {_kind(value[name])}"


#: Where the values of the settings file that ships with the bridge come from.
_VARIABLES: Final = {
    (SHOTGUN_SETTINGS_KEY, "site"): "SGJIRA_SG_SITE",
    (SHOTGUN_SETTINGS_KEY, "script_name"): "SGJIRA_SG_SCRIPT_NAME",
    (SHOTGUN_SETTINGS_KEY, "script_key"): "SGJIRA_SG_SCRIPT_KEY",
    (JIRA_SETTINGS_KEY, "site"): "SGJIRA_JIRA_SITE",
    (JIRA_SETTINGS_KEY, "secret"): "SGJIRA_JIRA_USER_SECRET",
}


def _where_values_come_from(file: Path, defined: Mapping[str, Any]) -> str:
    """How to give the values that are missing, when the file reads them as the shipped one does."""
    source = file.read_text(encoding="utf-8", errors="replace")
    unset = [
        variable
        for (key, name), variable in _VARIABLES.items()
        if isinstance(defined.get(key), dict)
        and _is_blank(defined[key].get(name))
        and variable in source
    ]
    if not unset:
        return ""
    dotenv = ", or in a file .env beside it" if "load_dotenv" in source else ""
    return f" It reads them from the environment: set {', '.join(unset)} there{dotenv}."


def _is_blank(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def check_addresses(settings: Settings) -> None:
    """Raises `ValueError` for the address of a site that cannot lead anywhere, however long it is
    tried; what is wrong with others shows when they are used."""
    wrong = [
        key
        for key, site in (
            (SHOTGUN_SETTINGS_KEY, settings.shotgun.site),
            (JIRA_SETTINGS_KEY, settings.jira.site),
        )
        if not leads_somewhere(site)
    ]
    if wrong:  # without the address, which may hold a password
        raise ValueError(
            f"Settings file {settings.path}: {' and '.join(wrong)} must have as 'site' "
            "the address of a site, like https://studio.example.com."
        )


def leads_somewhere(address: str) -> bool:
    """Whether an address names a host that can be asked over HTTP."""
    try:
        parts = urlsplit(address.strip())
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _kind(value: object) -> str:
    return type(value).__name__
