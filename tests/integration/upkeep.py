"""A bridge of either family that is told of every event by hand, with settings of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import shotgun_api3

from sg_jira.bridge import Bridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.sandbox import SCRIPT_KEY, SCRIPT_NAME
from tests.conftest import connect_bridge
from tests.integration.pairs import Pair, create_task
from tests.integration.test_generic_family import MAPPING

TASKS: Final = "sg_jira.TaskIssueSyncer"
ANY_TYPES: Final = "sg_jira.EntitiesGenericSyncer"
FAMILIES: Final = {
    "tasks": {"syncer": TASKS, "settings": {}},
    "any types": {"syncer": ANY_TYPES, "settings": {"entity_mapping": MAPPING}},
}


def let_keys_be_shared(sandbox: Sandbox) -> None:
    """As on a site where somebody stopped insisting on unique keys."""
    client = shotgun_api3.Shotgun(sandbox.shotgun.url, SCRIPT_NAME, SCRIPT_KEY)
    for sg_type in ("Task", "Asset"):
        client.schema_field_update(sg_type, "sg_jira_key", {"unique": False})
    client.close()


def duplicate(original: Pair, **fields: Any) -> Pair:
    """A Task that somebody duplicated, with what FPTR copies along; does not wait for anything."""
    record = original.task
    copied = {name: record[name] for name in ("sg_jira_key", "sg_jira_url", "sg_description")}
    data = {**copied, "sg_sync_in_jira": True, **fields}
    return create_task(original.sandbox, record["content"], **data)


class Upkeep:
    """Both sites of a sandbox and a bridge between them; hands events over one by one.

    Parameters:
        sandbox: with the demo production.
        family: one of `FAMILIES`.
        settings: of the entry, besides those of the family.
    """

    def __init__(self, sandbox: Sandbox, family: str, **settings: Any) -> None:
        self.sandbox = sandbox
        self.bridge: Bridge = connect_bridge(sandbox)
        entry = FAMILIES[family]
        self.bridge._sync_settings = {
            "it": {**entry, "settings": {**entry["settings"], **settings}}  # type: ignore[dict-item]
        }
        self.bridge.get_syncer("it")
        self._heard = sandbox.shotgun.last_event_id

    def let_keys_be_shared(self) -> None:
        """See the function."""
        let_keys_be_shared(self.sandbox)

    def task(self, content: str = "Comb the fur", **fields: Any) -> Pair:
        """A Task that is synced, with everything that happened so far."""
        made = create_task(self.sandbox, content, sg_sync_in_jira=True, **fields)
        self.catch_up()
        self.events()  # echoes
        return made

    def copy(self, original: Pair, **fields: Any) -> Pair:
        """A Task that somebody duplicated; the bridge has not heard of it."""
        return duplicate(original, **fields)

    def events(self) -> list[dict[str, Any]]:
        """The field changes that the bridge has not heard of, as the plug-in posts them."""
        found = self.sandbox.shotgun.events(self._heard)
        self._heard = self.sandbox.shotgun.last_event_id
        changes = [one for one in found if one["meta"].get("type") == "attribute_change"]
        return [one for one in changes if one["project"] is not None]

    def hear(self, event: dict[str, Any]) -> Any:
        """Tells the bridge of one event; its answer."""
        meta = event["meta"]
        return self.bridge.sync_in_jira("it", meta["entity_type"], meta["entity_id"], event)

    def catch_up(self) -> list[tuple[str, Any, str | None]]:
        """Tells the bridge of all that it has not heard of.

        Returns:
            Field, answer, and reason of each.
        """
        return self.tell(self.events())

    def tell(self, events: Iterable[dict[str, Any]]) -> list[tuple[str, Any, str | None]]:
        """Tells the bridge of events, one by one; see `catch_up`."""
        told = []
        for event in events:
            answer = self.hear(event)
            told.append((event["meta"]["attribute_name"], answer, self.bridge.last_skip_reason()))
        return told

    def keys(self) -> list[str]:
        """Keys of all Issues of the demo production."""
        found = self.sandbox.jira.issues(self.sandbox.production.jira_key)
        return [issue["key"] for issue in found]


#: Makes an `Upkeep` with settings.
Make = Callable[..., Upkeep]


@contextmanager
def making(sandbox: Sandbox, family: str, *, shares_keys: bool = False) -> Iterator[Make]:
    """Gives what makes bridges of a family; all of them are closed in the end.

    Parameters:
        shares_keys: whether the site stops insisting on unique keys once there is a bridge.
    """
    with ExitStack() as stack:

        def make(**settings: Any) -> Upkeep:
            made = Upkeep(sandbox, family, **settings)
            stack.callback(made.bridge.close)
            if shares_keys:
                made.let_keys_be_shared()
            return made

        yield make
