"""A file is copied once and only if it may be, whatever fails, is repeated or is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from sg_jira.bridge import Bridge
from sg_jira.copies import InMemoryCopies
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.opening import open_store
from sg_jira.outcomes import Skip
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.pairs import Pair, create_task

#: Where the kind of Jira makes no difference.
on_cloud = pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
PLATE = b"\x89PNG" + bytes(range(256)) * 8
OTHER = bytes(reversed(PLATE))
MEGABYTE = 2**20
Connect = Callable[..., Bridge]


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Connect]:
    """Makes bridges, each of which knows of nothing that another one did."""
    made = []

    def connect(sync_attachments: str | None = "both_way", **settings: Any) -> Bridge:
        access = sandbox.bridge_settings()
        entry = {
            "syncer": "sg_jira.TaskIssueSyncer",
            "settings": {"sync_attachments": sync_attachments, **settings},
        }
        bridge = Bridge(
            access.sg_site,
            access.sg_script_name,
            access.sg_script_key,
            access.jira_site,
            access.jira_user,
            access.jira_secret,
            sync_settings={"default": entry},
        )
        made.append(bridge)
        return bridge

    yield connect
    for bridge in made:
        bridge.close()


@pytest.fixture
def pair(sandbox: Sandbox, connect: Connect) -> Pair:
    """A synced Task with one synced Note."""
    pair = create_task(sandbox, "Comb the fur", sg_sync_in_jira=True)
    note = {"subject": "Fur", "content": "Shorter.", "tasks": [pair.link]}
    pair.in_fptr().create("Note", {"project": sandbox.production.project, **note})
    bridge = connect()
    assert turn_on(bridge, pair)
    sandbox.forget_calls()
    return pair


@pytest.fixture
def note(pair: Pair) -> int:
    (found,) = pair.sandbox.shotgun.records("Note", tasks=[pair.link])
    return int(found["id"])


def turn_on(bridge: Bridge, pair: Pair) -> Any:
    """The Task's flag is turned on, which syncs everything of it."""
    meta = {"type": "attribute_change", "attribute_name": "sg_sync_in_jira", "new_value": True}
    event = {"meta": meta, "project": pair.sandbox.production.project}
    return bridge.sync_in_jira("default", "Task", pair.id, event)


def attach_to_note(pair: Pair, note: int, name: str = "plate.png", content: bytes = PLATE) -> int:
    return int(pair.in_fptr().upload("Note", note, name, content, "attachments")["id"])


def tell_note(bridge: Bridge, pair: Pair, note: int, number: int) -> Any:
    """The event of a Note that got this Attachment."""
    added = [{"type": "Attachment", "id": number}]
    meta = {"type": "attribute_change", "attribute_name": "attachments", "added": added}
    event = {"meta": {**meta, "removed": []}, "project": pair.sandbox.production.project}
    return bridge.sync_in_jira("default", "Note", note, event)


def tell_issue(bridge: Bridge, pair: Pair, number: str, **issue: Any) -> Any:
    """The event of an Issue that got this attachment."""
    item = {"field": "Attachment", "fieldId": "attachment", "to": number, "toString": "x"}
    body = {
        "webhookEvent": "jira:issue_updated",
        "issue": {**pair.sandbox.jira.issue(pair.key), **issue},
        "changelog": {"id": "1", "items": [{**item, "from": None}]},
    }
    return bridge.sync_in_shotgun("default", "issue", pair.key, body)


def on_issue(pair: Pair) -> list[bytes]:
    jira = pair.sandbox.jira
    return [jira.attached(one["id"]) for one in jira.attachments(pair.key)]


def on_record(pair: Pair) -> list[bytes]:
    fptr = pair.sandbox.shotgun
    files = [one for one in fptr.records("Attachment") if one["attachment_links"]]
    return [fptr.files.content(one["id"])[1].content for one in files]


def reason(bridge: Bridge) -> Skip:
    skip = bridge.last_skip()
    assert skip is not None
    return skip.reason


# ---------------------------------------------------------------------- calls


def test_a_file_of_a_note_costs_what_it_has_to(pair: Pair, note: int, connect: Connect) -> None:
    bridge = connect()
    number = attach_to_note(pair, note)
    assert tell_note(bridge, pair, note, number)  # reads schemas and so on
    second = attach_to_note(pair, note, "second.png", OTHER)
    pair.sandbox.forget_calls()

    assert tell_note(bridge, pair, note, second)

    calls = pair.sandbox.bridge_calls()
    assert dict(calls.jira) == {
        "GET issue/{key}/comment/{id}": 1,
        "GET issue/{key}": 1,
        "POST issue/{key}/attachments": 1,
        "PUT issue/{key}/comment/{id}": 1,
    }
    assert dict(calls.shotgun) == {
        "find Note": 1,
        "find Task": 1,
        "find Attachment": 1,
        "get_session_token": 1,
        "GET /file_serve/attachment/{}": 1,
    }


def test_a_file_of_an_issue_costs_what_it_has_to(pair: Pair, connect: Connect) -> None:
    bridge = connect()
    tell_issue(bridge, pair, pair.in_jira().attach(pair.key, "first.png", OTHER))
    number = pair.in_jira().attach(pair.key, "plate.png", PLATE)
    pair.sandbox.forget_calls()

    assert tell_issue(bridge, pair, number)

    calls = pair.sandbox.bridge_calls()
    assert sum(calls.jira.values()) == 2
    assert dict(calls.shotgun) == {
        "find Task": 1,
        "find Attachment": 1,
        "POST /upload/upload_file": 1,
    }


def test_an_event_that_is_told_again_moves_nothing(pair: Pair, note: int, connect: Connect) -> None:
    bridge = connect()
    number = attach_to_note(pair, note)
    other = pair.in_jira().attach(pair.key, "sketch.png", OTHER)
    tell_note(bridge, pair, note, number)
    tell_issue(bridge, pair, other)
    pair.sandbox.forget_calls()

    assert tell_note(bridge, pair, note, number)
    assert tell_issue(bridge, pair, other)

    assert sorted(on_issue(pair)) == sorted([PLATE, OTHER])
    assert on_record(pair) == [OTHER]
    calls = {**pair.sandbox.bridge_calls().jira, **pair.sandbox.bridge_calls().shotgun}
    assert not [call for call in calls if "attachment" in call.lower() or "upload" in call]


# ---------------------------------------------------------------------- once


def test_a_lost_answer_of_jira_makes_no_second_copy(
    pair: Pair, note: int, connect: Connect
) -> None:
    bridge = connect()
    number = attach_to_note(pair, note)
    lost = Fault(FaultKind.LOST_ANSWER, endpoint="POST issue/{key}/attachments")
    pair.sandbox.jira.controls.faults.add(lost)

    with pytest.raises(requests.ConnectionError):
        tell_note(bridge, pair, note, number)
    assert tell_note(bridge, pair, note, number)

    assert on_issue(pair) == [PLATE]
    assert pair.comments[0]["body"].endswith("[^plate.png]")


def test_a_lost_answer_of_fptr_makes_no_second_copy(pair: Pair, connect: Connect) -> None:
    bridge = connect()
    number = pair.in_jira().attach(pair.key, "plate.png", PLATE)
    lost = Fault(FaultKind.LOST_ANSWER, endpoint="POST /upload/*")
    pair.sandbox.shotgun.controls.faults.add(lost)

    with pytest.raises(requests.ConnectionError):
        tell_issue(bridge, pair, number)
    assert tell_issue(bridge, pair, number)

    assert on_record(pair) == [PLATE]


class Killed(BaseException):
    """The process ends here."""


def test_a_kill_between_copy_and_memory_makes_no_second_copy(
    pair: Pair, note: int, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bridge_on_disk() -> Bridge:
        bridge = connect()
        store = open_store(tmp_path / "store.sqlite3")
        bridge.links = DurableLinks(store, lambda: datetime.now(timezone.utc), 60)
        return bridge

    def die(*_: Any) -> None:
        raise Killed

    first = bridge_on_disk()
    number = attach_to_note(pair, note)
    other = pair.in_jira().attach(pair.key, "sketch.png", OTHER)
    with monkeypatch.context() as patch:
        patch.setattr(type(first.links.copies), "remember", die)
        with pytest.raises(Killed):
            tell_note(first, pair, note, number)
        with pytest.raises(Killed):
            tell_issue(first, pair, other)

    second = bridge_on_disk()
    assert tell_note(second, pair, note, number)
    assert tell_issue(second, pair, other)
    assert sorted(on_issue(pair)) == sorted([PLATE, OTHER])
    assert on_record(pair) == [OTHER]


def test_a_bridge_that_has_forgotten_everything_finds_what_it_copied(
    pair: Pair, note: int, connect: Connect
) -> None:
    number = attach_to_note(pair, note)
    other = pair.in_jira().attach(pair.key, "sketch.png", OTHER)
    first = connect()
    tell_note(first, pair, note, number)
    tell_issue(first, pair, other)

    second = connect()
    assert tell_note(second, pair, note, number)
    assert tell_issue(second, pair, other)
    assert turn_on(second, pair)

    assert sorted(on_issue(pair)) == sorted([PLATE, OTHER])
    assert on_record(pair) == [OTHER]


@on_cloud
def test_two_files_that_look_alike_are_two_files(pair: Pair, note: int, connect: Connect) -> None:
    bridge = connect()
    for content in (PLATE, OTHER):
        tell_note(bridge, pair, note, attach_to_note(pair, note, "plate.png", content))

    assert on_issue(pair) == [PLATE, OTHER]


@on_cloud
@pytest.mark.parametrize("forgets", [False, True])
def test_what_came_from_the_other_site_does_not_go_back(
    pair: Pair, note: int, connect: Connect, forgets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if forgets:
        monkeypatch.setattr(InMemoryCopies, "remember", lambda *_: None)
    bridge = connect()
    number = pair.in_jira().attach(pair.key, "sketch.png", OTHER)
    (comment,) = pair.comments
    body = f"{comment['body']}!sketch.png!"
    update = {"webhookEvent": "comment_updated", "issue": {"key": pair.key}}
    told = {**update, "comment": {"id": comment["id"], "body": body}}

    assert bridge.sync_in_shotgun("default", "issue", pair.key, told)
    files = pair.sandbox.shotgun.record("Note", note)["attachments"]
    assert [file["name"] for file in files] == ["sketch.png"]

    assert tell_note(bridge, pair, note, files[0]["id"])
    assert turn_on(bridge, pair)
    assert on_issue(pair) == [OTHER]
    assert number in [one["id"] for one in pair.sandbox.jira.attachments(pair.key)]


# ---------------------------------------------------------------------- refused


@on_cloud
def test_no_files_travel_unless_that_is_set(pair: Pair, note: int, connect: Connect) -> None:
    bridge = connect(sync_attachments=None)
    number = attach_to_note(pair, note)
    pair.sandbox.forget_calls()

    assert not tell_note(bridge, pair, note, number)
    assert reason(bridge) is Skip.NO_HANDLER
    assert pair.sandbox.bridge_calls().totals[1] == 0
    assert not tell_issue(bridge, pair, pair.in_jira().attach(pair.key, "sketch.png", OTHER))
    assert reason(bridge) is Skip.NOTHING_TO_WRITE
    assert on_record(pair) == []


@on_cloud
@pytest.mark.parametrize("direction", ["sg_to_jira", "jira_to_sg"])
def test_files_may_travel_one_way_only(
    pair: Pair, note: int, connect: Connect, direction: str
) -> None:
    bridge = connect(sync_attachments=direction)

    tell_note(bridge, pair, note, attach_to_note(pair, note))
    tell_issue(bridge, pair, pair.in_jira().attach(pair.key, "sketch.png", OTHER))

    assert (PLATE in on_issue(pair)) is (direction == "sg_to_jira")
    assert (OTHER in on_record(pair)) is (direction == "jira_to_sg")


def test_a_file_above_the_limit_stays_and_the_others_come(
    pair: Pair, note: int, connect: Connect
) -> None:
    bridge = connect(attachment_limit_mb=(len(PLATE) + 1) / MEGABYTE)
    attach_to_note(pair, note, "large.png", PLATE * 2)
    number = attach_to_note(pair, note)
    pair.sandbox.forget_calls()

    assert not tell_note(bridge, pair, note, number)

    assert reason(bridge) is Skip.ATTACHMENT_TOO_LARGE
    assert "'large.png'" in str(bridge.last_skip())
    assert on_issue(pair) == [PLATE]
    assert pair.sandbox.bridge_calls().shotgun["GET /file_serve/attachment/{}"] == 1


def test_a_file_of_an_issue_above_the_limit_stays(pair: Pair, connect: Connect) -> None:
    bridge = connect(attachment_limit_mb=0.0001)

    assert not tell_issue(bridge, pair, pair.in_jira().attach(pair.key, "large.png", PLATE))
    assert reason(bridge) is Skip.ATTACHMENT_TOO_LARGE
    assert on_record(pair) == []


def test_a_file_above_jiras_own_limit_stays(pair: Pair, note: int, connect: Connect) -> None:
    bridge = connect()
    pair.sandbox.jira.limit_attachments(100)

    assert not tell_note(bridge, pair, note, attach_to_note(pair, note))
    assert reason(bridge) is Skip.ATTACHMENT_TOO_LARGE


@on_cloud
def test_a_link_and_an_empty_file_are_not_copied(pair: Pair, note: int, connect: Connect) -> None:
    bridge = connect()
    url = "http://169.254.169.254/latest"
    link = pair.in_fptr().attach_link("Note", note, "Reel", url, "attachments")

    assert not tell_note(bridge, pair, note, link["id"])
    assert reason(bridge) is Skip.ATTACHMENT_NOT_AVAILABLE
    assert not tell_issue(bridge, pair, pair.in_jira().attach(pair.key, "empty.txt", b""))
    assert reason(bridge) is Skip.ATTACHMENT_NOT_AVAILABLE
    assert (on_issue(pair), on_record(pair)) == ([b""], [])


def test_a_storage_host_is_refused_until_it_is_allowed_and_never_gets_a_login(
    pair: Pair, note: int, connect: Connect
) -> None:
    fptr = pair.sandbox.shotgun
    fptr.files.elsewhere = True
    number = attach_to_note(pair, note)
    host = fptr.files.media.url.removeprefix("http://")

    refusing = connect()
    assert not tell_note(refusing, pair, note, number)
    assert reason(refusing) is Skip.ATTACHMENT_ELSEWHERE
    assert f"add '{host}' to the setting attachment_hosts" in str(refusing.last_skip())
    assert fptr.files.media.requests == []

    assert tell_note(connect(attachment_hosts=[host]), pair, note, number)
    assert on_issue(pair) == [PLATE]
    (request,) = fptr.files.media.requests
    assert not {"Authorization", "Cookie"} & set(request.headers)


@on_cloud
def test_a_webhook_cannot_name_another_issue_whose_files_it_wants(
    pair: Pair, connect: Connect
) -> None:
    secret = pair.in_jira().create_issue(pair.sandbox.production.jira_key, "Task", summary="Secret")
    number = pair.in_jira().attach(secret, "salaries.xlsx", OTHER)
    bridge = connect()

    tell_issue(bridge, pair, number, id=pair.sandbox.jira.issue(secret)["id"])

    assert on_record(pair) == []
