"""All steps of a setup, in the order in which they have to be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sg_jira.jira_session import JiraSession
from sg_jira.provisioning.env_file import EnvFile
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.provisioning.fptr_setup import (
    WrongProject,
    find_project,
    plan_fields,
    plan_link,
    plan_sync_url,
)
from sg_jira.provisioning.jira_setup import JiraPlan
from sg_jira.provisioning.linked_projects import (
    TO_JIRA,
    LinkedProject,
    entry_of_address,
    read_linked_projects,
)
from sg_jira.provisioning.needs import needs_of
from sg_jira.provisioning.steps import Step, only_by_hand
from sg_jira.provisioning.webhook_setup import Secrets, WebhookPlan, plan_address
from sg_jira.service_settings import ServiceSettings
from sg_jira.shotgun_session import ShotgunSession


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        sync: the entries of `SYNC` that are to work.
        links: names of FPTR Projects and the Jira keys that they are to get.
        bridge: address of the bridge, for webhooks; `None` makes none.
        entry: the entry that webhooks and Projects name.
        polled: which of FPTR and Jira are polled, and need no webhooks.
    """

    sync: Mapping[str, Any]
    links: Sequence[tuple[str, str]] = ()
    bridge: str | None = None
    entry: str | None = None
    polled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OpenParts:
    """What is connected: both sites, FPTR's REST API, and the file of the secrets."""

    shotgun: ShotgunSession
    jira: JiraSession
    rest: FptrRest
    env_file: EnvFile


def plan(request: Request, service: ServiceSettings, parts: OpenParts) -> list[Step]:
    """Everything that is asked for; nothing is changed before the steps are carried out.

    Raises:
        WrongProject: a Project that was named cannot be linked.
        Exception: a site cannot answer.
    """
    return list(_plan(request, service, parts))


def _plan(request: Request, service: ServiceSettings, parts: OpenParts) -> Iterator[Step]:
    needs = needs_of(request.sync)
    linked = read_linked_projects(parts.shotgun)
    asked = [_asked(parts, name, key, linked) for name, key in request.links]
    yield from plan_fields(parts.shotgun, needs, parts.jira.is_jira_cloud)
    for each in asked:
        yield plan_link(parts.shotgun, each, any(one.id == each.id for one in linked))
    projects = list({one.id: one for one in (*linked, *asked)}.values())
    yield from JiraPlan(parts.jira, needs, [one.key for one in projects]).steps()
    for name in needs.unknown:
        what = f"what the entry {name!r} needs"
        yield only_by_hand(what, "Only its syncer knows: create its fields and webhooks yourself.")
    if not request.bridge or not request.entry:
        return
    base = f"{request.bridge.rstrip('/')}/{TO_JIRA}/{request.entry}"
    own = [one for one in projects if _names(one, request.entry)]
    for each in own:
        yield plan_sync_url(parts.shotgun, each, base)
    if not own:
        yield only_by_hand(
            "webhooks", 'Link a Project first: run this again with --project "FPTR name=KEY".'
        )
        return
    secrets = Secrets(service, parts.env_file)
    yield secrets.step()
    own_needs = needs_of({request.entry: request.sync[request.entry]})
    hooks = WebhookPlan(own_needs, request.bridge, request.entry, own, secrets)
    if "FPTR" not in request.polled:
        yield plan_address(request.bridge, service, parts.env_file)
        yield from hooks.fptr_steps(parts.shotgun, parts.rest)
    if "Jira" not in request.polled:
        yield from hooks.jira_steps(parts.jira)


def _asked(parts: OpenParts, name: str, key: str, linked: Sequence[LinkedProject]) -> LinkedProject:
    if parts.jira.get_project_by_key(key) is None:
        raise WrongProject(f"Jira shows no project {key!r} to the bridge's account.")
    return replace(find_project(parts.shotgun, name, key, linked), key=key)


def _names(project: LinkedProject, entry: str) -> bool:
    """Whether a Project belongs to an entry, or to none yet."""
    return not project.sync_url or entry_of_address(project.sync_url, TO_JIRA, None) == entry
