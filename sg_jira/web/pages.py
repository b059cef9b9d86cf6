"""What a browser or a health check may ask for with GET."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

from flask import Blueprint, Response, jsonify

from sg_jira.web.connection import Readiness
from sg_jira.web.replies import Refusal, page, refuse

#: First part of a sync URL -> title of its page.
TITLES: Final = {"sg2jira": "Shotgun to Jira", "jira2sg": "Jira to Shotgun"}


def make_pages(settings_names: Container[str], readiness: Callable[[], Readiness]) -> Blueprint:
    """The routes for GET.

    Parameters:
        settings_names: the names that sync URLs may have.
        readiness: tells whether events can be worked on.
    """
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def alive() -> Response:
        return page("The server is alive", ["Events are received at /sg2jira and /jira2sg."])

    @pages.get("/<any(sg2jira, jira2sg):direction>/<part:name>")
    @pages.get("/<any(sg2jira, jira2sg):direction>/<part:name>/<path:_rest>")
    def sync_url(direction: str, name: str, _rest: str = "") -> Response:
        """Admins open their sync URL in a browser to check it."""
        check_name(name, settings_names)
        return page(TITLES[direction], [f"Syncing with {name} settings."])

    @pages.get("/favicon.ico")
    def favicon() -> Response:
        return refuse(Refusal(404, "There is no icon.", "Nothing to mend, browsers just ask."))

    @pages.get("/healthz")
    def health() -> Response:
        return jsonify({"alive": True})

    @pages.get("/readyz")
    def ready() -> Response:
        state = readiness()
        response = jsonify(state.as_dict())
        response.status_code = 200 if state.ready else 503
        return response

    return pages


def check_name(name: str, settings_names: Container[str]) -> None:
    """Raises `Refusal` for a name that the settings file does not define."""
    if name not in settings_names:
        raise Refusal(
            400,
            f"Invalid settings name {name!r}.",
            "Use one of the names under SYNC in the bridge's settings file.",
        )
