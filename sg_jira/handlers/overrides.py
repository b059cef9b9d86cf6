"""Tells whether a studio has a way of its own for something a handler does."""

from __future__ import annotations

from sg_jira.handlers.sync_handler import SyncHandler


def are_shipped(handler: SyncHandler, owner: type[SyncHandler], *names: str) -> bool:
    """Whether neither a subclass of `owner` nor anybody else has put something in their place.

    Parameters:
        handler: of the class `owner` or of a subclass.
        names: of methods of `owner`.
    """
    return all(
        getattr(getattr(handler, name), "__func__", None) is getattr(owner, name) for name in names
    )
