"""A studio's own plug-in: Tasks with a custom conversion, Assets as Stories, signed comments."""

from sg_jira import Syncer
from sg_jira.errors import InvalidShotgunValue
from sg_jira.handlers import (
    EnableSyncingHandler,
    EntityIssueHandler,
    NoteCommentHandler,
    TaskIssueHandler,
)

COMPLEXITY = {"easy": 1, "hard": 8}
POINTS = "customfield_11512"


class StudioTaskHandler(TaskIssueHandler):
    """Also syncs the complexity, which is a word in FPTR and a number in Jira."""

    def _supported_shotgun_fields_for_shotgun_event(self):
        return [*super()._supported_shotgun_fields_for_shotgun_event(), "sg_colour"]

    def _get_jira_issue_field_for_shotgun_field(self, shotgun_entity_type, shotgun_field):
        if shotgun_field == "sg_colour":
            return POINTS
        return super()._get_jira_issue_field_for_shotgun_field(shotgun_entity_type, shotgun_field)

    def _get_jira_value_for_shotgun_value(
        self, jira_project, jira_issue, jira_field, jira_field_schema, shotgun_value
    ):
        if jira_field != POINTS:
            return super()._get_jira_value_for_shotgun_value(
                jira_project, jira_issue, jira_field, jira_field_schema, shotgun_value
            )
        if shotgun_value and shotgun_value not in COMPLEXITY:
            raise InvalidShotgunValue(jira_field, shotgun_value, "no such complexity")
        return COMPLEXITY.get(shotgun_value)


class StudioNoteHandler(NoteCommentHandler):
    """Signs every comment."""

    def _compose_jira_comment_body(self, shotgun_note):
        return super()._compose_jira_comment_body(shotgun_note) + "\nsigned: the studio"


class AssetHandler(EntityIssueHandler):
    """An Asset is a Jira issue."""

    FIELDS = {"code": "summary", "description": "description", "tags": "labels"}
    STATUSES = {"wtg": "To Do", "fin": "Done"}

    @property
    def _sg_jira_status_mapping(self):
        return self.STATUSES

    @property
    def _supported_shotgun_fields_for_jira_event(self):
        return [*self.FIELDS, "sg_status_list"]

    def _get_jira_issue_field_for_shotgun_field(self, shotgun_entity_type, shotgun_field):
        return self.FIELDS.get(shotgun_field) if shotgun_entity_type == "Asset" else None

    def _get_shotgun_entity_field_for_issue_field(self, jira_field_id):
        back = {jira: shotgun for shotgun, jira in self.FIELDS.items()}
        return {**back, "status": "sg_status_list"}.get(jira_field_id)

    def setup(self):
        self._shotgun.assert_field("Asset", "sg_jira_key", "text", check_unique=True)

    def accept_shotgun_event(self, entity_type, entity_id, event):
        supported = self._supported_shotgun_fields_for_jira_event
        return entity_type == "Asset" and event["meta"]["attribute_name"] in supported

    def process_shotgun_event(self, entity_type, entity_id, event):
        meta = event["meta"]
        asset = self._shotgun.consolidate_entity(
            {"type": entity_type, "id": entity_id},
            fields=[
                "code",
                "created_by",
                "project.Project.sg_jira_key",
                "sg_jira_key",
                "sg_sync_in_jira",
            ],
        )
        if not asset or not asset["sg_sync_in_jira"]:
            return False
        jira_project = self.get_jira_project(asset["project.Project.sg_jira_key"])
        if not jira_project:
            return False
        if asset["sg_jira_key"]:
            jira_issue = self._get_jira_issue_and_validate(asset["sg_jira_key"], asset)
            if not jira_issue:
                return False
        else:
            jira_issue = self._create_jira_issue_for_entity(
                asset, jira_project, self._issue_type, summary=asset["code"], timetracking=None
            )
            self._shotgun.update(entity_type, entity_id, {"sg_jira_key": jira_issue.key})
        if meta["attribute_name"] == "sg_status_list":
            return self._sync_shotgun_status_to_jira(jira_issue, meta["new_value"], "moved")
        field, value = self._get_jira_issue_field_sync_value(
            jira_project,
            jira_issue,
            entity_type,
            meta["attribute_name"],
            meta.get("added"),
            meta.get("removed"),
            meta.get("new_value"),
        )
        if not field:
            return False
        jira_issue.update(fields={field: value})
        return True


class StudioSyncer(Syncer):
    """Tasks, Notes and Assets, the way this studio likes them."""

    def __init__(self, task_type="Task", asset_type="Story", closed=False, **kwargs):
        self._closed = closed
        super().__init__(**kwargs)
        self._task = StudioTaskHandler(self, task_type)
        self._note = StudioNoteHandler(self)
        self._asset = AssetHandler(self, asset_type)
        self._enable = EnableSyncingHandler(self, [self._task, self._note])

    @property
    def handlers(self):
        return [self._enable, self._task, self._note, self._asset]

    def accept_shotgun_event(self, entity_type, entity_id, event):
        if self._closed:
            return None
        return super().accept_shotgun_event(entity_type, entity_id, event)
