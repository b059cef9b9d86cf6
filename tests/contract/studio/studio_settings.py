"""A studio's settings file; it finds its plug-in beside itself, and edits the constants."""

import os
import sys

from sg_jira.constants import TASK_FIELDS_MAPPING, TASK_ISSUE_STATUS_MAPPING

HERE = os.path.abspath(os.path.dirname(__file__))
sys.path.append(HERE)

TASK_FIELDS_MAPPING["sg_colour"] = None
TASK_ISSUE_STATUS_MAPPING.clear()
TASK_ISSUE_STATUS_MAPPING.update({"ip": "In Progress", "fin": "Closed"})

LOGGING = {"version": 1, "disable_existing_loggers": False}
SHOTGUN = {
    "site": "https://studio.shotgrid.test",
    "script_name": "sg_jira",
    "script_key": "script key",
}
JIRA = {"site": "https://jira.studio.test", "user": "sg-jira", "secret": "open sesame"}
SYNC = {
    "Studio & Söhne": {
        "syncer": "studio_sync.StudioSyncer",
        "hook": os.path.join(HERE, "studio_hook.py"),
        "settings": {"asset_type": "Story", "nobody_reads_this": True},
    },
    "closed": {"syncer": "studio_sync.StudioSyncer", "settings": {"closed": True}},
}
