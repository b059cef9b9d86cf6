"""The smallest syncers and handlers a studio could write, to see what the bridge does with them."""

from __future__ import annotations

from typing import Any

from sg_jira import EntitiesGenericSyncer, JiraHook, Syncer, TaskIssueSyncer
from sg_jira.handlers import (
    EnableSyncingHandler,
    EntitiesGenericHandler,
    NoteCommentHandler,
    SyncHandler,
    TaskIssueHandler,
)


class ProbeHandler(SyncHandler):
    """Accepts everything, notes what it is given, and answers what the test put into `answer`."""

    def __init__(self, syncer: Syncer) -> None:
        super().__init__(syncer)
        self.seen: list[tuple[Any, ...]] = []
        self.setups = 0
        self.accepts: Any = True
        self.answer: Any = True

    def setup(self) -> None:
        self.setups += 1

    def accept_shotgun_event(self, entity_type: Any, entity_id: Any, event: Any) -> Any:
        self.seen.append(("accept_shotgun_event", entity_type, entity_id, event))
        return self.accepts

    def process_shotgun_event(self, entity_type: Any, entity_id: Any, event: Any) -> Any:
        self.seen.append(("process_shotgun_event", entity_type, entity_id, event))
        return self._answer()

    def accept_jira_event(self, resource_type: Any, resource_id: Any, event: Any) -> Any:
        self.seen.append(("accept_jira_event", resource_type, resource_id, event))
        return self.accepts

    def process_jira_event(self, resource_type: Any, resource_id: Any, event: Any) -> Any:
        self.seen.append(("process_jira_event", resource_type, resource_id, event))
        return self._answer()

    def calls(self) -> list[str]:
        """Names of the methods that were called, in order."""
        return [entry[0] for entry in self.seen]

    def _answer(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class ProbeSyncer(Syncer):
    """Has two probe handlers, made as studios make theirs: after the base constructor."""

    def __init__(self, colour: str = "red", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.colour = colour
        self.first, self.second = ProbeHandler(self), ProbeHandler(self)

    @property
    def handlers(self) -> list[SyncHandler]:
        return [self.first, self.second]


class OpenSyncer(ProbeSyncer):
    """Hands every event to its first handler, those the base would reject included."""

    def accept_shotgun_event(self, entity_type: Any, entity_id: Any, event: Any) -> Any:
        super().accept_shotgun_event(entity_type, entity_id, event)
        return self.first


class FailingSyncer(ProbeSyncer):
    """Fails in `setup` as often as the class attribute says."""

    failures = 1
    built = 0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        type(self).built += 1

    def setup(self) -> None:
        if type(self).failures:
            type(self).failures -= 1
            raise LookupError("no such shelf")
        super().setup()


class SwappingSyncer(TaskIssueSyncer):
    """Replaces the shipped handlers by those named in its settings, as studios do."""

    def __init__(
        self,
        enable: type[EnableSyncingHandler] = EnableSyncingHandler,
        task: type[TaskIssueHandler] = TaskIssueHandler,
        note: type[NoteCommentHandler] = NoteCommentHandler,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._task_issue_handler = task(self, self._issue_type)
        self._note_comment_handler = note(self)
        self._enable_syncing_handler = enable(
            self, [self._task_issue_handler, self._note_comment_handler]
        )


class GenericSwappingSyncer(EntitiesGenericSyncer):
    """Replaces the shipped handler and hook by those named in its settings."""

    def __init__(
        self,
        entity_mapping: list[dict[str, Any]],
        handler: type[EntitiesGenericHandler] = EntitiesGenericHandler,
        hook: type[JiraHook] = JiraHook,
        **kwargs: Any,
    ) -> None:
        super().__init__(entity_mapping, **{**kwargs, "hook_class": hook})
        self._entities_handler = handler(self, entity_mapping)
