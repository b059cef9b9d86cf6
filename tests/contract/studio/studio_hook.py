"""A studio's own hook."""

from sg_jira import JiraHook


class StudioHook(JiraHook):
    """Dates the American way."""

    SG_DATE_FORMAT = "%m/%d/%Y"
