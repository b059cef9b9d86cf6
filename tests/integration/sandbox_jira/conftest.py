"""Running Jira sites of both flavours, with two people, a project and a client logged in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraActor, JiraSite, Person
from tests.integration.receivers import Receiver


class Clock:
    """A clock that goes on by a second whenever it is asked, and can be moved."""

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 15, 12, 0, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def move(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def running(flavour: Flavour, clock: Clock) -> Iterator[JiraSite]:
    site = JiraSite(flavour, clock=clock, threads=4)
    site.add_person("Ann Lee", "ann@studio.test")
    site.add_person("The Bridge", "bridge@studio.test", login="sync.bot")
    site.add_project("ABC", "Alphabet", components=["Rig", "Anim"], versions=["v1", "v2"])
    site.start()
    yield site
    site.stop()


@pytest.fixture(params=list(Flavour), ids=lambda flavour: flavour.value)
def site(request: pytest.FixtureRequest, clock: Clock) -> Iterator[JiraSite]:
    yield from running(request.param, clock)


@pytest.fixture
def cloud(clock: Clock) -> Iterator[JiraSite]:
    yield from running(Flavour.CLOUD, clock)


@pytest.fixture
def datacenter(clock: Clock) -> Iterator[JiraSite]:
    yield from running(Flavour.DATA_CENTER, clock)


def person(site: JiraSite, email: str) -> Person:
    found = site.find_person(email)
    assert found is not None
    return found


def ann(site: JiraSite) -> Person:
    return person(site, "ann@studio.test")


def log_in(site: JiraSite, email: str = "bridge@studio.test") -> jira.JIRA:
    known = site.credentials(person(site, email))
    return jira.JIRA(site.url, basic_auth=(known.user, known.secret), max_retries=0)


def acting(site: JiraSite, email: str = "ann@studio.test") -> JiraActor:
    return site.acting_as(person(site, email))


@pytest.fixture
def client(site: JiraSite) -> jira.JIRA:
    return log_in(site)


@pytest.fixture
def task(site: JiraSite) -> str:
    """Key of a Task."""
    return acting(site).create_issue("ABC", "Task", summary="Model the tree")


def reasons(error: jira.JIRAError) -> dict[str, str]:
    """What a refusal says of single fields."""
    assert error.response is not None
    errors: dict[str, str] = error.response.json()["errors"]
    return errors


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def settle(site: JiraSite) -> None:
    """Waits until the site has sent its webhooks."""
    assert site.webhooks.wait_until_idle(timeout=10)
