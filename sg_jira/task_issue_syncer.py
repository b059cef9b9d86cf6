"""The syncer for FPTR Tasks and their Notes."""

from __future__ import annotations

from typing import Annotated, Any

from sg_jira.handlers import (
    EnableSyncingHandler,
    NoteCommentHandler,
    SyncHandler,
    TaskIssueHandler,
)
from sg_jira.syncer import Syncer


class TaskIssueSyncer(Syncer):
    """Syncs Tasks with Issues of one type, and their Notes with comments.

    Parameters:
        issue_type: as told beside it, like every setting; see `sg_jira.declared_settings`.
        kwargs: handed to `Syncer`.
    """

    def __init__(
        self,
        issue_type: Annotated[str, "name of the Jira issue type that Tasks become"] = "Task",
        **kwargs: Any,
    ) -> None:
        self._issue_type = issue_type
        super().__init__(**kwargs)
        self._task_issue_handler = TaskIssueHandler(self, issue_type)
        self._note_comment_handler = NoteCommentHandler(self)
        self._enable_syncing_handler = EnableSyncingHandler(
            self, [self._task_issue_handler, self._note_comment_handler]
        )

    @property
    def handlers(self) -> list[SyncHandler]:
        """The handlers in the order in which they are asked."""
        return [
            self._enable_syncing_handler,
            self._task_issue_handler,
            self._note_comment_handler,
        ]
