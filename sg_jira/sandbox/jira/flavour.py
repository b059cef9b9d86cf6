"""The two kinds of Jira site that the sandbox plays."""

from __future__ import annotations

from enum import Enum


class Flavour(str, Enum):
    """Jira Cloud, or Jira Data Center 9.12."""

    CLOUD = "cloud"
    DATA_CENTER = "datacenter"

    @property
    def is_cloud(self) -> bool:
        """Whether this is Jira Cloud."""
        return self is Flavour.CLOUD
