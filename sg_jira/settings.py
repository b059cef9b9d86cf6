"""Reads a studio's settings file and the service's own variables into typed settings.

The only place that looks at the process environment. Knows nothing of the sites themselves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from traceback import extract_tb
from types import CodeType, ModuleType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

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


@dataclass(frozen=True)
class ServiceSettings:
    """How the web service behaves; every value has a default that suits a studio.

    Attributes:
        max_body_bytes: bounds a request's body.
        site_check_seconds: how long the answer to 'is the site reachable?' is kept.
        max_reconnect_seconds: the longest pause between two attempts to connect to the sites.
        store: file of the events; `None` for one beside the settings file.
        database_url: PostgreSQL instead of the file, for several processes or machines.
        role: `web` only receives, `worker` only works, `all` does both.
        workers: records that are worked on at the same time.
        handler_seconds: after this time a handler is reported as stuck.
        attempts: tries of an event that fails for good, before it becomes a dead letter.
        give_up_hours: how long an event may fail for reasons that pass by themselves.
        search_lag_seconds: after this time Jira's search is believed to show a new Issue.
        keep_days: how long events that are done are kept.
        stop_seconds: how long a stop waits for work that was begun.
        on_dead: whether a record's later events go on after a dead letter, or wait.
        log_format: `text` as the settings' LOGGING says, or `json` lines on stderr.
        admin_token: opens the pages under /admin from anywhere; without it only this machine may.
        fptr_secrets: one of them signs FPTR's webhooks, or is the event daemon's token.
        jira_secrets: one of them signs Jira's webhooks.
        unsigned: whether requests that prove nothing are taken as a hint to look at the site, or
            refused.
        requests_per_minute: how many requests without a proof one address may send.
        trusted_proxies: reverse proxies whose word about who asks is believed.
        catch_up_seconds: time between two looks at whether something did not arrive.
        fptr_poll_seconds, jira_poll_seconds: the same for a site that sends nothing.
        url: address at which the sites reach the bridge; `None` when nobody said.
        acknowledge: whether FPTR is told what became of each of its webhooks' deliveries.
    """

    max_body_bytes: int = 25 * 1024 * 1024  # the largest webhook that Jira Cloud delivers
    site_check_seconds: int = 30
    max_reconnect_seconds: int = 60
    store: Path | None = None
    database_url: SecretStr | None = None
    role: str = "all"
    workers: int = 8
    handler_seconds: int = 120
    attempts: int = 3
    give_up_hours: int = 72
    search_lag_seconds: int = 120  # as long as `sg_jira.links` believes
    keep_days: int = 14
    stop_seconds: int = 20
    on_dead: str = "go-on"
    log_format: str = "text"
    admin_token: SecretStr | None = None
    fptr_secrets: tuple[SecretStr, ...] = ()
    jira_secrets: tuple[SecretStr, ...] = ()
    unsigned: str = "hint"
    requests_per_minute: int = 30_000
    trusted_proxies: int = 0
    catch_up_seconds: int = 600
    fptr_poll_seconds: float = 5.0
    jira_poll_seconds: float = 30.0
    url: str | None = None
    acknowledge: bool = False

    def __post_init__(self) -> None:
        """Raises `ValueError` for what needs something else, without that."""
        if self.unsigned == "refuse" and not self.proves_senders:
            raise ValueError(
                "SGJIRA_UNSIGNED=refuse would refuse everything: set SGJIRA_FPTR_SECRET and "
                "SGJIRA_JIRA_SECRET, or use 'hint'."
            )
        if self.role != "all" and self.database_url is None:
            raise ValueError(
                f"The role {self.role!r} shares the work with other processes, which needs "
                "PostgreSQL: set SGJIRA_DATABASE_URL, or use the role 'all' (SGJIRA_ROLE, --role)."
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must never appear in a log, an error or a page."""
        given = (self.admin_token, *self.fptr_secrets, *self.jira_secrets)
        found = [secret.get_secret_value() for secret in given if secret]
        if self.database_url:
            password = urlsplit(self.database_url.get_secret_value()).password
            found += [password, unquote(password)] if password else []
        return tuple(found)

    @property
    def proves_senders(self) -> bool:
        """Whether both sites can prove what comes from them."""
        return bool(self.fptr_secrets and self.jira_secrets)

    def store_for(self, settings_file: Path) -> Path:
        """The file of the events: as configured, else beside the settings file."""
        return self.store or settings_file.resolve().with_suffix(".events.sqlite3")


def _count(text: str) -> int:
    return 0 if text == "0" else _whole_number(text)


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) > 0):
        raise ValueError("a whole number above zero")
    return int(text)


def _poll_seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text) or float(text) < _SHORTEST_POLL:
        raise ValueError(f"a number of seconds from {_SHORTEST_POLL} on")
    return float(text)


_SHORTEST_POLL: Final = 0.1


def _days_kept(text: str) -> int:
    if _whole_number(text) < _FEWEST_DAYS:
        raise ValueError(
            f"a whole number from {_FEWEST_DAYS} on, as senders repeat events for days"
        )
    return int(text)


#: FPTR keeps its webhooks' deliveries for a week, from which they can be sent again.
#: https://developer.shotgunsoftware.com, the guide to webhooks
_FEWEST_DAYS: Final = 7


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(" or ".join(words))
        return text

    return read


def _secret(text: str) -> SecretStr:
    if len(text) < _SHORTEST_TOKEN:
        raise ValueError(f"at least {_SHORTEST_TOKEN} characters")
    return SecretStr(text)


_SHORTEST_TOKEN: Final = 16


def _secrets(text: str) -> tuple[SecretStr, ...]:
    """One secret, or two while they change."""
    given = [part.strip() for part in text.split(",")]
    if len(given) > 2 or any(len(part) < _SHORTEST_TOKEN for part in given):
        raise ValueError(
            f"one secret of at least {_SHORTEST_TOKEN} characters without a comma, or two with a "
            "comma between them"
        )
    return tuple(SecretStr(part) for part in given)


def _database_url(text: str) -> SecretStr:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for what is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ValueError("a URL like postgresql://user:password@host/database")
    return SecretStr(text)


def _yes_or_no(text: str) -> bool:
    return _one_of("no", "yes")(text) == "yes"


def _address(text: str) -> str:
    """An address without a login, to which paths can be added."""
    if not _leads_somewhere(text) or "@" in urlsplit(text).netloc:
        raise ValueError("an address like https://bridge.studio.example, without a login")
    return text.rstrip("/")


#: What reads values that are not to be shown.
_SECRET_READERS: Final = (_secret, _secrets, _database_url, _address)
#: What a process does.
ROLES: Final = ("all", "web", "worker")

#: Environment variable -> field of `ServiceSettings`, and how its text is read.
SERVICE_VARIABLES: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "SGJIRA_MAX_BODY_BYTES": ("max_body_bytes", _whole_number),
    "SGJIRA_SITE_CHECK_SECONDS": ("site_check_seconds", _whole_number),
    "SGJIRA_MAX_RECONNECT_SECONDS": ("max_reconnect_seconds", _whole_number),
    "SGJIRA_STORE": ("store", lambda text: Path(text).expanduser().absolute()),
    "SGJIRA_DATABASE_URL": ("database_url", _database_url),
    "SGJIRA_ROLE": ("role", _one_of(*ROLES)),
    "SGJIRA_WORKERS": ("workers", _whole_number),
    "SGJIRA_HANDLER_SECONDS": ("handler_seconds", _whole_number),
    "SGJIRA_ATTEMPTS": ("attempts", _whole_number),
    "SGJIRA_GIVE_UP_HOURS": ("give_up_hours", _whole_number),
    "SGJIRA_SEARCH_LAG_SECONDS": ("search_lag_seconds", _whole_number),
    "SGJIRA_KEEP_DAYS": ("keep_days", _days_kept),
    "SGJIRA_STOP_SECONDS": ("stop_seconds", _whole_number),
    "SGJIRA_ON_DEAD": ("on_dead", _one_of("go-on", "block")),
    "SGJIRA_LOG_FORMAT": ("log_format", _one_of("text", "json")),
    "SGJIRA_ADMIN_TOKEN": ("admin_token", _secret),
    "SGJIRA_FPTR_SECRET": ("fptr_secrets", _secrets),
    "SGJIRA_JIRA_SECRET": ("jira_secrets", _secrets),
    "SGJIRA_UNSIGNED": ("unsigned", _one_of("hint", "refuse")),
    "SGJIRA_REQUESTS_PER_MINUTE": ("requests_per_minute", _whole_number),
    "SGJIRA_TRUSTED_PROXIES": ("trusted_proxies", _count),
    "SGJIRA_CATCH_UP_SECONDS": ("catch_up_seconds", _whole_number),
    "SGJIRA_FPTR_POLL_SECONDS": ("fptr_poll_seconds", _poll_seconds),
    "SGJIRA_JIRA_POLL_SECONDS": ("jira_poll_seconds", _poll_seconds),
    "SGJIRA_URL": ("url", _address),
    "SGJIRA_ACKNOWLEDGE": ("acknowledge", _yes_or_no),
}


def read_service_settings(
    environ: Mapping[str, str] | None = None, role: str | None = None
) -> ServiceSettings:
    """The service's settings from `environ`, by default from the process environment.

    A `role` counts more than that of the environment.

    Call it after `read_settings`: a settings file usually loads a `.env` file, whose variables
    count here too. Raises `ValueError` that lists every variable with an unusable value.
    """
    given = dict(os.environ if environ is None else environ)
    if role is not None:
        given["SGJIRA_ROLE"] = role
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, (attribute, read) in SERVICE_VARIABLES.items():
        text = (given.get(name) or "").strip()
        if not text:
            continue
        try:
            values[attribute] = read(text)
        except ValueError as error:
            shown = name if read in _SECRET_READERS else f"{name}={text!r}"
            problems.setdefault(str(error), []).append(shown)
    if problems:
        raise ValueError(
            "These environment variables cannot be used: "
            + "; ".join(f"{', '.join(names)} must be {what}" for what, names in problems.items())
            + "."
        )
    return ServiceSettings(**values)


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
        raise ValueError(f"Settings file {path} cannot be used: " + "; ".join(problems) + ".")
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
        if not _leads_somewhere(site)
    ]
    if wrong:  # without the address, which may hold a password
        raise ValueError(
            f"Settings file {settings.path}: {' and '.join(wrong)} must have as 'site' "
            "the address of a site, like https://studio.example.com."
        )


def _leads_somewhere(address: str) -> bool:
    try:
        parts = urlsplit(address.strip())
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _kind(value: object) -> str:
    return type(value).__name__
