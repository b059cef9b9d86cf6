"""The Bridge owns both sites' sessions and the syncers, and runs events through them one by one.

It knows no queue and no web server, and can be used as a plain library:
`Bridge.get_bridge("settings.py").sync_in_jira("default", "Task", 12, event)`.
"""

from __future__ import annotations

import logging
import logging.config
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import takewhile
from typing import Any
from urllib.parse import unquote

from sg_jira import settings as settings_file_reader
from sg_jira.errors import TooEarly
from sg_jira.handlers import SyncHandler
from sg_jira.handlers.generic.problems import path_of_entry
from sg_jira.handlers.overrides import are_shipped
from sg_jira.hook import JiraHook, load_hook_class
from sg_jira.jira_session import JiraSession
from sg_jira.links import InMemoryLinks, Links
from sg_jira.outcomes import Skipped, forget_skip, note_handler, noted_skip
from sg_jira.readings import Ahead, reading_ahead, shared_readings
from sg_jira.shotgun_session import ShotgunSession
from sg_jira.syncer import Syncer
from sg_jira.syncer_settings import import_syncers, refuse_mistyped

# So that messages appear before any logging settings are applied.
logging.basicConfig(format="%(levelname)s:%(name)s:%(message)s")

_logger = logging.getLogger(__name__)
_USER_AGENT = "sg_jira_sync"

#: Gives the first so many events with the values that the sites have now.
Present = Callable[[int], Sequence[Any]]


class Bridge:
    """Both sites, and what the settings say about syncing them.

    Parameters:
        sg_site: URL of the FPTR site.
        sg_script, sg_script_key: the bridge's own script user there.
        jira_site: URL of the Jira site.
        jira_user: login or e-mail of the bridge's own Jira account; `None`, `""` or `"None"`
            when `jira_secret` is a personal access token.
        jira_secret: API token, password or personal access token.
        sync_settings: the settings' `SYNC`, name -> entry.
        sg_http_proxy: proxy for FPTR, `host` or `host:port`.

    Raises:
        RuntimeError: a site refuses, or lacks a field that is always needed.
        Exception: whatever else the sites' clients raise.
    """

    def __init__(
        self,
        sg_site: str,
        sg_script: str,
        sg_script_key: str,
        jira_site: str,
        jira_user: str | None,
        jira_secret: str,
        sync_settings: Mapping[str, Any] | None = None,
        sg_http_proxy: str | None = None,
    ) -> None:
        self._sync_settings = sync_settings or {}
        self._jira_user = jira_user
        self._syncers: dict[str, Syncer] = {}
        self._hook_classes: dict[str, type[JiraHook]] = {}
        self._building = threading.RLock()
        self._guard = threading.Lock()
        self._shotgun_of: dict[threading.Thread, ShotgunSession] = {}
        #: What is being created on either site; a durable keeper may be put in its place.
        self.links: Links = InMemoryLinks()

        self._first_shotgun = ShotgunSession(
            sg_site, script_name=sg_script, api_key=sg_script_key, http_proxy=sg_http_proxy
        )
        try:
            self._first_shotgun.add_user_agent(_USER_AGENT)
            self._first_shotgun.setup()
            self._shotgun_of[threading.current_thread()] = self._first_shotgun
            self._jira = log_in_to_jira(jira_site, jira_user, jira_secret)
            self._jira.setup()
        except BaseException:
            self.close()
            raise

    @classmethod
    def get_bridge(cls, settings_file: str) -> Bridge:
        """The bridge that a settings file describes; applies its `LOGGING`, if it has any.

        Raises:
            ValueError, ImportError: the settings cannot be used; the message names the file.
            Exception: whatever connecting to the sites raises.
        """
        try:
            logging_settings, shotgun, jira, sync = cls.read_settings(settings_file)
            if logging_settings:
                logging.config.dictConfig(logging_settings)
            return cls(
                shotgun["site"],
                shotgun["script_name"],
                shotgun["script_key"],
                jira["site"],
                jira.get("user"),
                jira["secret"],
                sync,
                shotgun.get("http_proxy"),
            )
        except Exception as error:
            _logger.error("The bridge cannot start: %s", error)
            _logger.debug("Where it failed:", exc_info=True)
            raise

    @classmethod
    def read_settings(
        cls, settings_file: str
    ) -> tuple[dict[str, Any] | None, dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The settings of a file, checked: `(logging or None, shotgun, jira, sync)`.

        Raises:
            ValueError, ImportError: as `sg_jira.settings.read_settings`.
        """
        return settings_file_reader.read_settings(settings_file).plain

    @property
    def shotgun(self) -> ShotgunSession:
        """The FPTR session of the present thread, made on first use."""
        session = self._shotgun_of.get(threading.current_thread())
        if session is None:
            session = self._first_shotgun.for_another_thread()
            session.add_user_agent(_USER_AGENT)
            with self._guard:
                ended = [thread for thread in self._shotgun_of if not thread.is_alive()]
                left_behind = [self._shotgun_of.pop(thread) for thread in ended]
                self._shotgun_of[threading.current_thread()] = session
            for each in left_behind:
                _close(each)
        return session

    @property
    def jira(self) -> JiraSession:
        """The Jira session, shared by all threads."""
        return self._jira

    @property
    def current_shotgun_user(self) -> dict[str, Any] | None:
        """The bridge's own FPTR user; `None` when it could not be found."""
        return self.shotgun.current_user

    @property
    def current_jira_username(self) -> str:
        """The bridge's own Jira user as the client tells it, else as configured."""
        # Only percent escapes: in `richard+bot` the plus belongs to the name.
        return unquote(self.jira.current_user() or self._jira_user or "")

    @property
    def sync_settings_names(self) -> list[str]:
        """Names of the entries of `SYNC`, in order."""
        return list(self._sync_settings)

    def reset(self) -> None:
        """Forgets what is remembered of both sites' schemas, fields, projects and people."""
        _logger.info("Forgetting everything that is remembered of the sites' schemas.")
        self.shotgun.clear_cached_field_schema()
        self.jira.clear_caches()

    def close(self) -> None:
        """Closes the connections to both sites; may be called more than once.

        A bridge that is used again afterwards connects again.
        """
        with self._guard:
            sessions = {self._first_shotgun, *self._shotgun_of.values()}
        for session in sessions:
            _close(session)
        _close(getattr(self, "_jira", None))

    def get_syncer(self, name: str) -> Syncer:
        """The syncer of an entry of the settings, built and set up on first use.

        Raises:
            ValueError: there is no such entry, or it does not name a syncer.
            Exception: whatever importing, building or setting up the syncer raises; the next
                call tries again.
        """
        syncer = self._syncers.get(name)
        if syncer is None:
            with self._building:
                syncer = self._syncers.get(name)
                if syncer is None:
                    syncer = self._build_syncer(name)
                    syncer.setup()
                    self._syncers[name] = syncer
        return syncer

    def _build_syncer(self, name: str) -> Syncer:
        entry = self._sync_settings.get(name)
        if entry is None:
            raise ValueError(
                f"The settings have no sync entry {name!r}; they have "
                f"{', '.join(map(repr, self._sync_settings)) or 'none'}."
            )
        if not isinstance(entry, dict):
            raise ValueError(f"SYNC[{name!r}] must be a dict, it is a {type(entry).__name__}.")
        path = entry.get("syncer")
        if not path:
            raise ValueError(f"SYNC[{name!r}] does not say which 'syncer' to use.")
        module_path, dot, class_name = path.rpartition(".")
        if not dot:
            raise ValueError(
                f"SYNC[{name!r}]: the syncer {path!r} must be a module path and a class name, "
                "like sg_jira.TaskIssueSyncer."
            )
        module = import_syncers(module_path)
        syncer_class = getattr(module, class_name, None)
        if syncer_class is None:
            raise ValueError(f"SYNC[{name!r}]: the module {module_path} has no {class_name}.")
        given = entry.get("settings") or {}
        refuse_mistyped(syncer_class, given, f"{path_of_entry(name)}.settings")
        syncer: Syncer = syncer_class(
            name=name,
            bridge=self,
            hook_class=self._hook_class(name, entry.get("hook")),
            **given,
        )
        return syncer

    def _hook_class(self, name: str, path: str | None) -> type[JiraHook]:
        """Loaded once per entry: an entry that fails is built again at every event."""
        if name not in self._hook_classes:
            self._hook_classes[name] = load_hook_class(path)
        return self._hook_classes[name]

    @shared_readings()
    def sync_in_jira(
        self, settings_name: str, entity_type: str, entity_id: int, event: Any, **kwargs: Any
    ) -> Any:
        """Syncs a change made in FPTR to Jira.

        Parameters:
            settings_name: the entry of the settings.
            entity_type, entity_id: the changed record.
            event: the change, as the event daemon's plug-in posts it.
            kwargs: ignored.

        Returns:
            `False` when no handler takes the event, else what the handler answered; truthy when
            the event was processed. `last_skip` tells why not.

        Raises:
            Exception: whatever the syncer or handler raises, unchanged.
        """
        forget_skip()
        try:
            handler = self.get_syncer(settings_name).accept_shotgun_event(
                entity_type, entity_id, event
            )
            if not handler:
                return False
            forget_skip()  # of handlers that did not take it
            note_handler(handler)
            # The FPTR page in which the change was made then refreshes itself.
            self.shotgun.set_session_uuid(event.get("session_uuid"))
            return handler.process_shotgun_event(entity_type, entity_id, event)
        except TooEarly as error:
            _logger.info("Syncing %r %r to Jira has to wait: %s", entity_type, entity_id, error)
            raise
        except Exception:
            _logger.exception("Syncing %r %r to Jira failed.", entity_type, entity_id)
            raise

    @shared_readings()
    def sync_in_shotgun(
        self, settings_name: str, resource_type: str, resource_id: str, event: Any, **kwargs: Any
    ) -> Any:
        """Syncs a change made in Jira to FPTR.

        Parameters:
            settings_name: the entry of the settings.
            resource_type, resource_id: what the webhook's URL names, as `issue` and a key.
            event: the webhook's body.
            kwargs: ignored.

        Returns:
            As `sync_in_jira`.

        Raises:
            Exception: whatever the syncer or handler raises, unchanged.
        """
        forget_skip()
        try:
            handler = self.get_syncer(settings_name).accept_jira_event(
                resource_type, resource_id, event
            )
            if not handler:
                return False
            forget_skip()  # of handlers that did not take it
            note_handler(handler)
            self.shotgun.drop_session_uuid()
            return handler.process_jira_event(resource_type, resource_id, event)
        except TooEarly as error:
            _logger.info("Syncing %r %r to FPTR has to wait: %s", resource_type, resource_id, error)
            raise
        except Exception:
            _logger.exception("Syncing %r %r to FPTR failed.", resource_type, resource_id)
            raise

    def sync_all_in_jira(
        self,
        settings_name: str,
        entity_type: str,
        entity_id: int,
        events: Sequence[Any],
        present: Present | None = None,
    ) -> list[Any]:
        """Syncs several changes of one FPTR record to Jira, as far as one handler takes them.

        Parameters:
            settings_name, entity_type, entity_id: as for `sync_in_jira`.
            events: at least one change, oldest first.
            present: asked for the first events with present values once a handler wants them;
                without it their values are taken as they are.

        Returns:
            The results of the first events, as `sync_in_jira` gives them: at least one, perhaps
            not all. The others are to be handed in again.

        Raises:
            Exception: as `sync_in_jira`; then it is not known which events were synced.
        """
        return self._sync_all("shotgun", settings_name, entity_type, entity_id, events, present)

    def sync_all_in_shotgun(
        self,
        settings_name: str,
        resource_type: str,
        resource_id: str,
        events: Sequence[Any],
        present: Present | None = None,
    ) -> list[Any]:
        """Syncs several changes of one Jira resource to FPTR; see `sync_all_in_jira`."""
        return self._sync_all("jira", settings_name, resource_type, resource_id, events, present)

    def prepare_full_syncs(
        self, settings_name: str, entity_type: str, events: Mapping[int, Any]
    ) -> Iterator[dict[int, Ahead]]:
        """Does for many full syncs of FPTR records together what costs less so.

        Each of them is still to be synced, within `reading_ahead`.

        Parameters:
            settings_name, entity_type: as for `sync_in_jira`.
            events: by the records' ids.

        Yields:
            Record id -> what was read ahead for it, as far as anything was, in parts.

        Raises:
            Exception: as `sync_in_jira`.
        """
        forget_skip()
        syncer = self.get_syncer(settings_name)
        handlers = syncer.handlers
        if all(are_shipped(one, SyncHandler, "prepare_full_syncs") for one in handlers):
            return
        if any(one.reads_to_accept for one in handlers):
            # Who takes an event would cost a call for each of them.
            if len(handlers) == 1:
                yield from handlers[0].prepare_full_syncs(entity_type, list(events))
            return
        taken: dict[SyncHandler, list[int]] = {}
        for number, event in events.items():
            handler = syncer.accept_shotgun_event(entity_type, number, event)
            if handler:
                taken.setdefault(handler, []).append(number)
        for handler, numbers in taken.items():
            yield from handler.prepare_full_syncs(entity_type, numbers)

    @contextmanager
    def reading_ahead(self, ahead: Ahead) -> Iterator[None]:
        """Until the end of the block, this thread reads nothing that was read ahead."""
        with reading_ahead(ahead), self.shotgun.remembering(ahead.record):
            yield

    @shared_readings()
    def _sync_all(
        self,
        site: str,
        settings_name: str,
        kind: str,
        number: Any,
        events: Sequence[Any],
        present: Present | None,
    ) -> list[Any]:
        forget_skip()
        try:
            accept = getattr(self.get_syncer(settings_name), f"accept_{site}_event")
            with self.shotgun.remembering() if present else nullcontext():
                handler, taken = _taken(accept, kind, number, events)
                if present and handler:
                    handler, taken = _taken(accept, kind, number, present(len(taken)))
                if not handler:
                    return [False]
                forget_skip()  # what the event after the last one was skipped for
                note_handler(handler)
                if site == "shotgun":
                    self.shotgun.set_session_uuid(taken[-1].get("session_uuid"))
                process = getattr(handler, f"process_{site}_events")
                results: list[Any] = process(kind, number, taken)
        except TooEarly as error:
            _logger.info("Syncing %r %r has to wait: %s", kind, number, error)
            raise
        except Exception:
            _logger.exception("Syncing %d events of %r %r failed.", len(events), kind, number)
            raise
        if not 1 <= len(results) <= len(taken):
            raise RuntimeError(
                f"{type(handler).__name__}.process_{site}_events() gave {len(results)} results "
                f"for {len(taken)} events."
            )
        return results

    def last_skip(self) -> Skipped | None:
        """Why the last event of this thread was not synced, as far as anybody noted it."""
        return noted_skip()

    def last_skip_reason(self) -> str | None:
        """`last_skip` in words."""
        skipped = noted_skip()
        return None if skipped is None else str(skipped)


def _taken(
    accept: Callable[[str, Any, Any], Any], kind: str, number: Any, events: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """The handler of the first event, and those of the first events that it takes."""
    handler = accept(kind, number, events[0])
    if not handler:
        return None, []
    more = takewhile(lambda event: accept(kind, number, event) is handler, events[1:])
    return handler, [events[0], *more]


def _close(session: Any) -> None:
    """Closes a session's connections; a studio's double may have none."""
    close = getattr(session, "close", None)
    if close is not None:
        close()


def log_in_to_jira(site: str, user: str | None, secret: str) -> JiraSession:
    """A session with Jira that is not set up yet, by password or token of a user, or by a token
    alone. Raises what the session raises."""
    if user in settings_file_reader.NO_USER:
        return JiraSession(site, token_auth=secret)
    return JiraSession(site, basic_auth=(user, secret))
