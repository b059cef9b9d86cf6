"""Connects to both sites as far as that is possible; a site that lacks fields still answers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from sg_jira.bridge import Bridge
from sg_jira.connecting import NotConnected, connect, log_in_to_jira
from sg_jira.jira_session import JiraSession
from sg_jira.settings import Settings
from sg_jira.shotgun_session import ShotgunSession


@dataclass
class OpenSites:
    """What could be connected to.

    Attributes:
        bridge: both sites, when they have what a bridge always needs.
        shotgun, jira: each site; `None` when it cannot be reached.
        errors: name of a site, or `bridge`, -> why not.
    """

    bridge: Bridge | None = None
    shotgun: ShotgunSession | None = None
    jira: JiraSession | None = None
    errors: dict[str, Exception] = field(default_factory=dict)

    def close(self) -> None:
        """Closes all connections."""
        for each in (self.bridge, self.shotgun, self.jira):
            if each is not None:
                each.close()


def open_sites(settings: Settings) -> OpenSites:
    """Connects to both sites; what goes wrong is in `errors`."""
    found = OpenSites()
    try:
        found.bridge = connect(settings)
    except NotConnected as error:
        found.errors.update(error.errors)
    except Exception as error:  # noqa: BLE001  # whatever the clients raise for a site in trouble
        found.errors["bridge"] = error
    else:
        found.shotgun, found.jira = found.bridge.shotgun, found.bridge.jira
        return found
    if "FPTR" not in found.errors:
        try:
            found.shotgun = _shotgun(settings)
        except Exception as error:  # noqa: BLE001  # as above
            found.errors["FPTR"] = error
    if "Jira" not in found.errors:
        try:
            found.jira = open_jira(settings)
        except Exception as error:  # noqa: BLE001  # as above
            found.errors["Jira"] = error
    return found


def _shotgun(settings: Settings) -> ShotgunSession:
    site = settings.shotgun
    return ShotgunSession(
        site.site,
        script_name=site.script_name,
        api_key=site.script_key.get_secret_value(),
        http_proxy=site.http_proxy,
    )


def open_jira(settings: Settings) -> JiraSession:
    """The Jira site, whose fields are known, though it may lack ours."""
    session = log_in_to_jira(settings)
    with contextlib.suppress(RuntimeError):  # a field is missing, which is told elsewhere
        session.setup()
    return session
