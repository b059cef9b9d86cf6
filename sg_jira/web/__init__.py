"""The web service: webhooks in, pages and health out. Decides nothing about syncing."""

from sg_jira.web.application import create_app

__all__ = ["create_app"]
