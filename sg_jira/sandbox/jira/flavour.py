"""The two kinds of Jira site that the sandbox plays."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

#: The numbers of a version of Jira.
Release = tuple[int, int, int]


class Flavour(str, Enum):
    """Jira Cloud, or Jira Data Center."""

    CLOUD = "cloud"
    DATA_CENTER = "datacenter"

    @property
    def is_cloud(self) -> bool:
        """Whether this is Jira Cloud."""
        return self is Flavour.CLOUD


#: What a site says its version is unless it is told otherwise.
VERSIONS: Final[Mapping[Flavour, Release]] = {
    Flavour.CLOUD: (1001, 0, 0),
    Flavour.DATA_CENTER: (10, 3, 0),
}
#: Data Center has secrets for webhooks since then.
FIRST_SIGNING: Final[Release] = (10, 0, 0)
