"""Sessions on the real clients, connected to the sandbox over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jira.resources import Project

from sg_jira.jira_session import JiraSession
from sg_jira.sandbox.jira import Flavour, JiraSite, Person
from sg_jira.sandbox.shotgun import ShotgunSite
from sg_jira.shotgun_session import ShotgunSession


@pytest.fixture
def fptr() -> Iterator[ShotgunSite]:
    site = ShotgunSite()
    site.start()
    site.add_script("bridge", "script key")
    yield site
    site.stop()


@pytest.fixture
def shotgun(fptr: ShotgunSite) -> Iterator[ShotgunSession]:
    session = ShotgunSession(fptr.url, script_name="bridge", api_key="script key", http_proxy=None)
    yield session
    session.close()


@pytest.fixture(params=list(Flavour), ids=lambda flavour: flavour.value)
def site(request: pytest.FixtureRequest) -> Iterator[JiraSite]:
    site = JiraSite(request.param)
    site.start()
    site.add_project("PROJ", "Project")
    yield site
    site.stop()


@pytest.fixture
def ann(site: JiraSite) -> Person:
    site.add_person("Joann", "joann@studio.test")
    return site.add_person("Ann", "ann@studio.test")


@pytest.fixture
def jira(site: JiraSite) -> Iterator[JiraSession]:
    """A session that is set up; the site's call counters begin behind it."""
    login = site.credentials(site.add_person("Bridge", "bridge@studio.test"))
    session = JiraSession(site.url, basic_auth=(login.user, login.secret))
    session.setup()
    site.controls.calls.clear()
    yield session
    session.close()


@pytest.fixture
def project(jira: JiraSession, site: JiraSite) -> Project:
    found = jira.get_project_by_key("PROJ")
    assert found is not None
    site.controls.calls.clear()
    return found
