"""Syncs FPTR TimeLogs with worklogs of Jira Issues."""

from datetime import datetime

from jira.exceptions import JIRAError

from sg_jira.constants import (
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
    TIMELOG_FIELDS_MAPPING,
)
from sg_jira.conversions.texts import JIRA_TEXT_LIMIT, is_shortened, shorten
from sg_jira.handlers import SyncHandler
from sg_jira.handlers.counterparts import Counterparts

from .worklog_users import WorklogUsers

TASK_KEY = f"entity.Task.{SHOTGUN_JIRA_ID_FIELD}"
TASK_FLAG = f"entity.Task.{SHOTGUN_SYNC_IN_JIRA_FIELD}"
NEW_DESCRIPTION = "New JIRA Timelog"


class TimelogWorklogHandler(SyncHandler):
    """One TimeLog of a synced Task is one worklog of the Task's Issue.

    The TimeLog's key field holds `<Issue key>/<worklog id>`.

    Parameters:
        sync_sg_timelog_deletion: whether a worklog deleted in Jira deletes its TimeLog.
        sync_jira_worklog_deletion: whether a TimeLog deleted in FPTR deletes its worklog.
    """

    def __init__(self, syncer, sync_sg_timelog_deletion, sync_jira_worklog_deletion):
        super().__init__(syncer)
        self._sync_sg_timelog_deletion = sync_sg_timelog_deletion
        self._sync_jira_worklog_deletion = sync_jira_worklog_deletion
        self._worklog_users = WorklogUsers(self)
        self._counterparts = Counterparts(syncer)

    def setup(self):
        """Raises `RuntimeError` when FPTR's TimeLogs lack the key field."""
        self._shotgun.assert_field("TimeLog", SHOTGUN_JIRA_ID_FIELD, "text", check_unique=True)

    # FPTR -> Jira

    def accept_shotgun_event(self, entity_type, entity_id, event):
        """Accepts changes of TimeLogs that are on a synced Task, or have just left one."""
        meta = event["meta"]
        sg_field = meta["attribute_name"]
        if entity_type != "TimeLog" or not self._is_field_synced(sg_field):
            return False
        sg_timelog = self._read_timelog(entity_id, retired_only=sg_field == "retirement_date")
        if sg_timelog is None:
            return False
        key = sg_timelog[SHOTGUN_JIRA_ID_FIELD]
        if key and meta.get("in_create"):
            return False  # the first event of the creation has synced everything
        return bool(sg_timelog[TASK_FLAG] or (key and sg_field == "entity"))

    def process_shotgun_event(self, entity_type, entity_id, event):
        """Syncs a change of a TimeLog; or, when a Task was switched on, all its TimeLogs."""
        meta = event["meta"]
        sg_field = meta["attribute_name"]
        if sg_field == SHOTGUN_SYNC_IN_JIRA_FIELD:
            return self._sync_task({"type": entity_type, "id": entity_id})
        deleted = sg_field == "retirement_date"
        sg_timelog = self._read_timelog(entity_id, retired_only=deleted)
        if sg_timelog is None:
            return False
        if deleted:
            return self._delete_worklog(*self._parse_key(sg_timelog))
        if sg_field == "entity":
            return self._move_worklog(sg_timelog, meta.get("old_value"))
        return self._sync_timelog(sg_timelog)

    def _is_field_synced(self, sg_field):
        if sg_field == "retirement_date":
            return self._sync_jira_worklog_deletion
        return sg_field in TIMELOG_FIELDS_MAPPING

    def _sync_timelog(self, sg_timelog):
        """Rewrites the worklog of a TimeLog, or adds one. Returns whether there is one now."""
        issue_key, worklog_id = self._parse_key(sg_timelog)
        if not issue_key:
            return self._add_worklog(sg_timelog)
        worklog = self._find_worklog(issue_key, worklog_id)
        if worklog is None:
            self._logger.warning(
                "The worklog %s/%s of FPTR TimeLog %s was deleted in Jira.",
                issue_key,
                worklog_id,
                sg_timelog["id"],
            )
            return False
        return self._rewrite_worklog(sg_timelog, issue_key, worklog)

    def _move_worklog(self, sg_timelog, old_sg_task):
        """The TimeLog is on another Task now, which need not be synced."""
        issue_key, worklog_id = self._parse_key(sg_timelog)
        if issue_key and issue_key == sg_timelog[TASK_KEY]:
            return self._sync_timelog(sg_timelog)  # moved there by an earlier attempt
        has_left = bool(issue_key) and self._is_task_synced(old_sg_task)
        if has_left:
            self._delete_worklog(issue_key, worklog_id)
        if self._add_worklog(sg_timelog):
            return True
        if has_left:
            self._shotgun.update("TimeLog", sg_timelog["id"], {SHOTGUN_JIRA_ID_FIELD: ""})
        return has_left

    def _sync_task(self, sg_task):
        """Every TimeLog of the Task gets its worklog, every other worklog a TimeLog."""
        sg_task = self._shotgun.consolidate_entity(
            sg_task, fields=[SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD]
        )
        if not sg_task or not sg_task[SHOTGUN_JIRA_ID_FIELD]:
            return False
        jira_issue = self.get_jira_issue(sg_task[SHOTGUN_JIRA_ID_FIELD])
        if jira_issue is None or not self._counterparts.is_home(sg_task):
            return False
        worklogs = {worklog.id: worklog for worklog in self._jira.worklogs(jira_issue.key)}
        for sg_timelog in self._shotgun.find(
            "TimeLog", [["entity", "is", sg_task]], self._timelog_fields
        ):
            issue_key, worklog_id = self._parse_key(sg_timelog)
            if not issue_key:
                self._add_worklog(sg_timelog)
            elif issue_key == jira_issue.key and worklog_id in worklogs:
                self._rewrite_worklog(sg_timelog, issue_key, worklogs.pop(worklog_id))
        for worklog in worklogs.values():
            if not self._find_timelogs(jira_issue.key, worklog.id):
                self._create_timelog(sg_task, jira_issue, worklog.raw)
        return True

    # Worklogs

    def _add_worklog(self, sg_timelog):
        if not sg_timelog[TASK_FLAG] or not sg_timelog[TASK_KEY]:
            return False
        if not sg_timelog["duration"]:
            self._logger.debug("FPTR TimeLog %s has no duration yet.", sg_timelog["id"])
            return False
        if not self._counterparts.is_home(
            {**sg_timelog["entity"], SHOTGUN_JIRA_ID_FIELD: sg_timelog[TASK_KEY]}
        ):
            return False  # a copy, with the key of another Task's Issue
        issue_key, date = sg_timelog[TASK_KEY], sg_timelog["date"]
        # No `user`: Jira ignores it, and its client would put it into an empty comment.
        worklog = self._jira.add_worklog(
            issue_key,
            timeSpentSeconds=sg_timelog["duration"] * 60,
            comment=_comment(sg_timelog),
            started=datetime.strptime(date, "%Y-%m-%d") if date else None,
        )
        key = f"{issue_key}/{worklog.id}"
        try:
            self._shotgun.update("TimeLog", sg_timelog["id"], {SHOTGUN_JIRA_ID_FIELD: key})
        except Exception:
            worklog.delete()  # nobody would know it, and the next attempt would add another
            raise
        self._worklog_users.save(issue_key, {worklog.id: sg_timelog["user"]})
        return True

    def _rewrite_worklog(self, sg_timelog, issue_key, worklog):
        if not sg_timelog["duration"]:
            self._logger.warning(
                "FPTR TimeLog %s has no duration, but Jira has no worklogs without one.",
                sg_timelog["id"],
            )
            return False
        values = {
            "timeSpentSeconds": sg_timelog["duration"] * 60,
            "comment": _comment(sg_timelog),
        }
        date = sg_timelog["date"]
        same = all(getattr(worklog, name, None) == value for name, value in values.items())
        if date:
            values["started"] = midnight(date)
            same = same and is_midnight(getattr(worklog, "started", None), date)
        if not same:
            worklog.update(**values)
        self._worklog_users.save(issue_key, {worklog.id: sg_timelog["user"]})
        return True

    def _delete_worklog(self, issue_key, worklog_id):
        """Returns whether there was one to delete."""
        worklog = self._find_worklog(issue_key, worklog_id) if issue_key else None
        if worklog is None:
            return False
        worklog.delete()
        self._worklog_users.save(issue_key, {worklog_id: None})
        return True

    def _find_worklog(self, issue_key, worklog_id):
        try:
            return self._jira.worklog(issue_key, worklog_id)
        except JIRAError as error:
            if error.status_code == 404:
                return None
            raise

    # Jira -> FPTR

    def accept_jira_event(self, resource_type, resource_id, event):
        """Accepts worklogs that somebody else than the bridge has written or deleted."""
        worklog = event.get("worklog")
        if not worklog:
            return False
        webhook = event.get("webhookEvent")
        if webhook == "worklog_deleted":
            return self._sync_sg_timelog_deletion
        if webhook not in ("worklog_created", "worklog_updated"):
            return False
        return not self._is_bridge(worklog.get("updateAuthor") or worklog.get("author"))

    def process_jira_event(self, resource_type, resource_id, event):
        """Writes the worklog to its TimeLog; there must be a synced Task for the Issue."""
        worklog = event["worklog"]
        jira_issue = self.get_jira_issue(worklog["issueId"])
        sg_task = jira_issue and self._find_synced_task(jira_issue.key)
        if not sg_task:
            return False
        sg_timelogs = self._find_timelogs(jira_issue.key, worklog["id"])
        if len(sg_timelogs) > 1:
            ids = [sg_timelog["id"] for sg_timelog in sg_timelogs]
            self._logger.warning("FPTR TimeLogs %s have the same worklog.", ids)
            return False
        sg_timelog = sg_timelogs[0] if sg_timelogs else None
        if event["webhookEvent"] == "worklog_deleted":
            return self._delete_timelog(sg_task, sg_timelog, jira_issue, worklog)
        if sg_timelog is None:
            return self._create_timelog(sg_task, jira_issue, worklog)
        return self._update_timelog(sg_timelog, jira_issue, worklog)

    def _create_timelog(self, sg_task, jira_issue, worklog):
        values = {
            "description": NEW_DESCRIPTION,
            **self._timelog_values(jira_issue, worklog),
            "entity": {"type": "Task", "id": sg_task["id"]},
            "project": sg_task["project"],
            SHOTGUN_JIRA_ID_FIELD: f"{jira_issue.key}/{worklog['id']}",
        }
        self._shotgun.create("TimeLog", values)
        return True

    def _update_timelog(self, sg_timelog, jira_issue, worklog):
        values = self._timelog_values(jira_issue, worklog)
        if sg_timelog["description"] != NEW_DESCRIPTION:
            values.setdefault("description", "")
        if is_shortened(values.get("description", ""), sg_timelog["description"]):
            del values["description"]  # Jira has not all of it
        if is_midnight(worklog.get("started"), sg_timelog["date"]):
            del values["date"]  # as we wrote it, even if Jira's time zone shows another day
        self._shotgun.update("TimeLog", sg_timelog["id"], values)
        return True

    def _delete_timelog(self, sg_task, sg_timelog, jira_issue, worklog):
        self._worklog_users.save(jira_issue.key, {worklog["id"]: None})
        # A TimeLog on another Task was moved there, and that is why its worklog is gone.
        if sg_timelog is None or (sg_timelog["entity"] or {}).get("id") != sg_task["id"]:
            return False
        self._shotgun.delete("TimeLog", sg_timelog["id"])
        return True

    def _timelog_values(self, jira_issue, worklog):
        values = {"duration": int(worklog.get("timeSpentSeconds") or 0) // 60}
        if worklog.get("comment"):
            values["description"] = worklog["comment"]
        if worklog.get("started"):
            values["date"] = worklog["started"][:10]
        user = self._worklog_users.get(jira_issue, worklog["id"]) or self._find_author(worklog)
        if user:
            values["user"] = {"type": user["type"], "id": user["id"]}
        return values

    # People, Tasks and TimeLogs

    def _is_bridge(self, jira_user):
        own = self._jira.myself()
        names = ("accountId", "name", "key")  # Jira Cloud has the first, Data Center the others
        return any(own.get(name) and own[name] == (jira_user or {}).get(name) for name in names)

    def _find_author(self, worklog):
        author = worklog.get("author") or {}
        user_id = author.get("accountId") or author.get("name") or author.get("key")
        if not user_id or self._is_bridge(author):
            return None
        return self.get_sg_user(user_id, author)

    def _find_synced_task(self, issue_key):
        sg_tasks = self._shotgun.find(
            "Task",
            [[SHOTGUN_JIRA_ID_FIELD, "is", issue_key]],
            ["project", SHOTGUN_SYNC_IN_JIRA_FIELD],
        )
        if len(sg_tasks) != 1 or not sg_tasks[0][SHOTGUN_SYNC_IN_JIRA_FIELD]:
            self._logger.debug("Jira Issue %s is not that of one synced Task.", issue_key)
            return None
        return sg_tasks[0]

    def _is_task_synced(self, sg_task):
        if not sg_task or sg_task["type"] != "Task":
            return False
        found = self._shotgun.find_one(
            "Task", [["id", "is", sg_task["id"]]], [SHOTGUN_SYNC_IN_JIRA_FIELD]
        )
        return bool(found and found[SHOTGUN_SYNC_IN_JIRA_FIELD])

    @property
    def _timelog_fields(self):
        return [SHOTGUN_JIRA_ID_FIELD, TASK_KEY, TASK_FLAG, *TIMELOG_FIELDS_MAPPING]

    def _read_timelog(self, timelog_id, retired_only=False):
        return self._shotgun.consolidate_entity(
            {"type": "TimeLog", "id": timelog_id},
            fields=self._timelog_fields,
            retired_only=retired_only,
        )

    def _find_timelogs(self, issue_key, worklog_id):
        return self._shotgun.find(
            "TimeLog",
            [[SHOTGUN_JIRA_ID_FIELD, "is", f"{issue_key}/{worklog_id}"]],
            self._timelog_fields,
        )

    def _parse_key(self, sg_timelog):
        """`(Issue key, worklog id)`, or `(None, None)` when the TimeLog has no worklog."""
        key = sg_timelog[SHOTGUN_JIRA_ID_FIELD]
        if not key:
            return None, None
        parts = key.split("/")
        if len(parts) != 2 or not all(parts):
            raise ValueError(
                f"The key {key!r} of FPTR TimeLog {sg_timelog['id']} is not of the form "
                "ISSUE-1/1234. Correct or clear it."
            )
        return tuple(parts)


def _comment(sg_timelog):
    return shorten(sg_timelog["description"] or "", JIRA_TEXT_LIMIT)


def midnight(date):
    """The moment that Jira gets for a day: `2024-11-05` -> `2024-11-05T00:00:00.000+0000`."""
    return f"{date}T00:00:00.000+0000"


def is_midnight(started, date):
    """Whether a worklog's `started`, in whatever time zone, is the midnight of the day."""
    if not started or not date:
        return False
    form = "%Y-%m-%dT%H:%M:%S.%f%z"
    return datetime.strptime(started, form) == datetime.strptime(midnight(date), form)
