"""The studio that the contract tests play: both sites in memory, and a bridge between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3.lib import mockgun

from sg_jira.bridge import Bridge
from sg_jira.jira_session import JiraSession
from sg_jira.syncer import Syncer
from tests.doubles.jira_double import jira_double
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite
from tests.doubles.shotgun_schema import write_schema_files

SCRIPT_NAME = "sg_jira"
SYNC_SETTINGS = {
    "default": {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_type": "Task"}}
}


@pytest.fixture(params=["cloud", "server"])
def flavour(request: pytest.FixtureRequest) -> Any:
    """The two kinds of Jira; they differ in how people are named."""
    return request.param


@pytest.fixture(scope="session")
def _schema_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    schema, entities = write_schema_files(tmp_path_factory.mktemp("schema"))
    mockgun.Shotgun.set_schema_paths(str(schema), str(entities))


@pytest.fixture
def fptr(_schema_files: None, monkeypatch: pytest.MonkeyPatch) -> ShotgunSite:
    """An FPTR site that every `shotgun_api3.Shotgun` connects to, with the bridge's script user."""
    site = ShotgunSite()
    site.add("ApiUser", firstname="another_script", name="another_script")
    site.add("ApiUser", firstname=SCRIPT_NAME, name=SCRIPT_NAME)
    monkeypatch.setattr(shotgun_api3, "Shotgun", site.client_class)
    return site


@pytest.fixture
def install_jira() -> Iterator[Callable[..., None]]:
    """Puts a double under the Jira session, as studios do."""
    bases = JiraSession.__bases__

    def install(store: JiraStore, **options: Any) -> None:
        JiraSession.__bases__ = (jira_double(store, **options),)

    yield install
    JiraSession.__bases__ = bases


@pytest.fixture
def jira(flavour: Any, install_jira: Callable[..., None]) -> JiraStore:
    """A Jira site with one project that every `JiraSession` connects to."""
    store = JiraStore(flavour)
    store.add_project("PROJ", "Test Project")
    install_jira(store)
    return store


@pytest.fixture
def jira_session(jira: JiraStore) -> JiraSession:
    """A Jira session ready for use, without a bridge."""
    session = JiraSession(
        "https://jira.studio.test", basic_auth=("bridge@studio.test", "open sesame")
    )
    session.setup()
    return session


@pytest.fixture
def make_bridge(fptr: ShotgunSite, jira: JiraStore) -> Callable[..., Bridge]:
    """Makes a bridge between the two sites with the given `SYNC` settings."""

    def make(sync: dict[str, Any] | None = None, user: str | None = "sg-jira") -> Bridge:
        return Bridge(
            fptr.url,
            SCRIPT_NAME,
            "script key",
            "https://jira.studio.test",
            user,
            "open sesame",
            sync_settings=SYNC_SETTINGS if sync is None else sync,
        )

    return make


@pytest.fixture
def bridge(make_bridge: Callable[..., Bridge]) -> Bridge:
    """A bridge with one entry, `default`, for Tasks."""
    return make_bridge()


@pytest.fixture
def syncer(bridge: Bridge) -> Syncer:
    """The Task syncer of the bridge."""
    return bridge.get_syncer("default")


@pytest.fixture
def project(fptr: ShotgunSite) -> Entity:
    """An FPTR project that is linked to the Jira project."""
    return fptr.add("Project", name="Test Project", sg_jira_key="PROJ")


class Person:
    """Somebody known on both sites, by the same e-mail."""

    def __init__(self, fptr: ShotgunSite, jira: JiraStore, name: str, email: str) -> None:
        self.email = email
        self.jira = jira.add_person(name, email)
        account = self.jira.get("accountId")
        self.fptr = fptr.add(
            "HumanUser", name=name, login=email, email=email, sg_jira_account_id=account
        )
        self.value = jira.user_value(self.jira)
        self.id = jira.user_id(self.jira)


@pytest.fixture
def ann(fptr: ShotgunSite, jira: JiraStore) -> Person:
    """Ann, who works on both sites."""
    return Person(fptr, jira, "Ann Lee", "ann@studio.test")


@pytest.fixture
def bob(fptr: ShotgunSite, jira: JiraStore) -> Person:
    """Bob, who works on both sites."""
    return Person(fptr, jira, "Bob Ray", "bob@studio.test")


@pytest.fixture
def task(fptr: ShotgunSite, project: Entity, ann: Person) -> Entity:
    """A Task with the sync flag on that Jira does not know yet."""
    return fptr.add(
        "Task", content="Fur", project=project, created_by=ann.fptr, sg_sync_in_jira=True
    )


@pytest.fixture
def issue_key(jira: JiraStore, fptr: ShotgunSite, task: Entity) -> str:
    """The key of the Issue that the Task is linked to; asking for it links them."""
    key = jira.add_linked_issue(task, summary="Fur")
    fptr.change(task, sg_jira_key=key)
    return key


@pytest.fixture
def synced_task(task: Entity, issue_key: str) -> Entity:
    """A Task that is linked to an Issue, flag on."""
    return task


@pytest.fixture
def note(fptr: ShotgunSite, project: Entity, synced_task: Entity, ann: Person) -> Entity:
    """A Note on the synced Task that Jira does not know yet."""
    return fptr.add(
        "Note",
        subject="Ann's Note",
        content="More fur",
        user=ann.fptr,
        created_by=ann.fptr,
        project=project,
        tasks=[synced_task],
    )


@pytest.fixture
def comment_id(jira: JiraStore, fptr: ShotgunSite, note: Entity, issue_key: str) -> str:
    """The id of the Comment that the Note is linked to; asking for it links them."""
    number = jira.add_comment(issue_key, "old words", author=jira.myself)
    fptr.change(note, sg_jira_key=f"{issue_key}/{number}")
    return number


@pytest.fixture
def tmp_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Writes a Python module into a folder that can be imported from."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write
