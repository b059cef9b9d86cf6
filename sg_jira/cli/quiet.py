"""For commands that tell problems themselves: what is wrong comes in their list, and not twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def problems_told_once() -> Iterator[None]:
    """Nothing of ours is logged meanwhile."""
    logger = logging.getLogger("sg_jira")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
