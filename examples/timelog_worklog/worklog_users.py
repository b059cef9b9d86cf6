"""Remembers who logged which worklog, since Jira only takes worklogs in the bridge's own name."""

import json
import threading


class WorklogUsers:
    """FPTR users by worklog id, as JSON in the field "Shotgun TimeLogs" of the worklogs' Issue.

    The field may be missing on the site or on the Issue's screens; then nobody is remembered.
    People may edit it; what cannot be read counts as empty, and is replaced by the next change.

    Parameters:
        handler: whose Jira session and logger are used.
    """

    FIELD = "Shotgun TimeLogs"

    def __init__(self, handler):
        self._handler = handler
        self._field = handler._jira.get_jira_issue_field_id(self.FIELD)
        # Two worklogs that are written at once must not lose each other's entry.
        self._saving = threading.Lock()

    def get(self, jira_issue, worklog_id):
        """The FPTR user of a worklog, or `None`."""
        entry = self._read(jira_issue).get(str(worklog_id))
        user = entry.get("user") if isinstance(entry, dict) else None
        return user if isinstance(user, dict) and {"type", "id"} <= user.keys() else None

    def save(self, issue_key, users):
        """Remembers users by worklog id; a user that is `None` is forgotten."""
        if not self._field or not users:
            return
        with self._saving:
            jira_issue = self._handler.get_jira_issue(issue_key)
            if jira_issue is None or not self._can_edit(jira_issue):
                return
            known = self._read(jira_issue)
            wanted = dict(known)
            for worklog_id, user in users.items():
                wanted.pop(str(worklog_id), None)
                if user:
                    entity = {name: user[name] for name in ("type", "id", "name") if name in user}
                    wanted[str(worklog_id)] = {"user": entity}
            if wanted != known:
                jira_issue.update(fields={self._field: json.dumps(wanted)})

    def _can_edit(self, jira_issue):
        if self._field in self._handler._jira.get_jira_issue_edit_meta(jira_issue):
            return True
        self._handler._logger.warning(
            "The users of the TimeLogs of Jira Issue %s cannot be kept: the field %s is not on "
            "its edit screen.",
            jira_issue.key,
            self.FIELD,
        )
        return False

    def _read(self, jira_issue):
        text = getattr(jira_issue.fields, self._field, None) if self._field else None
        try:
            entries = json.loads(text or "{}")
        except ValueError:
            entries = None
        if isinstance(entries, dict):
            return entries
        self._handler._logger.warning(
            "The field %s of Jira Issue %s is not what the bridge wrote there, so the users of "
            "its worklogs are not known.",
            self.FIELD,
            jira_issue.key,
        )
        return {}
