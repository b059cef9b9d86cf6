"""What a settings file may say, and what the reader answers when it cannot be used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sg_jira.service_settings import ServiceSettings, read_service_settings
from sg_jira.settings import check_addresses, read_settings

GOOD = """
SHOTGUN = {"site": "https://fptr.test", "script_name": "bridge", "script_key": "k-e-y"}
JIRA = {"site": "https://jira.test", "user": "bot@studio.test", "secret": "s3cret"}
SYNC = {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}
"""


@pytest.fixture
def write(tmp_path):
    def _write(text: str, name: str = "studio_settings.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def test_a_good_file_is_read_into_typed_settings(write):
    settings = read_settings(write(GOOD))

    assert settings.shotgun.site == "https://fptr.test"
    assert settings.shotgun.script_name == "bridge"
    assert settings.shotgun.script_key.get_secret_value() == "k-e-y"
    assert settings.shotgun.http_proxy is None
    assert settings.jira.user == "bot@studio.test"
    assert settings.logging is None
    assert list(settings.sync) == ["default"]


def test_the_plain_objects_are_those_of_the_file(write):
    logging, shotgun, jira, sync = read_settings(write(GOOD + 'JIRA["extra"] = 1\n')).plain

    assert logging is None
    assert shotgun["script_key"] == "k-e-y"
    assert jira["extra"] == 1
    assert sync == {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}


def test_secrets_do_not_print(write):
    text = GOOD + 'SHOTGUN["http_proxy"] = "me:hidden@proxy.test:3128"\n'
    settings = read_settings(write(text))

    for shown in (repr(settings), str(settings)):
        assert not [secret for secret in ("k-e-y", "s3cret", "hidden") if secret in shown]
    assert settings.secrets == ("k-e-y", "s3cret")
    assert settings.shotgun.http_proxy == "me:hidden@proxy.test:3128"


@pytest.mark.parametrize("user", ["None", '""', '"None"'])
def test_these_users_mean_a_personal_access_token(write, user):
    assert read_settings(write(GOOD + f'JIRA["user"] = {user}\n')).jira.user is None


def test_a_missing_user_means_a_personal_access_token(write):
    assert read_settings(write(GOOD + 'del JIRA["user"]\n')).jira.user is None


def test_a_path_that_does_not_exist_is_a_value_error_naming_it(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.py does not exist"):
        read_settings(tmp_path / "nowhere.py")


def test_existence_is_checked_before_the_name(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        read_settings(tmp_path / "nowhere.cfg")


def test_a_file_that_is_not_python_is_a_value_error(write):
    with pytest.raises(ValueError, match=r"settings\.cfg is not a Python file"):
        read_settings(write(GOOD, "settings.cfg"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "division by zero"),
        ("def broken(:", "invalid syntax"),
        ("import no_such_module_of_a_studio", "no_such_module_of_a_studio"),
        ("import sys; sys.exit('leaving early')", "leaving early"),
    ],
)
def test_a_file_that_fails_is_an_import_error_with_module_and_reason(write, text, message):
    with pytest.raises(ImportError, match=message) as caught:
        read_settings(write(text))

    assert "'studio_settings'" in str(caught.value)
    assert "studio_settings.py" in str(caught.value)


@pytest.mark.parametrize("wrong", ["1 / 0", "x = (]", "import no_such_module", "helper()"])
def test_a_file_that_fails_names_its_line(write, wrong):
    text = f"def helper():\n    raise KeyError\n\n{wrong}\n"
    line = 2 if wrong == "helper()" else 4

    with pytest.raises(ImportError, match=rf"studio_settings\.py:{line}: module"):
        read_settings(write(text))


@pytest.mark.parametrize("site", ["studio.example.com", "https://", "ftp://x", "http://[", "//x/y"])
@pytest.mark.parametrize("name", ["SHOTGUN", "JIRA"])
def test_an_address_that_leads_nowhere_is_refused_without_being_shown(write, name, site):
    read = read_settings(write(GOOD + f"{name}['site'] = {site!r}\n"))

    with pytest.raises(ValueError, match=rf"studio_settings\.py: {name} must have") as caught:
        check_addresses(read)
    assert str(caught.value).endswith("the address of a site, like https://studio.example.com.")


def test_addresses_of_sites_are_good(write):
    check_addresses(read_settings(write(GOOD)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("del SHOTGUN", "SHOTGUN is missing or empty"),
        ("SHOTGUN = {}", "SHOTGUN is missing or empty"),
        ("SHOTGUN = ['site']", "SHOTGUN must be a dict, not list"),
        ("SHOTGUN['site'] = None", "SHOTGUN lacks a value for site"),
        ("JIRA['site'] = ' \\n'", "JIRA lacks a value for site"),
        (
            "SHOTGUN = {'site': ''}\nSHOTGUN['x'] = 1",
            "SHOTGUN lacks a value for site, script_name, script_key",
        ),
        ("SHOTGUN['script_key'] = 42", r"SHOTGUN\['script_key'\] must be text, not int"),
        ("del JIRA", "JIRA is missing or empty"),
        ("JIRA = 'https://jira.test'", "JIRA must be a dict, not str"),
        ("del JIRA['secret']; JIRA['site'] = ''", "JIRA lacks a value for site, secret"),
        ("JIRA['user'] = 7", r"JIRA\['user'\] must be text, not int"),
        ("del SYNC", "SYNC is missing or empty"),
        ("SYNC = {}", "SYNC is missing or empty"),
        ("SYNC = ['default']", "SYNC must be a dict, not list"),
        ("LOGGING = 'loud'", "LOGGING must be a dict, not str"),
    ],
)
def test_definitions_that_cannot_be_used_are_a_value_error(write, change, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_settings(write(GOOD + change))

    assert "studio_settings.py" in str(caught.value)


def test_all_problems_are_listed_in_the_order_of_the_rules(write):
    with pytest.raises(ValueError, match="cannot be used") as caught:
        read_settings(write("SHOTGUN = {'site': 'https://fptr.test'}\nJIRA = {'user': 'x'}\n"))

    text = str(caught.value)
    found = [
        text.index(problem)
        for problem in ("script_name, script_key", "JIRA lacks", "SYNC is missing")
    ]
    assert found == sorted(found)


def test_no_secret_is_shown_when_a_value_is_refused(write):
    with pytest.raises(ValueError, match="JIRA") as caught:
        read_settings(write(GOOD + 'JIRA["secret"] = ["s3cret"]\n'))

    assert "s3cret" not in str(caught.value)


def test_the_module_is_named_after_the_stem_and_not_entered_into_sys_modules(write):
    settings = read_settings(write(GOOD + 'SYNC["seen as " + __name__] = {}\n'))

    assert "seen as studio_settings" in settings.sync
    assert "studio_settings" not in sys.modules


def test_an_edit_right_after_reading_is_seen(write):
    path = write(GOOD)
    read_settings(path)
    write(GOOD.replace("k-e-y", "n-e-w"))

    assert read_settings(path).shotgun.script_key.get_secret_value() == "n-e-w"
    assert not list(path.parent.glob("__pycache__"))


def test_the_service_has_defaults_for_everything():
    assert read_service_settings({}) == ServiceSettings()
    assert ServiceSettings().max_body_bytes == 25 * 1024 * 1024


def test_the_service_takes_its_variables_and_ignores_empty_ones():
    service = read_service_settings(
        {"SGJIRA_MAX_BODY_BYTES": " 1000 ", "SGJIRA_SITE_CHECK_SECONDS": ""}
    )

    assert service.max_body_bytes == 1000
    assert service.site_check_seconds == ServiceSettings().site_check_seconds


def test_the_service_reads_the_process_environment_by_default(monkeypatch):
    monkeypatch.setenv("SGJIRA_MAX_RECONNECT_SECONDS", "5")

    assert read_service_settings().max_reconnect_seconds == 5


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5", "٣", "9" * 5000])
def test_every_unusable_variable_is_named(text):
    with pytest.raises(ValueError, match="a whole number above zero") as caught:
        read_service_settings({"SGJIRA_MAX_BODY_BYTES": text, "SGJIRA_SITE_CHECK_SECONDS": "x"})

    assert "SGJIRA_MAX_BODY_BYTES" in str(caught.value)
    assert "SGJIRA_SITE_CHECK_SECONDS='x'" in str(caught.value)


def test_the_store_is_beside_the_settings_file_unless_it_is_named(tmp_path):
    settings = tmp_path / "studio.py"

    assert ServiceSettings().store_for(settings) == tmp_path / "studio.events.sqlite3"
    named = read_service_settings({"SGJIRA_STORE": str(tmp_path / "else.db")})
    assert named.store_for(settings) == tmp_path / "else.db"


def test_words_that_are_not_known_are_refused_with_those_that_are():
    with pytest.raises(ValueError, match="SGJIRA_ON_DEAD='stop' must be go-on or block"):
        read_service_settings({"SGJIRA_ON_DEAD": "stop"})


def test_a_short_admin_token_is_refused_and_never_shown():
    with pytest.raises(ValueError, match="SGJIRA_ADMIN_TOKEN must be") as caught:
        read_service_settings({"SGJIRA_ADMIN_TOKEN": "hunter2"})
    assert "hunter2" not in str(caught.value)

    service = read_service_settings({"SGJIRA_ADMIN_TOKEN": "long-enough-to-be-hard"})
    assert "long-enough" not in repr(service)
    assert service.secrets == ("long-enough-to-be-hard",)


def test_events_are_kept_for_as_long_as_senders_may_repeat_them():
    assert read_service_settings({"SGJIRA_KEEP_DAYS": "7"}).keep_days == 7
    with pytest.raises(ValueError, match="SGJIRA_KEEP_DAYS='6' must be a whole number from 7 on"):
        read_service_settings({"SGJIRA_KEEP_DAYS": "6"})
