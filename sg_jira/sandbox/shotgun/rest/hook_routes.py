"""Routes of webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Final

from sg_jira.sandbox.shotgun.hook import DeliveryStatus, Hook, HookDelivery, HookStatus
from sg_jira.sandbox.shotgun.hook_bodies import UNTOLD_TYPES
from sg_jira.sandbox.shotgun.records import DATETIME_FORMAT, Author, Ref
from sg_jira.sandbox.shotgun.rest.call import NOT_FOUND_CODE, Answer, Call, Problem, Route, one
from sg_jira.sandbox.shotgun.values import parse_moment

_OPERATIONS: Final = ("create", "update", "delete", "revive")
#: Bytes of an acknowledgement.
_LONGEST_ACKNOWLEDGEMENT: Final = 4096
_NO_TOKEN: Final = "must be a text that is not empty"


def hooks(call: Call) -> Answer:
    wanted = call.query.get("status")
    found = call.parts.hooks.registered()
    shown = [_show(call, hook) for hook in found if _matches(call, hook, wanted)]
    page = call.page(shown)
    return Answer(200, {"data": page.values, "links": page.links})


def create_hook(call: Call) -> Answer:
    data = call.data
    for name in ("url", "entity_types"):
        if name not in data:
            raise _wrong(name, "is missing")
    read = _read(call, data)
    made = call.parts.hooks.add(read.pop("url"), author=call.author, **read)
    return Answer(201, {"data": _show(call, made), "links": {"self": f"{call.path}/{made.id}"}})


def hook(call: Call, id: str) -> Answer:
    return one(call, 200, _show(call, _hook(call, id)))


def update_hook(call: Call, id: str) -> Answer:
    found = _hook(call, id)
    status = call.data.get("status")
    if status not in (None, HookStatus.ACTIVE.value, HookStatus.DISABLED.value):
        raise _wrong("status", "can be set to 'active' and 'disabled'")
    for name, value in _read(call, call.data).items():
        setattr(found, name, value)
    if status == HookStatus.ACTIVE.value:
        found.start()
    elif status == HookStatus.DISABLED.value:
        found.stopped = HookStatus.DISABLED
    call.parts.hooks.touch(found, call.author)
    return one(call, 200, _show(call, found))


def delete_hook(call: Call, id: str) -> Answer:
    call.parts.hooks.remove(_hook(call, id))
    return Answer(204)


def try_connection(call: Call, id: str) -> Answer:
    with call.parts.store.lock:
        found = _hook(call, id)
    status, error = call.parts.hooks.test(found)
    succeeded = status is not None and status < 400
    told = {"success": succeeded, "response_code": status, "error": error}
    return one(call, 200, told)


def deliveries(call: Call, id: str) -> Answer:
    found = call.parts.hooks.deliveries(_hook(call, id))
    tests = _delivery_tests(call)
    shown = [_show_delivery(made) for made in reversed(found) if _passes(made, tests)]
    page = call.page(shown)
    return Answer(200, {"data": page.values, "links": page.links})


def delivery(call: Call, id: str) -> Answer:
    return one(call, 200, _show_delivery(_delivery(call, id)))


def acknowledge(call: Call, id: str) -> Answer:
    found = _delivery(call, id)
    text = call.data.get("acknowledgement")
    if not isinstance(text, str) or len(text.encode()) > _LONGEST_ACKNOWLEDGEMENT:
        raise _wrong(
            "acknowledgement", f"must be a text of {_LONGEST_ACKNOWLEDGEMENT} bytes at most"
        )
    found.acknowledgement = text
    return one(call, 200, _show_delivery(found))


def redeliver(call: Call, id: str) -> Answer:
    found = _delivery(call, id)
    call.parts.hooks.redeliver(found)
    return one(call, 202, _show_delivery(found))


def _hook(call: Call, id: str) -> Hook:
    found = call.parts.hooks.find(id)
    if found is None:
        raise Problem(404, f"There is no webhook {id}.", code=NOT_FOUND_CODE)
    return found


def _delivery(call: Call, id: str) -> HookDelivery:
    found = call.parts.hooks.find_delivery(id)
    if found is None:
        raise Problem(404, f"There is no delivery {id}.", code=NOT_FOUND_CODE)
    return found


def _matches(call: Call, hook: Hook, status: str | None) -> bool:
    return status is None or call.parts.hooks.status(hook).value == status


def _wrong(name: str, reason: str) -> Problem:
    return Problem(400, f"{name} {reason}.", {name: reason})


def _read(call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a request says about a webhook, by the names of `Hook`. Raises `Problem` 400."""
    read: dict[str, Any] = {}
    for name, (own, kind, reason) in _PROPERTIES.items():
        if name in data:
            value = data[name]
            if not isinstance(value, kind) or (name in ("url", "token") and not value):
                raise _wrong(name, reason)
            read[own] = value
    if not str(read.get("url", "http://")).startswith(("http://", "https://")):
        raise _wrong("url", "must begin with http:// or https://")
    if "entity_types" in data:
        read["entity_types"] = _entity_types(call, data["entity_types"])
    if "projects" in data:
        read["projects"] = _projects(call, data["projects"])
    return read


def _entity_types(call: Call, value: Any) -> dict[str, dict[str, list[str]]]:
    """Checks that it is one known type, known operations, and known fields after `update`."""
    if not isinstance(value, dict) or len(value) != 1:
        raise _wrong("entity_types", "must name exactly one type")
    ((entity_type, wanted),) = value.items()
    if entity_type in UNTOLD_TYPES or entity_type not in set(call.parts.schema):
        raise _wrong("entity_types", f"cannot name {entity_type}")
    if not isinstance(wanted, dict) or not wanted or set(wanted) - set(_OPERATIONS):
        raise _wrong("entity_types", f"needs some of {', '.join(_OPERATIONS)} for {entity_type}")
    fields = wanted.get("update") or []
    known = call.parts.schema.fields(entity_type)
    if not isinstance(fields, list) or any(name not in known for name in map(str, fields)):
        raise _wrong("entity_types", f"names fields that {entity_type} does not have")
    return {entity_type: {name: list(names or []) for name, names in wanted.items()}}


def _projects(call: Call, value: Any) -> list[int] | None:
    """Ids of living Projects, from ids or links; none of them stand for everything."""
    if value in (None, []):
        return None
    if not isinstance(value, list):
        raise _wrong("projects", "must be a list")
    ids: list[int] = []
    for each in value:
        id = each.get("id") if isinstance(each, dict) else each
        if type(id) is not int or not call.parts.store.is_living(Ref("Project", id)):
            raise _wrong("projects", f"names a Project that does not exist: {id!r}")
        ids.append(id)
    return ids


def _show(call: Call, hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "name": hook.name,
        "description": hook.description,
        "url": hook.url,
        "status": call.parts.hooks.status(hook).value,
        "entity_types": hook.entity_types,
        "projects": list(hook.projects or ()),
        "validate_ssl_cert": hook.validate_ssl_cert,
        "batch_deliveries": hook.batch,
        "notifications": list(hook.notifications),
        "num_deliveries": len(call.parts.hooks.deliveries(hook)),
        "created_at": _moment(hook.created_at),
        "created_by": _person(hook.created_by),
        "updated_at": _moment(hook.updated_at),
        "updated_by": _person(hook.updated_by),
        "links": {"self": f"{call.path.partition('/hooks')[0]}/hooks/{hook.id}"},
    }


def _show_delivery(made: HookDelivery) -> dict[str, Any]:
    return {
        "id": made.id,
        "webhook_id": made.hook,
        "status": made.status.value,
        "event_log_entry_id": made.event_id,
        "entity": {"type": made.entity.type, "id": made.entity.id},
        "created_at": _moment(made.created_at),
        "sent_at": _moment(made.sent_at),
        "request": {"headers": made.request_headers, "body": made.request_body.decode()},
        "response": {
            "status_code": made.response_code,
            "body": made.response_body,
            "error": made.error,
            "seconds": made.seconds,
        },
        "acknowledgement": made.acknowledgement,
    }


def _moment(value: datetime | None) -> str | None:
    return f"{value.astimezone(timezone.utc):{DATETIME_FORMAT}}" if value else None


def _person(author: Author | None) -> dict[str, Any] | None:
    return {"type": author.user.type, "id": author.user.id} if author else None


def _delivery_tests(call: Call) -> Mapping[str, Any]:
    """The filters of a list of deliveries, read. Raises `Problem` 400."""
    given = {name: call.query[name] for name in _FILTERS if name in call.query}
    read: dict[str, Any] = {}
    for name, text in given.items():
        try:
            read[name] = _FILTERS[name](text)
        except ValueError:
            raise _wrong(name, f"cannot be {text!r}") from None
    return read


def _passes(made: HookDelivery, tests: Mapping[str, Any]) -> bool:
    values = {
        "status": made.status,
        "entity_type": made.entity.type,
        "entity_id": made.entity.id,
    }
    return (
        all(values[name] == value for name, value in tests.items() if name in values)
        and made.created_at >= tests.get("from", made.created_at)
        and made.created_at <= tests.get("to", made.created_at)
    )


_FILTERS: Final[Mapping[str, Any]] = {
    "status": DeliveryStatus,
    "entity_type": str,
    "entity_id": int,
    "from": parse_moment,
    "to": parse_moment,
}
#: Name in the API -> name in `Hook`, the type of its values, and what is said of others.
_PROPERTIES: Final[Mapping[str, tuple[str, type | tuple[type, ...], str]]] = {
    "url": ("url", str, "must be an address"),
    "token": ("secret", str, _NO_TOKEN),
    "name": ("name", str, "must be a text"),
    "description": ("description", str, "must be a text"),
    "validate_ssl_cert": ("validate_ssl_cert", bool, "must be true or false"),
    "batch_deliveries": ("batch", bool, "must be true or false"),
    "notifications": ("notifications", list, "must be a list"),
}
ROUTES: Final = (
    Route("GET", "webhook/hooks", hooks),
    Route("POST", "webhook/hooks", create_hook),
    Route("GET", "webhook/hooks/<id>", hook),
    Route("PUT", "webhook/hooks/<id>", update_hook),
    Route("DELETE", "webhook/hooks/<id>", delete_hook),
    # The receiver may look at the site before it answers.
    Route("POST", "webhook/hooks/<id>/test_connection", try_connection, locked=False),
    Route("GET", "webhook/hooks/<id>/deliveries", deliveries),
    Route("GET", "webhook/deliveries/<id>", delivery),
    Route("PUT", "webhook/deliveries/<id>", acknowledge),
    Route("POST", "webhook/deliveries/<id>/redeliver", redeliver),
)
