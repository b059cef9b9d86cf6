"""The pages of both sites, as a browser asks for them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind

_NASTY = "<script>alert('x')</script> & \"quotes\""


class Browser:
    """Reads forms and sends them, as a person does with a browser."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def read(self, path: str = "/", status: int = 200) -> str:
        answer = self.session.get(f"{self.address}{path}")
        assert answer.status_code == status, answer.text
        return answer.text

    def form(self, path: str) -> dict[str, str]:
        """What the largest form of a page would send."""
        forms = re.findall(r"<form.*?</form>", self.read(path), re.DOTALL)
        return values(max(forms, key=len))

    def send(self, path: str, **changes: str) -> requests.Response:
        """Sends a page's form with changes; gives the answer, without following it."""
        data = {**self.form(path), **changes}
        return self.session.post(f"{self.address}{path}", data=data, allow_redirects=False)


def values(form: str) -> dict[str, str]:
    """The names and values of a form's fields."""
    found = {}
    for attributes in re.findall(r"<input ([^>]*)>", form):
        named = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        found[named["name"]] = named.get("value", "")
    for name, body in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        found[name] = chosen[1] if chosen else ""
    areas = r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>'
    for name, text in re.findall(areas, form, re.DOTALL):
        found[name] = text
    return {name: html.unescape(value) for name, value in found.items()}


@pytest.fixture(scope="module", params=list(Flavour), ids=lambda flavour: flavour.value)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, seeded=True) as sandbox:
        yield sandbox


@pytest.fixture
def shotgun(sandbox: Sandbox) -> Iterator[Browser]:
    browser = Browser(sandbox.shotgun.url)
    yield browser
    browser.session.close()


@pytest.fixture
def jira(sandbox: Sandbox) -> Iterator[Browser]:
    browser = Browser(sandbox.jira.url)
    yield browser
    browser.session.close()


@pytest.fixture
def task(sandbox: Sandbox) -> str:
    """The page of a new Task."""
    production = sandbox.production
    made = sandbox.shotgun.acting_as(production.producer.shotgun).create(
        "Task", {"content": _NASTY, "project": production.project}
    )
    return f"/detail/Task/{made['id']}"


@pytest.fixture
def issue(sandbox: Sandbox) -> str:
    """The page of a new issue."""
    account = sandbox.production.producer.jira
    assert account is not None
    return f"/browse/{sandbox.jira.acting_as(account).create_issue('LAN', 'Task', summary=_NASTY)}"


def record(sandbox: Sandbox, page: str) -> dict[str, Any]:
    """The record that a page shows."""
    _, _, kind, number = page.split("/")
    return sandbox.shotgun.record(kind, int(number))


def is_living(sandbox: Sandbox, page: str) -> bool:
    """Whether the record that a page shows was not retired."""
    _, _, kind, number = page.split("/")
    return sandbox.shotgun.is_living(kind, int(number))


def fields(sandbox: Sandbox, page: str) -> dict[str, Any]:
    """The fields of the issue that a page shows."""
    shown: dict[str, Any] = sandbox.jira.issue(page.rpartition("/")[2])["fields"]
    return shown


def test_records_are_listed_by_type_and_lead_to_their_pages(shotgun: Browser, task: str) -> None:
    assert f'href="{task}"' in shotgun.read("/")
    assert "Shoulders" in shotgun.read("/?type=Note")
    assert "There are none" in shotgun.read("/?type=Ticket")
    for path in ("/?type=Dragon", "/detail/Dragon/1", "/detail/Task/99999", "/new/Dragon"):
        assert "Not possible" in shotgun.read(path, 404)


def test_texts_of_records_are_text_in_pages(shotgun: Browser, task: str) -> None:
    for path in ("/", task):
        text = shotgun.read(path)
        assert "<script" not in text
        assert _NASTY in html.unescape(text)


def test_field_is_edited_in_the_name_of_who_was_chosen(
    sandbox: Sandbox, shotgun: Browser, task: str
) -> None:
    before = sandbox.shotgun.last_event_id
    tomas = sandbox.production.people[1].shotgun
    answer = shotgun.send(task, sg_status_list="ip", actor=f"HumanUser {tomas['id']}")

    assert (answer.status_code, answer.headers["Location"]) == (303, task)
    assert record(sandbox, task)["sg_status_list"] == "ip"
    (event,) = sandbox.shotgun.events(before)
    assert (event["attribute_name"], event["user"]["id"]) == ("sg_status_list", tomas["id"])
    assert shotgun.form(task)["actor"] == f"HumanUser {tomas['id']}"


def test_form_that_nobody_changed_changes_nothing(
    sandbox: Sandbox, shotgun: Browser, task: str
) -> None:
    busy = f"/detail/Task/{sandbox.production.tasks['Rig Pip']['id']}"
    before = sandbox.shotgun.last_event_id
    for page in (task, busy):
        assert shotgun.send(page).status_code == 303

    assert sandbox.shotgun.last_event_id == before


def test_every_kind_of_value_is_written_as_it_is_shown(
    sandbox: Sandbox, shotgun: Browser, task: str
) -> None:
    mira, tomas = (one.shotgun for one in sandbox.production.people[:2])
    asset = sandbox.production.assets["Pip"]
    changes = {
        "task_assignees": f"HumanUser {mira['id']}; HumanUser {tomas['id']} (Tomás)",
        "entity": f"Asset {asset['id']} (Pip)",
        "due_date": "2030-01-02",
        "est_in_mins": "90",
        "sg_sync_in_jira": "true",
        "sg_description": "Two\r\nlines",
        "sg_jira_url": "https://jira.example/browse/A-1",
    }
    assert shotgun.send(task, **changes).status_code == 303

    shown = record(sandbox, task)
    assert [one["id"] for one in shown["task_assignees"]] == [mira["id"], tomas["id"]]
    assert shown["entity"] == asset
    assert (shown["due_date"], shown["est_in_mins"], shown["sg_sync_in_jira"]) == (
        "2030-01-02", 90, True,
    )  # fmt: skip
    assert shown["sg_description"] == "Two\nlines"
    assert shown["sg_jira_url"]["url"] == "https://jira.example/browse/A-1"
    assert shotgun.send(task, task_assignees="", due_date="").status_code == 303
    assert (record(sandbox, task)["task_assignees"], record(sandbox, task)["due_date"]) == (
        [],
        None,
    )


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("entity", "Pip", "write it like"),
        ("entity", "Asset 99999", "does not exist"),
        ("est_in_mins", "long", "write it like"),
        ("sg_status_list", "odd", "not legal"),
        ("content", "", "required"),
    ],
)
def test_value_that_cannot_be_is_refused_and_the_form_keeps_it(
    sandbox: Sandbox, shotgun: Browser, task: str, field: str, text: str, reason: str
) -> None:
    before = record(sandbox, task)
    answer = shotgun.send(task, **{field: text, "sg_description": "Typed"})

    assert answer.status_code == 400
    assert reason in html.unescape(answer.text)
    assert record(sandbox, task) == before
    assert "Typed" in answer.text


def test_record_is_created_retired_and_revived(sandbox: Sandbox, shotgun: Browser) -> None:
    project = sandbox.production.project["id"]
    made = shotgun.send("/new/Asset", code="Kite", project=f"Project {project}")
    page = made.headers["Location"]
    assert record(sandbox, page)["code"] == "Kite"

    shotgun.send(page, action="retire")
    assert not is_living(sandbox, page)
    assert page in shotgun.read("/?type=Asset&retired=1")
    shotgun.send(page, action="revive")
    assert is_living(sandbox, page)
    assert shotgun.send("/new/Asset", code="Kite").status_code == 400
    assert shotgun.send(page, action="explode").status_code == 400


def test_note_is_written_on_a_task_and_answered(
    sandbox: Sandbox, shotgun: Browser, task: str
) -> None:
    link = re.search(r'href="(/new/Note[^"]+)"', shotgun.read(task))
    assert link is not None
    made = shotgun.send(html.unescape(link[1]), content="Look here")
    page = made.headers["Location"]
    assert record(sandbox, page)["tasks"][0]["id"] == int(task.rpartition("/")[2])

    shotgun.send(page, action="reply", content=_NASTY)
    text = shotgun.read(page)
    assert "<script" not in text
    assert _NASTY in html.unescape(text)


def test_issues_are_listed_by_project_and_lead_to_their_pages(
    sandbox: Sandbox, jira: Browser, issue: str
) -> None:
    text = jira.read("/")
    assert f'href="{issue}"' in text
    assert "<script" not in text + jira.read(issue)
    assert "There are none" not in jira.read("/?project=LAN")
    for path in ("/browse/LAN-99999", "/new/LAN/Dragon", "/new/XYZ/Task"):
        assert "Not possible" in jira.read(path, 404)


def test_issue_is_edited_in_the_name_of_who_was_chosen(
    sandbox: Sandbox, jira: Browser, issue: str
) -> None:
    tomas = sandbox.production.people[1].jira
    assert tomas is not None
    changes = {
        "summary": "Sharpen pencils",
        "description": "Two\r\nlines",
        "assignee": tomas.handle,
        "labels": "b a",
        "priority": "High",
        "duedate": "2030-01-02",
        "timetracking": "1d 2h",
        sandbox.jira.field("Sync In FPTR").id: "True",
    }
    answer = jira.send(issue, actor=tomas.id, **changes)

    assert (answer.status_code, answer.headers["Location"]) == (303, issue)
    shown = fields(sandbox, issue)
    assert (shown["summary"], shown["description"]) == ("Sharpen pencils", "Two\nlines")
    assert shown["assignee"]["displayName"] == tomas.display_name
    assert (shown["labels"], shown["duedate"]) == (["a", "b"], "2030-01-02")
    assert (shown["priority"]["name"], shown["timetracking"]["originalEstimate"]) == (
        "High",
        "1d 2h",
    )
    assert shown[sandbox.jira.field("Sync In FPTR").id]["value"] == "True"
    assert f"<td>{tomas.display_name}</td>" in jira.read(issue)
    assert jira.send(issue, assignee="", labels="", duedate="").status_code == 303
    cleared = fields(sandbox, issue)
    assert (cleared["assignee"], cleared["labels"], cleared["duedate"]) == (None, [], None)


def test_nobody_edits_in_the_name_of_the_bridge_whose_edits_are_not_synced(
    sandbox: Sandbox, jira: Browser, issue: str
) -> None:
    producer = sandbox.production.producer.jira
    assert producer is not None
    assert jira.form(issue)["actor"] == producer.id

    jira.send(issue, actor=sandbox.account.id, summary="Whose edit?")
    assert f"<td>{sandbox.account.display_name}</td>" not in jira.read(issue)
    assert f"<td>{producer.display_name}</td>" in jira.read(issue)


def test_form_of_an_issue_that_nobody_changed_changes_nothing(
    sandbox: Sandbox, jira: Browser, issue: str
) -> None:
    jira.send(issue, timetracking="2h", labels="a b")
    before = fields(sandbox, issue)
    jira.send(issue)

    assert fields(sandbox, issue) == before


def test_issue_value_that_cannot_be_is_refused_with_jiras_reason(
    sandbox: Sandbox, jira: Browser, issue: str
) -> None:
    for change in ({"summary": ""}, {"duedate": "soon"}, {"timetracking": "ages"}):
        answer = jira.send(issue, **change)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
    assert fields(sandbox, issue)["summary"] == _NASTY


def test_issue_is_created_moved_discussed_and_deleted(sandbox: Sandbox, jira: Browser) -> None:
    made = jira.send("/new/LAN/Bug", summary="Tail falls off")
    page = made.headers["Location"]
    key = page.rpartition("/")[2]
    assert fields(sandbox, page)["issuetype"]["name"] == "Bug"
    assert jira.send("/new/LAN/Bug").status_code == 400

    jira.send(page, action="move", text="In Progress")
    assert fields(sandbox, page)["status"]["name"] == "In Progress"
    assert jira.send(page, action="move", text="Nowhere").status_code == 400
    jira.send(page, action="comment", text="First")
    (comment,) = sandbox.jira.comments(key)
    jira.send(page, action="edit comment", id=comment["id"], text="Second")
    assert sandbox.jira.comments(key)[0]["body"] == "Second"
    jira.send(page, action="delete comment", id=comment["id"])
    jira.send(page, action="log work", spent="1h 30m", text="Filing")
    (worklog,) = sandbox.jira.worklogs(key)
    assert (worklog["timeSpentSeconds"], worklog["comment"]) == (5400, "Filing")
    jira.send(page, action="delete worklog", id=worklog["id"])
    assert (sandbox.jira.comments(key), sandbox.jira.worklogs(key)) == ([], [])
    assert jira.send(page, action="explode").status_code == 400

    assert jira.send(page, action="delete").headers["Location"] == "/"
    jira.read(page, 404)


def _sites(sandbox: Sandbox, task: str, issue: str) -> list[tuple[Browser, str]]:
    return [(Browser(sandbox.shotgun.url), task), (Browser(sandbox.jira.url), issue)]


@pytest.mark.parametrize("token", [None, "", "wrong", "wröng"])
def test_forms_of_other_sites_are_refused(
    sandbox: Sandbox, task: str, issue: str, token: str | None
) -> None:
    for browser, page in _sites(sandbox, task, issue):
        data = {**browser.form(page), "action": "retire", "token": token}
        answer = browser.session.post(f"{browser.address}{page}", data=data)
        browser.session.close()
        assert answer.status_code == 403
    assert is_living(sandbox, task)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.1.2.3", "[", ""])
def test_edits_under_another_machines_name_are_refused(
    sandbox: Sandbox, task: str, issue: str, host: str
) -> None:
    for browser, page in _sites(sandbox, task, issue):
        data = browser.form(page)
        answer = browser.session.post(
            f"{browser.address}{page}", data=data, headers={"Host": host}, allow_redirects=False
        )
        browser.session.close()
        assert answer.status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "[::1]:80", "127.0.0.2:1"])
def test_edits_under_names_of_this_machine_are_taken(
    shotgun: Browser, task: str, host: str
) -> None:
    answer = shotgun.session.post(
        f"{shotgun.address}{task}",
        data=shotgun.form(task),
        headers={"Host": host},
        allow_redirects=False,
    )

    assert answer.status_code == 303


def test_pages_need_nothing_from_elsewhere_and_run_no_script(
    sandbox: Sandbox, task: str, issue: str
) -> None:
    for browser, page in _sites(sandbox, task, issue):
        answer = browser.session.get(f"{browser.address}{page}")
        browser.session.close()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "script" not in answer.headers["Content-Security-Policy"]
        assert "://" not in re.sub(r'(placeholder|value)="[^"]*"|<td>[^<]*</td>', "", answer.text)


def test_pages_are_neither_calls_nor_troubled(sandbox: Sandbox, shotgun: Browser) -> None:
    sandbox.forget_calls()
    fault = sandbox.shotgun.controls.faults.add(Fault(FaultKind.STATUS, times=None))
    shotgun.read("/")
    sandbox.shotgun.controls.faults.remove(fault)

    assert sandbox.shotgun.controls.calls.count() == 0
