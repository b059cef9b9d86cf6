"""A running FPTR site, people and scripts of it, and clients that are logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
import shotgun_api3

from sg_jira.sandbox.shotgun import Actor, Entity, ShotgunSite
from tests.integration.receivers import Receiver

Connect = Callable[..., shotgun_api3.Shotgun]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 15, 12, 0, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(clock: Clock) -> Iterator[ShotgunSite]:
    site = ShotgunSite(clock=clock)
    site.start()
    yield site
    site.stop()


@pytest.fixture
def script(site: ShotgunSite) -> Entity:
    return site.add_script("pipeline", "key-of-pipeline")


@pytest.fixture
def connect(site: ShotgunSite) -> Iterator[Connect]:
    """Opens clients, which are closed in the end."""
    clients = []

    def connect(**credentials: str) -> shotgun_api3.Shotgun:
        client = shotgun_api3.Shotgun(site.url, **credentials)
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def sg(connect: Connect, script: Entity) -> shotgun_api3.Shotgun:
    return connect(script_name="pipeline", api_key="key-of-pipeline")


@pytest.fixture
def jane(site: ShotgunSite) -> Entity:
    return site.add_person("jane", "Jane Doe", "jane@studio.example", password="secret-of-jane")


@pytest.fixture
def omar(site: ShotgunSite) -> Entity:
    return site.add_person("omar", "Omar Haddad", "omar@studio.example")


@pytest.fixture
def as_jane(site: ShotgunSite, jane: Entity) -> Actor:
    return site.acting_as(jane, session_uuid="session-of-jane")


@pytest.fixture
def project(as_jane: Actor) -> Entity:
    record = as_jane.create("Project", {"name": "Big Film"})
    return {"type": "Project", "id": record["id"], "name": "Big Film"}


@pytest.fixture
def asset(as_jane: Actor, project: Entity) -> Entity:
    record = as_jane.create("Asset", {"code": "Dragon", "project": project})
    return {"type": "Asset", "id": record["id"], "name": "Dragon"}


@pytest.fixture
def task(as_jane: Actor, project: Entity, asset: Entity) -> Entity:
    data = {"content": "Rig", "project": project, "entity": asset}
    return {"type": "Task", "id": as_jane.create("Task", data)["id"], "name": "Rig"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


class Rest:
    """A client of the REST API that keeps its token."""

    def __init__(self, site: ShotgunSite) -> None:
        self._root = f"{site.url}/api/v1.1"
        self.session = requests.Session()

    def token(self, **form: str) -> requests.Response:
        return self.session.post(f"{self._root}/auth/access_token", data=form)

    def log_in(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.token(
            grant_type="client_credentials", client_id="pipeline", client_secret="key-of-pipeline"
        ).json()
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return answer

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self._root}/{path}", **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.call("GET", path, params=params)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def anyone(site: ShotgunSite, script: Entity) -> Iterator[Rest]:
    rest = Rest(site)
    yield rest
    rest.session.close()


@pytest.fixture
def rest(anyone: Rest) -> Rest:
    anyone.log_in()
    return anyone


def error(answer: requests.Response) -> dict[str, Any]:
    """The one error of an answer."""
    (found,) = answer.json()["errors"]
    assert set(found) == {"id", "status", "code", "title", "source", "detail", "meta"}
    assert found["status"] == answer.status_code
    return dict(found)
