"""What the FPTR session does at a real site, and how many calls it takes."""

from __future__ import annotations

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import shotgun_api3

from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.shotgun import ShotgunSite
from sg_jira.shotgun_session import ShotgunSession


def calls(fptr: ShotgunSite) -> dict[str, int]:
    return dict(fptr.controls.calls.by_endpoint())


@pytest.fixture
def asset(fptr: ShotgunSite) -> dict[str, Any]:
    ann = fptr.acting_as(fptr.add_person("ann", "Ann", "ann@studio.test"))
    project = ann.create("Project", {"name": "Film"})
    asset = ann.create("Asset", {"code": "Hat", "project": project})
    fptr.controls.calls.clear()
    return {"type": "Asset", "id": asset["id"], "project": project}


def test_a_start_knows_the_script_user_and_what_projects_need(shotgun: ShotgunSession) -> None:
    shotgun.setup()

    assert shotgun.current_user is not None
    assert shotgun.current_user["firstname"] == "bridge"


def test_another_thread_connects_without_a_call(fptr: ShotgunSite, shotgun: ShotgunSession) -> None:
    shotgun.setup()
    fptr.controls.calls.clear()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(shotgun.for_another_thread).result(10)
        threads.submit(other.setup).result(10)

    assert other.current_user == shotgun.current_user
    assert not calls(fptr)
    other.close()


def test_missing_fields_of_an_entity_are_read_in_one_query(
    fptr: ShotgunSite, shotgun: ShotgunSession, asset: dict[str, Any]
) -> None:
    shotgun.is_project_entity("Asset")
    fptr.controls.calls.clear()

    found = shotgun.consolidate_entity({"type": "Asset", "id": asset["id"], "name": "?"}, ["tags"])

    assert found is not None
    assert (found["name"], found["code"], found["tags"]) == ("Hat", "Hat", [])
    assert sum(calls(fptr).values()) == 1
    assert shotgun.consolidate_entity({"type": "Asset", "id": 999}) is None


def test_an_entity_is_matched_by_name_within_its_project(
    shotgun: ShotgunSession, asset: dict[str, Any]
) -> None:
    found = shotgun.match_entity_by_name("hat", ["HumanUser", "Asset"], asset["project"])

    assert found is not None
    assert (found["type"], found["id"]) == ("Asset", asset["id"])
    elsewhere = {"type": "Project", "id": asset["project"]["id"] + 1}
    assert shotgun.match_entity_by_name("hat", ["Asset"], elsewhere) is None


def test_what_the_bridge_needs_is_checked_against_the_schema(shotgun: ShotgunSession) -> None:
    shotgun.assert_entity_type("Task")
    shotgun.assert_field("Task", "sg_jira_key", "text", check_unique=True)
    with pytest.raises(RuntimeError, match="no entity type 'Tsk'"):
        shotgun.assert_entity_type("Tsk")
    with pytest.raises(RuntimeError, match=r"no field Task\.sg_no"):
        shotgun.assert_field("Task", "sg_no", "text")
    with pytest.raises(RuntimeError, match="type 'text' but must be 'checkbox'"):
        shotgun.assert_field("Task", "content", "checkbox")
    with pytest.raises(RuntimeError, match="unique"):
        shotgun.assert_field("Task", "content", "text", check_unique=True)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_failed_call_is_not_sent_again(
    fptr: ShotgunSite, shotgun: ShotgunSession, asset: dict[str, Any], status: int
) -> None:
    fptr.controls.faults.add(Fault(FaultKind.STATUS, status=status))

    with pytest.raises(shotgun_api3.ProtocolError):
        shotgun.create("Asset", {"code": "Coat", "project": asset["project"]})

    assert sum(calls(fptr).values()) == 1
    assert fptr.records("Asset", code="Coat") == []


@pytest.mark.parametrize("is_first_call", [False, True])
def test_a_creation_whose_answer_is_lost_is_not_sent_again(
    fptr: ShotgunSite, shotgun: ShotgunSession, asset: dict[str, Any], is_first_call: bool
) -> None:
    if is_first_call:
        shotgun.close()
    fptr.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="create*"))

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        shotgun.create("Asset", {"code": "Coat", "project": asset["project"]})

    assert len(fptr.records("Asset", code="Coat")) == 1
    assert shotgun.find_one("Asset", [["code", "is", "Coat"]]) is not None


def test_a_connection_that_the_site_closed_meanwhile_is_opened_again(
    fptr: ShotgunSite, shotgun: ShotgunSession, asset: dict[str, Any]
) -> None:
    (connection,) = shotgun._connection.connections.values()
    connection.sock.shutdown(socket.SHUT_RDWR)

    assert shotgun.create("Asset", {"code": "Coat", "project": asset["project"]})
    assert len(fptr.records("Asset", code="Coat")) == 1


def test_a_person_is_read_once_and_again_after_a_reset(
    fptr: ShotgunSite, shotgun: ShotgunSession
) -> None:
    ada = fptr.add_person("ada", "Ada", "ada@studio.example")
    nobody = {"type": "HumanUser", "id": 4711}
    before = calls(fptr).get("find HumanUser", 0)

    seen = [shotgun.consolidate_entity(dict(ada)) for _ in range(3)]
    assert [person and person["email"] for person in seen] == ["ada@studio.example"] * 3
    assert calls(fptr)["find HumanUser"] == before + 1

    # Somebody who is missing may be there the next time.
    assert [shotgun.consolidate_entity(dict(nobody)) for _ in range(2)] == [None, None]
    assert calls(fptr)["find HumanUser"] == before + 3

    shotgun.clear_cached_field_schema()
    shotgun.consolidate_entity(dict(ada))
    assert calls(fptr)["find HumanUser"] == before + 4


def test_a_user_is_looked_for_once_by_what_jira_knows_and_somebody_unknown_each_time(
    fptr: ShotgunSite, shotgun: ShotgunSession
) -> None:
    ada = fptr.add_person("ada", "Ada", "ada@studio.example")
    before = calls(fptr).get("find HumanUser", 0)

    found = [shotgun.find_person("email", "ada@studio.example") for _ in range(3)]
    assert [person and person["id"] for person in found] == [ada["id"]] * 3
    assert calls(fptr)["find HumanUser"] == before + 1
    assert [shotgun.find_person("email", "bo@studio.example") for _ in range(2)] == [None, None]
    assert calls(fptr)["find HumanUser"] == before + 3


def test_a_refused_write_lets_the_schema_be_read_anew(
    fptr: ShotgunSite, shotgun: ShotgunSession, asset: dict[str, Any]
) -> None:
    shotgun.get_field_schema("Asset", "code")
    with pytest.raises(shotgun_api3.Fault):
        shotgun.update("Asset", asset["id"], {"sg_nothing": "x"})

    shotgun.get_field_schema("Asset", "code")
    assert calls(fptr)["schema_field_read Asset"] == 2


def test_an_entity_type_that_was_missing_is_looked_for_again(
    fptr: ShotgunSite, shotgun: ShotgunSession
) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match="CustomEntity77"):
            shotgun.assert_entity_type("CustomEntity77")

    assert calls(fptr)["schema_entity_read"] == 2
