"""Exceptions of sg_jira.

::

    ValueError
    └── InvalidSyncValue         a value has no counterpart on the other site
        ├── InvalidShotgunValue
        └── InvalidJiraValue
    TooEarly                     nothing is wrong; try again later
    ├── CreationUnclear          whether a counterpart exists cannot be told yet
    └── CreationUnderWay         the counterpart of another record is needed, and is being made
    RuntimeError
    ├── NoConnection             a site does not answer as it does when it can be connected to
    │   └── LoginRefused         it does not let the bridge's account in
    ├── FileRefused              a file does not travel, and trying again will not help
    │   ├── FileTooLarge         it is larger than the settings, or the other site, allow
    │   ├── FileElsewhere        it is on a host that the settings do not name
    │   └── FileUnavailable      the site has it no more, or does not give it out
    └── StoreError               the store of events
        ├── StoreRefused         it cannot be used as it is; nothing was touched
        └── StoreAway            it cannot be read or written at the moment
"""

from __future__ import annotations

from typing import Any, Final


class InvalidSyncValue(ValueError):  # noqa: N818  # the contract's name
    """A value has no valid counterpart on the other site.

    Parameters:
        field: name of the field the value belongs to.
        value: the value that cannot be converted.
        args, kwargs: handed to `ValueError`; the first one is the message.
    """

    def __init__(self, field: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field = field
        self._value = value

    @property
    def field(self) -> Any:
        """The field the value belongs to."""
        return self._field

    @property
    def value(self) -> Any:
        """The value that cannot be converted."""
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets the error travel between processes, which needs all constructor arguments."""
        return (type(self), (self._field, self._value, *self.args))


class InvalidShotgunValue(InvalidSyncValue):
    """An FPTR value has no valid Jira form."""


class InvalidJiraValue(InvalidSyncValue):
    """A Jira value has no valid FPTR form."""


class TooEarly(Exception):  # noqa: N818  # named after what happens
    """Nothing is wrong, it is only too early."""


class CreationUnclear(TooEarly):
    """Whether the other site created a counterpart cannot be told yet."""


class CreationUnderWay(TooEarly):
    """The counterpart of another record is needed, and is being made.

    Parameters:
        subject: the record, as `Task:123`.
        seconds: until it is worth trying again.
    """

    def __init__(self, subject: str, seconds: float) -> None:
        super().__init__(f"The counterpart of {subject} is needed, and is being made.")
        self.subject = subject
        self.seconds = seconds


class NoConnection(RuntimeError):  # noqa: N818  # named after what happens, like the others
    """A site cannot be connected to."""


class LoginRefused(NoConnection):
    """A site does not let the bridge's account in."""


class FileRefused(RuntimeError):  # noqa: N818  # named after what happens, like the others
    """A file is not copied to the other site."""


class FileTooLarge(FileRefused):
    """A file is larger than it may be."""


class FileElsewhere(FileRefused):
    """A file is on a host that nobody has allowed."""


class FileUnavailable(FileRefused):
    """A site does not give a file out."""


class StoreError(RuntimeError):
    """The store of events cannot do its work."""


class StoreRefused(StoreError):  # noqa: N818  # named after what happens, like the others
    """The store cannot be used as it is."""


class StoreAway(StoreError):  # noqa: N818
    """The store cannot be read or written at the moment."""


#: What says nothing about the value at hand: the event has to be tried again. Whoever takes any
#: exception of a conversion for a refused value lets these pass.
TRY_AGAIN: Final = (TooEarly, StoreError)
