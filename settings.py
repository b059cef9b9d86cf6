"""Settings of the bridge: an example to copy and edit, which runs as it is for simple needs.

The sites and the credentials come from the environment, or from a file `.env` beside this one,
which wins:

    SGJIRA_SG_SITE           https://studio.shotgrid.autodesk.com
    SGJIRA_SG_SCRIPT_NAME    name of the bridge's own script user in FPTR
    SGJIRA_SG_SCRIPT_KEY     its key
    SGJIRA_JIRA_SITE         https://studio.atlassian.net
    SGJIRA_JIRA_USER         e-mail (Cloud) or login (Data Center) of the bridge's own Jira account;
                             leave it out when the secret is a personal access token
    SGJIRA_JIRA_USER_SECRET  its API token, password or personal access token

This is Python: mappings of `sg_jira.constants` may be edited here too, in place.
"""

import logging
import os
import sys

from dotenv import load_dotenv

load_dotenv(override=True)

# Where the example syncers are; put the path of your own syncers here.
EXAMPLES = os.path.abspath("./examples")
if EXAMPLES not in sys.path:
    sys.path.append(EXAMPLES)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "standard": {"format": "%(asctime)s %(levelname)s [%(name)s] %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "level": "DEBUG",
            "formatter": "standard",
        },
        "file": {
            "class": "logging.handlers.RotatingFileHandler",
            "level": "DEBUG",
            "formatter": "standard",
            "filename": "/tmp/sg_jira.log",
            "maxBytes": 1024 * 1024,
            "backupCount": 5,
        },
    },
    "loggers": {
        # "sg_jira.syncer.<name below>" is everything that one syncer says.
        "webapp": {"level": "WARNING"},
    },
    "root": {"level": "DEBUG", "handlers": ["console", "file"]},
}

SHOTGUN = {
    "site": os.environ.get("SGJIRA_SG_SITE"),
    "script_name": os.environ.get("SGJIRA_SG_SCRIPT_NAME"),
    "script_key": os.environ.get("SGJIRA_SG_SCRIPT_KEY"),
    "http_proxy": None,  # or "host:port"
}

JIRA = {
    "site": os.environ.get("SGJIRA_JIRA_SITE"),
    "user": os.environ.get("SGJIRA_JIRA_USER"),
    "secret": os.environ.get("SGJIRA_JIRA_USER_SECRET"),
}

# Name in the webhook URLs -> what syncs the events that arrive there.
SYNC = {
    # Tasks and their Notes with Issues and their comments.
    "default": {
        "syncer": "sg_jira.TaskIssueSyncer",
        "settings": {"issue_type": "Task"},
    },
    # The same, and Assets with Issues that their Tasks' Issues are linked to.
    "asset_hierarchy": {
        "syncer": "asset_hierarchy.AssetHierarchySyncer",
        "settings": {"asset_issue_type": "Story", "task_issue_type": "Task"},
    },
    # The same as the first, and TimeLogs with worklogs.
    "timelog": {
        "syncer": "timelog_worklog.TimelogWorklogSyncer",
        "settings": {
            "issue_type": "Task",
            "sync_sg_timelog_deletion": True,
            "sync_jira_worklog_deletion": True,
        },
    },
    # An example to begin a syncer of your own with.
    "test": {
        "syncer": "example_sync.ExampleSync",
        "settings": {"log_level": logging.DEBUG},
    },
    # Any entity types, by settings alone.
    "entities": {
        "syncer": "sg_jira.EntitiesGenericSyncer",
        "settings": {
            "entity_mapping": [
                {
                    "sg_entity": "Task",
                    "jira_issue_type": "Task",
                    "field_mapping": [
                        {"sg_field": "content", "jira_field": "summary"},
                        {"sg_field": "sg_description", "jira_field": "description"},
                        {"sg_field": "task_assignees", "jira_field": "assignee"},
                        {"sg_field": "tags", "jira_field": "labels"},
                        {"sg_field": "created_by", "jira_field": "reporter"},
                        {"sg_field": "due_date", "jira_field": "duedate"},
                        {"sg_field": "est_in_mins", "jira_field": "timetracking"},
                        {"sg_field": "addressings_cc", "jira_field": "watches"},
                    ],
                    "status_mapping": {
                        "sync_direction": "jira_to_sg",
                        "sg_field": "sg_status_list",
                        "mapping": {
                            "wtg": "To Do",
                            "rdy": "Open",
                            "ip": "In Progress",
                            "fin": "Done",
                            "hld": "Backlog",
                            "omt": "Closed",
                        },
                    },
                },
                {
                    "sg_entity": "Note",
                    "sync_deletion_direction": "both_way",
                },
            ],
        },
    },
}
