"""Makes a connected bridge from the settings that were read."""

from __future__ import annotations

from sg_jira.bridge import Bridge
from sg_jira.settings import Settings


def connect(settings: Settings) -> Bridge:
    """A connected bridge. Raises whatever the sessions raise."""
    return Bridge(
        settings.shotgun.site,
        settings.shotgun.script_name,
        settings.shotgun.script_key.get_secret_value(),
        settings.jira.site,
        settings.jira.user,
        settings.jira.secret.get_secret_value(),
        sync_settings=settings.sync,
        sg_http_proxy=settings.shotgun.http_proxy,
    )
