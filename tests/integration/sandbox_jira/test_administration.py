"""Custom fields, their contexts and choices, screens and webhooks, made by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraSite, Transition
from tests.integration.receivers import Receiver

from .conftest import Clock, acting, log_in, person, running, settle

_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"


class Administrator:
    """Calls the REST API as somebody who may do everything."""

    def __init__(self, site: JiraSite) -> None:
        self.site = site
        self.client = log_in(site)

    def call(self, method: str, path: str, **options: Any) -> Any:
        root = self.site.url if path.startswith("/") else f"{self.site.url}/rest/api/2/"
        session = self.client._session
        answer = session.request(method, f"{root}{path}", allow_redirects=False, **options)
        return answer.json() if answer.content else answer.status_code

    def refused(self, method: str, path: str, **options: Any) -> int:
        with pytest.raises(jira.JIRAError) as refused:
            self.call(method, path, **options)
        return int(refused.value.status_code)

    def add_field(self, name: str, kind: str = "textfield") -> str:
        body = {"name": name, "type": f"{_TYPES}:{kind}", "description": "For tests"}
        return str(self.call("POST", "field", json=body)["id"])

    def screens(self, *words: str) -> list[int]:
        found = self.call("GET", "screens")["values"]
        return [one["id"] for one in found if all(word in one["name"] for word in words)]

    def put_on(self, screen: int, field: str) -> Any:
        (tab,) = self.call("GET", f"screens/{screen}/tabs")
        place = f"screens/{screen}/tabs/{tab['id']}/fields"
        return self.call("POST", place, json={"fieldId": field})


@pytest.fixture
def admin(site: JiraSite) -> Iterator[Administrator]:
    admin = Administrator(site)
    yield admin
    admin.client.close()


@pytest.fixture
def cloud_admin(cloud: JiraSite) -> Iterator[Administrator]:
    admin = Administrator(cloud)
    yield admin
    admin.client.close()


def test_new_field_is_on_no_screen_until_it_is_put_there(
    site: JiraSite, admin: Administrator, task: str
) -> None:
    field = admin.add_field("Shot Code")
    assert field in {one["id"] for one in admin.client.fields()}
    assert admin.refused("PUT", f"issue/{task}", json={"fields": {field: "A"}}) == 400

    (edit,) = admin.screens("ABC", "Edit")
    assert admin.put_on(edit, field) == {"id": field, "name": "Shot Code"}
    admin.client.issue(task).update(fields={field: "A"})
    assert site.issue(task)["fields"][field] == "A"

    made = {"project": {"key": "ABC"}, "issuetype": {"name": "Task"}, "summary": "B", field: "B"}
    with pytest.raises(jira.JIRAError):
        admin.client.create_issue(made)
    (create,) = admin.screens("ABC", "Create")
    admin.put_on(create, field)
    assert admin.client.create_issue(made).key == "ABC-2"


@pytest.mark.parametrize("change", [{"name": ""}, {"name": None}, {"type": "soup"}, {"type": None}])
def test_field_that_makes_no_sense_is_refused(admin: Administrator, change: dict[str, Any]) -> None:
    before = admin.client.fields()
    body = {"name": "A", "type": f"{_TYPES}:textfield", **change}

    assert admin.refused("POST", "field", json=body) == 400
    assert admin.client.fields() == before


def test_what_is_added_to_the_default_screen_is_seen_by_no_project(
    admin: Administrator, task: str
) -> None:
    field = admin.add_field("A")
    admin.call("POST", f"screens/addToDefault/{field}")

    assert field in {one["id"] for one in admin.call("GET", "screens/1/tabs/1/fields")}
    assert field not in admin.client.issue(task, expand="editmeta").raw["editmeta"]["fields"]


def test_field_is_taken_off_a_screen(admin: Administrator, task: str) -> None:
    (edit,) = admin.screens("ABC", "Edit")
    place = f"screens/{edit}/tabs/{edit}/fields"
    admin.call("DELETE", f"{place}/environment")

    assert "environment" not in {one["id"] for one in admin.call("GET", place)}
    available = admin.call("GET", f"screens/{edit}/availableFields")
    assert "environment" in {one["id"] for one in available}
    assert admin.refused("DELETE", f"{place}/environment") == 404
    assert admin.refused("POST", place, json={"fieldId": "summary"}) == 400
    assert admin.refused("POST", place, json={"fieldId": "nothing"}) == 404
    assert admin.refused("GET", "screens/77/tabs") == 404
    assert admin.refused("GET", f"screens/{edit}/tabs/77/fields") == 404


def test_cloud_tells_which_screens_a_project_has(cloud_admin: Administrator) -> None:
    call = cloud_admin.call
    project = cloud_admin.client.project("ABC").id
    (scheme,) = call("GET", "issuetypescreenscheme/project", params={"projectId": project})[
        "values"
    ]
    id = scheme["issueTypeScreenScheme"]["id"]
    mapping = call("GET", "issuetypescreenscheme/mapping", params={"issueTypeScreenSchemeId": id})[
        "values"
    ]
    (screens,) = call("GET", "screenscheme", params={"id": mapping[0]["screenSchemeId"]})["values"]

    assert [screens["screens"]["create"]] == cloud_admin.screens("ABC", "Create")
    assert [screens["screens"]["default"]] == cloud_admin.screens("ABC", "Edit")
    shown = call("GET", f"field/{cloud_admin.add_field('A')}/screens")
    assert shown["values"] == []
    assert len(call("GET", "field/summary/screens")["values"]) == 3


def test_administrators_of_cloud_see_the_transitions_of_a_projects_workflow(
    cloud: JiraSite, cloud_admin: Administrator
) -> None:
    start = Transition("Start", "In Progress", ("To Do",))
    cloud.set_workflow("ABC", [start, Transition("Finish", "Done")])
    project = cloud_admin.client.project("ABC").id
    statuses = {one.name: one.id for one in cloud_admin.client.statuses()}

    (found,) = cloud_admin.call("GET", "workflowscheme/project", params={"projectId": project})[
        "values"
    ]
    asked = {"workflowName": found["workflowScheme"]["defaultWorkflow"], "expand": "transitions"}
    (workflow,) = cloud_admin.call("GET", "workflow/search", params=asked)["values"]

    shown = [(one["from"], one["to"], one["type"]) for one in workflow["transitions"]]
    assert shown == [
        ([], statuses["To Do"], "initial"),
        ([statuses["To Do"]], statuses["In Progress"], "directed"),
        ([], statuses["Done"], "global"),
    ]
    assert cloud_admin.refused("GET", "workflowscheme/project") == 400
    cloud.forbid(person(cloud, "bridge@studio.test"), "ADMINISTER")
    assert cloud_admin.refused("GET", "workflow/search") == 403


def test_choices_are_added_renamed_closed_and_removed_on_cloud(
    cloud: JiraSite, cloud_admin: Administrator
) -> None:
    call = cloud_admin.call
    field = cloud_admin.add_field("Mood", "select")
    for screen in cloud_admin.screens("ABC"):
        cloud_admin.put_on(screen, field)
    (context,) = call("GET", f"field/{field}/context")["values"]
    assert (context["isGlobalContext"], context["isAnyIssueType"]) == (True, True)
    place = f"field/{field}/context/{context['id']}/option"
    values = [{"value": "Good"}, {"value": "Bad"}, {"value": "Ugly"}]
    good, bad, ugly = call("POST", place, json={"options": values})["options"]
    key = acting(cloud).create_issue("ABC", "Task", summary="A", Mood="Good")

    renamed = {"id": good["id"], "value": "Great"}
    closed = {"id": bad["id"], "disabled": True}
    call("PUT", place, json={"options": [renamed, closed]})
    call("DELETE", f"{place}/{ugly['id']}")
    assert cloud.issue(key)["fields"][field]["value"] == "Great"
    with pytest.raises(Exception, match="not valid"):
        acting(cloud).edit(key, Mood="Bad")
    shown = call("GET", place)["values"]
    assert [(one["value"], one["disabled"]) for one in shown] == [("Great", False), ("Bad", True)]

    assert cloud_admin.refused("DELETE", f"{place}/{good['id']}") == 400
    assert cloud_admin.refused("DELETE", f"{place}/1") == 404
    for wrong in ([{"value": "Bad"}], [{"value": ""}], ["Bad"], {}):
        assert cloud_admin.refused("POST", place, json={"options": wrong}) == 400
    text = cloud_admin.add_field("Text")
    (context,) = call("GET", f"field/{text}/context")["values"]
    assert cloud_admin.refused("GET", f"field/{text}/context/{context['id']}/option") == 400


def test_context_limits_a_field_to_projects_on_cloud(
    cloud: JiraSite, cloud_admin: Administrator
) -> None:
    cloud.add_project("XYZ", "Zebras")
    call = cloud_admin.call
    field = cloud_admin.add_field("Mood", "select")
    (everywhere,) = call("GET", f"field/{field}/context")["values"]
    call("DELETE", f"field/{field}/context/{everywhere['id']}")
    abc = cloud_admin.client.project("ABC").id
    types = {one.name: one.id for one in cloud_admin.client.issue_types()}
    body = {"name": "Only here", "projectIds": [abc], "issueTypeIds": [types["Task"]]}
    made = call("POST", f"field/{field}/context", json=body)
    place = f"field/{field}/context/{made['id']}"
    call("POST", f"{place}/option", json={"options": [{"value": "Good"}]})
    for screen in cloud_admin.screens("Issue Screen"):
        cloud_admin.put_on(screen, field)

    acting(cloud).create_issue("ABC", "Task", summary="A", Mood="Good")
    for project, issue_type in (("ABC", "Bug"), ("XYZ", "Task")):
        with pytest.raises(Exception, match="cannot be set"):
            acting(cloud).create_issue(project, issue_type, summary="A", Mood="Good")
    xyz = cloud_admin.client.project("XYZ").id
    assert call("PUT", f"{place}/project", json={"projectIds": [xyz]}) == 204
    acting(cloud).create_issue("XYZ", "Task", summary="A", Mood="Good")
    mapping = call("GET", f"field/{field}/context/projectmapping")["values"]
    assert {one["projectId"] for one in mapping} == {abc, xyz}
    mapping = call("GET", f"field/{field}/context/issuetypemapping")["values"]
    assert [one["issueTypeId"] for one in mapping] == [types["Task"]]

    again = {"name": "Again", "projectIds": [xyz]}
    assert cloud_admin.refused("POST", f"field/{field}/context", json=again) == 400
    call("POST", f"{place}/project/remove", json={"projectIds": [xyz]})
    call("POST", f"field/{field}/context", json=again)
    call("PUT", place, json={"name": "Renamed"})
    shown = call("GET", f"field/{field}/context")["values"]
    assert [one["name"] for one in shown] == ["Renamed", "Again"]


def test_fields_are_searched_and_deleted_on_cloud(
    cloud: JiraSite, cloud_admin: Administrator
) -> None:
    field = cloud_admin.add_field("Shot Code")
    params = {"type": "custom", "query": "shot"}
    found = cloud_admin.call("GET", "field/search", params=params)
    shown = {one["id"]: one for one in found["values"]}
    assert field in shown
    assert (shown[field]["screensCount"], shown[field]["contextsCount"]) == (0, 1)

    assert cloud_admin.call("DELETE", f"field/{field}") == 303
    assert cloud_admin.refused("DELETE", f"field/{field}") == 404
    assert cloud_admin.refused("DELETE", "field/summary") == 404


def test_data_center_knows_neither_contexts_nor_schemes(datacenter: JiraSite) -> None:
    admin = Administrator(datacenter)
    field = admin.add_field("A")
    for path in (
        f"field/{field}/context",
        f"field/{field}/screens",
        "field/search",
        "screenscheme",
        "issuetypescreenscheme/project?projectId=10001",
    ):
        assert admin.refused("GET", path) == 404
    admin.client.close()


@pytest.mark.parametrize("flavour", list(Flavour), ids=lambda flavour: flavour.value)
def test_only_administrators_administer(flavour: Flavour, clock: Clock) -> None:
    for site in running(flavour, clock):
        site.forbid(person(site, "bridge@studio.test"), "ADMINISTER")
        nobody = Administrator(site)
        for method, path in (
            ("POST", "field"),
            ("GET", "screens"),
            ("POST", "screens/addToDefault/summary"),
            ("GET", "/rest/webhooks/1.0/webhook"),
            ("POST", "/rest/webhooks/1.0/webhook"),
        ):
            assert nobody.refused(method, path, json={}) == 403
        nobody.client.close()


_HOOKS = "/rest/webhooks/1.0/webhook"


def test_registered_webhook_is_told_and_signed(
    site: JiraSite, admin: Administrator, receiver: Receiver
) -> None:
    body = {
        "name": "Bridge",
        "url": f"{receiver.url}/${{issue.key}}",
        "events": ["jira:issue_created", "comment_created"],
        "filters": {"issue-related-events-section": "project = ABC"},
        "secret": "It's a Secret",
    }
    made = admin.call("POST", _HOOKS, json=body)
    site.add_project("XYZ", "Zebras")
    key = acting(site).create_issue("ABC", "Task", summary="A")
    acting(site).create_issue("XYZ", "Task", summary="A")
    acting(site).edit(key, summary="B")
    settle(site)

    assert receiver.events == ["jira:issue_created"]
    assert receiver.received[0].headers["X-Hub-Signature"].startswith("sha256=")
    assert (made["enabled"], made["isSigned"], made["excludeBody"]) == (True, True, False)
    assert "It's" not in str(admin.call("GET", _HOOKS))
    assert admin.call("GET", _HOOKS) == [made]
    assert made["lastUpdatedDisplayName"] == "The Bridge"


def test_webhook_is_changed_and_deleted(
    site: JiraSite, admin: Administrator, receiver: Receiver
) -> None:
    body = {"name": "Bridge", "url": f"{receiver.url}/a", "events": ["comment_created"]}
    place = admin.call("POST", _HOOKS, json=body)["self"].removeprefix(site.url)
    key = acting(site).create_issue("ABC", "Task", summary="A")

    admin.call("PUT", place, json={"enabled": False})
    acting(site).comment(key, "Unheard")
    admin.call("PUT", place, json={"enabled": True, "url": f"{receiver.url}/b", "secret": "s"})
    acting(site).comment(key, "Heard")
    settle(site)
    (got,) = receiver.received
    assert got.url.startswith("/b")
    assert got.body["comment"]["body"] == "Heard"
    assert admin.call("GET", place)["isSigned"] is True

    assert admin.call("DELETE", place) == 204
    assert admin.call("GET", _HOOKS) == []
    for method in ("GET", "PUT", "DELETE"):
        assert admin.refused(method, place, json={}) == 404


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"url": ""},
        {"url": "mailto:me"},
        {"url": 1},
        {"events": ["jira:issue_exploded"]},
        {"events": "comment_created"},
        {"filters": {"issue-related-events-section": "project ="}},
    ],
)
def test_webhook_that_makes_no_sense_is_refused(
    admin: Administrator, change: dict[str, Any]
) -> None:
    body = {"name": "Bridge", "url": "http://example.test", "events": [], **change}

    assert admin.refused("POST", _HOOKS, json=body) == 400
    assert admin.call("GET", _HOOKS) == []


def test_data_center_before_10_has_no_secrets(receiver: Receiver) -> None:
    site = JiraSite(Flavour.DATA_CENTER, version=(9, 12, 0), threads=2)
    site.add_person("The Bridge", "bridge@studio.test")
    site.start()
    admin = Administrator(site)
    body = {"name": "Old", "url": receiver.url, "jqlFilter": "project = ABC", "secret": "s"}
    made = admin.call("POST", _HOOKS, json=body)
    admin.client.close()
    site.stop()

    assert "isSigned" not in made
    assert made["filters"] == {"issue-related-events-section": "project = ABC"}
