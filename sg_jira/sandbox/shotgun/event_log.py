"""Writes the site's event log: one EventLogEntry for each thing that changed."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from sg_jira.sandbox.shotgun.appearance import Appearance
from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import (
    DATETIME_FORMAT,
    EVENT_LOG,
    Author,
    Clock,
    Ref,
    Row,
    ref_of,
)
from sg_jira.sandbox.shotgun.schema import Field
from sg_jira.sandbox.shotgun.store import Store

#: Seconds between two looks at entries that are late.
_LOOK_SECONDS: Final = 0.01
_RETIREMENT_FIELD: Final = "retirement_date"
_ELEMENT_IDS: Final = uuid.UUID("6f1d1f0e-8a27-4a5e-9d0c-5b0a6f6d2c11")


class EventLog:
    """The event log of a site. Writing happens within the store's transaction.

    Parameters:
        store, reader: of the site.
        clock: for `created_at`.
    """

    def __init__(self, store: Store, reader: Reader, clock: Clock) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock
        self._grown = threading.Condition(store.lock)
        self._fresh: list[Row] = []
        #: When entries can be read.
        self.appearance = Appearance(store, clock)
        #: Told of the entries of each change, also of those that nobody can read yet.
        self.announce: Callable[[list[Row]], None] = lambda entries: None

    @property
    def last_id(self) -> int:
        """The highest id that an entry was given; waits for a change that is being written."""
        with self._store.lock:
            return self._store.last_id(EVENT_LOG)

    def wait(self, wanted: Callable[[], bool], timeout: float) -> bool:
        """Waits until something is so, looking whenever the log grows and at each `nudge`.

        Parameters:
            wanted: looks at the log, under the store's lock.
            timeout: seconds to wait at most.

        Returns: whether it is so.
        """
        deadline = time.monotonic() + timeout
        with self._grown:
            while not wanted():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                # Entries that are late come by the clock, of which there is no notice.
                self._grown.wait(min(left, _LOOK_SECONDS) if self.appearance.waiting else left)
            return True

    def nudge(self) -> None:
        """Lets everyone who waits look again."""
        with self._grown:
            self._grown.notify_all()

    def created(self, author: Author, row: Row) -> None:
        """A record was made; `changed` follows for each field that was set."""
        self._write(author, row, "New", None, {"type": "new_entity"})

    def changed(
        self, author: Author, row: Row, field: Field, old: Any, new: Any, in_create: bool = False
    ) -> None:
        """A field of a record changed from one stored value to another."""
        meta: dict[str, Any] = {
            "type": "attribute_change",
            "attribute_name": field.code,
            "field_data_type": field.data_type,
        }
        if field.data_type == "multi_entity":
            meta["added"] = [self._element(ref) for ref in new if ref not in old]
            meta["removed"] = [self._element(ref) for ref in old if ref not in new]
        else:
            meta["old_value"] = self._single(old)
            meta["new_value"] = self._single(new)
        if in_create:
            meta["in_create"] = True
        self._write(author, row, "Change", field.code, meta)

    def retired(self, author: Author, row: Row) -> None:
        """A record was retired."""
        now = self._now()
        self._write(author, row, "Retirement", None, {"type": "entity_retirement"})
        self._retirement_date(author, row, None, now)

    def revived(self, author: Author, row: Row, since: str | None) -> None:
        """A retired record lives again; `since` is when it was retired."""
        self._write(author, row, "Revival", None, {"type": "entity_revival"})
        self._retirement_date(author, row, since, None)

    def _retirement_date(self, author: Author, row: Row, old: str | None, new: str | None) -> None:
        meta = {
            "type": "attribute_change",
            "attribute_name": _RETIREMENT_FIELD,
            "field_data_type": "date_time",
            "old_value": old,
            "new_value": new,
        }
        self._write(author, row, "Change", _RETIREMENT_FIELD, meta)

    def column(self, author: Author, what: str, field: Field) -> None:
        """A field of the schema was made, changed or deleted (`New`, `Change`, `Retirement`)."""
        meta = {
            "type": "schema_change",
            "entity_type": field.entity_type,
            "attribute_name": field.code,
        }
        self._append(author, f"Shotgun_DisplayColumn_{what}", field.code, meta, None, None)

    def _write(
        self, author: Author, row: Row, what: str, attribute: str | None, meta: dict[str, Any]
    ) -> None:
        ref = ref_of(row)
        place = {"entity_type": ref.type, "entity_id": ref.id}
        full = {"type": meta.pop("type"), **place, **meta}
        event_type = f"Shotgun_{ref.type}_{what}"
        self._append(author, event_type, attribute, full, ref, self._project(row))

    def _append(
        self,
        author: Author,
        event_type: str,
        attribute: str | None,
        meta: dict[str, Any],
        entity: Ref | None,
        project: Ref | None,
    ) -> None:
        user = self._store.row(author.actual or author.user)
        if user is not None and user.get("generate_event_log_entries") is False:
            return
        if author.actual is not None:
            meta["sudo_actual_user"] = self._reader.entity(author.actual)
        row = self.appearance.add(
            {
                "event_type": event_type,
                "attribute_name": attribute,
                "description": self._describe(author, event_type, attribute, entity),
                "entity": entity,
                "project": project,
                "user": author.user,
                "session_uuid": author.session_uuid,
                "meta": meta,
                "created_at": self._now(),
            }
        )
        self._fresh.append(row)
        self._store.on_failure(lambda: self._fresh.remove(row))
        self._store.afterwards(self._publish)

    def _publish(self) -> None:
        fresh, self._fresh = self._fresh, []
        self.announce(fresh)
        self._grown.notify_all()

    def _describe(
        self, author: Author, event_type: str, attribute: str | None, entity: Ref | None
    ) -> str:
        where = f' on "{attribute}"' if attribute else ""
        what = f" of {entity.type} {self._reader.name(entity)}" if entity else ""
        return f"{self._reader.name(author.user)}: {event_type}{where}{what}"

    def _project(self, row: Row) -> Ref | None:
        """The project of a record: its own, itself, or that of the record it is attached to."""
        if row["type"] == "Project":
            return ref_of(row)
        project: Ref | None = row.get("project")
        if project is None and row["type"] == "Reply" and row.get("entity"):
            parent = self._store.row(row["entity"])
            return parent.get("project") if parent else None
        return project

    def _single(self, value: Any) -> Any:
        return self._element(value) if isinstance(value, Ref) else value

    def _element(self, ref: Ref) -> dict[str, Any]:
        row = self._store.row(ref)
        status = row and row.get("sg_status_list")
        valid = "valid" if self._store.is_living(ref) else "retired"
        token = str(uuid.uuid5(_ELEMENT_IDS, f"{ref.type}.{ref.id}"))
        return {**self._reader.entity(ref), "status": status, "valid": valid, "uuid": token}

    def _now(self) -> str:
        return self._clock().strftime(DATETIME_FORMAT)
