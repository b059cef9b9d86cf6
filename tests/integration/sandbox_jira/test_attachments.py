"""Files on issues, as the real client attaches and downloads them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import jira
import pytest
import requests

from sg_jira.sandbox.jira import Flavour, JiraSite
from tests.integration.sandbox_jira.conftest import Receiver, acting, ann, log_in, settle

PLATE = b"\x89PNG" + bytes(range(256))


def test_an_attached_file_is_shown_with_its_issue(site: JiraSite, client: jira.JIRA, task: str):
    added = client.add_attachment(task, BytesIO(PLATE), filename="plate.png")

    (shown,) = client.issue(task).fields.attachment
    assert (shown.id, shown.filename, shown.size) == (added.id, "plate.png", len(PLATE))
    assert shown.mimeType == "image/png"
    assert shown.author.displayName == "The Bridge"
    assert client.attachment(added.id).filename == "plate.png"


def test_a_file_attached_by_its_path_comes_back(client: jira.JIRA, task: str, tmp_path: Path):
    path = tmp_path / "plate.png"
    path.write_bytes(PLATE)

    added = client.add_attachment(task, str(path))

    assert client.attachment(added.id).get() == PLATE
    assert b"".join(client.attachment(added.id).iter_content()) == PLATE


def test_clouds_download_leads_to_another_host_which_gets_no_login(cloud: JiraSite):
    key = acting(cloud).create_issue("ABC", "Task", summary="Plate")
    number = acting(cloud).attach(key, "plate.png", PLATE)

    assert log_in(cloud).attachment(number).get() == PLATE

    (request,) = cloud.media.requests
    assert "Authorization" not in request.headers


def test_clouds_download_stays_on_the_site_when_no_redirect_is_wanted(cloud: JiraSite):
    key = acting(cloud).create_issue("ABC", "Task", summary="Plate")
    number = acting(cloud).attach(key, "plate.png", PLATE)
    known = cloud.credentials(ann(cloud))

    def download() -> requests.Response:
        return requests.get(
            f"{cloud.url}/rest/api/2/attachment/content/{number}",
            params={"redirect": "false"},
            auth=(known.user, known.secret),
            allow_redirects=False,
            timeout=10,
        )

    answer = download()
    assert (answer.status_code, answer.content) == (200, PLATE)
    assert answer.headers["Content-Type"] == "image/png"

    cloud.limit_attachments(1000, always_redirects=True)
    assert download().status_code == 303
    assert cloud.media.requests == []


def test_the_content_is_not_for_strangers(site: JiraSite, task: str):
    number = acting(site).attach(task, "plate.png", PLATE)
    (shown,) = site.attachments(task)

    assert requests.get(shown["content"], timeout=10).status_code == 401
    assert site.attached(number) == PLATE


def test_a_file_needs_the_header_that_guards_forms(site: JiraSite, task: str):
    known = site.credentials(ann(site))
    url = f"{site.url}/rest/api/2/issue/{task}/attachments"
    files = {"file": ("plate.png", PLATE)}

    answer = requests.post(url, files=files, auth=(known.user, known.secret), timeout=10)

    assert answer.status_code == 403
    assert site.attachments(task) == []


def test_a_file_above_the_sites_limit_is_refused(site: JiraSite, client: jira.JIRA, task: str):
    site.limit_attachments(100)

    assert client.attachment_meta() == {"enabled": True, "uploadLimit": 100}
    with pytest.raises(jira.JIRAError) as caught:
        client.add_attachment(task, BytesIO(PLATE), filename="plate.png")
    assert caught.value.status_code == 413
    assert site.attachments(task) == []


def test_a_site_may_take_no_attachments_at_all(site: JiraSite, client: jira.JIRA, task: str):
    site.limit_attachments(None)

    assert client.attachment_meta()["enabled"] is False
    with pytest.raises(jira.JIRAError) as caught:
        client.add_attachment(task, BytesIO(PLATE), filename="plate.png")
    assert caught.value.status_code == 404


def test_a_deleted_attachment_is_gone(site: JiraSite, client: jira.JIRA, task: str):
    number = acting(site).attach(task, "plate.png", PLATE)

    client.delete_attachment(number)

    assert site.attachments(task) == []
    with pytest.raises(jira.JIRAError) as caught:
        client.attachment(number)
    assert caught.value.status_code == 404


def test_webhooks_tell_of_attachments_that_come_and_go(
    site: JiraSite, task: str, receiver: Receiver
):
    site.webhooks.add(f"{receiver.url}/${{issue.key}}")

    number = acting(site).attach(task, "plate.png", PLATE)
    acting(site).delete_attachment(number)
    settle(site)

    items = [body["changelog"]["items"] for body in receiver.bodies("jira:issue_updated")]
    there = {"field": "Attachment", "fieldtype": "jira"}
    if site.flavour.is_cloud:
        there["fieldId"] = "attachment"
    nothing = {"from": None, "fromString": None, "to": None, "toString": None}
    assert items == [
        [{**there, **nothing, "to": number, "toString": "plate.png"}],
        [{**there, **nothing, "from": number, "fromString": "plate.png"}],
    ]
    assert receiver.events.count("attachment_created") == 1
    assert receiver.events.count("attachment_deleted") == 1
    assert "issue" not in receiver.bodies("attachment_created")[0]


def test_the_pages_of_the_other_flavour_are_not_there(site: JiraSite, client: jira.JIRA, task: str):
    number = acting(site).attach(task, "plate.png", PLATE)
    cloud = site.flavour is Flavour.CLOUD
    path = f"secure/attachment/{number}/x" if cloud else f"rest/api/2/attachment/content/{number}"

    with pytest.raises(jira.JIRAError) as caught:
        client._session.get(f"{site.url}/{path}")
    assert caught.value.status_code == 404
