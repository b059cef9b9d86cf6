"""What holds for inbox, drain, links, copies and erasing on SQLite holds on PostgreSQL."""

from __future__ import annotations

from tests.integration.engine.test_awaiting import *  # noqa: F403
from tests.integration.engine.test_copies import *  # noqa: F403
from tests.integration.engine.test_deliveries import *  # noqa: F403
from tests.integration.engine.test_drain import *  # noqa: F403
from tests.integration.engine.test_erasing import *  # noqa: F403
from tests.integration.engine.test_inbox import *  # noqa: F403
from tests.integration.engine.test_links import *  # noqa: F403

#: What is different where processes share the store; `test_postgres_store` has it. Another one has
#: to wait for a creation, and looks whether there is a counterpart by now. Each database has its
#: own words for how it looks something up.
_DIFFERENT = (
    "test_the_intent_is_on_disk_before_the_other_site_is_asked",
    "test_a_second_creation_of_the_record_waits_for_the_first",
    "test_cleaning_does_not_look_at_what_is_done_lately",
)
for _name in _DIFFERENT:
    del globals()[_name]
