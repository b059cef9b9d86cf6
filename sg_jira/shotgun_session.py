"""FPTR as the bridge sees it: the API client, plus schema caches and helpers for entities."""

from __future__ import annotations

import copy
import functools
import inspect
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import shotgun_api3
from shotgun_api3.shotgun import Fault

from sg_jira.constants import SG_ENTITY_SPECIAL_NAME_FIELDS, SHOTGUN_JIRA_ID_FIELD
from sg_jira.deadlines import READ
from sg_jira.lasting_cache import LastingCache
from sg_jira.printable import without_login
from sg_jira.record_memory import RecordMemory, id_asked_for
from sg_jira.shotgun_transport import sending_once

logger = logging.getLogger(__name__)

Entity = dict[str, Any]
Schema = dict[str, Any]

#: Seconds to wait for each piece of FPTR's answer. The client has no limit of its own, and a
#: hanging call would hold its thread for ever; FPTR answers ordinary calls within seconds.
TIMEOUT: Final = READ

#: Seconds that a schema is used before it is read again. Schemas change rarely, and a change
#: that matters at once is announced by `clear_cached_field_schema`.
SCHEMA_LIFETIME: Final = 3600.0

#: Seconds that a person's name and e-mail are used before they are read again.
PEOPLE_LIFETIME: Final = 300.0

#: The client sends a call again after network trouble and after HTTP 502 and 504. The first
#: attempt may have been carried out, so a repeated creation can make a second record.
ATTEMPTS: Final = 1

USER_AGENT: Final = "JIRABRIDGE"

#: Calls after which what was read may be out of date.
_WRITES: Final = frozenset({"batch", "create", "delete", "revive", "update", "upload"})

#: Fields that an entity of this type has to carry, besides its name.
NEEDED_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "HumanUser": ("email",),
    "Task": ("task_assignees",),
}


class ShotgunSession:
    """A connection to FPTR with the helpers that the bridge needs.

    Everything else is the client's: any other attribute is looked up on it. The client is not
    safe to use from several threads, so each thread needs a session; see `for_another_thread`.

    Parameters:
        base_url: address of the FPTR site.
        script_name: name of the bridge's script user.
        args, kwargs: handed to `shotgun_api3.Shotgun` as they are, the script key first.

    Raises:
        shotgun_api3.Error, OSError: what the client raises when it cannot connect.
    """

    def __init__(
        self, base_url: str, script_name: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        self._login = (base_url, script_name, *args), kwargs
        self._schemas: LastingCache[str | None, Schema] = LastingCache(SCHEMA_LIFETIME)
        self._schema_edits = threading.Lock()
        self._people: LastingCache[Any, Entity] = LastingCache(PEOPLE_LIFETIME)
        self._usual_fields: dict[str, frozenset[str]] = {}
        self._memory: RecordMemory | None = None
        self._session_uuid: str | None = None
        self._current_user: Entity | None = None
        self._connect()

    def _connect(self, server: Any = None) -> None:
        """Connects; `server` is what another client of the same site knows of its version."""
        args, kwargs = self._login
        self._shotgun = _open_client(server, *args, **kwargs)
        self.add_user_agent(USER_AGENT)
        if self._current_user is None:
            self._current_user = self._find_own_user()

    def _find_own_user(self) -> Entity | None:
        (base_url, script_name, *_), _ = self._login
        user: Entity | None = self.find_one(
            "ApiUser", [["firstname", "is", script_name]], ["firstname"]
        )
        if user is None:
            logger.warning(
                "The script user %r was not found on %s, so the bridge cannot recognise its own "
                "changes there and the two sites may feed each other. Check the name in "
                "SHOTGUN['script_name'], and that this script may see ApiUser records.",
                script_name,
                without_login(base_url),
            )
        return user

    @property
    def address(self) -> str:
        """The site's address as it may be shown: without a login that may stand in it."""
        return without_login(self.base_url)

    def __getattr__(self, name: str) -> Any:
        # Without a client yet (copying, unpickling) there is nothing to ask, and Python's own
        # protocols are no business of the client.
        if name == "_shotgun" or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in _WRITES:
            self.forget_records()
        member = getattr(self._shotgun, name)
        return self._doubting(member) if name in _WRITES and self.has_real_client else member

    def _doubting(self, write: Callable[..., Any]) -> Callable[..., Any]:
        """The client's way to write, after whose refusal the schema is read anew."""

        @functools.wraps(write)
        def write_doubting(*args: Any, **kwargs: Any) -> Any:
            try:
                return write(*args, **kwargs)
            except Fault:
                # A field may be gone, or takes other values now; whoever tries again sees that.
                self.clear_cached_field_schema()
                raise

        return write_doubting

    def for_another_thread(self) -> ShotgunSession:
        """A session with a connection of its own that shares what this one knows.

        Schemas are shared, in both directions, for as long as the sessions live. Neither the
        site's version nor the script user are asked for again once they are known.

        Raises:
            shotgun_api3.Error, OSError: what the client raises when it cannot connect.
        """
        session = copy.copy(self)
        session._session_uuid = None
        session._memory = None
        session._connect(self._shotgun.server_caps if self.has_real_client else None)
        return session

    @contextmanager
    def remembering(self, *known: Entity) -> Iterator[None]:
        """Until the end of the block, no record is read twice by its id unless something is
        written in between. One block inside of another one does nothing.

        Parameters:
            known: records that were read ahead, with `type`, `id` and their fields.
        """
        if self._memory is not None:
            yield
            return
        self._memory = RecordMemory(self._usual_fields, known)
        try:
            yield
        finally:
            self._memory = None

    def forget_records(self) -> None:
        """Lets the next look at a record be one at the site, whatever the pass has read of it."""
        if self._memory is not None:
            self._memory.forget()

    def find_one(
        self,
        entity_type: str,
        filters: Any,
        fields: Iterable[str] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """The first record that fits, as the client's `find_one` gives it."""
        number = id_asked_for(filters)
        special = args or any(kwargs.values())
        if self._memory is None or number is None or fields is None or special:
            return self._shotgun.find_one(entity_type, filters, fields, *args, **kwargs)
        return self._memory.find(
            entity_type,
            number,
            list(fields),
            lambda wide: self._shotgun.find_one(entity_type, filters, wide),
        )

    def set_session_uuid(self, session_uuid: str | None) -> None:
        """Lets the FPTR page with this id refresh itself when the bridge writes."""
        self._shotgun.set_session_uuid(session_uuid)
        self._session_uuid = session_uuid

    def drop_session_uuid(self) -> None:
        """Forgets a page's id that was set for an earlier event."""
        if self._session_uuid is not None:
            self.set_session_uuid(None)

    def add_valid_value(self, entity_type: str, field_name: str, value: str) -> str:
        """Adds a value to those of a list field of the FPTR site, unless it is among them.

        Returns:
            The value in the spelling that the field has.
        """
        with self._schema_edits:
            # Somebody may have added values since the schema was read; they must not get lost.
            self.clear_cached_field_schema(entity_type)
            schema = self.get_field_schema(entity_type, field_name) or {}
            present = (schema.get("properties", {}).get("valid_values") or {}).get("value") or []
            for known in present:
                if known.lower() == value.lower():
                    return str(known)
            logger.info(
                "Adding %r to the values of the FPTR field %s.%s", value, entity_type, field_name
            )
            self.schema_field_update(entity_type, field_name, {"valid_values": [*present, value]})
            self.clear_cached_field_schema(entity_type)
            return value

    @property
    def has_real_client(self) -> bool:
        """Whether FPTR's own client works here; a studio's double may know fewer queries."""
        return _is_real(type(self._shotgun))

    @property
    def current_user(self) -> Entity | None:
        """The bridge's script user, or `None` when it was not found."""
        return self._current_user

    def setup(self) -> None:
        """Checks that FPTR projects can be linked to Jira projects.

        Raises:
            RuntimeError: `Project.sg_jira_key` is missing, no text field, or not unique.
        """
        self.assert_field("Project", SHOTGUN_JIRA_ID_FIELD, "text", check_unique=True)

    def assert_entity_type(self, entity_type: str) -> None:
        """Checks that the site has this entity type.

        Raises:
            RuntimeError: it has not.
        """
        if entity_type not in self._read_once(None):
            self._schemas.forget(None)  # somebody will enable it now
            raise RuntimeError(
                f"FPTR at {self.address} has no entity type {entity_type!r}. Enable it in the "
                "site preferences, or correct the name in the settings."
            )

    def assert_field(
        self,
        entity_type: str,
        field_name: str,
        field_type: str | None,
        check_unique: bool = False,
    ) -> None:
        """Checks that a field exists and is as the bridge needs it.

        Parameters:
            entity_type: FPTR entity type.
            field_name: name of the field, like `sg_jira_key`.
            field_type: FPTR data type it must have; nothing is checked when it is falsy.
            check_unique: whether values must be unique on the site.

        Raises:
            RuntimeError: the field is missing, of another type, or not unique.
        """
        field = f"{entity_type}.{field_name}"
        schema = self.get_field_schema(entity_type, field_name)
        if not schema:
            # Somebody may just have created it.
            self.clear_cached_field_schema(entity_type)
            schema = self.get_field_schema(entity_type, field_name)
        if not schema:
            raise RuntimeError(
                f"FPTR at {self.address} has no field {field}. Create it"
                + (f" with the type {field_type!r}." if field_type else ".")
            )
        found_type = schema.get("data_type", {}).get("value")
        if field_type and found_type != field_type:
            raise RuntimeError(
                f"The FPTR field {field} has the type {found_type!r} but must be {field_type!r}."
            )
        if check_unique and schema.get("unique", {}).get("value") is not True:
            raise RuntimeError(
                f"The FPTR field {field} must only allow unique values. Turn on 'Ensure unique "
                "value' in the field's settings."
            )

    def get_field_schema(self, entity_type: str, field_name: str) -> Schema | None:
        """The schema of a field, or `None` when the entity type has no such field."""
        schema: Schema | None = self._read_once(entity_type).get(field_name)
        return schema

    def clear_cached_field_schema(self, entity_type: str | None = None) -> None:
        """Forgets the schema of one entity type, or everything about the site's schema and people.

        All sessions that share the schemas read them anew.
        """
        if entity_type is None:
            self._schemas.clear()
            self._people.clear()
        else:
            self._schemas.forget(entity_type)

    def _read_once(self, entity_type: str | None) -> Schema:
        """The fields of an entity type by name; without a type, the site's types by name."""

        def read() -> Schema:
            schema: Schema = (
                self.schema_entity_read()
                if entity_type is None
                else self.schema_field_read(entity_type)
            )
            return schema

        return self._schemas.get(entity_type, read) or {}

    @staticmethod
    def get_entity_name_field(entity_type: str) -> str:
        """The field that holds the name of entities of this type."""
        return SG_ENTITY_SPECIAL_NAME_FIELDS.get(entity_type, "code")

    def is_project_entity(self, entity_type: str) -> bool:
        """Whether entities of this type belong to a project."""
        return self.get_field_schema(entity_type, "project") is not None

    def consolidate_entity(
        self,
        shotgun_entity: Entity,
        fields: Iterable[str] | None = None,
        retired_only: bool = False,
    ) -> Entity | None:
        """Makes sure that an entity carries what the bridge needs to know about it.

        That is its name (also under the key `name`), its project, a person's e-mail, a Task's
        assignees, and `fields`.

        Parameters:
            shotgun_entity: a dict with at least `type` and `id`.
            fields: further fields it has to carry.
            retired_only: look among deleted records.

        Returns:
            The same dict when it has everything; otherwise the record read from FPTR with the
            missing fields and those of the given dict; `None` when there is no such record.
        """
        entity_type = shotgun_entity["type"]
        name_field = self.get_entity_name_field(entity_type)
        needed = self._needed_fields(entity_type, fields)
        missing = [field for field in needed if field not in shotgun_entity]
        entity: Entity | None = shotgun_entity
        if missing:
            entity = self._read_entity(shotgun_entity, [*missing, *shotgun_entity], retired_only)
        if entity is None:
            logger.warning("FPTR has no %s %s", entity_type, shotgun_entity["id"])
            return None
        if name_field != "name":
            entity["name"] = entity.get(name_field)
        return entity

    def _read_entity(
        self, shotgun_entity: Entity, fields: list[str], retired_only: bool
    ) -> Entity | None:
        entity_type, number = shotgun_entity["type"], shotgun_entity["id"]

        def read() -> Entity | None:
            found: Entity | None = self.find_one(
                entity_type, [["id", "is", number]], fields, retired_only=retired_only
            )
            return found

        if entity_type != "HumanUser" or retired_only or not self.has_real_client:
            return read()
        # The same people come again and again; names and e-mails hardly ever change.
        known = self._people.get((number, frozenset(fields)), read)
        return None if known is None else dict(known)

    def read_many(
        self, entity_type: str, numbers: Iterable[int], fields: Iterable[str]
    ) -> dict[int, Entity]:
        """Reads records as `consolidate_entity` would read each of them, by one query.

        Returns:
            id -> record; the client's pages are of 500. Those that are gone are not among them.
        """
        found = self.find(
            entity_type, [["id", "in", list(numbers)]], self._needed_fields(entity_type, fields)
        )
        return {record["id"]: record for record in found}

    def find_person(self, field: str, value: str) -> Entity | None:
        """The FPTR user with this value in a field, with `email` and `name`.

        Who is found is remembered for a while.

        Parameters:
            field: that tells one user from the others, like `email`.
        """

        def read() -> Entity | None:
            found: Entity | None = self.find_one(
                "HumanUser", [[field, "is", value]], ["email", "name"]
            )
            return found

        if not self.has_real_client:
            return read()
        known = self._people.get((field, value), read)
        return None if known is None else dict(known)

    def _needed_fields(self, entity_type: str, fields: Iterable[str] | None = None) -> list[str]:
        needed = [
            self.get_entity_name_field(entity_type),
            *NEEDED_FIELDS.get(entity_type, ()),
            *(["project"] if self.is_project_entity(entity_type) else []),
            *(fields or []),
        ]
        return list(dict.fromkeys(needed))

    def match_entity_by_name(
        self, name: str, entity_types: Iterable[str], shotgun_project: Entity
    ) -> Entity | None:
        """Finds an entity by its name.

        Parameters:
            name: the name, in full.
            entity_types: FPTR entity types, tried in this order.
            shotgun_project: entities that belong to a project must belong to this one.

        Returns:
            The first match as `consolidate_entity` gives it, or `None`.
        """
        for entity_type in entity_types:
            filters: list[list[Any]] = [[self.get_entity_name_field(entity_type), "is", name]]
            if self.is_project_entity(entity_type):
                filters.append(["project", "is", shotgun_project])
            found = self.find_one(entity_type, filters, self._needed_fields(entity_type))
            if found:
                return self.consolidate_entity(found)
        return None

    def get_entity_page_url(self, shotgun_entity: Entity) -> str:
        """The URL of the entity's detail page."""
        return f"{self.address.rstrip('/')}/detail/{shotgun_entity['type']}/{shotgun_entity['id']}"


def _open_client(server: Any, *args: Any, **kwargs: Any) -> Any:
    """A connected client, as `shotgun_api3` offers it at this moment.

    Parameters:
        server: the site's version (`ServerCapabilities`), if it is known; then it is not asked for.

    The client connects in its constructor, before a timeout can be set. So the real one is made
    without connecting first; a double gets its arguments as they were given.
    """
    client_class: Any = shotgun_api3.Shotgun  # type: ignore[attr-defined]
    if not _is_real(client_class):
        return client_class(*args, **kwargs)
    call = inspect.signature(client_class).bind(*args, **kwargs)
    must_connect = call.arguments.get("connect", True)
    call.arguments["connect"] = False
    client = sending_once(client_class)(*call.args, **call.kwargs)
    client.config.timeout_secs = TIMEOUT
    client.config.max_rpc_attempts = ATTEMPTS
    client.MAX_ATTEMPTS = ATTEMPTS
    client._server_caps = server
    if must_connect:
        # What the constructor does itself: asks for the site's version once, and checks it.
        _ = client.server_caps
    return client


def _is_real(client_class: Any) -> bool:
    return isinstance(client_class, type) and issubclass(client_class, shotgun_api3.shotgun.Shotgun)
