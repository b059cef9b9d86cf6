"""`sg-jira events` and `sg-jira dead-letters`: shows the store, and does what people decide."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import click

from sg_jira.cli.tables import print_table
from sg_jira.errors import StoreError
from sg_jira.service_settings import read_service_settings
from sg_jira.settings import read_settings

_HELP: Final = {"help_option_names": ["-h", "--help"]}
_EVENTS_EXAMPLES: Final = """\b
Examples:
  sg-jira events list --settings settings.py
  sg-jira events list --settings settings.py --state waiting --key Task:123
  sg-jira events list --settings settings.py --since 2026-03-01 --limit 1000 --json
  sg-jira events blocked --settings settings.py
  sg-jira events sites --settings settings.py
  sg-jira events show --settings settings.py 4711
  sg-jira events erase --settings settings.py "ada@studio.example"

\b
Exit codes:
  0  done
  1  the store or the settings cannot be used, or there is no such event; the message says why
  2  the command line cannot be understood
"""
_DEAD_EXAMPLES: Final = """\b
Examples:
  sg-jira dead-letters list --settings settings.py
  sg-jira dead-letters show --settings settings.py 4711
  sg-jira dead-letters replay --settings settings.py 4711 4712
  sg-jira dead-letters replay --settings settings.py --all --reason site_refused
  sg-jira dead-letters discard --settings settings.py 4711

\b
Exit codes:
  0  done
  1  the store or the settings cannot be used, or nothing was changed; the message says why
  2  the command line cannot be understood
"""

#: Characters of a detail that a list shows; `show` has all of it.
_LONGEST_DETAIL: Final = 100

_settings_option = click.option(
    "--settings", required=True, metavar="FILE", help="Settings file of the bridge."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="JSON for machines.")
_seqs_argument = click.argument("seqs", metavar="[NUMBER]...", nargs=-1, type=click.IntRange(1))


@contextmanager
def opened_store(settings: str) -> Iterator[Any]:
    """The store of a bridge. Problems end the command with a message and exit code 1."""
    # Imported here, so that the other commands start without the database.
    from sg_jira.engine.opening import open_configured

    try:
        read = read_settings(settings)
        service = read_service_settings()
        store = open_configured(service.store_for(Path(read.path)), _database_url(), upgrade=False)
        try:
            yield store
        finally:
            store.close()
    except (StoreError, ValueError, ImportError, LookupError) as error:
        raise click.ClickException(str(error)) from error


def _database_url() -> str | None:
    url = read_service_settings().database_url
    return url.get_secret_value() if url else None


@contextmanager
def waking(lane: str) -> Iterator[Callable[[str], None]]:
    """Gives what tells the workers of a key, `live` or `bulk`.

    Those of a SQLite file notice by themselves that it has changed.
    """
    url = _database_url()
    if url is None:
        yield lambda key: None
        return
    from sg_jira.engine.schema import Lane
    from sg_jira.engine.wakes import Wakes

    wakes = Wakes(url)
    try:
        yield lambda key: wakes.wake(key, lane=Lane(lane))
    finally:
        wakes.close()


def _inspection(store: Any) -> Any:
    from sg_jira.engine.inspection import Inspection

    return Inspection(store, _now)


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that choose events."""
    for option in reversed(
        (
            click.option("--reason", metavar="WORD", help="Only those with this reason."),
            click.option("--key", metavar="KEY", help="Only those of a record, like Task:123."),
            click.option("--entry", metavar="NAME", help="Only those of an entry of SYNC."),
            click.option(
                "--direction", type=click.Choice(["sg2jira", "jira2sg"]), help="Only one way."
            ),
            click.option(
                "--since",
                type=click.DateTime(),
                metavar="TIME",
                help="Only those received since then (UTC), like 2026-03-01T12:00:00.",
            ),
            click.option(
                "--limit",
                default=50,
                show_default=True,
                type=click.IntRange(1, 1_000_000),
                metavar="N",
                help="The newest N.",
            ),
        )
    ):
        command = option(command)
    return command


def _filter(state: str | None, chosen: dict[str, Any]) -> Any:
    from sg_jira.engine.inspection import Filter
    from sg_jira.engine.schema import State

    since: datetime | None = chosen["since"]
    return Filter(
        state=State(state) if state else None,
        reason=chosen["reason"],
        key=chosen["key"],
        settings_name=chosen["entry"],
        direction=chosen["direction"],
        since=since.replace(tzinfo=timezone.utc) if since else None,
        limit=chosen["limit"],
    )


@click.group(epilog=_EVENTS_EXAMPLES, context_settings=_HELP)
def events() -> None:
    """Shows what came in and what became of it; beside a running service, or without one."""


@events.command("list", context_settings=_HELP)
@_settings_option
@click.option(
    "--state",
    type=click.Choice(["waiting", "running", "synced", "skipped", "merged", "dead", "discarded"]),
    help="Only those in this state.",
)
@_filters
@_json_option
def list_events(settings: str, state: str | None, as_json: bool, **chosen: Any) -> None:
    """Lists events, the newest last."""
    with opened_store(settings) as store:
        _print(_inspection(store).find(_filter(state, chosen)), as_json)


@events.command("show", context_settings=_HELP)
@_settings_option
@click.argument("seq", metavar="NUMBER", type=click.IntRange(1))
@_json_option
def show_event(settings: str, seq: int, as_json: bool) -> None:
    """Shows all about one event: what became of it and why, its calls to the sites, its payload."""
    with opened_store(settings) as store:
        shown = _inspection(store).show(seq)
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    calls, payload, trace = (shown.pop(name) for name in ("calls", "payload", "trace"))
    for name, value in shown.items():
        if value not in (None, {}):
            click.echo(f"{name:<14} {value}")
    click.echo("\nCalls to the sites, in all runs:" if calls else "\nNo calls to the sites.")
    for site, numbers in calls.items():
        for endpoint, number in numbers.items():
            click.echo(f"  {site:<5} {number:>3} {endpoint}")
    click.echo(f"\nPayload:\n{json.dumps(payload, indent=2)}")
    if trace:
        click.echo(f"\nTrace:\n{trace}")


@events.command("blocked", context_settings=_HELP)
@_settings_option
@_json_option
def list_blocked(settings: str, as_json: bool) -> None:
    """Lists records whose first event fails and waits, the longest blocked first."""
    with opened_store(settings) as store:
        blocked = _inspection(store).overview().blocked
    if as_json:
        click.echo(json.dumps(blocked, indent=2))
        return
    print_table(
        ("number", "key", "blocked for", "next try", "why"),
        [
            (
                str(one["seq"]),
                one["ordering_key"],
                f"{one['age_seconds']:.0f} s",
                (one["not_before"] or "")[:19],
                _why(one),
            )
            for one in blocked
        ],
    )
    click.echo(f"{len(blocked)} records.")


@events.command("sites", context_settings=_HELP)
@_settings_option
@_json_option
def show_sites(settings: str, as_json: bool) -> None:
    """Shows what the workers know of the sites: breakers, limits, calls to be spared."""
    from sg_jira.engine.breaker import describe
    from sg_jira.engine.trouble import WELL, read_trouble
    from sg_jira.site_calls import Site

    with opened_store(settings) as store, store.reading() as connection:
        known = read_trouble(connection)
    told = {site.value: describe(known.get(site, WELL), _now()) for site in Site}
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    print_table(
        ("site", "breaker", "until", "probes", "near limit", "why, and what is spared"),
        [
            (
                site,
                one["position"],
                (one["until"] or "")[:19],
                str(one["probes"]),
                (one["near_limit_until"] or "")[:19],
                ", ".join(filter(None, (one["reason"], *one["spared"]))),
            )
            for site, one in told.items()
        ],
    )


@events.command("erase", context_settings=_HELP)
@_settings_option
@click.argument("text", metavar="NAME_OR_MAIL")
def erase(settings: str, text: str) -> None:
    """Empties the payloads of events, done or dead, in which a name or e-mail occurs.

    Events that still wait need theirs; erase again when they are done.
    """
    if not text.strip():
        raise click.BadParameter("An empty text occurs everywhere.", param_hint="NAME_OR_MAIL")
    from sg_jira.engine.cleaning import Cleaning

    with opened_store(settings) as store:
        click.echo(f"{Cleaning(store, _now).erase_person(text)} events erased.")


@click.group("dead-letters", epilog=_DEAD_EXAMPLES, context_settings=_HELP)
def dead_letters() -> None:
    """Shows events that failed for good; repeats or discards them."""


@dead_letters.command("list", context_settings=_HELP)
@_settings_option
@_filters
@_json_option
def list_dead(settings: str, as_json: bool, **chosen: Any) -> None:
    """Lists dead letters, the newest last."""
    with opened_store(settings) as store:
        _print(_inspection(store).find(_filter("dead", chosen)), as_json)


dead_letters.add_command(show_event)


def _decision(name: str, done: str, help_text: str) -> click.Command:
    @click.command(name, help=help_text, context_settings=_HELP)
    @_settings_option
    @_seqs_argument
    @click.option("--all", "everything", is_flag=True, help="All that the options below choose.")
    @_filters
    def decide(settings: str, seqs: Sequence[int], everything: bool, **chosen: Any) -> None:
        if bool(seqs) == everything:
            raise click.UsageError("Name events by their numbers, or say --all.")
        with opened_store(settings) as store:
            inspection = _inspection(store)
            if everything:
                seqs = [one["seq"] for one in inspection.find(_filter("dead", chosen))]
            changed: dict[int, str] = getattr(inspection, name)(seqs)
            with waking("live") as wake:
                for key in set(changed.values()):
                    wake(key)
        click.echo(f"{done} {len(changed)} events of {len(set(changed.values()))} records.")
        if not changed:
            sys.exit(1)

    return decide


dead_letters.add_command(
    _decision(
        "replay",
        "Waiting again:",
        "Lets dead letters wait again, with present values. A running service begins within a "
        "second.",
    )
)
dead_letters.add_command(_decision("discard", "Discarded:", "Gives dead letters up for good."))


def _print(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    print_table(
        ("number", "received", "key", "state", "attempts", "why"),
        [
            (
                str(one["seq"]),
                one["received_at"][:19],
                one["ordering_key"],
                one["state"],
                str(one["attempts"]),
                _why(one),
            )
            for one in found
        ],
    )
    click.echo(f"{len(found)} events.")


def _why(one: Mapping[str, Any]) -> str:
    """The reason of what became of an event, and the beginning of its detail."""
    return ": ".join(filter(None, (one["reason"], _beginning(one["detail"] or ""))))


def _beginning(detail: str) -> str:
    """As many whole words as a list shows; of a single long one, as much as it shows."""
    shown = textwrap.shorten(detail, _LONGEST_DETAIL, placeholder=" …")
    return f"{detail[: _LONGEST_DETAIL - 1]}…" if shown == "…" else shown
