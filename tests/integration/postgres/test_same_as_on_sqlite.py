"""What holds for the inbox, the drain and the links on SQLite holds on PostgreSQL."""

from __future__ import annotations

from tests.integration.engine.test_drain import *  # noqa: F403
from tests.integration.engine.test_inbox import *  # noqa: F403
from tests.integration.engine.test_links import *  # noqa: F403
