"""The parts of the service, put together from its settings. Starts and serves nothing."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask

from sg_jira.bridge import Bridge
from sg_jira.connecting import connect
from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.policy import Policy
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.errors import StoreAway
from sg_jira.service_settings import ServiceSettings
from sg_jira.settings import Settings
from sg_jira.site_calls import Pass, recording
from sg_jira.sources.running import Sources
from sg_jira.web.acceptance import EngineAcceptor, NotReady, WorkerAcceptor
from sg_jira.web.admins import Admins, SourceLimit
from sg_jira.web.application import create_app
from sg_jira.web.connection import NOT_AUTHENTICATED, BridgeConnection, Readiness, with_engine
from sg_jira.web.engine_pages import make_engine_pages
from sg_jira.web.entry_checks import EntryChecks
from sg_jira.web.proofs import proofs_of_jira, proofs_of_shotgun
from sg_jira.web.reachability import SiteChecks, sites_of
from sg_jira.web.reasons import Redaction

logger = logging.getLogger(__name__)


class Assembly:
    """The engine, the connection to the sites, and what they need of each other.

    Parameters:
        settings: what the settings file says.
        service: how the service behaves.

    Raises:
        StoreError: the store of events cannot be used; nothing in it was touched.
    """

    def __init__(self, settings: Settings, service: ServiceSettings) -> None:
        self._settings = settings
        self._service = service
        redaction = Redaction((*settings.secrets, *service.secrets))
        #: What needs attention however well the service is.
        self.warnings = [] if service.proves_senders else [NOT_AUTHENTICATED]
        self.engine = Engine(_engine_options(settings, service), self._bridge, redaction)
        self._entries = EntryChecks(settings, self.engine.entry_failures, redaction)
        self.connection = BridgeConnection(
            build=self._connect,
            checks=SiteChecks(sites_of(settings), service.site_check_seconds),
            redaction=redaction,
            longest_pause=service.max_reconnect_seconds,
            on_start=self._entries.check_file,
            on_connected=self._on_connected,
            warnings=self.warnings,
        )
        self.engine.on_reset = self._reset_when_told
        self.sources = Sources(
            self.engine, settings, service, self._bridge, redaction.reason, self._reset_all
        )

    def app(self) -> Flask:
        """The web application."""
        service, forged = self._service, self.engine.metrics.forged
        refuses = service.unsigned == "refuse"
        is_worker = service.role == "worker"
        admins = Admins(service.admin_token, service.fptr_secrets)
        strangers = SourceLimit(service.requests_per_minute)
        return create_app(
            WorkerAcceptor() if is_worker else EngineAcceptor(self.engine),
            settings_names=self._settings.sync,
            readiness=self._readiness,
            reset=self._reset,
            max_body_bytes=service.max_body_bytes,
            from_fptr=proofs_of_shotgun(service.fptr_secrets, forged, refuses, strangers.count),
            from_jira=proofs_of_jira(service.jira_secrets, forged, refuses, strangers.count),
            admins=admins,
            proxies=service.trusted_proxies,
            engine_pages=make_engine_pages(self.engine, admins, self.sources.ask),
        )

    def _bridge(self) -> Any:
        """The connected bridge. Raises `Deferred` while there is none."""
        try:
            return self.connection.bridge()
        except NotReady as error:
            raise Deferred(Reason.NOT_READY, error.retry_after, error.reason) from error

    def _connect(self) -> Any:
        with self._counting():
            return self.engine.adopt(connect(self._settings))

    def _on_connected(self, bridge: Bridge) -> None:
        self.engine.dispatcher.sweep_soon()
        self.sources.start(bridge)
        with self._counting():
            self._entries.check_sites(bridge)

    def _counting(self) -> AbstractContextManager[Pass]:
        """Lets the metrics see the calls of this thread, which are on behalf of no event."""
        return recording(Pass(observe=self.engine.metrics.called))

    def _readiness(self) -> Readiness:
        told = {**self.engine.status(), "sources": self.sources.status()}
        if self._service.role == "web":  # it works on nothing, and so needs no site
            known = Readiness(ready=True, connected=False, warnings=self.warnings)
        else:
            known = self.connection.readiness()
            told["settings"] = self._entries.status()
        warnings = [*known.warnings, *self.sources.warnings]
        return with_engine(replace(known, warnings=warnings), told)

    def _reset(self) -> None:
        """Resets this process and lets the others do the same. Raises `NotReady`, `StoreAway`."""
        self.engine.tell_reset()
        self.connection.reset()

    def _reset_all(self) -> None:
        """`_reset` for who can do nothing about its failure, as after a change of the schema."""
        try:
            self.engine.tell_reset()
        except StoreAway as error:
            logger.warning("The other processes could not be told to reset: %s", error)
        self._reset_when_told()

    def _reset_when_told(self) -> None:
        try:
            self.connection.reset()
        except NotReady as error:
            logger.warning("The bridge was told to reset, which failed: %s", error.reason)


def _engine_options(settings: Settings, service: ServiceSettings) -> EngineOptions:
    return EngineOptions(
        store=service.store_for(settings.path),
        database_url=service.database_url.get_secret_value() if service.database_url else None,
        works=service.role != "web",
        workers=service.workers,
        handler_seconds=service.handler_seconds,
        search_lag=service.search_lag_seconds,
        keep=timedelta(days=service.keep_days),
        blocks_on_dead=service.on_dead == "block",
        acknowledges=service.acknowledge,
        policy=Policy(
            attempts=service.attempts, give_up_after=timedelta(hours=service.give_up_hours)
        ),
    )
