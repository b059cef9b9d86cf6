"""Files that the real client uploads and downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import shotgun_api3

from sg_jira.sandbox.shotgun import Actor, Entity, ShotgunFault, ShotgunSite

#: The client leaves the files and connections of its uploads to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
PLATE = b"\x89PNG" + bytes(range(256)) * 9


@pytest.fixture
def plate(tmp_path: Path) -> str:
    path = tmp_path / "plate.png"
    path.write_bytes(PLATE)
    return str(path)


@pytest.fixture
def note(as_jane: Actor, project: Entity, task: Entity) -> Entity:
    data = {"subject": "Edge", "content": "Too soft", "project": project, "tasks": [task]}
    return {"type": "Note", "id": as_jane.create("Note", data)["id"], "name": "Edge"}


@pytest.fixture(params=[False, True], ids=["on_the_site", "elsewhere"])
def sg(request: pytest.FixtureRequest, site: ShotgunSite, connect: Any, script: Entity) -> Any:
    """A client of a site that keeps its files itself, and of one that keeps them elsewhere."""
    site.files.elsewhere = request.param
    client = connect(script_name="pipeline", api_key="key-of-pipeline")
    client.get_auth_cookie_handler = lambda: without_port(type(client), client)
    return client


def without_port(kind: Any, client: Any) -> Any:
    """The client's own handler; it would send its session to sites without a port only."""
    handler = kind.get_auth_cookie_handler(client)
    (cookie,) = handler.cookiejar
    handler.cookiejar.clear()
    cookie.domain = cookie.domain.partition(":")[0]
    handler.cookiejar.set_cookie(cookie)
    return handler


def file_of(sg: Any, number: int) -> Any:
    fields = ["this_file", "display_name", "file_size", "filename", "attachment_links"]
    return sg.find_one("Attachment", [["id", "is", number]], fields)


def test_an_uploaded_file_is_an_attachment_of_the_note(sg, note, plate):
    number = sg.upload("Note", note["id"], plate, field_name="attachments")

    found = file_of(sg, number)
    assert (found["display_name"], found["file_size"]) == ("plate.png", len(PLATE))
    assert found["this_file"]["link_type"] == "upload"
    assert found["this_file"]["content_type"] == "image/png"
    linked = sg.find_one("Note", [["id", "is", note["id"]]], ["attachments"])["attachments"]
    assert linked == [{"type": "Attachment", "id": number, "name": "plate.png"}]


def test_the_event_log_tells_that_the_note_got_an_attachment(site, sg, note, plate):
    before = site.last_event_id

    number = sg.upload("Note", note["id"], plate, field_name="attachments")

    (event,) = [one for one in site.events(before) if one["attribute_name"] == "attachments"]
    assert event["event_type"] == "Shotgun_Note_Change"
    assert event["entity"] == note
    assert [(one["type"], one["id"]) for one in event["meta"]["added"]] == [("Attachment", number)]
    assert event["meta"]["removed"] == []


def test_a_file_taken_off_a_note_is_told_as_removed(site, sg, as_jane, note, plate):
    number = sg.upload("Note", note["id"], plate, field_name="attachments")
    before = site.last_event_id

    as_jane.update("Note", note["id"], {"attachments": []})

    (event,) = [one for one in site.events(before) if one["attribute_name"] == "attachments"]
    assert [one["id"] for one in event["meta"]["removed"]] == [number]


def test_a_file_without_a_field_is_linked_to_the_record(sg, task, plate):
    number = sg.upload("Task", task["id"], plate, display_name="The plate")

    found = file_of(sg, number)
    assert found["attachment_links"] == [task]
    assert (found["display_name"], found["filename"]) == ("The plate", "plate.png")


def test_a_file_field_holds_the_uploaded_file(sg, as_jane, project, plate):
    asset = as_jane.create("Asset", {"code": "Dragon", "project": project})

    number = sg.upload("Asset", asset["id"], plate, field_name="sg_jira_url")

    held = sg.find_one("Asset", [["id", "is", asset["id"]]], ["sg_jira_url"])
    assert held["sg_jira_url"] == file_of(sg, number)["this_file"]


def test_what_was_uploaded_is_downloaded(sg, note, plate, tmp_path):
    number = sg.upload("Note", note["id"], plate, field_name="attachments")

    into = sg.download_attachment(file_of(sg, number)["this_file"], str(tmp_path / "back.png"))

    assert Path(into).read_bytes() == PLATE


def test_a_large_file_goes_to_the_storage_in_parts(site, sg, note, plate, monkeypatch):
    monkeypatch.setattr(sg, "_MULTIPART_UPLOAD_CHUNK_SIZE", 1000)

    number = sg.upload("Note", note["id"], plate, field_name="attachments")

    assert file_of(sg, number)["file_size"] == len(PLATE)
    assert sg.download_attachment(file_of(sg, number)["this_file"]) == PLATE
    puts = [one for one in site.files.media.requests if one.method == "PUT"]
    assert len(puts) == (3 if site.files.elsewhere else 0)


def test_a_record_that_takes_no_files_is_refused(sg, script, plate):
    with pytest.raises(shotgun_api3.ShotgunError, match="not a valid entity type"):
        sg.upload("ApiUser", script["id"], plate)


def test_a_field_that_takes_no_files_is_refused(sg, note, plate):
    with pytest.raises(shotgun_api3.ShotgunError, match="takes no uploaded files"):
        sg.upload("Note", note["id"], plate, field_name="subject")


def test_a_task_takes_no_files_until_the_field_of_attachments_allows_it(clock, project):
    site = ShotgunSite(clock=clock, bridge_fields=False)
    jane = site.acting_as(site.add_person("jane", "Jane Doe", "jane@studio.example"))
    made = jane.create("Project", {"name": "Big Film"})
    film = {"type": "Project", "id": made["id"]}
    task = jane.create("Task", {"content": "Rig", "project": film})

    with pytest.raises(ShotgunFault, match="Task is not a valid entity type"):
        jane.upload("Task", task["id"], "plate.png", PLATE)


def test_a_download_without_login_leads_to_the_login_page(site, as_jane, note):
    number = as_jane.upload("Note", note["id"], "plate.png", PLATE, "attachments")["id"]

    answer = requests.get(f"{site.url}/file_serve/attachment/{number}", allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/user/login")


def test_a_link_to_another_site_is_no_file(sg, as_jane, note):
    link = as_jane.attach_link("Note", note["id"], "Reel", "https://video.example/1", "attachments")

    assert file_of(sg, link["id"])["this_file"]["link_type"] == "web"
    with pytest.raises(shotgun_api3.ShotgunFileDownloadError, match="local file"):
        sg.download_attachment({"type": "Attachment", "id": link["id"]})
