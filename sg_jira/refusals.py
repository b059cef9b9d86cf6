"""Which answers of a site settle that it has created nothing, and never will for this call."""

from __future__ import annotations

import xmlrpc.client
from typing import Final

from shotgun_api3.shotgun import AuthenticationFault, Fault

#: What FPTR says in a fault when it is the site that has trouble, not the call.
_OVERLOAD: Final = ("too many requests", "rate limit", "overload", "server is busy", "try again")
#: HTTP statuses below 500 after which the same call may succeed.
TRIED_AGAIN: Final = frozenset({401, 408, 409, 423, 425, 429})


def is_overload(fault: Fault) -> bool:
    """Whether FPTR tells that it has trouble itself."""
    said = str(fault).lower()
    return any(words in said for words in _OVERLOAD)


def settles(error: Exception) -> bool:
    """Whether a site has refused what it was to create, so that nobody need wait for it.

    What FPTR will be asked for again stays open instead: who needs the record waits for that,
    and looking first whether it exists costs next to nothing there.
    """
    if isinstance(error, Fault):
        return not (isinstance(error, AuthenticationFault) or is_overload(error))
    if isinstance(error, xmlrpc.client.ProtocolError):
        return 400 <= error.errcode < 500 and error.errcode not in TRIED_AGAIN
    status = getattr(error, "status_code", None) or 0
    # A time-out (408) is no refusal: the work may go on behind it.
    return 400 <= status < 500 and status != 408
