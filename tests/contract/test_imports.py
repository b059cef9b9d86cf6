"""What studios import, and where they put their own doubles."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import jira.client
import pytest

import sg_jira
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import ShotgunSite

NAMES = {
    "sg_jira": [
        "Bridge",
        "Syncer",
        "TaskIssueSyncer",
        "EntitiesGenericSyncer",
        "JiraHook",
        "JiraSession",
    ],
    "sg_jira.bridge": ["Bridge"],
    "sg_jira.syncer": ["Syncer"],
    "sg_jira.task_issue_syncer": ["TaskIssueSyncer"],
    "sg_jira.entities_generic_syncer": ["EntitiesGenericSyncer"],
    "sg_jira.hook": ["JiraHook"],
    "sg_jira.errors": ["InvalidSyncValue", "InvalidShotgunValue", "InvalidJiraValue"],
    "sg_jira.jira_session": ["JiraSession"],
    "sg_jira.shotgun_session": ["ShotgunSession"],
    "sg_jira.handlers": [
        "SyncHandler",
        "EntityIssueHandler",
        "TaskIssueHandler",
        "NoteCommentHandler",
        "EnableSyncingHandler",
        "EntitiesGenericHandler",
    ],
    "sg_jira.handlers.entities_generic_handler": ["EntitiesGenericHandler"],
    "sg_jira.handlers.sync_handler": ["SyncHandler"],
    "sg_jira.handlers.entity_issue_handler": ["EntityIssueHandler"],
    "sg_jira.handlers.task_issue_handler": ["TaskIssueHandler"],
    "sg_jira.handlers.note_comment_handler": ["NoteCommentHandler", "COMMENT_BODY_TEMPLATE"],
    "sg_jira.handlers.enable_syncing_handler": ["EnableSyncingHandler"],
}
BASES = [
    ("sg_jira.bridge", "Bridge", object),
    ("sg_jira.syncer", "Syncer", object),
    ("sg_jira.shotgun_session", "ShotgunSession", object),
    ("sg_jira.handlers", "SyncHandler", object),
    ("sg_jira.hook", "JiraHook", object),
    ("sg_jira.jira_session", "JiraSession", jira.client.JIRA),
    ("sg_jira.task_issue_syncer", "TaskIssueSyncer", "sg_jira.syncer.Syncer"),
    ("sg_jira", "EntitiesGenericSyncer", "sg_jira.syncer.Syncer"),
    ("sg_jira.handlers", "EntitiesGenericHandler", "sg_jira.handlers.SyncHandler"),
    ("sg_jira.handlers", "EntityIssueHandler", "sg_jira.handlers.SyncHandler"),
    ("sg_jira.handlers", "NoteCommentHandler", "sg_jira.handlers.SyncHandler"),
    ("sg_jira.handlers", "EnableSyncingHandler", "sg_jira.handlers.SyncHandler"),
    ("sg_jira.handlers", "TaskIssueHandler", "sg_jira.handlers.EntityIssueHandler"),
    ("sg_jira.errors", "InvalidSyncValue", ValueError),
    ("sg_jira.errors", "InvalidShotgunValue", "sg_jira.errors.InvalidSyncValue"),
    ("sg_jira.errors", "InvalidJiraValue", "sg_jira.errors.InvalidSyncValue"),
]


def named(path: str) -> Any:
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names]
)
def test_studios_can_import_this_name(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    "module", [name for name in [*NAMES, "sg_jira.constants"] if name != "sg_jira"]
)
def test_importing_the_package_alone_makes_this_module_reachable_for_patching(module: str) -> None:
    found: Any = sg_jira
    for part in module.split(".")[1:]:
        found = getattr(found, part)

    assert found is importlib.import_module(module)


@pytest.mark.parametrize(("module", "name", "base"), BASES)
def test_a_class_has_the_base_that_studios_expect(module: str, name: str, base: Any) -> None:
    wanted = named(base) if isinstance(base, str) else base

    assert issubclass(named(f"{module}.{name}"), wanted)


def test_the_jira_session_has_the_real_client_as_its_only_base() -> None:
    assert sg_jira.JiraSession.__bases__ == (jira.client.JIRA,)


def test_a_class_exported_twice_is_one_class() -> None:
    assert sg_jira.Bridge is named("sg_jira.bridge.Bridge")
    assert sg_jira.JiraSession is named("sg_jira.jira_session.JiraSession")
    assert named("sg_jira.handlers.TaskIssueHandler") is named(
        "sg_jira.handlers.task_issue_handler.TaskIssueHandler"
    )


def test_the_hook_class_lives_in_the_hook_module() -> None:
    assert sg_jira.JiraHook.__module__ == "sg_jira.hook"


def test_the_jira_session_leaves_room_for_another_base() -> None:
    session = sg_jira.JiraSession

    assert type(session) is type
    assert "__slots__" not in vars(session)


def test_a_replaced_jira_base_leaves_nothing_of_the_real_client(jira_session: Any) -> None:
    assert not isinstance(jira_session, jira.client.JIRA)
    for name in ("_session", "_get_json", "_version", "_is_cloud", "_options"):
        assert not hasattr(jira_session, name)


def test_the_shotgun_client_class_is_looked_up_when_a_session_is_made(fptr: ShotgunSite) -> None:
    session = sg_jira.shotgun_session.ShotgunSession(fptr.url, script_name="sg_jira")

    assert type(session._shotgun) is fptr.client_class


def test_the_flavour_property_is_asked_on_the_class(
    syncer: Any, jira: JiraStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in (True, False):
        monkeypatch.setattr(
            "sg_jira.jira_session.JiraSession.is_jira_cloud", property(lambda _, a=answer: a)
        )
        assert syncer.jira.is_jira_cloud is answer


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_importing_the_bridge_sets_up_a_plain_log_format() -> None:
    result = run_python(
        "import sg_jira.bridge, logging\nlogging.getLogger('studio').warning('hello')\n"
    )

    assert result.stderr.strip() == "WARNING:studio:hello"


@pytest.mark.parametrize("module", ["shotgun_api3", "jira"])
def test_a_missing_client_is_named_when_the_package_is_imported(module: str) -> None:
    result = run_python(
        f"import sys\nsys.modules[{module!r}] = None\n"
        "try:\n    import sg_jira\n"
        "except RuntimeError as error:\n    print(error)\n"
    )

    assert module in result.stdout, result.stderr


def test_an_old_jira_client_is_refused_at_import() -> None:
    result = run_python(
        "import jira, importlib.metadata\n"
        "jira.__version__ = '3.4.1'\n"
        "importlib.metadata.version = lambda name: '3.4.1'\n"
        "try:\n    import sg_jira.jira_session\n"
        "except ImportError as error:\n    print('refused:', error)\n"
    )

    assert result.stdout.startswith("refused:"), result.stderr
