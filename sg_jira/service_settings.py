"""Reads the service's own variables into typed settings.

The only place that looks at the process environment; a settings file may add to that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from sg_jira.settings import leads_somewhere


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
    if not leads_somewhere(text) or "@" in urlsplit(text).netloc:
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
