"""Issues of the real Jira client that are read no more often than needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jira.resources import Issue, dict2resource
from requests.structures import CaseInsensitiveDict

#: What one read of an issue can bring along, so that neither edit metadata nor transitions
#: need calls of their own (Jira's `GET issue/{key}`, parameter `expand`).
EVERYTHING: Final = "editmeta,transitions"


class LazyIssue(Issue):
    """An issue like the client's own, except for when it is read.

    The client reads an issue again after each `update` and after its creation. This one is
    read when somebody next looks at `fields` or `raw`; its key, id and URLs are always at hand.
    The client also makes an object of every value of an answer, of which there are hundreds in the
    edit metadata alone; here `fields` and the like become objects when somebody looks at them.

    Parameters:
        options, session: as for every resource of the client.
        raw: the issue as Jira gave it.
        expand: what to bring along when it has to be read.
        is_read: whether `raw` is the whole issue, and not just its key and id.
    """

    def __init__(
        self,
        options: dict[str, str],
        session: Any,
        raw: dict[str, Any] | None = None,
        *,
        expand: str | None = None,
        is_read: bool = True,
    ) -> None:
        self._expand = expand
        self._is_current = True
        self._seen_raw: dict[str, Any] | None = None
        self._seen_fields: Any = None
        super().__init__(options, session, raw)
        self._is_current = is_read

    @classmethod
    def of(cls, issue: Issue, *, expand: str | None = None, is_read: bool = True) -> LazyIssue:
        """A lazy issue with the content of the client's own."""
        return cls(issue._options, issue._session, issue.raw, expand=expand, is_read=is_read)

    @property
    def raw(self) -> dict[str, Any]:
        """The issue as Jira gives it, read again if it was written since."""
        self._read()
        return self._seen_raw  # type: ignore[return-value]  # None only before it is loaded

    @raw.setter
    def raw(self, value: dict[str, Any] | None) -> None:
        self._seen_raw = value

    @property
    def fields(self) -> Any:
        """The issue's fields, read again if it was written since."""
        self._read()
        if not self._has_fields:
            raise AttributeError(f"{self!r} was loaded without its fields")
        return self._fields()

    @fields.setter
    def fields(self, value: Any) -> None:
        self._seen_fields = value

    def expansion(self, name: str) -> Any:
        """What an earlier read brought along (`editmeta`, `transitions`), else `None`.

        Writing fields changes neither, so what was seen before a write still counts. An issue
        that was never read is read now, as its fields will be wanted anyway.
        """
        if not self._has_fields:
            self._read()
        return (self._seen_raw or {}).get(name)

    @property
    def status_name(self) -> str:
        """Name of the status as last seen; writing fields does not change it."""
        if not self._has_fields:
            self._read()
        return str(self._fields().status.name)

    def has_moved(self) -> None:
        """Tells the issue that its status has changed: all that is known about it is old."""
        self._is_current = False
        self._seen_fields = None
        self._seen_raw = {
            name: value
            for name, value in (self._seen_raw or {}).items()
            if name in ("id", "key", "self")
        }

    @property
    def _has_fields(self) -> bool:
        return self._seen_fields is not None or "fields" in (self._seen_raw or {})

    def _fields(self) -> Any:
        """The fields as last seen."""
        if self._seen_fields is None:
            self._seen_fields = self._as_object("fields")
        return self._seen_fields

    def _as_object(self, name: str) -> Any:
        """What the client makes of a part of the issue."""
        part = {name: (self._seen_raw or {})[name]}
        return getattr(dict2resource(part, None, self._options, self._session), name)

    def _parse_raw(self, raw: dict[str, Any]) -> None:
        """Takes over what Jira gave; what is made of many values waits until it is wanted."""
        if not raw:
            raise NotImplementedError("Jira told nothing of an Issue.")  # as the client's own do
        for name, value in raw.items():
            if isinstance(value, dict | list):
                self.__dict__.pop(name, None)  # made of what was read before
            else:
                setattr(self, name, value)
        self._seen_raw, self._seen_fields = raw, None

    def _read(self) -> None:
        if self._is_current:
            return
        params = {"expand": self._expand} if self._expand else {}
        super()._load(self.self, params=params)
        self._is_current = True

    def _load(
        self,
        url: str,
        headers: Any = CaseInsensitiveDict(),  # noqa: B008  # the client's own signature
        params: dict[str, str] | None = None,
        path: str | None = None,
    ) -> None:
        """Loads the issue, unless the client does so merely because it has just written it."""
        if params is None:
            self._is_current = False
            return
        super()._load(url, headers, params, path)
        self._is_current = True

    def __getattr__(self, item: str) -> Any:
        # The client's version reads `raw`, which would read an outdated issue only to find that
        # it has no such attribute.
        seen: Mapping[str, Any] = self.__dict__.get("_seen_raw") or {}
        if item in seen:
            value = self.__dict__[item] = self._as_object(item)
            return value
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {item!r}")

    def __eq__(self, other: object) -> bool:
        # As for all resources, except that the client's own issues are of the same kind.
        return isinstance(other, Issue) and all(
            getattr(self, name, None) == getattr(other, name, None) for name in self._HASH_IDS
        )

    __hash__ = Issue.__hash__

    def __str__(self) -> str:
        """The key. The client puts it into URLs, so it must not cost a read."""
        return str(self.key)

    def __repr__(self) -> str:
        return f"<JIRA Issue: key={self.key!r}, id={self.id!r}>"
