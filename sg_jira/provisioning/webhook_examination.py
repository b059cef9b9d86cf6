"""Looks at the webhooks of both sites: are they there, turned on, and pointing here?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from jira.exceptions import JIRAError

from sg_jira.jira_client import shorten
from sg_jira.printable import without_login
from sg_jira.provisioning.findings import Finding, failure, fine, warning
from sg_jira.provisioning.fptr_health import (
    ACTIVE,
    COUNTED_FOR,
    DELIVERING,
    SOME_FAILURES,
    STOPPED,
    TOO_MANY_FAILURES,
    UNSTABLE,
)
from sg_jira.provisioning.fptr_rest import FptrRest, RestRefused
from sg_jira.provisioning.jira_admin import JiraAdmin
from sg_jira.provisioning.linked_projects import TO_JIRA, TO_SHOTGUN, names_entry
from sg_jira.provisioning.needs import Needs

#: What either site and the way to it may raise.
TROUBLE = (JIRAError, RestRefused, OSError)


def fptr_hooks_here(
    hooks: Iterable[Mapping[str, Any]], bridge: str | None, entries: Collection[str]
) -> dict[str, list[Mapping[str, Any]]]:
    """The webhooks of FPTR that point at the bridge, by entity type."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in hooks:
        if names_entry(str(each.get("url")), TO_JIRA, bridge, entries):
            for entity_type in each.get("entity_types") or {}:
                found.setdefault(entity_type, []).append(each)
    return found


def jira_hooks_here(
    hooks: Iterable[Mapping[str, Any]], bridge: str | None, entries: Collection[str]
) -> list[Mapping[str, Any]]:
    """The webhooks of Jira that point at the bridge."""
    return [one for one in hooks if names_entry(str(one.get("url")), TO_SHOTGUN, bridge, entries)]


def untold_fields(hook: Mapping[str, Any], entity_type: str, fields: Iterable[str]) -> list[str]:
    """Those fields whose changes a webhook of FPTR does not tell; one without fields tells all."""
    told = (hook["entity_types"][entity_type] or {}).get("update")
    return sorted(set(fields) - set(told)) if told else []


def is_active(hook: Mapping[str, Any]) -> bool:
    """Whether a webhook of FPTR is on; FPTR stops those that fail too often."""
    return (hook.get("status") or ACTIVE) in DELIVERING


def examine_fptr_hooks(
    rest: FptrRest,
    needs: Needs,
    bridge: str | None,
    entries: Collection[str],
    are_looked_after: bool,
) -> Iterator[Finding]:
    """What is so with FPTR's webhooks.

    Parameters:
        rest: asks the site.
        needs: what they have to tell.
        bridge: its address; `None` takes any webhook that looks like it.
        entries: names of `SYNC` that may be in their addresses.
        are_looked_after: whether the service knows which of them are its own.
    """
    topic = "FPTR webhooks"
    try:
        here = fptr_hooks_here(rest.hooks(), bridge, entries)
    except TROUBLE as error:
        yield _unseen(topic, error, "Let the script user's role manage webhooks, or look there.")
        return
    if here and not are_looked_after:
        yield warning(
            topic,
            "when FPTR stops one, nobody notices.",
            "Set SGJIRA_URL to the address to which they post, for the bridge to look after them.",
        )
    wanted = needs.fptr_events
    missing = sorted(set(wanted) - set(here))
    if missing:
        yield _absent(bridge)(
            topic,
            f"none tells of {', '.join(missing)}{_where(bridge)}.",
            "Run sg-jira setup --url; with the event daemon none are needed.",
        )
    good = 0
    for entity_type in sorted(set(wanted) & set(here)):
        active = [hook for hook in here[entity_type] if is_active(hook)]
        if not active:
            yield _off(topic, entity_type, here[entity_type][0])
            continue
        yield from _failing(topic, rest, entity_type, active)
        fields = wanted[entity_type] or ()
        untold = min((untold_fields(hook, entity_type, fields) for hook in active), key=len)
        if untold:
            remedy = "Add them to it, or run sg-jira setup --url."
            yield warning(topic, f"that of {entity_type} leaves out {', '.join(untold)}.", remedy)
        else:
            good += 1
    if good:
        yield fine(topic, f"{good} of {len(wanted)} are on and tell what is needed.")


def _off(topic: str, entity_type: str, hook: Mapping[str, Any]) -> Finding:
    status = hook.get("status")
    if status == STOPPED:
        return failure(
            topic,
            f"that of {entity_type} is off ({status}): FPTR has stopped it.",
            "Find out in FPTR what its deliveries are answered. A bridge that knows its own "
            "address (SGJIRA_URL) turns it on again once it can be reached; so does "
            "sg-jira setup --url.",
        )
    return failure(
        topic,
        f"that of {entity_type} is off ({status}): somebody has switched it off.",
        "The bridge leaves it so. If that is not meant, sg-jira setup --url turns it on.",
    )


def _failing(
    topic: str, rest: FptrRest, entity_type: str, hooks: Iterable[Mapping[str, Any]]
) -> Iterator[Finding]:
    """Webhooks of which so many deliveries have failed that FPTR may stop them."""
    since = datetime.now(timezone.utc) - COUNTED_FOR
    for hook in hooks:
        if hook.get("status") != UNSTABLE:
            continue
        try:
            failed = len(rest.failed_deliveries(str(hook["id"]), since, size=TOO_MANY_FAILURES))
        except TROUBLE as error:
            yield _unseen(topic, error, "Let the script user's role manage webhooks.")
            continue
        if failed >= SOME_FAILURES:
            yield warning(
                topic,
                f"at least {failed} deliveries of that of {entity_type} failed within 24 hours; "
                f"FPTR stops it at {TOO_MANY_FAILURES}.",
                "Find out in FPTR what they are answered.",
            )


def examine_jira_hooks(
    admin: JiraAdmin, needs: Needs, bridge: str | None, entries: Collection[str]
) -> Iterator[Finding]:
    """What is so with Jira's webhooks; see `examine_fptr_hooks`."""
    topic = "Jira webhooks"
    try:
        here = jira_hooks_here(admin.webhooks(), bridge, entries)
    except TROUBLE as error:
        remedy = "Only a Jira administrator may look: see Settings, System, WebHooks."
        yield _unseen(topic, error, remedy)
        return
    if not here:
        yield _absent(bridge)(topic, f"there is none{_where(bridge)}.", "Run sg-jira setup --url.")
        return
    enabled = [one for one in here if one.get("enabled", True)]
    if not enabled:
        yield failure(
            topic,
            f"the one to {without_login(str(here[0]['url']))} is off.",
            "Turn it on again in Settings, System, WebHooks.",
        )
        return
    told = {name for one in enabled for name in one.get("events") or needs.jira_events}
    untold = sorted(set(needs.jira_events) - told)
    if untold:
        remedy = "Tick these events in Settings, System, WebHooks."
        yield warning(topic, f"{', '.join(untold)} are left out.", remedy)
    else:
        yield fine(topic, f"{len(enabled)} on, with all events that are needed.")


def _absent(bridge: str | None) -> Callable[[str, str, str], Finding]:
    """Without an address nobody knows whether webhooks are meant to be."""
    return failure if bridge else warning


def _where(bridge: str | None) -> str:
    return f" to {bridge}" if bridge else ""


def _unseen(topic: str, error: Exception, remedy: str) -> Finding:
    why = shorten(error) if isinstance(error, JIRAError) else str(error)
    return warning(topic, f"this account may not look at them ({why}).", remedy)
