"""Files of both sites, through the sessions of the bridge."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from jira.exceptions import JIRAError

from sg_jira import file_transfer
from sg_jira.errors import FileElsewhere, FileTooLarge, FileUnavailable
from sg_jira.file_transfer import TransferRules
from sg_jira.jira_files import JiraFiles
from sg_jira.jira_session import JiraSession
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.jira import Flavour, JiraSite, Person
from sg_jira.sandbox.media import MediaHost
from sg_jira.sandbox.shotgun import Entity, ShotgunSite
from sg_jira.shotgun_files import ShotgunFile, ShotgunFiles
from sg_jira.shotgun_session import ShotgunSession
from sg_jira.site_calls import Pass, Site, recording

PLATE = b"\x89PNG" + bytes(range(256)) * 4
RULES = TransferRules(most_bytes=2000)
on_cloud = pytest.mark.parametrize("site", [Flavour.CLOUD], indirect=True)


def allowing(media: MediaHost) -> TransferRules:
    return TransferRules(2000, frozenset({media.url.removeprefix("http://")}))


def fetched(files: Any, file: Any) -> bytes:
    into = BytesIO()
    files.download(file, into)
    return into.getvalue()


# ---------------------------------------------------------------------- Jira


@pytest.fixture
def issue(site: JiraSite, ann: Person) -> str:
    return site.acting_as(ann).create_issue("PROJ", "Task", summary="Plate")


@pytest.fixture
def files(jira: JiraSession) -> JiraFiles:
    return JiraFiles(jira, RULES)


def test_a_file_is_attached_with_its_name_and_type(
    files: JiraFiles, site: JiraSite, issue: str
) -> None:
    added = files.attach(issue, BytesIO(PLATE), len(PLATE), "Entwurf für A.exr", "image/x-exr")

    (shown,) = site.attachments(issue)
    assert (shown["id"], shown["filename"]) == (added.id, "Entwurf für A.exr")
    assert (shown["mimeType"], added.content_type) == ("image/x-exr", "image/x-exr")
    assert site.attached(added.id) == PLATE


def test_attached_files_are_listed_and_fetched_by_two_calls(
    files: JiraFiles, site: JiraSite, ann: Person, issue: str
) -> None:
    site.acting_as(ann).attach(issue, "a b#1.png", PLATE)
    site.controls.calls.clear()

    (file,) = files.of_issue(issue)

    assert (file.name, file.size, file.author["displayName"]) == ("a b#1.png", len(PLATE), "Ann")
    assert fetched(files, file) == PLATE
    assert site.controls.calls.count() == 2
    assert site.media.requests == []


def test_jiras_own_limit_is_told_as_such(files: JiraFiles, site: JiraSite, issue: str) -> None:
    site.limit_attachments(100)

    with pytest.raises(FileTooLarge, match="Jira does not allow"):
        files.attach(issue, BytesIO(PLATE), len(PLATE), "plate.png", "image/png")


def test_a_refused_attachment_is_told_as_the_client_tells_it(
    files: JiraFiles, site: JiraSite, issue: str
) -> None:
    site.limit_attachments(None)

    with pytest.raises(JIRAError, match="disabled") as caught:
        files.attach(issue, BytesIO(PLATE), len(PLATE), "plate.png", "image/png")
    assert caught.value.status_code == 404


def test_a_key_that_is_none_reaches_nothing(files: JiraFiles, site: JiraSite) -> None:
    with pytest.raises(JIRAError):
        files.attach("PROJ-1/../../x", BytesIO(PLATE), len(PLATE), "plate.png", "image/png")
    assert site.controls.calls.count() == 0


def test_a_deleted_attachment_is_not_available(
    files: JiraFiles, site: JiraSite, ann: Person, issue: str
) -> None:
    number = site.acting_as(ann).attach(issue, "plate.png", PLATE)
    (file,) = files.of_issue(issue)
    site.acting_as(ann).delete_attachment(number)

    with pytest.raises(FileUnavailable, match="Jira has it no more"):
        fetched(files, file)


@pytest.fixture
def led_away(site: JiraSite, ann: Person, issue: str) -> JiraSite:
    """A Cloud site that leads every download to its media host; Data Center has none."""
    site.limit_attachments(10**6, always_redirects=True)
    site.acting_as(ann).attach(issue, "plate.png", PLATE)
    return site


@on_cloud
def test_a_redirect_of_jira_is_refused_and_nothing_is_sent_there(
    files: JiraFiles, led_away: JiraSite, issue: str
) -> None:
    (file,) = files.of_issue(issue)

    with pytest.raises(FileElsewhere, match="attachment_hosts"):
        fetched(files, file)
    assert led_away.media.requests == []


@on_cloud
def test_an_allowed_host_is_asked_without_jiras_login(
    jira: JiraSession, led_away: JiraSite, issue: str
) -> None:
    files = JiraFiles(jira, allowing(led_away.media))
    (file,) = files.of_issue(issue)

    assert fetched(files, file) == PLATE
    (request,) = led_away.media.requests
    assert not {"Authorization", "Cookie"} & set(request.headers)


def test_a_slow_download_of_jira_ends(
    files: JiraFiles, site: JiraSite, ann: Person, issue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.acting_as(ann).attach(issue, "plate.png", PLATE)
    (file,) = files.of_issue(issue)
    monkeypatch.setattr(file_transfer, "TOTAL", 0.3)
    site.controls.faults.add(Fault(FaultKind.DRIP, seconds=20))

    with pytest.raises(TimeoutError):
        fetched(files, file)


# ---------------------------------------------------------------------- FPTR


@pytest.fixture
def note(fptr: ShotgunSite) -> Entity:
    jane = fptr.acting_as(fptr.add_person("jane", "Jane Doe", "jane@studio.test"))
    project = jane.create("Project", {"name": "Big Film"})
    link = {"type": "Project", "id": project["id"]}
    made = jane.create("Note", {"project": link, "subject": "Edge", "content": "Soft"})
    return {"type": "Note", "id": made["id"]}


@pytest.fixture
def sg_files(shotgun: ShotgunSession) -> ShotgunFiles:
    return ShotgunFiles(shotgun, RULES)


def attached(fptr: ShotgunSite, note: Entity, name: str = "plate.png") -> int:
    """A file that somebody attaches to the Note."""
    (jane,) = fptr.records("HumanUser")
    made = fptr.acting_as(jane).upload("Note", note["id"], name, PLATE, "attachments")
    return int(made["id"])


def test_a_file_is_uploaded_into_a_field_with_its_name_and_type(
    sg_files: ShotgunFiles, fptr: ShotgunSite, note: Entity
) -> None:
    number = sg_files.upload(
        note, "attachments", BytesIO(PLATE), len(PLATE), "Entwurf für A.exr", "image/x-exr"
    )

    made = fptr.record("Attachment", number)
    assert (made["display_name"], made["file_size"]) == ("Entwurf für A.exr", len(PLATE))
    assert made["this_file"]["content_type"] == "image/x-exr"
    assert fptr.files.content(number)[1].content == PLATE
    assert [one["id"] for one in fptr.record("Note", note["id"])["attachments"]] == [number]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_upload_goes_to_the_site_itself(
    sg_files: ShotgunFiles, fptr: ShotgunSite, note: Entity, elsewhere: bool
) -> None:
    fptr.files.elsewhere = elsewhere

    number = sg_files.upload(note, "attachments", BytesIO(PLATE), len(PLATE), "a.png", "image/png")

    assert sg_files.is_own(sg_files.read([number])[0])
    assert fptr.files.media.requests == []


def test_files_are_read_and_fetched(
    sg_files: ShotgunFiles, fptr: ShotgunSite, note: Entity
) -> None:
    number = attached(fptr, note, "plate.png")
    fptr.controls.calls.clear()

    (file,) = sg_files.read([number])

    assert (file.name, file.size, file.content_type) == ("plate.png", len(PLATE), "image/png")
    assert not sg_files.is_own(file)
    assert fetched(sg_files, file) == PLATE
    assert dict(fptr.controls.calls.by_endpoint()) == {
        "find Attachment": 1,
        "get_session_token": 1,
        "GET /file_serve/attachment/{}": 1,
    }


def test_the_client_goes_on_with_its_own_login_after_a_download(
    sg_files: ShotgunFiles, shotgun: ShotgunSession, fptr: ShotgunSite, note: Entity
) -> None:
    (file,) = sg_files.read([attached(fptr, note)])
    fetched(sg_files, file)

    assert shotgun.config.session_token is None
    assert shotgun.find_one("Note", [["id", "is", note["id"]]])


def test_a_storage_host_is_refused_and_nothing_is_sent_there(
    sg_files: ShotgunFiles, fptr: ShotgunSite, note: Entity
) -> None:
    fptr.files.elsewhere = True
    (file,) = sg_files.read([attached(fptr, note)])

    with pytest.raises(FileElsewhere, match="attachment_hosts"):
        fetched(sg_files, file)
    assert fptr.files.media.requests == []


def test_an_allowed_storage_host_is_asked_without_fptrs_login(
    shotgun: ShotgunSession, fptr: ShotgunSite, note: Entity
) -> None:
    fptr.files.elsewhere = True
    files = ShotgunFiles(shotgun, allowing(fptr.files.media))
    (file,) = files.read([attached(fptr, note)])

    assert fetched(files, file) == PLATE
    (request,) = fptr.files.media.requests
    assert not {"Authorization", "Cookie"} & set(request.headers)


def test_a_link_is_no_file_and_nobody_is_asked(
    sg_files: ShotgunFiles, fptr: ShotgunSite, note: Entity
) -> None:
    (jane,) = fptr.records("HumanUser")
    link = fptr.acting_as(jane).attach_link(
        "Note", note["id"], "Reel", "http://169.254.169.254/x", "attachments"
    )
    (file,) = sg_files.read([link["id"]])
    fptr.controls.calls.clear()

    with pytest.raises(FileUnavailable, match="link"):
        fetched(sg_files, file)
    assert fptr.controls.calls.count() == 0


def test_a_file_that_is_too_large_is_not_asked_for(
    shotgun: ShotgunSession, fptr: ShotgunSite, note: Entity
) -> None:
    files = ShotgunFiles(shotgun, TransferRules(100))
    (file,) = files.read([attached(fptr, note)])
    fptr.controls.calls.clear()

    with pytest.raises(FileTooLarge):
        fetched(files, file)
    assert fptr.controls.calls.count() == 0


def test_a_file_of_unknown_size_is_given_up_when_it_is_too_large(
    shotgun: ShotgunSession, fptr: ShotgunSite, note: Entity
) -> None:
    files = ShotgunFiles(shotgun, TransferRules(100))
    (file,) = files.read([attached(fptr, note)])
    unknown = ShotgunFile(file.id, file.name, None, file.content_type, "upload", None)

    with pytest.raises(FileTooLarge):
        fetched(files, unknown)


@pytest.mark.parametrize(("status", "error"), [(410, FileUnavailable), (409, Exception)])
def test_a_file_in_quarantine_is_not_available_and_one_in_inspection_comes_later(
    sg_files: ShotgunFiles, fptr: ShotgunSite, note: Entity, status: int, error: type[Exception]
) -> None:
    (file,) = sg_files.read([attached(fptr, note)])
    fptr.controls.faults.add(
        Fault(FaultKind.STATUS, endpoint="GET /file_serve/*", status=status, message="scanning")
    )

    with pytest.raises(error) as caught:
        fetched(sg_files, file)
    assert getattr(caught.value, "errcode", 410) == status


def test_a_refused_upload_says_why(sg_files: ShotgunFiles, note: Entity) -> None:
    with pytest.raises(Exception, match="takes no uploaded files") as caught:
        sg_files.upload(note, "subject", BytesIO(PLATE), len(PLATE), "a.png", "image/png")
    assert type(caught.value).__name__ == "Fault"


def test_transfers_count_as_calls_of_their_records(sg_files: ShotgunFiles, note: Entity) -> None:
    with recording(Pass()) as record:
        sg_files.upload(note, "attachments", BytesIO(PLATE), len(PLATE), "a.png", "image/png")

    assert record.count(Site.SHOTGUN) == 1
    assert [call.target for call in record.written] == [f"Note:{note['id']}"]
