"""Plans the webhooks of both sites, and the secrets by which they prove themselves."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sg_jira.jira_session import JiraSession
from sg_jira.provisioning.env_file import EnvFile
from sg_jira.provisioning.fptr_health import ACTIVE
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.provisioning.jira_admin import JiraAdmin, webhook_filter
from sg_jira.provisioning.linked_projects import TO_JIRA, TO_SHOTGUN, LinkedProject
from sg_jira.provisioning.needs import Needs
from sg_jira.provisioning.steps import Step, exists, only_by_hand, said_by, to_do
from sg_jira.provisioning.webhook_examination import (
    TROUBLE,
    fptr_hooks_here,
    is_active,
    jira_hooks_here,
    untold_fields,
)
from sg_jira.service_settings import ServiceSettings
from sg_jira.shotgun_session import ShotgunSession

FPTR_SECRET: Final = "SGJIRA_FPTR_SECRET"
JIRA_SECRET: Final = "SGJIRA_JIRA_SECRET"
ADMIN_TOKEN: Final = "SGJIRA_ADMIN_TOKEN"
ADDRESS: Final = "SGJIRA_URL"
_NAMES: Final = (FPTR_SECRET, JIRA_SECRET, ADMIN_TOKEN)
_BYTES: Final = 32
#: FPTR's webhooks cannot be limited to Projects for what belongs to none.
_WITHOUT_PROJECT: Final = ("Reply",)


class Secrets:
    """The secrets of the service: those that are set, and fresh ones for the others.

    Parameters:
        service: as the service reads its settings.
        file: takes fresh ones; they are in it before anybody else is told.
    """

    def __init__(self, service: ServiceSettings, file: EnvFile) -> None:
        self._file = file
        given = {
            FPTR_SECRET: service.fptr_secrets[:1],
            JIRA_SECRET: service.jira_secrets[:1],
            ADMIN_TOKEN: [service.admin_token] if service.admin_token else [],
        }
        in_file = file.values()
        self._values: dict[str, str] = {}
        for name, (*known,) in given.items():
            if known:
                self._values[name] = known[0].get_secret_value()
            elif name in in_file:
                self._values[name] = in_file[name].partition(",")[0].strip()
        self.missing = [name for name in _NAMES if name not in self._values]

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def step(self) -> Step:
        """Writes fresh ones into the file."""
        what = f"{', '.join(self.missing or _NAMES)} in {self._file.path}"
        return to_do(what, self._write) if self.missing else exists(what)

    def _write(self) -> None:
        fresh = {name: secrets.token_urlsafe(_BYTES) for name in self.missing}
        self._file.add(fresh)
        self._values.update(fresh)


def plan_address(bridge: str, service: ServiceSettings, file: EnvFile) -> Step:
    """Lets the service know its own address, by which it knows its own webhooks."""
    address = bridge.rstrip("/")
    what = f"{ADDRESS}={address} in {file.path}"
    known = service.url or file.values().get(ADDRESS)
    if known is None:
        return to_do(what, lambda: file.add({ADDRESS: address}))
    if known.rstrip("/") != address:
        return only_by_hand(what, f"It is {known} at present: change it, if that is not meant.")
    return exists(what)


class WebhookPlan:
    """Plans the webhooks of one entry. Only looks; its steps do.

    Parameters:
        needs: what they have to tell.
        bridge: its address.
        entry: of `SYNC`, whose name is in the addresses.
        projects: the linked Projects that the entry syncs.
        given: the secrets.
    """

    def __init__(
        self,
        needs: Needs,
        bridge: str,
        entry: str,
        projects: Sequence[LinkedProject],
        given: Secrets,
    ) -> None:
        self._needs = needs
        self._bridge = bridge.rstrip("/")
        self._entry = entry
        self._projects = projects
        self._secrets = given
        self._name = f"sg-jira {entry}"

    def fptr_steps(self, shotgun: ShotgunSession, rest: FptrRest) -> Iterator[Step]:
        """One webhook for each entity type, as FPTR takes no more."""
        url = f"{self._bridge}/{TO_JIRA}/{self._entry}"
        by_hand = (
            f"In FPTR, Admin menu, Webhooks: add one with the URL {url}, the Secret Token that "
            f"{FPTR_SECRET} holds, batched deliveries, for create, update, delete and revive of"
        )
        try:
            here = fptr_hooks_here(rest.hooks(), self._bridge, [self._entry])
        except TROUBLE as error:
            kinds = ", one each for ".join(sorted(self._needs.fptr_events))
            yield only_by_hand("FPTR webhooks", f"{by_hand} {kinds}. FPTR says: {said_by(error)}")
            return
        for kind, named in sorted(self._needs.fptr_events.items()):
            fields = sorted(_editable_fields(shotgun, kind) if named is None else named)
            ids = [] if kind in _WITHOUT_PROJECT else [one.id for one in self._projects]
            what = f"FPTR webhook of {kind} to {url}"
            changes = self._fptr_changes(here.get(kind, []), kind, fields, ids)
            if changes is None:
                yield to_do(
                    what,
                    partial(self._create_hook, rest, url, kind, fields, ids),
                    f"{by_hand} {kind}.",
                )
            elif changes[1]:
                number, told = changes
                yield to_do(
                    f"{what}, changed: {', '.join(told)}",
                    partial(self._change_hook, rest, number, told),
                    f"{by_hand} {kind}; one is there already, to be changed.",
                )
            else:
                yield exists(what)

    def _fptr_changes(
        self,
        here: Sequence[Mapping[str, Any]],
        kind: str,
        fields: Sequence[str],
        projects: Sequence[int],
    ) -> tuple[str, dict[str, Any]] | None:
        """The webhook to change, and what of it; `None` when there is none."""
        if not here:
            return None
        hook = next((one for one in here if is_active(one)), here[0])
        changes: dict[str, Any] = {} if is_active(hook) else {"status": ACTIVE}
        told = (hook["entity_types"][kind] or {}).get("update") or []
        if untold_fields(hook, kind, fields):
            of_kind = {**hook["entity_types"][kind], "update": sorted({*told, *fields})}
            changes["entity_types"] = {kind: of_kind}
        limited = _ids(hook.get("projects") or [])
        if limited and (not projects or set(projects) - set(limited)):
            changes["projects"] = sorted({*limited, *projects}) if projects else []
        if FPTR_SECRET in self._secrets.missing:
            changes["token"] = FPTR_SECRET
        return str(hook["id"]), changes

    def _create_hook(
        self, rest: FptrRest, url: str, kind: str, fields: Sequence[str], projects: Sequence[int]
    ) -> None:
        name = f"{self._name} {kind}"
        rest.create_hook(name, url, kind, fields, self._secrets[FPTR_SECRET], projects)

    def _change_hook(self, rest: FptrRest, number: str, changes: Mapping[str, Any]) -> None:
        rest.update_hook(number, self._filled(changes))

    def _filled(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes with the secrets in the place of their names; they may be made meanwhile."""
        named = {FPTR_SECRET, JIRA_SECRET}
        return {
            word: self._secrets[value] if isinstance(value, str) and value in named else value
            for word, value in changes.items()
        }

    def jira_steps(self, jira: JiraSession) -> Iterator[Step]:
        """One webhook for all events."""
        admin = JiraAdmin(jira)
        url = f"{self._bridge}/{TO_SHOTGUN}/{self._entry}"
        jql = webhook_filter(one.key for one in self._projects)
        events = self._needs.jira_events
        what = f"Jira webhook to {url}"
        by_hand = (
            f"In Jira's administration, System, WebHooks: create one with the URL {url}, the "
            f"Secret that {JIRA_SECRET} holds, the JQL {jql!r} and the events {', '.join(events)}. "
            "Data Center before 10.0 has no Secret: there write it into the URL, as "
            f"{self._bridge.replace('://', '://jira:SECRET@', 1)}/{TO_SHOTGUN}/{self._entry}."
        )
        try:
            here = jira_hooks_here(admin.webhooks(), self._bridge, [self._entry])
        except TROUBLE as error:
            yield only_by_hand(what, f"{by_hand} Jira says: {said_by(error)}")
            return
        if not here:
            yield to_do(
                what,
                lambda: admin.create_webhook(
                    self._name, url, events, self._secrets[JIRA_SECRET], jql
                ),
                by_hand,
            )
            return
        changes = self._jira_changes(here[0], jql)
        if changes:
            # Whether Jira keeps what a request leaves out is told nowhere.
            whole = {**{word: here[0][word] for word in _WHOLE if word in here[0]}, **changes}
            yield to_do(
                f"{what}, changed: {', '.join(changes)}",
                lambda: admin.update_webhook(str(here[0]["self"]), self._filled(whole)),
                by_hand,
            )
        else:
            yield exists(what)

    def _jira_changes(self, hook: Mapping[str, Any], jql: str) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if not hook.get("enabled", True):
            changes["enabled"] = True
        told = set(hook.get("events") or [])
        if set(self._needs.jira_events) - told:
            changes["events"] = sorted(told | set(self._needs.jira_events))
        word = "issue-related-events-section"
        filter = (hook.get("filters") or {}).get(word) or ""
        if filter.startswith(_OUR_FILTER) and filter != jql:
            changes["filters"] = {word: jql}
        if JIRA_SECRET in self._secrets.missing or hook.get("isSigned") is False:
            changes["secret"] = JIRA_SECRET
        return changes


_WHOLE: Final = ("name", "url", "events", "filters", "excludeBody", "enabled")
#: A filter that begins otherwise was written by somebody who meant it.
_OUR_FILTER: Final = "project in ("


def _ids(projects: Sequence[Any]) -> list[int]:
    return [one["id"] if isinstance(one, Mapping) else one for one in projects]


def _editable_fields(shotgun: ShotgunSession, entity_type: str) -> list[str]:
    fields = shotgun.schema_field_read(entity_type)
    return [code for code, one in fields.items() if one.get("editable", {}).get("value")]
