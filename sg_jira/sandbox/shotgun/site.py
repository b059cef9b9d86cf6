"""One in-memory FPTR site: puts the parts together and serves them over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from flask import Flask

from sg_jira.sandbox.controls import Controls
from sg_jira.sandbox.media import MediaHost
from sg_jira.sandbox.pages.shotgun_pages import ShotgunPages
from sg_jira.sandbox.serving import SiteServer
from sg_jira.sandbox.shotgun.accounts import Accounts
from sg_jira.sandbox.shotgun.actor import Actor
from sg_jira.sandbox.shotgun.appearance import LogMishaps
from sg_jira.sandbox.shotgun.editor import Editor
from sg_jira.sandbox.shotgun.event_log import EventLog
from sg_jira.sandbox.shotgun.file_routes import FileRoutes
from sg_jira.sandbox.shotgun.files import Files
from sg_jira.sandbox.shotgun.filters import Condition, Group
from sg_jira.sandbox.shotgun.hooks import Hooks
from sg_jira.sandbox.shotgun.permissions import Action, Permissions
from sg_jira.sandbox.shotgun.queries import Queries
from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import EVENT_LOG, Author, Clock, Entity, Record, Ref
from sg_jira.sandbox.shotgun.rest import RestApi, RestParts, Tokens
from sg_jira.sandbox.shotgun.rpc import Parts, Rpc
from sg_jira.sandbox.shotgun.schema import STATUS_NAMES, Field, Schema
from sg_jira.sandbox.shotgun.schema_editor import SchemaEditor
from sg_jira.sandbox.shotgun.store import Store
from sg_jira.sandbox.shotgun.summaries import Summaries
from sg_jira.sandbox.shotgun.threads import Threads
from sg_jira.sandbox.shotgun.values import parse_ref
from sg_jira.sandbox.shotgun.views import Views

#: Password of people for whom none was given.
DEFAULT_PASSWORD: Final = "sandbox"


def utc_now() -> datetime:
    """The current time in UTC."""
    return datetime.now(timezone.utc)


class ShotgunSite:
    """An FPTR site that lives in memory. Safe to use from several threads.

    Parameters:
        host, port: where to listen once it is started; port 0 takes a free one.
        clock: gives the current time, aware of its zone.
        bridge_fields: whether it has the fields the bridge needs (`sg_jira_key` and others).
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock = utc_now,
        bridge_fields: bool = True,
    ) -> None:
        self._schema = Schema(bridge_fields)
        self._store = Store(self._schema)
        self._reader = Reader(self._store, self._schema)
        self._log = EventLog(self._store, self._reader, clock)
        self._queries = Queries(
            self._store, self._schema, self._reader, clock, self._log.appearance
        )
        self._permissions = Permissions()
        self._editor = Editor(
            self._store, self._schema, self._reader, self._log, self._permissions, clock
        )
        self._accounts = Accounts(self._store, self._schema)
        #: The tokens of the REST API.
        self.tokens = Tokens(self._accounts, clock)
        #: The files of the site, and the storage host beside it.
        self.files = Files(self._store, self._editor, MediaHost(host), lambda: self.url)
        #: The script account in whose name the site makes people and scripts.
        self._owner = self._found("sandbox", "Site administration")
        #: The webhooks that are registered, and what goes wrong with them.
        self.hooks = Hooks(self._store.lock, clock, self._owner, lambda: self.url)
        self._log.announce = self.hooks.announce
        app = Flask(__name__)
        app.json.sort_keys = False  # type: ignore[attr-defined]
        #: Call log, faults, latency and settings.
        self.controls = self._offer_apis(app)
        self.controls.knobs.offer("webhooks", self.hooks.mishaps, self.hooks.look_again)
        self.controls.knobs.offer("webhook_timing", self.hooks.timing)
        self.controls.knobs.offer("event_log", self.log_mishaps)
        app.register_blueprint(ShotgunPages(self).blueprint())
        self._server = SiteServer(app, host, port)
        for code, name in STATUS_NAMES.items():
            self._editor.create(self._owner, "Status", {"code": code, "name": name})

    def _offer_apis(self, app: Flask) -> Controls:
        """Adds the site's APIs to its application, and the controls that count their calls."""
        store, schema, accounts = self._store, self._schema, self._accounts
        views = Views(schema, self._reader, self._queries, self._permissions)
        threads = Threads(store, schema, self._reader)
        schema_editor = SchemaEditor(store, schema, self._log, self._permissions)
        files = FileRoutes(store, accounts, self.files)
        rpc = Rpc(
            Parts(
                store,
                views,
                Summaries(self._reader),
                threads,
                self._editor,
                schema_editor,
                accounts,
                files.info,
            )
        )
        rest = RestApi(
            RestParts(store, schema, views, schema_editor, threads, self.hooks, self.tokens),
            accounts,
        )
        for api in (rpc, rest, files):
            app.register_blueprint(api.blueprint())
        return Controls(
            app,
            lambda: rest.describe() or files.describe() or rpc.describe(),
            lambda status, message: rest.refuse(status, message) or rpc.refuse(status, message),
        )

    def _found(self, name: str, description: str) -> Author:
        """The first account, which nobody could have made."""
        with self._store.transaction():
            values = {code: one.empty for code, one in self._schema.fields("ApiUser").items()}
            row = self._store.insert(
                "ApiUser",
                {
                    **values,
                    "firstname": name,
                    "description": description,
                    "generate_event_log_entries": False,
                },
            )
        return Author(Ref("ApiUser", row["id"]))

    @property
    def url(self) -> str:
        """Address of the site; known once it was started."""
        return self._server.url

    @property
    def log_mishaps(self) -> LogMishaps:
        """Which entries of the event log can be read late or never; to be changed."""
        return self._log.appearance.mishaps

    @property
    def last_event_id(self) -> int:
        """The highest id given to an entry of the event log; waits for a change being written."""
        return self._log.last_id

    def start(self) -> None:
        """Serves the site until `stop`. Raises `OSError` when the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Stops serving and sending webhooks; the records stay."""
        self._server.stop()
        self.files.media.stop()
        self.hooks.clear()

    def add_script(self, name: str, key: str) -> Entity:
        """Makes a script account that may log in with this key; gives a link to it."""
        with self._store.lock:
            row = self._editor.create(self._owner, "ApiUser", {"firstname": name})
            self._accounts.allow_script(name, Ref("ApiUser", row["id"]), key)
            return self._reader.entity(Ref("ApiUser", row["id"]))

    def add_person(
        self, login: str, name: str, email: str, password: str = DEFAULT_PASSWORD
    ) -> Entity:
        """Makes a person who may log in with this password; gives a link to them.

        Raises:
            ShotgunFault: the login is taken.
        """
        with self._store.lock:
            data = {"login": login, "name": name, "email": email}
            row = self._editor.create(self._owner, "HumanUser", data)
            self._accounts.allow_person(Ref("HumanUser", row["id"]), password)
            return self._reader.entity(Ref("HumanUser", row["id"]))

    def forbid(
        self,
        user: Entity,
        action: Action | str,
        entity_type: str,
        fields: Collection[str] | None = None,
    ) -> None:
        """Takes a permission from an account.

        Parameters:
            user: the script or person.
            action: `read`, `create`, `update`, `delete`, or `schema` for the type's fields.
            entity_type: of what.
            fields: only these; a field that may not be read is as one that does not exist.
        """
        with self._store.lock:
            ref = Ref(user["type"], user["id"])
            self._permissions.forbid(ref, Action(action), entity_type, fields)

    def allow_everything(self, user: Entity) -> None:
        """Gives an account back what `forbid` took from it."""
        with self._store.lock:
            self._permissions.allow_everything(Ref(user["type"], user["id"]))

    def acting_as(self, user: Entity, session_uuid: str | None = None) -> Actor:
        """Lets a script or person edit from Python exactly as over the API.

        Parameters:
            user: `{"type": "HumanUser" or "ApiUser", "id"}`.
            session_uuid: for the event log.
        """
        author = Author(Ref(user["type"], user["id"]), session_uuid)
        return Actor(author, self._store, self._reader, self._editor, self.files)

    def record(self, entity_type: str, entity_id: int) -> Record:
        """Every field of a living or retired record. Raises `LookupError` for an unknown one."""
        with self._store.lock:
            row = self._store.row(Ref(entity_type, entity_id))
            if row is None:
                raise LookupError(f"There is no {entity_type} {entity_id}.")
            return self._reader.whole(row)

    def is_living(self, entity_type: str, entity_id: int) -> bool:
        """Whether there is such a record that was not retired."""
        with self._store.lock:
            return self._store.is_living(Ref(entity_type, entity_id))

    def records(self, entity_type: str, **equal: Any) -> list[Record]:
        """The living records whose fields equal these, by id.

        Links are equal when type and id are; lists of links in any order.
        """
        with self._store.lock:
            rows = self._queries.find(entity_type, Group())
            fields = {name: self._schema.field(entity_type, name) for name in equal}
            return [
                self._reader.whole(row)
                for row in rows
                if all(
                    self._reader.value(row, fields[name]) == value
                    or _same_links(self._reader.value(row, fields[name]), value)
                    for name, value in equal.items()
                )
            ]

    def newest(self, entity_type: str, retired: bool = False) -> list[Record]:
        """All living or all retired records of a type, the newest first."""
        with self._store.lock:
            rows = self._queries.find(entity_type, Group(), retired=retired)
            return [self._reader.whole(row) for row in reversed(rows)]

    def fields(self, entity_type: str) -> Mapping[str, Field]:
        """The fields of a type by name. Raises `ShotgunFault` for an unknown type."""
        with self._store.lock:
            return dict(self._schema.fields(entity_type))

    def events(self, after: int = 0) -> list[Record]:
        """The entries of the event log with a higher id than this, in order."""
        newer = Group((Condition("id", "greater_than", (after,)),))
        with self._store.lock:
            return [self._reader.whole(row) for row in self._queries.find(EVENT_LOG, newer)]

    def wait_for_events(
        self, after: int, timeout: float, enough: Callable[[], bool] = lambda: False
    ) -> bool:
        """Waits for an entry of the event log; gives whether there is one.

        Parameters:
            after: the entry's id must be higher.
            timeout: seconds to wait at most.
            enough: ends the waiting early when it gives `True`; asked again by `wake_waiting`.
        """
        self._log.wait(lambda: self._highest() > after or enough(), timeout)
        return self._highest() > after

    def _highest(self) -> int:
        """The highest id of the entries that can be read."""
        with self._store.lock:
            self._log.appearance.reveal()
            return self._log.appearance.highest

    @property
    def shown_events(self) -> int:
        """How many entries of the event log can be read."""
        with self._store.lock:
            return self._log.appearance.shown

    @property
    def expected_events(self) -> int:
        """How many entries the event log has, those that can only be read later included."""
        with self._store.lock:
            return self._log.appearance.expected

    def wait_for_appearance(
        self, count: int, timeout: float, enough: Callable[[], bool] = lambda: False
    ) -> list[Record]:
        """Waits for entries of the event log in the order in which they could be read.

        That is the order of their ids, but for those that are late.

        Parameters:
            count: how many of them are known already.
            timeout, enough: as for `wait_for_events`.

        Returns: the others; none when the time is up.
        """
        appearance = self._log.appearance
        self._log.wait(lambda: bool(appearance.since(count)) or enough(), timeout)
        with self._store.lock:
            return [self._reader.whole(row) for row in appearance.since(count)]

    def wake_waiting(self) -> None:
        """Lets everyone in `wait_for_events` look again."""
        self._log.nudge()


def _same_links(value: Any, wanted: Any) -> bool:
    if isinstance(value, list) and isinstance(wanted, list):
        return {*value} == {parse_ref(one) for one in wanted}
    return isinstance(value, Ref) and value == parse_ref(wanted)
