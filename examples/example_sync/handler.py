"""A handler with all the methods that a handler needs, and nothing more."""

from sg_jira.handlers import SyncHandler


class LoggingHandler(SyncHandler):
    """Takes every event and logs which record and which fields it is about.

    The sessions with both sites are `self._shotgun` and `self._jira`. Read them anew each time,
    and keep nothing of an event in the handler: it serves many threads at once.
    """

    def setup(self):
        """Called before the first event. Raise here when a site lacks something you need."""
        self._shotgun.assert_entity_type("Task")

    def accept_shotgun_event(self, entity_type, entity_id, event):
        """Whether this handler wants the event; the first one that does is the only one."""
        return True

    def process_shotgun_event(self, entity_type, entity_id, event):
        """Here the change would be written to Jira; `True` says that it was."""
        field = event["meta"]["attribute_name"]
        self._logger.debug("FPTR %s %s: %s changed.", entity_type, entity_id, field)
        return False

    def accept_jira_event(self, resource_type, resource_id, event):
        """Whether this handler wants the webhook; the first one that does is the only one."""
        return True

    def process_jira_event(self, resource_type, resource_id, event):
        """Here the change would be written to FPTR; `True` says that it was."""
        items = (event.get("changelog") or {}).get("items") or []
        fields = ", ".join(item["field"] for item in items) or "no field"
        self._logger.debug(
            "Jira %s %s: %s, %s changed.",
            resource_type,
            resource_id,
            event.get("webhookEvent"),
            fields,
        )
        return False
