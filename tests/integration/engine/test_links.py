"""Creations that survive a restart, and the links they leave."""

from __future__ import annotations

import xmlrpc.client
from contextvars import Context
from types import SimpleNamespace

import pytest
import requests
import sqlalchemy as sa
from shotgun_api3.shotgun import AuthenticationFault, Fault, ShotgunError

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.identity import JiraFacts
from sg_jira.engine.latecomers import MoreCame
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.schema import creation as creations
from sg_jira.errors import CreationUnclear, CreationUnderWay, StoreAway
from sg_jira.links import FILLING_TRIES
from tests.integration.engine.test_inbox import issue_event


class RefusedError(Exception):
    """What no retry mends."""


def fail_filling(links, error):
    with pytest.raises(type(error)), links.filling("Task:1"):
        raise error


def seen_elsewhere(links, subject):
    """What a process finds that has nothing under way."""
    return Context().run(links.is_unfilled, subject)


@pytest.fixture
def links(bench):
    return bench.links


@pytest.fixture
def restarted(bench, store):
    """The links as another process finds them."""
    return lambda: DurableLinks(store, bench.clock, search_lag=60)


def test_a_finished_creation_leaves_no_intent(links, restarted):
    with links.creating("Task:1") as creation:
        creation.attempted = True
        creation.made = "CMT-1"
        creation.finished = True

    with restarted().creating("Task:1") as creation:
        assert (creation.unfinished_since, creation.made) == (None, None)


def test_whose_an_issue_is_survives_a_restart(links, restarted):
    with links.creating("Task:1") as creation:
        creation.attempted = True
        creation.made = "CMT-1"
        creation.finished = True
    links.remember_owner("CMT-2", "Task:2")

    assert restarted().is_owner("CMT-1", "Task:1")
    assert restarted().is_owner("CMT-2", "Task:2")
    assert not restarted().is_owner("CMT-1", "Task:3")
    assert not restarted().is_owner("CMT-3", "Task:1")


def test_whose_an_issue_is_may_change(links, restarted):
    links.remember_owner("CMT-1", "Task:1")
    links.remember_owner("CMT-1", "Task:2")

    assert not restarted().is_owner("CMT-1", "Task:1")
    assert restarted().is_owner("CMT-1", "Task:2")


def test_the_intent_is_on_disk_before_the_other_site_is_asked(links, restarted, clock):
    with links.creating("Task:1") as creation:
        creation.attempted = True
        with restarted().creating("Task:1") as seen_by_another:
            assert seen_by_another.unfinished_since == clock()


def test_the_key_of_what_was_made_survives_a_failure_to_write_it(links, restarted):
    def make_and_fail(creation):
        creation.attempted = True
        creation.made = "CMT-1"
        raise ConnectionError("FPTR is away")

    attempt(links, "Task:1", make_and_fail, ConnectionError)

    with restarted().creating("Task:1") as creation:
        assert creation.made == "CMT-1"
        creation.made = "CMT-1"
        creation.finished = True
    with restarted().creating("Task:1") as creation:
        assert creation.made is None


def test_a_creation_that_was_refused_is_forgotten(links, restarted):
    def be_refused(creation):
        creation.attempted = True
        creation.attempted = False
        raise ValueError("a required field is empty")

    attempt(links, "Task:1", be_refused, ValueError)

    with restarted().creating("Task:1") as creation:
        assert creation.unfinished_since is None


def ask(creation):
    """Asks the other site, which creates the counterpart."""
    with creation.asking():
        pass


def attempt(links, subject, act, error):
    """A creation whose body raises this error."""

    def create():
        with links.creating(subject) as creation:
            act(creation)

    with pytest.raises(error):
        create()


def leave_unanswered(links, subject):
    def time_out(creation):
        creation.attempted = True
        raise TimeoutError("no answer")

    attempt(links, subject, time_out, TimeoutError)


def test_an_unanswered_creation_is_not_repeated_before_the_search_can_be_believed(
    links, restarted, clock
):
    leave_unanswered(links, "Task:1")
    clock.seconds = 20

    with (
        restarted().creating("Task:1") as creation,
        pytest.raises(CreationUnclear, match="another 40 s"),
    ):
        ask(creation)  # the search found nothing

    clock.seconds = 61
    with restarted().creating("Task:1") as creation:
        ask(creation)


@pytest.mark.parametrize("subject", ["Note:1", "TimeLog:1", "Issue:10034"])
def test_what_is_found_without_jiras_search_needs_no_wait(links, restarted, subject):
    leave_unanswered(links, subject)

    with restarted().creating(subject) as creation:
        ask(creation)


LINKED = {"customfield_1": "Task", "customfield_2": "12"}


def test_the_bridges_own_webhook_witnesses_a_creation(bench, links, restarted):
    bench.identities.learn(JiraFacts("customfield_1", "customfield_2", frozenset({"bot"})))
    leave_unanswered(links, "Task:12")
    bench.jira(issue_event(1, "ada", "jira:issue_created", **LINKED))
    with restarted().creating("Task:12") as creation:
        assert creation.made is None, "somebody else's Issue proves nothing"

    bench.jira(issue_event(2, "bot", "jira:issue_created", **LINKED))

    with restarted().creating("Task:12") as creation:
        assert creation.made == "CMT-1"


def test_a_witness_ends_the_wait_for_certainty(bench, links):
    bench.identities.learn(JiraFacts("customfield_1", "customfield_2", frozenset({"bot"})))
    leave_unanswered(links, "Task:12")

    def create(event):
        with links.creating("Task:12") as creation:
            if creation.made is None:
                ask(creation)
            creation.finished = True
        return True

    bench.bridge.act = create
    bench.fptr(1, task=12)
    assert bench.drain("Task:12") > bench.clock()
    assert bench.events()[0]["reason"] == "creation_unclear"

    bench.jira(issue_event(2, "bot", "jira:issue_created", **LINKED))
    bench.bridge.act = create
    assert bench.drain("Task:12") is None
    assert bench.states()[0] == "synced"


def test_a_comment_that_was_made_has_its_notes_key_from_then_on(bench, links):
    with links.creating("Note:5") as creation:
        creation.attempted = True
        creation.made = "CMT-1/10019"
        creation.finished = True

    comment = {"webhookEvent": "comment_updated", "comment": {"id": "10019"}}
    assert bench.jira(comment).ordering_key == "Note:5"


def test_a_second_creation_of_the_record_waits_for_the_first(links):
    with links.creating("Task:1") as first:
        assert not first.waited
    with links.creating("Task:2") as other:
        assert not other.waited


def test_a_first_sync_that_was_cut_short_is_known_by_the_next_process(links, restarted):
    with links.filling("Task:1"):  # here the process is killed
        assert seen_elsewhere(restarted(), "Task:1")
        assert not links.is_unfilled("Task:1"), "this one is no repetition"

    assert not seen_elsewhere(restarted(), "Task:1")


def test_an_inner_first_sync_of_the_same_record_leaves_the_end_to_the_outer_one(links, restarted):
    with links.filling("Task:1"):
        with links.filling("Task:1"), links.filling("Note:2"):
            pass
        assert seen_elsewhere(restarted(), "Task:1")
        assert not seen_elsewhere(restarted(), "Note:2")


def test_a_first_sync_waits_for_a_site_as_long_as_it_takes(links, restarted):
    for _ in range(5):
        fail_filling(links, requests.ConnectionError("away"))
    assert seen_elsewhere(restarted(), "Task:1")

    with links.filling("Task:1"):
        assert links.is_unfilled("Task:1"), "this one is a repetition"
    assert not links.is_unfilled("Task:1")


def test_a_first_sync_that_fails_for_good_is_given_up_after_a_few_tries(links):
    for _ in range(2):
        fail_filling(links, RefusedError())
        assert links.is_unfilled("Task:1")
    fail_filling(links, RefusedError())

    assert not links.is_unfilled("Task:1")


@pytest.mark.parametrize(
    "error",
    [
        CreationUnderWay("Task:2", 30.0),
        Deferred(Reason.RATE_LIMITED, 60.0, "later"),
        MoreCame("more changes"),
        StoreAway("locked"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_first_sync_that_is_put_off_has_not_failed(links, restarted, error):
    for _ in range(FILLING_TRIES):
        fail_filling(links, error)

    assert seen_elsewhere(restarted(), "Task:1")


def test_a_first_sync_that_studio_code_ends_is_given_up_after_a_few_tries(links):
    for _ in range(FILLING_TRIES):
        fail_filling(links, SystemExit(1))

    assert not links.is_unfilled("Task:1")


def is_open(store, subject):
    with store.reading() as connection:
        row = sa.select(creations.c.began).where(creations.c.subject == subject)
        return connection.scalar(row.where(creations.c.finished.is_(None))) is not None


def ask_in_vain(links, subject, error):
    def refuse(creation):
        with creation.asking():
            raise error

    attempt(links, subject, refuse, type(error))


@pytest.mark.parametrize("status", [400, 403])
def test_what_fptr_refuses_leaves_nothing_open(links, store, status):
    ask_in_vain(links, "Issue:1", Fault("the field sg_x is required"))
    ask_in_vain(links, "Comment:2", xmlrpc.client.ProtocolError("sg", status, "No", {}))

    assert not is_open(store, "Issue:1")
    assert not is_open(store, "Comment:2")


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("the answer was lost"),
        TimeoutError("no answer"),
        ShotgunError("something after the call"),
        Fault("Server is busy, try again."),
        AuthenticationFault("wrong key"),
        *(xmlrpc.client.ProtocolError("sg", status, "", {}) for status in (408, 429, 502)),
    ],
    ids=repr,
)
def test_what_fptr_may_have_made_or_is_asked_for_again_stays_open(links, store, error):
    ask_in_vain(links, "Issue:1", error)

    assert is_open(store, "Issue:1")


def comment_event(number):
    comment = {"id": "7", "updated": None}
    return {"webhookEvent": "comment_updated", "comment": comment, "number": number}


def test_a_comment_whose_note_was_made_without_an_answer_gets_the_notes_key(bench, links, store):
    def lose_then_find(event):
        if len(bench.bridge.seen) == 1:
            with links.creating("Comment:7") as creation:
                creation.attempted = True
                raise TimeoutError("no answer")
        links.linked("Comment:7", pair="Note:5")
        return True

    bench.bridge.act = lose_then_find
    # What is run again is read anew.
    bench.bridge.jira = SimpleNamespace(comment=lambda *_: SimpleNamespace(raw={"id": "7"}))
    assert bench.jira(comment_event(1)).ordering_key == "Comment:7"
    bench.clock.seconds = (bench.drain("Comment:7") - bench.clock()).total_seconds()
    bench.drain("Comment:7")

    assert not is_open(store, "Comment:7")
    assert bench.jira(comment_event(2)).ordering_key == "Note:5"


def test_who_gets_the_events_of_another_key_is_woken(bench, links):
    links.join("Comment:8", "Note:6")
    assert bench.woken == []

    bench.jira(comment_event(1))
    links.join("Comment:7", "Note:5")

    assert bench.woken == ["Note:5"]
    assert bench.drain("Note:5") is None
    assert bench.states() == ["synced"]
