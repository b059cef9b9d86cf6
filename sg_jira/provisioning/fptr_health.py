"""FPTR's words and numbers for how well a webhook is.

https://developer.shotgridsoftware.com, the guide to webhooks
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: Words for a webhook that delivers, that does so with failures, and that FPTR has stopped itself
#: after too many of them. A person switches one off, which is another word (`disabled`).
ACTIVE: Final = "active"
UNSTABLE: Final = "unstable"
STOPPED: Final = "failed"
DELIVERING: Final = (ACTIVE, UNSTABLE)

#: How long a failed delivery counts, and how many of them stop a webhook.
COUNTED_FOR: Final = timedelta(hours=24)
TOO_MANY_FAILURES: Final = 100
#: From how many on people are told, and it is urgent. These are ours.
SOME_FAILURES: Final = 10
MANY_FAILURES: Final = 50
