"""Plug-in for FPTR's event daemon (shotgunEvents): posts changes to the bridge of their Project.

A Project names its bridge in the File/Link field `sg_jira_sync_url`, as
`https://<host>[:<port>]/sg2jira/<settings name>`. This file stands alone: copy it into the
daemon's plug-in folder. It needs the Python packages requests and python-dotenv.

Environment variables, or lines of a file `.env`, which wins:

    SGDAEMON_SGJIRA_NAME           name of this plug-in's own script user in FPTR
    SGDAEMON_SGJIRA_KEY            its key
    SGDAEMON_SGJIRA_ENTITY_TYPES   more entity types whose changes are posted: Shot,Reply
    SGDAEMON_SGJIRA_TOKEN          sent as `Authorization: Bearer ...`, where the bridge wants one
    SGDAEMON_SGJIRA_RETRY_SECONDS  how long one event may hold the daemon up (15); 0: one attempt

The daemon hands its events to its plug-ins one after the other, so while this plug-in waits for
a bridge, ALL plug-ins of the daemon wait. That is why the time for an event is bounded, and why,
once a bridge has used it up, each further event gets a single attempt until one arrives. An
event that could not be delivered is logged by the daemon as an error and not sent again. Each
event carries the id of its event-log entry, by which the bridge recognises a repeated delivery.
"""

import datetime
import logging
import os
import time
import urllib.parse

import requests
from dotenv import load_dotenv

load_dotenv(override=True)

# Entity types whose changes are posted to the bridge. Add your own here or, to leave this file
# as it is, in SGDAEMON_SGJIRA_ENTITY_TYPES.
EVENT_FILTER = {
    "Shotgun_Note_Change": ["*"],
    "Shotgun_Task_Change": ["*"],
    "Shotgun_Ticket_Change": ["*"],
    "Shotgun_Project_Change": ["*"],
    "Shotgun_Asset_Change": ["*"],
    "Shotgun_TimeLog_Change": ["*"],
}

# After these the bridge has to read FPTR's schema anew.
SCHEMA_CHANGE_EVENT_TYPES = [
    "Shotgun_DisplayColumn_New",
    "Shotgun_DisplayColumn_Change",
    "Shotgun_DisplayColumn_Retirement",
    "Shotgun_Status_New",
    "Shotgun_Status_Change",
    "Shotgun_Status_Retirement",
]

SYNC_URL_FIELD = "sg_jira_sync_url"
CONNECT_SECONDS = 5
ATTEMPT_SECONDS = 15
RESET_SECONDS = 5
RETRY_SECONDS = 15
FIRST_PAUSE_SECONDS = 0.5
# How long a Project without a bridge is believed to have none.
NO_ROUTE_SECONDS = 600

# Answers of a bridge, or of a proxy before it, that is not up to it at the moment.
BUSY = frozenset([429, 502, 503, 504])
REDIRECTS = frozenset([301, 302, 303, 307, 308])


class Routes(dict):
    """Project id -> URL of the Project's bridge, or `None`. Lives as long as the daemon.

    Attributes:
        looked_up: project id -> when it was found to have no bridge, by the monotonic clock.
        silent: addresses of bridges that could not be reached for the last event.
    """

    def __init__(self, *args):
        super().__init__(*args)
        self.looked_up = {}
        self.silent = set()

    def clear(self):
        super().clear()
        self.looked_up.clear()

    def forget_old_absence(self, project_id):
        """Forgets that a Project has no bridge, if that was long ago."""
        if project_id not in self or self[project_id] is not None:
            return
        since = self.looked_up.setdefault(project_id, time.monotonic())
        if time.monotonic() - since > NO_ROUTE_SECONDS:
            del self[project_id]


def registerCallbacks(reg):  # noqa: N802  # the daemon calls it by this name
    """Registers the plug-in; called by the daemon when it loads this file.

    Raises:
        KeyError: the name or the key of the script user is not set.
        ValueError: SGDAEMON_SGJIRA_RETRY_SECONDS is no number.
    """
    _retry_seconds()
    event_filter = dict(EVENT_FILTER)
    for entity_type in os.environ.get("SGDAEMON_SGJIRA_ENTITY_TYPES", "").split(","):
        if entity_type.strip():
            event_filter.setdefault(f"Shotgun_{entity_type.strip()}_Change", ["*"])
    for event_type in SCHEMA_CHANGE_EVENT_TYPES:
        event_filter.setdefault(event_type, ["*"])

    reg.registerCallback(
        os.environ["SGDAEMON_SGJIRA_NAME"],
        os.environ["SGDAEMON_SGJIRA_KEY"],
        process_event,
        event_filter,
        Routes(),
        stopOnError=False,
    )
    reg.logger.setLevel(logging.DEBUG)


def process_event(sg, logger, event, dispatch_routes):
    """Posts an event to the bridge of its Project.

    Parameters:
        sg: a connection to FPTR.
        logger: the daemon's logger for this plug-in.
        event: an EventLogEntry.
        dispatch_routes: project id -> URL of its bridge, or `None` when it has none.

    Raises:
        requests.RequestException: the bridge could not be reached in time, or refused.
    """
    event_type = event.get("event_type")
    meta = event.get("meta") or {}
    if event_type in SCHEMA_CHANGE_EVENT_TYPES:
        logger.debug("%s: every bridge will be reset with its next event.", event_type)
        dispatch_routes.clear()
        return
    if event_type == "Shotgun_Project_Change":
        if SYNC_URL_FIELD in (event.get("attribute_name"), meta.get("attribute_name")):
            _drop_route(event, meta, dispatch_routes)
        return
    project = event.get("project") or _project_of_reply(sg, meta)
    if not project:
        logger.debug("Event %s belongs to no Project.", event.get("id"))
        return

    memory = dispatch_routes if isinstance(dispatch_routes, Routes) else Routes()
    route = _find_route(sg, logger, project["id"], dispatch_routes, memory)
    if not route:
        logger.debug("Project %s has no bridge.", project["id"])
        return
    if not meta.get("entity_type") or not meta.get("entity_id"):
        logger.debug("Event %s is about no record.", event.get("id"))
        return
    url = f"{route}/{meta['entity_type']}/{meta['entity_id']}"
    logger.debug("Posting event %s to %s", event.get("id"), url)
    _deliver(logger, url, _payload(event, meta, project), memory)


def _drop_route(event, meta, dispatch_routes):
    """The Project's URL has changed; it is read again with the next event."""
    places = (event.get("entity") or {}, {"id": meta.get("entity_id")}, event.get("project") or {})
    for place in places:
        dispatch_routes.pop(place.get("id"), None)


# ---- where to post


def _project_of_reply(sg, meta):
    """The Project of the Note that a Reply answers: a Reply has none of its own."""
    if meta.get("entity_type") != "Reply" or not meta.get("entity_id"):
        return None
    filters, field = [["id", "is", meta["entity_id"]]], "entity.Note.project"
    reply = sg.find_one("Reply", filters, [field]) or sg.find_one(
        "Reply", filters, [field], retired_only=True
    )
    return (reply or {}).get(field)


def _find_route(sg, logger, project_id, dispatch_routes, memory):
    """The URL of the Project's bridge, without a trailing slash; `None` when it has none."""
    memory.forget_old_absence(project_id)
    if project_id in dispatch_routes:
        return dispatch_routes[project_id]
    project = sg.find_one("Project", [["id", "is", project_id]], ["name", SYNC_URL_FIELD])
    route = _usable_url(logger, project)
    if route is None:
        memory.looked_up[project_id] = time.monotonic()
    elif not _is_known(dispatch_routes, route) and not _reset(logger, route):
        return route  # not stored, so that the next event resets the bridge
    dispatch_routes[project_id] = route
    return route


def _is_known(dispatch_routes, route):
    """Whether the bridge had events since the daemon's start and the last schema change."""
    return _address(route) in {_address(known) for known in dispatch_routes.values() if known}


def _usable_url(logger, project):
    value = (project or {}).get(SYNC_URL_FIELD)
    if not value:
        return None
    if isinstance(value, dict) and value.get("link_type") == "web" and value.get("url"):
        url = value["url"]
        return url[:-1] if url.endswith("/") else url
    logger.warning(
        "The field %s of Project %s (%s) is no web link, so its changes go to no bridge: %r",
        SYNC_URL_FIELD,
        project.get("id"),
        project.get("name"),
        value,
    )
    return None


def _address(url):
    """`https://host:port` of a URL."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reset(logger, route):
    """Lets the bridge forget FPTR's schema. Returns whether that is settled, one way or other."""
    url = f"{_address(route)}/admin/reset"
    try:
        response = _post(url, {}, RESET_SECONDS)
    except requests.RequestException as error:
        logger.warning("The bridge could not be reset, the next event tries again: %s", error)
        return False
    if response.status_code in BUSY:
        logger.warning("The bridge could not be reset yet, it answered %s", response.status_code)
        return False
    try:
        _check(response)
    except requests.RequestException as error:
        logger.warning(
            "The bridge refuses to be reset, so it may know FPTR's schema as it was: %s", error
        )
    return True


# ---- what to post


def _payload(event, meta, project):
    return _plain(
        {
            "meta": meta,
            "session_uuid": event.get("session_uuid"),
            "user": event.get("user"),
            "project": project,
            "entity_type": meta["entity_type"],
            "entity_id": meta["entity_id"],
            "event_log_entry_id": event.get("id"),
            "created_at": event.get("created_at"),
        }
    )


def _plain(value):
    """The value as JSON can have it: the FPTR API makes times of texts that look like one."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


# ---- posting


def _deliver(logger, url, payload, memory):
    """Posts until the bridge answers, for a bounded time.

    Raises:
        requests.RequestException: it did not, or it refused.
    """
    address = _address(url)
    patience = 0 if address in memory.silent else _retry_seconds()
    end = time.monotonic() + patience
    pause = FIRST_PAUSE_SECONDS
    while True:
        left = end - time.monotonic() if patience else ATTEMPT_SECONDS
        response = failure = None
        try:
            response = _post(url, payload, min(left, ATTEMPT_SECONDS))
        except (requests.ConnectionError, requests.Timeout) as error:
            failure = error
        if response is not None and response.status_code not in BUSY:
            memory.silent.discard(address)
            _check(response)
            return
        wait = max(pause, _retry_after(response))
        if time.monotonic() + wait >= end:
            memory.silent.add(address)
            if failure:
                raise failure
            _check(response)
        said = failure or f"it answered {response.status_code}"
        logger.warning("The bridge is not there (%s), next attempt in %.1f s", said, wait)
        time.sleep(wait)
        pause *= 2


def _post(url, payload, seconds):
    """One request, that takes no longer than these seconds."""
    token = os.environ.get("SGDAEMON_SGJIRA_TOKEN")
    connect = min(CONNECT_SECONDS, max(seconds, 0.2) / 2)
    return requests.post(
        url,
        json=payload,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=(connect, max(seconds, 0.2) - connect),
        # A redirected POST becomes a GET, which a bridge answers without syncing anything.
        allow_redirects=False,
    )


def _check(response):
    """Raises `requests.HTTPError` for an answer that is not the bridge's 'taken'."""
    if response.status_code in REDIRECTS:
        raise requests.HTTPError(
            f"{response.url} redirects to {response.headers.get('Location')}: put the address "
            f"that it redirects to into the Project's field {SYNC_URL_FIELD}.",
            response=response,
        )
    response.raise_for_status()


def _retry_seconds():
    text = os.environ.get("SGDAEMON_SGJIRA_RETRY_SECONDS", "").strip()
    return float(text) if text else RETRY_SECONDS


def _retry_after(response):
    """Seconds that a busy bridge asks for; 0 when it does not say, or not in seconds."""
    text = str(response.headers.get("Retry-After", "")) if response is not None else ""
    return int(text) if text.isascii() and text.isdigit() else 0
