"""Writes each person's Jira Cloud account id into FPTR, found by e-mail.

    python update_shotgun_users.py --settings settings.py --project KEY [--dry-run]

Jira Cloud knows people by account id and often hides their e-mails. The bridge recognises them by
the field `HumanUser.sg_jira_account_id`, which this script makes and fills in. Run it again
whenever people have joined; what is filled in already is left as it is.
"""

from __future__ import annotations

import argparse
import logging
import logging.config
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jira.exceptions import JIRAError
from shotgun_api3 import ProtocolError, Shotgun, ShotgunError  # type: ignore[attr-defined]

from sg_jira import jira_users
from sg_jira.constants import JIRA_RESULT_PAGING, SHOTGUN_JIRA_ACCOUNT_FIELD
from sg_jira.jira_client import shorten
from sg_jira.jira_session import JiraSession
from sg_jira.settings import NO_USER, read_settings

logger = logging.getLogger("update_shotgun_users")

USER_AGENT = "JIRABRIDGE"
#: What FPTR users have in place of an e-mail when nobody has entered one.
NO_EMAIL = (None, "", "TBD")
_DRY_RUN = "--dry-run"

Entity = dict[str, Any]


@dataclass
class Outcome:
    """E-mails of FPTR users, by what became of them."""

    found: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def sync_jira_users_into_shotgun(
    sg: Any, jira: Any, project_key: str, dry_run: bool = False
) -> Outcome:
    """Writes account ids to the FPTR users whose e-mail Jira knows.

    Of several users with one e-mail the first gets the id. Once any of them has one, all of them
    are left alone: an admin may have moved it from one to the other.

    Parameters:
        sg: a connection to FPTR.
        jira: a Jira session.
        project_key: people are looked for among those who can be assigned issues there.
        dry_run: look, and write nothing.

    Raises:
        JIRAError: there is no such project, or Jira cannot answer.
        shotgun_api3.Error: FPTR refuses.
    """
    has_field = SHOTGUN_JIRA_ACCOUNT_FIELD in sg.schema_field_read("HumanUser")
    if not has_field and not dry_run:
        sg.schema_field_create("HumanUser", "text", "Jira Account Id")
        logger.info("Created the FPTR field HumanUser.%s.", SHOTGUN_JIRA_ACCOUNT_FIELD)
        has_field = True
    project = jira.project(project_key)
    users = _people_with_email(sg, has_field)
    done = {_email(user) for user in users if user.get(SHOTGUN_JIRA_ACCOUNT_FIELD)}
    outcome = Outcome()
    for user in users:
        if _email(user) in done:
            continue
        account = jira.find_jira_assignee_for_issue(user["email"], jira_project=project)
        if account is None:
            continue
        done.add(_email(user))
        outcome.found.append(user["email"])
        logger.info("%s (FPTR user %s) is %s.", user["email"], user["id"], account.accountId)
        if not dry_run:
            sg.update("HumanUser", user["id"], {SHOTGUN_JIRA_ACCOUNT_FIELD: account.accountId})
    for email in sorted({user["email"] for user in users if _email(user) not in done}):
        ambiguous = _is_ambiguous(jira, email, project_key)
        (outcome.ambiguous if ambiguous else outcome.missing).append(email)
    _report(outcome, project_key, dry_run)
    return outcome


def _people_with_email(sg: Any, has_field: bool) -> list[Entity]:
    """By ascending id, so that running again gives the same result."""
    fields = ["email", *([SHOTGUN_JIRA_ACCOUNT_FIELD] if has_field else [])]
    found: Iterable[Entity] = sg.find(
        "HumanUser",
        [["email", "is_not", None]],
        fields,
        order=[{"field_name": "id", "direction": "asc"}],
    )
    return [user for user in found if user["email"] not in NO_EMAIL]


def _email(user: Entity) -> str:
    return str(user["email"]).casefold()


def _is_ambiguous(jira: Any, email: str, project_key: str) -> bool:
    """Whether Jira knows several people for the e-mail, and hides which of them has it."""
    hits = jira.search_assignable_users_for_issues(
        project=project_key, issueKey=None, maxResults=JIRA_RESULT_PAGING, query=email
    )
    return jira_users.choose(hits or [], email).doubt is not None


def _report(outcome: Outcome, project_key: str, dry_run: bool) -> None:
    would = "would be" if dry_run else "were"
    logger.info("%d FPTR users %s given their Jira account.", len(outcome.found), would)
    if outcome.ambiguous:
        logger.warning(
            "Jira finds several people for these e-mails and hides whose they are. Write the right "
            "account id into HumanUser.%s yourself: %s",
            SHOTGUN_JIRA_ACCOUNT_FIELD,
            ", ".join(outcome.ambiguous),
        )
    if outcome.missing:
        logger.warning(
            "Nobody with these e-mails can be assigned issues of the Jira project %s: %s",
            project_key,
            ", ".join(outcome.missing),
        )


def _get_settings() -> tuple[Any, dict[str, Any], dict[str, Any], str]:
    """The command line: `(logging or None, shotgun, jira, project key)`.

    Raises:
        SystemExit: it cannot be understood, or the settings cannot be used.
    """
    parser = argparse.ArgumentParser(
        description="Write each person's Jira Cloud account id into FPTR, found by e-mail.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--settings", required=True, metavar="FILE", help="the bridge's settings file"
    )
    parser.add_argument(
        "--project",
        required=True,
        metavar="KEY",
        help="key of a Jira project: only people who can be assigned its issues are found",
    )
    parser.add_argument(_DRY_RUN, action="store_true", help="show what would be written")
    arguments = parser.parse_args()
    try:
        logging_settings, shotgun, jira, _ = read_settings(arguments.settings).plain
    except (ValueError, ImportError) as error:
        parser.error(str(error))
    return logging_settings, shotgun, jira, arguments.project


def main() -> int:
    """Runs the script.

    Returns:
        The exit status: 0, or 1 when the site is not Jira Cloud or something went wrong.
    """
    logging_settings, shotgun, jira, project_key = _get_settings()
    if logging_settings:
        logging.config.dictConfig(logging_settings)
    logger.setLevel(logging.INFO)
    try:
        return _run(shotgun, jira, project_key)
    except JIRAError as error:
        logger.error("Jira, asked for the project %s: %s", project_key, shorten(error))
    except (RuntimeError, OSError, ShotgunError, ProtocolError) as error:
        logger.error("%s", error)
    return 1


def _run(shotgun: dict[str, Any], jira_settings: dict[str, Any], project_key: str) -> int:
    user, secret = jira_settings.get("user"), jira_settings["secret"]
    login = {"token_auth": secret} if user in NO_USER else {"basic_auth": (user, secret)}
    jira = JiraSession(jira_settings["site"], **login)
    if not jira.is_jira_cloud:
        logger.error(
            "%s is not Jira Cloud. Jira Server and Data Center know people by e-mail, nothing is "
            "to be done there.",
            jira_settings["site"],
        )
        return 1
    proxy = shotgun.get("http_proxy")
    sg = Shotgun(
        shotgun["site"],
        script_name=shotgun["script_name"],
        api_key=shotgun["script_key"],
        **({"http_proxy": proxy} if proxy else {}),
    )
    sg.add_user_agent(USER_AGENT)
    # Not among the settings: what those are is fixed for those who replace `_get_settings`.
    options = {"dry_run": True} if _DRY_RUN in sys.argv[1:] else {}
    sync_jira_users_into_shotgun(sg, jira, project_key, **options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
