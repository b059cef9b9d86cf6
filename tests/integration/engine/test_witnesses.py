"""Webhooks of comments and worklogs that tell what became of a creation without an answer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from sg_jira.engine.identity import JiraFacts
from sg_jira.links import Told, asking, attempt
from sg_jira.witnesses import CLOCK_SKEW, told_of_comment, told_of_worklog, witness_of

FACTS = JiraFacts("customfield_1", "customfield_2", frozenset({"bot"}))
TEXT = "{panel:title=Planks}\r\nOak, please.\r\n{panel}"
NOON = "2026-03-01T12:00:00.000+0000"


def comment(number="10019", body=TEXT, author="bot", created=NOON, issue="CMT-1", **told):
    return {
        "webhookEvent": "comment_created",
        "timestamp": 1,
        "comment": {"id": number, "body": body, "author": {"name": author}, "created": created},
        "issue": {"id": "10034", "key": issue},
        **told,
    }


def worklog(number="77", seconds=5400, started="2031-02-03T00:00:00.000+0000"):
    told = {"timeSpentSeconds": seconds, "started": started, "author": {"name": "bot"}}
    made = {"id": number, "issueId": "10034", "created": NOON, **told}
    return {"webhookEvent": "worklog_created", "timestamp": 1, "worklog": made}


@pytest.fixture
def site(bench):
    """An engine that knows its own account in Jira."""
    bench.identities.learn(FACTS)
    return bench


def leave_unanswered(bench, subject, told):
    def ask():
        with asking(told=told):
            raise ConnectionError("no answer")

    with pytest.raises(ConnectionError), bench.links.creating(subject) as creation:
        attempt(creation, ask)


def made(bench, subject):
    with bench.links.creating(subject) as creation:
        return creation.made


def test_a_comment_without_an_answer_is_known_by_its_webhook(site):
    leave_unanswered(site, "Note:5", told_of_comment("CMT-1", TEXT.replace("\r\n", "\n") + "\n"))
    receipt = site.jira(comment())

    assert made(site, "Note:5") == "CMT-1/10019"
    assert receipt.ordering_key == "Note:5"


def test_so_is_a_worklog_though_its_webhook_names_no_key(site):
    leave_unanswered(site, "TimeLog:7", told_of_worklog("CMT-1", 5400, datetime(2031, 2, 3)))
    site.jira(worklog())

    assert made(site, "TimeLog:7") == "CMT-1/77"


def test_a_worklog_for_which_jira_chose_the_day_is_known_by_its_time(site):
    leave_unanswered(site, "TimeLog:7", told_of_worklog("CMT-1", 5400, None))
    site.jira(worklog())

    assert made(site, "TimeLog:7") == "CMT-1/77"


@pytest.mark.parametrize(
    "told",
    [
        comment(author="ada"),
        comment(body="Something else."),
        comment(issue="CMT-2"),
        comment(created="2026-03-01T11:40:00.000+0000"),
        comment(created=None),
        comment(webhookEvent="comment_updated"),
        comment(comment="not a comment"),
        {"webhookEvent": "comment_created"},
    ],
    ids=["author", "text", "issue", "too old", "no date", "edited", "nonsense", "empty"],
)
def test_what_may_be_something_else_is_no_witness(site, told):
    leave_unanswered(site, "Note:5", told_of_comment("CMT-1", TEXT))
    site.jira(told)

    assert made(site, "Note:5") is None


def test_who_is_not_proved_to_be_jira_is_not_believed(site):
    leave_unanswered(site, "Note:5", told_of_comment("CMT-1", TEXT))
    site.signed = False
    site.jira(comment())

    assert made(site, "Note:5") is None


def test_two_that_are_alike_are_looked_for(site):
    for note in (5, 6):
        leave_unanswered(site, f"Note:{note}", told_of_comment("CMT-1", TEXT))
    site.jira(comment())

    assert [made(site, f"Note:{note}") for note in (5, 6)] == [None, None]


def test_a_comment_that_belongs_to_a_note_already_is_no_witness_for_another(site):
    with site.links.creating("Note:5") as creation:
        creation.attempted = True
        creation.made = "CMT-1/10019"
        creation.finished = True
    leave_unanswered(site, "Note:6", told_of_comment("CMT-1", TEXT))
    site.jira(comment())

    assert made(site, "Note:6") is None


def test_a_webhook_that_comes_before_the_answer_does_no_harm(site):
    def create():
        with asking(told=told_of_comment(SimpleNamespace(key="CMT-1"), TEXT)):
            site.jira(comment())
        return "10019"

    with site.links.creating("Note:5") as creation:
        creation.made = f"CMT-1/{attempt(creation, create)}"
        creation.finished = True

    assert site.jira(comment(again=True)).ordering_key == "Note:5"


def test_only_a_digest_of_what_was_said_is_kept(site):
    told = told_of_comment("CMT-1", TEXT)
    leave_unanswered(site, "Note:5", told)

    with site.store.reading() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM creation").all()
    assert (row.place, row.words) == ("CMT-1", told.words)
    assert "Oak" not in str(row)


def test_a_second_attempt_is_known_by_what_it_says(site):
    leave_unanswered(site, "Note:5", told_of_comment("CMT-1", "first words"))
    leave_unanswered(site, "Note:5", told_of_comment("CMT-1", TEXT))
    site.jira(comment())

    assert made(site, "Note:5") == "CMT-1/10019"


def test_moments_are_compared_whatever_their_zone():
    zone = timezone(timedelta(hours=-8))
    told = told_of_worklog("CMT-1", 60, datetime(2031, 2, 2, 16, tzinfo=zone))
    witness = witness_of(worklog(seconds=60))

    assert told == Told("CMT-1", told.words)
    assert told.words in witness.words


def test_the_clock_of_jira_may_be_somewhat_behind(site, clock):
    clock.seconds = (CLOCK_SKEW - timedelta(seconds=1)).total_seconds()
    leave_unanswered(site, "Note:5", told_of_comment("CMT-1", TEXT))
    site.jira(comment())

    assert made(site, "Note:5") == "CMT-1/10019"
