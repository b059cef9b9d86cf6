"""Asks FPTR to send the deliveries of its webhooks again that have failed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sg_jira.provisioning.fptr_rest import PAGE, FptrRest
from sg_jira.provisioning.linked_projects import TO_JIRA, names_entry


def failed_deliveries(
    rest: FptrRest, bridge: str, entries: Collection[str], since: datetime
) -> list[str]:
    """The ids of the deliveries to the bridge that have failed, oldest first.

    Costs a call, and one for each webhook and five hundred of its failed deliveries. Raises as
    `FptrRest.hooks`.

    Parameters:
        rest: asks the site.
        bridge: its address; webhooks that post elsewhere are left alone.
        entries: names of `SYNC` that may be in their addresses.
        since: aware; the site keeps deliveries for seven days.
    """
    found: list[Mapping[str, Any]] = []
    for hook in rest.hooks():
        if names_entry(str(hook.get("url")), TO_JIRA, bridge, entries):
            found += _failed(rest, str(hook["id"]), since)
    found.sort(key=lambda one: str(one.get("created_at")))
    return [str(one["id"]) for one in found]


def _failed(rest: FptrRest, number: str, since: datetime) -> Iterator[Mapping[str, Any]]:
    page = 1
    while True:
        here = rest.failed_deliveries(number, since, page)
        yield from here
        if len(here) < PAGE:
            return
        page += 1
