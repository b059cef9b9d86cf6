"""Who decides and who converts: the handlers a syncer asks, and the bases studios derive from."""

from sg_jira.handlers.enable_syncing_handler import EnableSyncingHandler
from sg_jira.handlers.entities_generic_handler import EntitiesGenericHandler
from sg_jira.handlers.entity_issue_handler import EntityIssueHandler
from sg_jira.handlers.note_comment_handler import NoteCommentHandler
from sg_jira.handlers.reply_comment_handler import ReplyCommentHandler
from sg_jira.handlers.sync_handler import SyncHandler
from sg_jira.handlers.task_issue_handler import TaskIssueHandler

__all__ = [
    "EnableSyncingHandler",
    "EntitiesGenericHandler",
    "EntityIssueHandler",
    "NoteCommentHandler",
    "ReplyCommentHandler",
    "SyncHandler",
    "TaskIssueHandler",
]
