"""What the FPTR site answers instead of doing what it was asked.

Exception
└── ShotgunFault              the request cannot be fulfilled; says why
    ├── AuthenticationFault   the credentials are wrong
    └── PermissionFault       the account may not do this
"""

from __future__ import annotations

from typing import ClassVar


class ShotgunFault(Exception):  # noqa: N818  # FPTR's own word
    """The request cannot be fulfilled; the message says why."""

    #: `error_code` of the answer.
    code: ClassVar[int] = 103


class AuthenticationFault(ShotgunFault):
    """The credentials are wrong. The client tells it from others by its code."""

    code: ClassVar[int] = 102


class PermissionFault(ShotgunFault):
    """The account may not do this; the message says what."""
