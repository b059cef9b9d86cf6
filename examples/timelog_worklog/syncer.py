"""Puts the handlers together: those of Tasks and Notes that come with the bridge, and our own."""

from sg_jira import Syncer
from sg_jira.handlers import EnableSyncingHandler, NoteCommentHandler, TaskIssueHandler

from .timelog_worklog_handler import TimelogWorklogHandler


class TimelogWorklogSyncer(Syncer):
    """Tasks, their Notes and their TimeLogs.

    Parameters:
        issue_type: Jira issue type for Tasks.
        sync_sg_timelog_deletion: whether a worklog deleted in Jira deletes its TimeLog in FPTR.
        sync_jira_worklog_deletion: whether a TimeLog deleted in FPTR deletes its worklog in Jira.
        kwargs: whatever else the bridge gives every syncer.
    """

    def __init__(
        self,
        issue_type="Task",
        sync_sg_timelog_deletion=True,
        sync_jira_worklog_deletion=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._task_issue_handler = TaskIssueHandler(self, issue_type)
        self._note_comment_handler = NoteCommentHandler(self)
        self._timelog_worklog_handler = TimelogWorklogHandler(
            self, sync_sg_timelog_deletion, sync_jira_worklog_deletion
        )
        # When a Task is switched on, these run in this order: time is logged on its Issue.
        self._enable_syncing_handler = EnableSyncingHandler(
            self,
            [
                self._task_issue_handler,
                self._note_comment_handler,
                self._timelog_worklog_handler,
            ],
        )

    @property
    def handlers(self):
        return [
            self._enable_syncing_handler,
            self._task_issue_handler,
            self._note_comment_handler,
            self._timelog_worklog_handler,
        ]
