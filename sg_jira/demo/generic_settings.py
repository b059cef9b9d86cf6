"""The setting `entity_mapping` of the story `generic`: six entity types, the same on both Jiras.

On Data Center only sub-tasks have a parent, so Tasks are sub-tasks of what they are done for.
"""

from __future__ import annotations

from typing import Any, Final

#: FPTR status code -> Jira status.
STATUSES: Final = {
    "wtg": "To Do",
    "rdy": "Open",
    "ip": "In Progress",
    "fin": "Done",
    "hld": "Backlog",
    "omt": "Closed",
}
TICKET_STATUSES: Final = {"wtg": "To Do", "ip": "In Progress", "rev": "Open", "res": "Done"}


def _pairs(**fields: str) -> list[dict[str, str]]:
    return [{"sg_field": sg, "jira_field": jira} for sg, jira in fields.items()]


def _status(codes: dict[str, str]) -> dict[str, Any]:
    return {"sg_field": "sg_status_list", "mapping": codes}


MAPPING: Final[list[dict[str, Any]]] = [
    {
        "sg_entity": "Asset",
        "jira_issue_type": "Story",
        "field_mapping": _pairs(
            code="summary",
            description="description",
            tags="labels",
            addressings_cc="watches",
            tasks="{{CHILDREN}}",
        ),
        "status_mapping": _status(STATUSES),
    },
    {
        "sg_entity": "Shot",
        "jira_issue_type": "Task",
        "field_mapping": _pairs(
            code="summary", description="description", tags="labels", tasks="{{CHILDREN}}"
        ),
        "status_mapping": _status(STATUSES),
    },
    {
        "sg_entity": "Task",
        "jira_issue_type": "Sub-task",
        "field_mapping": _pairs(
            content="summary",
            sg_description="description",
            task_assignees="assignee",
            due_date="duedate",
            est_in_mins="timetracking",
            tags="labels",
            addressings_cc="watches",
            entity="parent",
        ),
        "status_mapping": _status(STATUSES),
    },
    {
        "sg_entity": "Ticket",
        "jira_issue_type": "Bug",
        "field_mapping": _pairs(
            title="summary",
            description="description",
            due_date="duedate",
            sg_estimate="timetracking",
            tags="labels",
        ),
        "status_mapping": _status(TICKET_STATUSES),
    },
    {"sg_entity": "Note", "sync_deletion_direction": "both_way"},
    {
        "sg_entity": "TimeLog",
        "sync_deletion_direction": "both_way",
        "field_mapping": _pairs(description="comment", duration="timeSpentSeconds", date="started"),
    },
]
