"""Keeps Flow Production Tracking (FPTR, formerly ShotGrid) and Jira in step, both ways."""

from sg_jira.bridge import Bridge
from sg_jira.hook import JiraHook
from sg_jira.jira_session import JiraSession
from sg_jira.syncer import Syncer
from sg_jira.task_issue_syncer import TaskIssueSyncer

__all__ = ["Bridge", "JiraHook", "JiraSession", "Syncer", "TaskIssueSyncer"]
