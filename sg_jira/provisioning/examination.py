"""The doctor's round: looks at both sites and at the bridge's own side, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone

from sg_jira.connecting import addresses
from sg_jira.connection_trouble import trouble_with
from sg_jira.provisioning.findings import Finding, failure, fine, warning
from sg_jira.provisioning.fptr_examination import examine_fptr
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.provisioning.fptr_write_examination import examine_writing
from sg_jira.provisioning.house_examination import (
    examine_clock,
    examine_secrets,
    examine_store,
    examine_versions,
)
from sg_jira.provisioning.jira_admin import JiraAdmin
from sg_jira.provisioning.jira_examination import TROUBLE, examine_jira, site_time
from sg_jira.provisioning.linked_projects import LinkedProject, read_linked_projects
from sg_jira.provisioning.needs import Needs, needs_of
from sg_jira.provisioning.open_sites import OpenSites
from sg_jira.provisioning.steps import said_by
from sg_jira.provisioning.webhook_examination import examine_fptr_hooks, examine_jira_hooks
from sg_jira.service_settings import ServiceSettings
from sg_jira.settings import POLL, Settings


def examine(
    settings: Settings, service: ServiceSettings, sites: OpenSites, bridge: str | None
) -> Iterator[Finding]:
    """Everything that can be told of both sites and of ourselves.

    Parameters:
        settings, service: as the service reads them.
        sites: as far as they can be reached.
        bridge: its address, as both sites know it; `None` when nobody said.
    """
    needs = needs_of(settings.sync)
    entries = list(settings.sync)
    projects: list[LinkedProject] | None = None  # nobody knows
    versions: dict[str, str] = {}
    yield from _unreachable(settings, sites)
    for name in needs.unknown:
        yield warning(
            "Settings",
            f"what the entry {name!r} needs on the sites is known to its syncer only.",
            "Check its fields and webhooks yourself.",
        )
    if sites.shotgun:
        projects = read_linked_projects(sites.shotgun)
        versions["FPTR"] = ".".join(map(str, sites.shotgun.info().get("version", ())))
        is_cloud = sites.jira.is_jira_cloud if sites.jira else None
        yield from examine_fptr(sites.shotgun, needs, is_cloud)
        yield from examine_writing(sites.shotgun, needs, projects)
        yield from _fptr_rest(settings, service, needs, bridge)
    if sites.jira:
        yield from examine_jira(sites.jira, needs, projects)
        if settings.jira_source == POLL:
            yield fine("Jira webhooks", "none are needed, as the site is polled.")
        else:
            yield from examine_jira_hooks(JiraAdmin(sites.jira), needs, bridge, entries)
        try:
            told, versions["Jira"] = site_time(sites.jira)
            yield examine_clock("Jira", told, _now())
        except TROUBLE as error:
            yield warning("Clock", f"Jira does not tell its time ({said_by(error)}).", "Try again.")
    yield from examine_secrets(service)
    yield examine_store(service, settings.path)
    yield examine_versions(versions)


def _unreachable(settings: Settings, sites: OpenSites) -> Iterator[Finding]:
    for name, address in addresses(settings).items():
        if name in sites.errors:
            found = trouble_with(name, address, sites.errors[name])
            yield failure(f"{name} login", found.what, found.remedy)


def _fptr_rest(
    settings: Settings, service: ServiceSettings, needs: Needs, bridge: str | None
) -> Iterator[Finding]:
    if settings.fptr_source == POLL:
        yield fine("FPTR webhooks", "none are needed, as the site is polled.")
        return
    with closing(FptrRest(settings.shotgun)) as rest:
        yield from examine_fptr_hooks(rest, needs, bridge, settings.sync, bool(service.url))
        yield examine_clock("FPTR", rest.site_time, _now())


def _now() -> datetime:
    return datetime.now(timezone.utc)
