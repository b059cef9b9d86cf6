"""What headers say of the rest of a limit; the names are those of Jira Cloud and Data Center."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from requests.structures import CaseInsensitiveDict

from sg_jira.engine.limits import seconds_near_limit

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
NEAR = {"X-RateLimit-NearLimit": "true"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"X-RateLimit-NearLimit": "false"}, None),
        ({"X-RateLimit-Remaining": "20", "X-RateLimit-Limit": "100"}, None),
        ({"X-RateLimit-Remaining": "19", "X-RateLimit-Limit": "100"}, 10),
        ({"X-RateLimit-Remaining": "19"}, None),
        ({"X-RateLimit-Remaining": "few", "X-RateLimit-Limit": "many"}, None),
        (NEAR, 10),
        ({**NEAR, "X-RateLimit-Reset": "2026-03-01T12:20:00Z"}, 1200),
        ({**NEAR, "X-RateLimit-Reset": str(NOON.timestamp() + 30)}, 30),
        ({**NEAR, "X-RateLimit-Reset": "2026-03-01T11:59:00Z"}, 1),
        ({**NEAR, "X-RateLimit-Reset": "2027-01-01T00:00:00Z"}, 3600),
        ({**NEAR, "X-RateLimit-Reset": "soon"}, 10),
        ({**NEAR, "X-RateLimit-Reset": "inf"}, 10),
        ({"x-ratelimit-nearlimit": "True"}, 10),
    ],
)
def test_the_rest_of_a_limit_is_spared_until_it_is_renewed(headers, seconds):
    assert seconds_near_limit(CaseInsensitiveDict(headers), NOON) == seconds
