"""Routes of people: who am I, looking one up, searching for them."""

from __future__ import annotations

from typing import Final

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import Answer, Call, Route

#: Jira's default and limit for people on one page.
_PAGE: Final = (50, 1000)


def myself(call: Call) -> Answer:
    # People see their own e-mail even when they hide it from others.
    shown = call.caller.show(call.store.base)
    return Answer(200, {**shown, "emailAddress": call.caller.email, "locale": "en_US"})


def user(call: Call) -> Answer:
    call.require(Permission.USER_PICKER)
    people = call.store.people
    _refuse_names_on_cloud(call)
    if call.store.flavour.is_cloud:
        handle = call.query.get("accountId")
        person = people.find(handle) if handle else None
    else:
        handle = call.query.get("username") or call.query.get("key")
        named = people.find(call.query.get("username", ""))
        person = named or people.find_by_key(call.query.get("key", ""))
    if handle is None:
        raise Refusal(400, "The query parameter that names the user is missing.")
    if person is None:
        raise Refusal(404, _unknown(call, handle))
    return Answer(200, person.show(call.store.base))


def search(call: Call) -> Answer:
    call.require(Permission.USER_PICKER)
    inactive = call.query.get("includeInactive", "false").lower() == "true"
    # Cloud's search knows no such parameter and finds inactive people too.
    everybody = inactive or call.store.flavour.is_cloud
    found = _found(call)
    found = [person for person in found if person.active or everybody]
    start, most = call.page(*_PAGE)
    return _show(call, found[start : start + most])


def search_assignable(call: Call) -> Answer:
    found = _found(call)
    if "issueKey" in call.query:
        project = call.issue(call.query["issueKey"]).project
    elif "project" in call.query:
        project = call.project(call.query["project"])
    else:
        raise Refusal(400, "Either the 'project' or the 'issueKey' query parameter is required.")
    start, most = call.page(*_PAGE)
    if call.store.flavour.is_cloud:
        # Cloud takes the page first and then leaves out who cannot be assigned.
        found, start = found[start : start + most], 0
    assignable = [p for p in found if p.active and p.id not in project.unassignable]
    return _show(call, assignable[start : start + most])


def _found(call: Call) -> list[Person]:
    _refuse_names_on_cloud(call)
    cloud = call.store.flavour.is_cloud
    if cloud and "accountId" in call.query:
        person = call.store.people.find(call.query["accountId"])
        return [person] if person else []
    query = call.query.get("query" if cloud else "username")
    if query is None:
        word = "query" if cloud else "username"
        raise Refusal(400, f"The '{word}' query parameter was not provided.")
    return call.store.people.search(query)


def _refuse_names_on_cloud(call: Call) -> None:
    if not call.store.flavour.is_cloud:
        return
    for word in ("username", "key"):
        if word in call.query:
            raise Refusal(
                400, f"The query parameter '{word}' is not supported in GDPR strict mode."
            )


def _unknown(call: Call, handle: str) -> str:
    if call.store.flavour.is_cloud:
        return "Specified user does not exist or you do not have required permissions"
    return f"The user named '{handle}' does not exist"


def _show(call: Call, people: list[Person]) -> Answer:
    return Answer(200, [person.show(call.store.base) for person in people])


ROUTES: Final = (
    Route("GET", "myself", myself),
    Route("GET", "user", user),
    Route("GET", "user/search", search),
    Route("GET", "user/assignable/search", search_assignable),
)
