"""Both sites of a sandbox and the engine between them, without its threads: what a person does is
taken in whole before anything of it is worked on, so that the same calls are made each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sg_jira.bridge import Bridge
from sg_jira.engine.identity import JiraFacts
from sg_jira.engine.inbox import Fate
from sg_jira.engine.policy import Policy
from sg_jira.engine.schema import State
from sg_jira.engine.sqlite_store import open_store
from sg_jira.events import event_from_jira, event_from_shotgun
from sg_jira.sandbox import BridgeCalls, Flavour, Sandbox
from sg_jira.sandbox.jira import JiraActor
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.sandbox.shotgun import Actor, Entity
from tests.conftest import connect_bridge, sockets_collected
from tests.integration.engine.conftest import Bench
from tests.integration.receivers import Receiver
from tests.integration.test_generic_family import MAPPING

#: The families of syncers, as entries of the settings.
ENTRIES: Final[dict[str, dict[str, Any]]] = {
    "Task": {"syncer": "sg_jira.TaskIssueSyncer", "settings": {}},
    "generic": {
        "syncer": "sg_jira.EntitiesGenericSyncer",
        "settings": {"entity_mapping": MAPPING},
    },
}
#: What the entry `more` syncs besides.
MORE: Final = {"sync_replies": "both_way", "answering_comments": "all", "on_retirement": "close"}


def _now() -> datetime:
    return datetime.now(timezone.utc)


class World:
    """One family of syncers between the two sites.

    Parameters:
        sandbox: runs, with the demo production.
        family: of `ENTRIES`.
        receiver: gets what Jira sends.
        folder: for the store.
    """

    def __init__(self, sandbox: Sandbox, family: str, receiver: Receiver, folder: Path) -> None:
        self.sandbox, self.family = sandbox, family
        self.production = sandbox.production
        self.is_signed = True
        #: The entry of the settings that gets the events: `usual`, or `more`.
        self.entry = "usual"
        self._receiver = receiver
        self._heard = sandbox.shotgun.last_event_id
        entry = ENTRIES[family]
        self.bridge: Bridge = connect_bridge(sandbox)
        self.bridge._sync_settings = {
            "usual": entry,
            "more": {**entry, "settings": {**entry["settings"], **MORE}},
        }
        for name in self.bridge.sync_settings_names:
            self.bridge.get_syncer(name)
        self._store = open_store(folder / "store.sqlite3")
        self._bench = Bench(self._store, _now, self.bridge, policy=Policy(attempts=1))  # type: ignore[arg-type]
        self.bridge.links = self._bench.links
        jira = self.bridge.jira
        own = frozenset(jira.own_identities.values())
        facts = JiraFacts(jira.jira_shotgun_type_field, jira.jira_shotgun_id_field, own)
        self._bench.identities.learn(facts)

    @property
    def fates(self) -> list[Fate]:
        """What became of the events that were worked on since this was last cleared."""
        return self._bench.told

    def close(self) -> None:
        self.bridge.close()
        self._store.close()

    # ---- counting

    def cost(self, operation: Callable[[World], Iterator[None]], *, cold: bool) -> BridgeCalls:
        """The calls that are made because of what somebody does.

        Parameters:
            operation: prepares up to its `yield`, and acts from there on.
            cold: whether the bridge has forgotten before what it knows of the sites.
        """
        acting = operation(self)
        next(acting)
        self.settle()
        if cold:
            self.bridge.reset()
            self.bridge.jira.myself()  # which a bridge knows from the start on
        self.sandbox.forget_calls()
        self.fates.clear()
        try:
            next(acting, None)
            self.settle()
        finally:
            self.entry, self.is_signed = "usual", True
        bad = [fate for fate in self.fates if fate.state in (State.DEAD, State.WAITING)]
        assert not bad, f"not all was done: {bad[0].detail}"
        return self.sandbox.bridge_calls()

    def listen(self) -> None:
        """Lets Jira tell what happens from now on; of FPTR the event log is read."""
        self.sandbox.jira.webhooks.add(f"{self._receiver.url}/jira2sg/${{issue.key}}")

    def settle(self) -> None:
        """Takes in what has happened and works on it, until nothing happens any more."""
        while self._take_in():
            for waiting in self._bench.inbox.waiting_keys():
                self._bench.drain(waiting.key)

    def _take_in(self) -> bool:
        """Keeps what both sites tell; whether there was anything."""
        assert self.sandbox.jira.webhooks.wait_until_idle(10)
        told = list(self._receiver.received)
        self._receiver.received.clear()
        for got in told:
            event = event_from_jira(
                self.entry,
                "issue",
                urlsplit(got.url).path.rpartition("/")[2],
                got.body,
                received_at=_now(),
                headers=got.headers,
                signed=self.is_signed,
            )
            self._bench.inbox.accept(event)
        happened = self.sandbox.shotgun.events(self._heard)
        self._heard = self.sandbox.shotgun.last_event_id
        changes = [
            one
            for one in happened
            if one["event_type"].endswith("_Change") and one["project"] is not None
        ]
        for change in changes:
            meta = change["meta"]
            body = {**change, "event_log_entry_id": change["id"]}
            event = event_from_shotgun(
                self.entry,
                meta["entity_type"],
                meta["entity_id"],
                body,
                received_at=_now(),
                signed=self.is_signed,
            )
            self._bench.inbox.accept(event)
        return bool(told or changes)

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """The bridge is not told of what happens meanwhile."""
        self.settle()
        self.sandbox.jira.webhooks.clear()
        yield
        self.listen()
        self._heard = self.sandbox.shotgun.last_event_id

    # ---- what is there

    def linked_task(self, **fields: Any) -> Entity:
        """A Task and its Issue, as a bridge would have left them."""
        with self.unheard():
            task = self.create("Task", **{"content": "Dig", "sg_sync_in_jira": True, **fields})
            number = str(task["id"])
            named = {"Shotgun Type": "Task", "Shotgun ID": number, "Sync In FPTR": "True"}
            key = self.own_in_jira.create_issue(JIRA_KEY, "Task", summary="Dig", **named)
            self.own_in_fptr.update("Task", task["id"], {"sg_jira_key": key})
            self.bridge.links.remember_owner(key, f"Task:{number}")
        return task

    @property
    def own_in_fptr(self) -> Actor:
        """The bridge's script."""
        return self.sandbox.shotgun.acting_as(self.sandbox.script)

    @property
    def own_in_jira(self) -> JiraActor:
        """The bridge's account."""
        return self.sandbox.jira.acting_as(self.sandbox.account)

    # ---- people

    def in_fptr(self, login: str = "mira") -> Actor:
        return self.sandbox.shotgun.acting_as(self.production.person(login).shotgun)

    def in_jira(self, login: str = "mira") -> JiraActor:
        person = self.production.person(login).jira
        assert person is not None
        return self.sandbox.jira.acting_as(person)

    def create(self, sg_type: str, **fields: Any) -> Entity:
        made = self.in_fptr().create(sg_type, {"project": self.production.project, **fields})
        return {"type": sg_type, "id": made["id"]}

    def edit(self, record: Entity, **fields: Any) -> None:
        self.in_fptr().update(record["type"], record["id"], fields)

    def key(self, record: Entity) -> str:
        key = self.sandbox.shotgun.record(record["type"], record["id"])["sg_jira_key"]
        assert key, f"{record} has no counterpart"
        return str(key)


@contextmanager
def running_world(family: str, flavour: Flavour, folder: Path) -> Iterator[World]:
    """A world with a sandbox of its own."""
    with ExitStack() as stack:
        receiver = Receiver()
        stack.callback(receiver.stop)
        sandbox = stack.enter_context(Sandbox(flavour, seeded=True))
        stack.enter_context(sockets_collected())
        world = World(sandbox, family, receiver, folder)
        world.listen()
        stack.callback(world.close)
        yield world
