"""Puts the handlers together: those of Tasks and Notes that come with the bridge, and our own."""

from sg_jira import Syncer
from sg_jira.handlers import EnableSyncingHandler, NoteCommentHandler, TaskIssueHandler

from .asset_issue_handler import AssetIssueHandler


class AssetHierarchySyncer(Syncer):
    """Tasks, their Notes, and the Assets that the Tasks belong to.

    Parameters:
        asset_issue_type: Jira issue type for Assets.
        task_issue_type: Jira issue type for Tasks.
        kwargs: whatever else the bridge gives every syncer.
    """

    def __init__(self, asset_issue_type="Story", task_issue_type="Task", **kwargs):
        super().__init__(**kwargs)
        self._task_issue_handler = TaskIssueHandler(self, task_issue_type)
        self._asset_issue_handler = AssetIssueHandler(self, asset_issue_type)
        self._note_comment_handler = NoteCommentHandler(self)
        # When a Task is switched on, these run in this order: the Asset needs the Task's Issue.
        self._enable_syncing_handler = EnableSyncingHandler(
            self,
            [self._task_issue_handler, self._asset_issue_handler, self._note_comment_handler],
        )

    @property
    def handlers(self):
        return [
            self._enable_syncing_handler,
            self._task_issue_handler,
            self._note_comment_handler,
            self._asset_issue_handler,
        ]
