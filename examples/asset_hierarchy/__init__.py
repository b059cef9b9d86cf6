"""Syncs Tasks and, as Issues that the Tasks' Issues are linked to, the Assets they belong to."""

from .asset_issue_handler import AssetIssueHandler
from .syncer import AssetHierarchySyncer

__all__ = ["AssetHierarchySyncer", "AssetIssueHandler"]
