"""The words that settings, sessions and handlers share.

Studios edit the mappings in place from their `settings.py`, so always use these very objects
at the moment of use and never copy them at import.

In a field mapping `None` means: the field is accepted but has no plain target, special code
handles it.
"""

from __future__ import annotations

from typing import Final

# Keys of a settings file.
LOGGING_SETTINGS_KEY: Final = "LOGGING"
SHOTGUN_SETTINGS_KEY: Final = "SHOTGUN"
JIRA_SETTINGS_KEY: Final = "JIRA"
SYNC_SETTINGS_KEY: Final = "SYNC"
ALL_SETTINGS_KEYS: Final = [
    LOGGING_SETTINGS_KEY,
    SHOTGUN_SETTINGS_KEY,
    JIRA_SETTINGS_KEY,
    SYNC_SETTINGS_KEY,
]

# Jira fields that name the linked FPTR record; looked up without regard to case.
JIRA_SHOTGUN_TYPE_FIELD: Final = "Shotgun Type"
JIRA_SHOTGUN_ID_FIELD: Final = "Shotgun Id"
JIRA_SHOTGUN_URL_FIELD: Final = "Shotgun Url"
# Jira's select list that turns syncing on (generic family only).
JIRA_SYNC_IN_FPTR_FIELD: Final = "Sync In FPTR"

# FPTR fields: the Issue's key, its URL, and the checkbox that turns syncing on.
SHOTGUN_JIRA_ID_FIELD: Final = "sg_jira_key"
SHOTGUN_JIRA_URL_FIELD: Final = "sg_jira_url"
SHOTGUN_SYNC_IN_JIRA_FIELD: Final = "sg_sync_in_jira"
# FPTR field of HumanUser that holds the account id on Jira Cloud.
SHOTGUN_JIRA_ACCOUNT_FIELD: Final = "sg_jira_account_id"

#: FPTR data types that hold several values.
SHOTGUN_LIST_FIELDS = ["multi_entity"]
#: Page size asked for in Jira user searches.
JIRA_RESULT_PAGING: Final = 2000
#: Issue link type of the asset hierarchy example.
JIRA_PARENT_LINK_TYPE = "relates to"

#: Name field of the FPTR entity types whose name is not in `code`.
SG_ENTITY_SPECIAL_NAME_FIELDS = {
    "Project": "name",
    "Task": "content",
    "HumanUser": "name",
    "Note": "subject",
    "Department": "name",
    "Delivery": "title",
    "Tag": "name",
    "Ticket": "title",
    "ApiUser": "name",
    "TimeLog": "description",
}

#: FPTR Task field -> Jira Issue field.
TASK_FIELDS_MAPPING: dict[str, str | None] = {
    "content": "summary",
    "sg_description": "description",
    "sg_status_list": None,
    "task_assignees": "assignee",
    "tags": "labels",
    "created_by": "reporter",
    "due_date": "duedate",
    "est_in_mins": "timetracking",
    "addressings_cc": "watches",
}

#: Jira Issue field -> FPTR Task field.
TASK_ISSUE_FIELDS_MAPPING: dict[str, str | None] = {
    "summary": "content",
    "description": "sg_description",
    "status": "sg_status_list",
    "assignee": "task_assignees",
    "labels": "tags",
    "duedate": "due_date",
    "timetracking": "est_in_mins",
    "watches": "addressings_cc",
}

#: FPTR status short code -> Jira status name, for Tasks.
TASK_ISSUE_STATUS_MAPPING: dict[str, str] = {
    "wtg": "To Do",
    "rdy": "Open",
    "ip": "In Progress",
    "fin": "Done",
    "hld": "Backlog",
    "omt": "Closed",
}

#: FPTR status short code -> Jira status name, for Assets.
ASSET_ISSUE_STATUS_MAPPING: dict[str, str] = dict(TASK_ISSUE_STATUS_MAPPING)

#: FPTR Note field -> Jira Comment; its parts are put together by code.
NOTE_FIELDS_MAPPING: dict[str, str | None] = {
    "subject": None,
    "content": None,
    "user": None,
    "tasks": None,
}

#: FPTR Asset field -> Jira Issue field.
ASSET_FIELDS_MAPPING: dict[str, str | None] = {
    "code": "summary",
    "description": "description",
    "tags": "labels",
    "created_by": "reporter",
    "tasks": None,
    "sg_status_list": "status",
}

#: Jira Issue field -> FPTR Asset field.
ISSUE_FIELDS_MAPPING: dict[str, str | None] = {
    "summary": "code",
    "description": "description",
    "status": "sg_status_list",
    "labels": "tags",
}

#: FPTR TimeLog field -> Jira Worklog field.
TIMELOG_FIELDS_MAPPING: dict[str, str | None] = {
    "user": "author",
    "date": "started",
    "duration": "timeSpent",
    "description": "comment",
    "entity": None,
}
