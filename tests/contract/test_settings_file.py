"""Reading a settings file, and opening a bridge from it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import ShotgunSite

GOOD: dict[str, Any] = {
    "LOGGING": None,
    "SHOTGUN": {
        "site": "https://studio.shotgrid.test",
        "script_name": "sg_jira",
        "script_key": "script key",
        "http_proxy": None,
    },
    "JIRA": {"site": "https://jira.studio.test", "user": "sg-jira", "secret": "open sesame"},
    "SYNC": {"default": {"syncer": "sg_jira.TaskIssueSyncer"}},
}


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here."""
    return "cloud"


def without(section: str, *keys: str) -> dict[str, Any]:
    kept = {key: value for key, value in GOOD[section].items() if key not in keys}
    return {**GOOD, section: kept}


@pytest.fixture
def settings_file(tmp_path: Path) -> Callable[..., str]:
    """Writes a settings file with these names; what is `...` is left out."""

    def write(names: dict[str, Any], name: str = "studio_settings.py", extra: str = "") -> str:
        path = tmp_path / name
        lines = [f"{key} = {value!r}" for key, value in names.items() if value is not ...]
        path.write_text("\n".join([extra, *lines]), encoding="utf-8")
        return str(path)

    return write


def test_the_four_parts_come_back_in_order(settings_file: Callable[..., str]) -> None:
    names = {**GOOD, "LOGGING": {"version": 1}}

    assert Bridge.read_settings(settings_file(names)) == (
        {"version": 1},
        GOOD["SHOTGUN"],
        GOOD["JIRA"],
        GOOD["SYNC"],
    )


def test_logging_may_be_left_out(settings_file: Callable[..., str]) -> None:
    assert Bridge.read_settings(settings_file({**GOOD, "LOGGING": ...}))[0] is None


def test_other_names_and_keys_are_ignored(settings_file: Callable[..., str]) -> None:
    names = {**GOOD, "OTHER": 1, "JIRA": {**GOOD["JIRA"], "colour": "red"}}

    assert Bridge.read_settings(settings_file(names))[3] == GOOD["SYNC"]


def test_names_of_entries_may_have_any_characters(settings_file: Callable[..., str]) -> None:
    names = {**GOOD, "SYNC": {"Überall & 全部": GOOD["SYNC"]["default"]}}

    assert list(Bridge.read_settings(settings_file(names))[3]) == ["Überall & 全部"]


@pytest.mark.parametrize(
    ("names", "mentioned"),
    [
        ({**GOOD, "SHOTGUN": ...}, ["SHOTGUN"]),
        ({**GOOD, "SHOTGUN": {}}, ["SHOTGUN"]),
        (without("SHOTGUN", "site"), ["site"]),
        (without("SHOTGUN", "script_name", "script_key"), ["script_name", "script_key"]),
        ({**GOOD, "SHOTGUN": {**GOOD["SHOTGUN"], "script_key": ""}}, ["script_key"]),
        ({**GOOD, "JIRA": ...}, ["JIRA"]),
        ({**GOOD, "JIRA": {}}, ["JIRA"]),
        (without("JIRA", "site", "secret"), ["site", "secret"]),
        ({**GOOD, "JIRA": {**GOOD["JIRA"], "secret": None}}, ["secret"]),
        ({**GOOD, "SYNC": ...}, ["SYNC"]),
        ({**GOOD, "SYNC": {}}, ["SYNC"]),
    ],
)
def test_missing_settings_are_all_named_with_their_file(
    settings_file: Callable[..., str], names: dict[str, Any], mentioned: list[str]
) -> None:
    path = settings_file(names)

    with pytest.raises(ValueError, match="studio_settings") as caught:
        Bridge.read_settings(path)
    assert all(word in str(caught.value) for word in mentioned)


def test_a_path_that_does_not_exist_is_a_value_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Bridge.read_settings(str(tmp_path / "nowhere.py"))


def test_a_name_that_does_not_end_in_py_is_a_value_error(
    settings_file: Callable[..., str],
) -> None:
    with pytest.raises(ValueError, match=r"settings\.txt"):
        Bridge.read_settings(settings_file(GOOD, "settings.txt"))


def test_a_missing_file_is_reported_before_its_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.txt"):
        Bridge.read_settings(str(tmp_path / "nowhere.txt"))


def test_a_file_that_raises_is_an_import_error_with_module_and_message(
    settings_file: Callable[..., str],
) -> None:
    path = settings_file(GOOD, extra="raise KeyError('SGJIRA_SECRET_SAUCE')")

    with pytest.raises(ImportError, match="studio_settings") as caught:
        Bridge.read_settings(path)
    assert "SGJIRA_SECRET_SAUCE" in str(caught.value)


def test_the_file_runs_under_its_stem_and_is_not_left_in_sys_modules(
    settings_file: Callable[..., str],
) -> None:
    path = settings_file({**GOOD, "JIRA": ...}, extra="JIRA = {'site': __name__, 'secret': 'x'}")

    assert Bridge.read_settings(path)[2]["site"] == "studio_settings"
    assert "studio_settings" not in sys.modules


def test_a_bridge_opens_from_a_settings_file(
    settings_file: Callable[..., str], fptr: ShotgunSite, jira: JiraStore
) -> None:
    names = {**GOOD, "SYNC": {"one": GOOD["SYNC"]["default"], "two": GOOD["SYNC"]["default"]}}

    bridge = Bridge.get_bridge(settings_file(names))

    assert isinstance(bridge, Bridge)
    assert list(bridge.sync_settings_names) == ["one", "two"]


def test_logging_settings_are_applied(
    settings_file: Callable[..., str], fptr: ShotgunSite, jira: JiraStore
) -> None:
    logger = logging.getLogger("studio.noisy")
    names = {
        **GOOD,
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "loggers": {"studio.noisy": {"level": "ERROR"}},
        },
    }

    Bridge.get_bridge(settings_file(names))

    assert logger.level == logging.ERROR


def test_the_proxy_reaches_the_shotgun_client(
    settings_file: Callable[..., str], fptr: ShotgunSite, jira: JiraStore
) -> None:
    names = {**GOOD, "SHOTGUN": {**GOOD["SHOTGUN"], "http_proxy": "proxy:8080"}}

    Bridge.get_bridge(settings_file(names))

    assert fptr.logins[0]["kwargs"]["http_proxy"] == "proxy:8080"


@pytest.mark.parametrize("user", [None, "", "None", ...])
def test_without_a_user_the_secret_is_a_personal_access_token(
    settings_file: Callable[..., str], fptr: ShotgunSite, jira: JiraStore, user: Any
) -> None:
    names = without("JIRA", "user")
    if user is not ...:
        names["JIRA"] = {**names["JIRA"], "user": user}

    Bridge.get_bridge(settings_file(names))

    assert jira.logins[0][1]["token_auth"] == "open sesame"
    assert "basic_auth" not in jira.logins[0][1]


def test_with_a_user_the_secret_is_its_password(
    settings_file: Callable[..., str], fptr: ShotgunSite, jira: JiraStore
) -> None:
    Bridge.get_bridge(settings_file(GOOD))

    assert jira.logins[0][1]["basic_auth"] == ("sg-jira", "open sesame")
    assert "token_auth" not in jira.logins[0][1]
    assert jira.logins[0][0][0] == "https://jira.studio.test"


def test_a_failure_to_open_is_logged_and_raised_as_it_is(
    settings_file: Callable[..., str],
    fptr: ShotgunSite,
    jira: JiraStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = ConnectionRefusedError("nobody home")
    jira.calls.fail("fields", error)

    with pytest.raises(ConnectionRefusedError) as caught:
        Bridge.get_bridge(settings_file(GOOD))

    assert caught.value is error
    assert any(
        "nobody home" in record.getMessage() + (record.exc_text or "")
        for record in (caplog.records)
    )
