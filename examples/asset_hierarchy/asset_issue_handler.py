"""Syncs FPTR Assets with Jira Issues, and links these with the Issues of the Assets' Tasks."""

from sg_jira.constants import (
    ASSET_FIELDS_MAPPING,
    ASSET_ISSUE_STATUS_MAPPING,
    ISSUE_FIELDS_MAPPING,
    JIRA_PARENT_LINK_TYPE,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.errors import InvalidShotgunValue
from sg_jira.handlers import EntityIssueHandler
from sg_jira.handlers.retirement import is_retirement, reasons_for_new_issue

PROJECT_KEY = f"project.Project.{SHOTGUN_JIRA_ID_FIELD}"


class AssetIssueHandler(EntityIssueHandler):
    """One Asset is one Issue. Changes that come from Jira are handled by the base class.

    The field mappings and the statuses are in `sg_jira.constants`; edit them there, in place,
    from your settings file.
    """

    # What the base class needs to know of the fields.

    @property
    def _sg_jira_status_mapping(self):
        return ASSET_ISSUE_STATUS_MAPPING

    @property
    def _supported_shotgun_fields_for_jira_event(self):
        return [sg_field for sg_field in ISSUE_FIELDS_MAPPING.values() if sg_field]

    def _get_jira_issue_field_for_shotgun_field(self, shotgun_entity_type, shotgun_field):
        return ASSET_FIELDS_MAPPING.get(shotgun_field) if shotgun_entity_type == "Asset" else None

    def _get_shotgun_entity_field_for_issue_field(self, jira_field_id):
        return ISSUE_FIELDS_MAPPING.get(jira_field_id)

    def setup(self):
        """Raises `RuntimeError` when FPTR's Assets lack a field."""
        self._shotgun.assert_field("Asset", SHOTGUN_JIRA_ID_FIELD, "text", check_unique=True)
        self._shotgun.assert_field("Asset", SHOTGUN_JIRA_URL_FIELD, "url")

    # FPTR -> Jira

    def accept_shotgun_event(self, entity_type, entity_id, event):
        """Accepts changes of an Asset's mapped fields, and, if `on_retirement` is set, deletion."""
        if entity_type != "Asset":
            return False
        if is_retirement(event["meta"]):
            return self._wants_retirement(self._retirement_rule, f"Asset {entity_id}")
        return event["meta"]["attribute_name"] in ASSET_FIELDS_MAPPING

    def process_shotgun_event(self, entity_type, entity_id, event):
        """Syncs a change of an Asset; or, when a Task was switched on, the Task's Asset."""
        meta = event["meta"]
        if meta["attribute_name"] == SHOTGUN_SYNC_IN_JIRA_FIELD:
            return self._sync_asset_of_task({"type": entity_type, "id": entity_id})
        if is_retirement(meta):
            return self._follow_deletion(entity_id, meta)
        sg_asset = self._read_asset(entity_id)
        if sg_asset is None or not sg_asset[SHOTGUN_SYNC_IN_JIRA_FIELD]:
            return False
        if sg_asset[SHOTGUN_JIRA_ID_FIELD] and meta.get("in_create"):
            return False  # the first event of the creation has synced everything
        jira_issue, created = self._get_or_create_issue(sg_asset)
        if jira_issue is None:
            return False
        if created:
            self._sync_all_fields(sg_asset, jira_issue)
            sg_tasks = [*(sg_asset["tasks"] or []), *(meta.get("added") or [])]
            self._sync_links(sg_asset, jira_issue, added=sg_tasks)
            return True
        return self._sync_change(sg_asset, jira_issue, meta)

    def _sync_asset_of_task(self, sg_task):
        """The Asset of a synced Task is synced as well, whether or not its own flag is on."""
        sg_asset = self._find_asset_of(sg_task)
        if sg_asset is None:
            self._logger.debug("FPTR Task %s belongs to no Asset.", sg_task["id"])
            return False
        jira_issue, _ = self._get_or_create_issue(sg_asset)
        if jira_issue is None:
            return False
        self._sync_links(sg_asset, jira_issue, added=[sg_task])
        self._sync_all_fields(sg_asset, jira_issue)
        return True

    def _follow_deletion(self, asset_id, meta):
        """Does with a deleted Asset's Issue what the settings say; syncs an Asset that is back."""
        rule = self._retirement_rule
        sg_asset, is_deleted = self._as_it_is_now(
            meta, lambda deleted: self._read_asset(asset_id, deleted)
        )
        if sg_asset is not None and is_deleted:
            return self._retire_issue(sg_asset, rule)
        if sg_asset is None or not sg_asset[SHOTGUN_SYNC_IN_JIRA_FIELD]:
            return False
        jira_issue, created = self._get_or_create_issue(sg_asset, *reasons_for_new_issue(rule))
        if jira_issue is None:
            return False
        if not created:
            status = sg_asset["sg_status_list"]
            self._take_back(
                jira_issue, rule, reopen=lambda: self._sync_status(sg_asset, jira_issue, status)
            )
        self._sync_all_fields(sg_asset, jira_issue)
        return True

    def _sync_change(self, sg_asset, jira_issue, meta):
        sg_field = meta["attribute_name"]
        added, removed = meta.get("added"), meta.get("removed")
        if sg_field == "tasks":
            return self._sync_links(sg_asset, jira_issue, added or [], removed or [])
        if sg_field == "sg_status_list":
            return self._sync_status(sg_asset, jira_issue, meta.get("new_value"))
        values = self._jira_values(jira_issue, sg_field, added, removed, meta.get("new_value"))
        if not values:
            return False
        jira_issue.update(fields=values)
        return True

    def _sync_all_fields(self, sg_asset, jira_issue):
        values = {}
        for sg_field in ASSET_FIELDS_MAPPING:
            if sg_field in ("tasks", "sg_status_list"):
                continue
            value = sg_asset[sg_field]
            change = (value, [], None) if isinstance(value, list) else (None, None, value)
            values.update(self._jira_values(jira_issue, sg_field, *change))
        if values:
            jira_issue.update(fields=values)
        self._sync_status(sg_asset, jira_issue, sg_asset["sg_status_list"])

    def _jira_values(self, jira_issue, sg_field, added, removed, new_value):
        """The change as `{Jira field: value}`; empty when it has no place in Jira."""
        try:
            jira_field, value = self._get_jira_issue_field_sync_value(
                jira_issue.fields.project, jira_issue, "Asset", sg_field, added, removed, new_value
            )
        except InvalidShotgunValue as error:
            self._logger.warning("%s", error)
            return {}
        return {jira_field: value} if jira_field else {}

    def _sync_status(self, sg_asset, jira_issue, status):
        if not status:
            return False
        comment = (
            f"Updated from Flow Production Tracking Asset({sg_asset['id']}) moving to {status}"
        )
        return self._sync_shotgun_status_to_jira(jira_issue, status, comment)

    # The Asset and its Issue

    def _read_asset(self, asset_id, is_deleted=False):
        return self._shotgun.consolidate_entity(
            {"type": "Asset", "id": asset_id},
            fields=[
                PROJECT_KEY,
                SHOTGUN_JIRA_ID_FIELD,
                SHOTGUN_SYNC_IN_JIRA_FIELD,
                *ASSET_FIELDS_MAPPING,
            ],
            retired_only=is_deleted,
        )

    def _find_asset_of(self, sg_task):
        """The Asset that holds the Task, by whichever end of their link tells it."""
        sg_task = self._shotgun.consolidate_entity(dict(sg_task), fields=["entity"])
        holder = sg_task and sg_task["entity"]
        if sg_task and not holder:
            holder = self._shotgun.find_one("Asset", [["tasks", "is", sg_task]], ["code"])
        if not holder or holder["type"] != "Asset":
            return None
        return self._read_asset(holder["id"])

    def _get_or_create_issue(self, sg_asset, *for_new_one):
        """`(Issue, whether it is new)`; no Issue when the Asset cannot be synced.

        A copy of an Asset gets an Issue of its own where the entry's `on_duplicate` says so.
        """
        project_key = sg_asset[PROJECT_KEY]
        jira_project = self.get_jira_project(project_key) if project_key else None
        if jira_project is None:
            self._logger.debug("The Project of FPTR Asset %s is not in Jira.", sg_asset["id"])
            return None, False
        if sg_asset[SHOTGUN_JIRA_ID_FIELD]:
            jira_issue = self._find_issue(sg_asset)
            if jira_issue is not None or not self._needs_new_issue(*for_new_one):
                return jira_issue, False
        return self._create_issue(sg_asset, jira_project), True

    def _find_issue(self, sg_asset):
        return self._get_jira_issue_and_validate(sg_asset[SHOTGUN_JIRA_ID_FIELD], sg_asset)

    def _create_issue(self, sg_asset, jira_project):
        """The base class makes one Issue only, whatever fails or happens at the same moment."""
        return self._create_linked_issue(
            sg_asset,
            jira_project,
            lambda: self._create_jira_issue_for_entity(
                sg_asset,
                jira_project,
                self._issue_type,
                summary=sg_asset["code"],
                timetracking={"originalEstimate": "0 m"},  # some sites insist on an estimate
            ),
        )

    # Links between the Asset's Issue and those of its Tasks

    def _sync_links(self, sg_asset, jira_issue, added, removed=()):
        """Links and unlinks the Issues of synced Tasks. Returns whether anything changed."""
        links = self._links_by_issue_key(jira_issue)
        changed = False
        for sg_task in self._find_synced_tasks(removed):
            link = links.pop(sg_task[SHOTGUN_JIRA_ID_FIELD], None)
            if link is not None:
                self._jira.delete_issue_link(link.id)
                changed = True
        for sg_task in self._find_synced_tasks(added):
            task_key = sg_task[SHOTGUN_JIRA_ID_FIELD]
            if task_key in links or self.get_jira_issue(task_key) is None:
                continue
            self._jira.create_issue_link(
                type=JIRA_PARENT_LINK_TYPE,
                inwardIssue=task_key,
                outwardIssue=jira_issue.key,
                comment={"body": f"Linking {sg_asset['code']} to {sg_task['content']}"},
            )
            changed = True
        return changed

    def _find_synced_tasks(self, sg_tasks):
        """Those of the Tasks that have an Issue and are switched on."""
        ids = [sg_task["id"] for sg_task in sg_tasks]
        if not ids:
            return []
        found = self._shotgun.find(
            "Task",
            [
                ["id", "in", ids],
                [SHOTGUN_JIRA_ID_FIELD, "is_not", None],
                [SHOTGUN_SYNC_IN_JIRA_FIELD, "is", True],
            ],
            ["content", SHOTGUN_JIRA_ID_FIELD],
        )
        return [sg_task for sg_task in found if sg_task[SHOTGUN_JIRA_ID_FIELD]]

    def _links_by_issue_key(self, jira_issue):
        """Our links of the Asset's Issue; links of other types belong to people."""
        links = {}
        for link in getattr(jira_issue.fields, "issuelinks", None) or []:
            link_type = link.raw.get("type") or {"inward": JIRA_PARENT_LINK_TYPE}
            if JIRA_PARENT_LINK_TYPE in link_type.values() and "inwardIssue" in link.raw:
                links[link.inwardIssue.key] = link
        return links
