"""Syncs Tasks and, as worklogs on the Tasks' Issues, the time that was logged on them."""

from .syncer import TimelogWorklogSyncer
from .timelog_worklog_handler import TimelogWorklogHandler

__all__ = ["TimelogWorklogHandler", "TimelogWorklogSyncer"]
