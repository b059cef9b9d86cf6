"""Who counts as the user with an e-mail, and whose identities are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from jira.resources import User

from sg_jira.jira_users import are_same, choose, identities, list_everybody


def user(email: str | None = None, **more: str) -> User:
    raw = {"self": "https://jira.test/rest/api/2/user?accountId=1", "displayName": "X", **more}
    if email is not None:
        raw["emailAddress"] = email
    return User({}, None, raw)


ANN = user("ann@x.com", accountId="a")
ANN_AGAIN = user("Ann@X.com", accountId="b")
JOANN = user("joann@x.com", accountId="c")
HIDDEN = user(accountId="d")
MASKED = user("?", accountId="e")


@pytest.mark.parametrize(
    ("hits", "chosen"),
    [
        ([], None),
        ([ANN], ANN),
        ([ANN_AGAIN], ANN_AGAIN),
        ([JOANN], None),
        ([JOANN, ANN], ANN),
        ([HIDDEN, ANN], ANN),
        ([HIDDEN], HIDDEN),
        ([MASKED], MASKED),
        ([JOANN, HIDDEN], HIDDEN),
    ],
)
def test_the_user_with_this_very_email_is_chosen_else_a_single_hidden_one(
    hits: list[User], chosen: User | None
) -> None:
    choice = choose(hits, "ann@x.com")

    assert choice.user is chosen
    assert choice.doubt is None


def test_of_two_users_with_one_email_the_first_is_chosen_with_a_doubt() -> None:
    choice = choose([JOANN, ANN_AGAIN, ANN], "ANN@x.com")

    assert choice.user is ANN_AGAIN
    assert "2 users" in str(choice.doubt)


def test_of_several_hidden_users_none_is_chosen_and_their_number_is_told() -> None:
    choice = choose([HIDDEN, MASKED], "ann@x.com")

    assert choice.user is None
    assert "2 users" in str(choice.doubt)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"accountId": None, "name": "", "key": 12}, {}),
        ({"emailAddress": "?"}, {}),
        ({"emailAddress": "ann at x dot com"}, {}),
        (
            {"name": "ann", "key": "JIRAUSER1", "emailAddress": "ann@x.com", "active": True},
            {"name": "ann", "key": "JIRAUSER1", "emailAddress": "ann@x.com"},
        ),
    ],
)
def test_identities_are_what_a_user_really_shows(known: Any, expected: dict[str, str]) -> None:
    assert identities(known) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"accountId": "1"}, {"accountId": "1"}, True),
        ({"accountId": "1"}, {"accountId": "2"}, False),
        ({"accountId": "1", "emailAddress": "a@x.com"}, {"emailAddress": "A@x.com"}, True),
        ({"accountId": "1", "name": "bot"}, {"accountId": "2", "name": "Bot"}, True),
        ({"name": "ann"}, {"key": "ann"}, False),
        ({"displayName": "Ann"}, {"displayName": "Ann"}, False),
        ({}, {"accountId": "1"}, False),
        ({}, {}, False),
    ],
)
def test_accounts_are_the_same_when_an_identity_that_both_show_is(
    one: dict[str, str], other: dict[str, str], same: bool
) -> None:
    assert are_same(one, other) is same


class Listing:
    """Hands out people in pages and counts the calls."""

    def __init__(self, count: int, page: int) -> None:
        self.people = [user(accountId=str(number)) for number in range(count)]
        self.page = page
        self.calls = 0

    def __call__(self, start: int) -> Sequence[User]:
        self.calls += 1
        return self.people[start : start + self.page]


@pytest.mark.parametrize(("whole_page", "calls"), [(1, 4), (2, 3)])
def test_everybody_is_listed_page_by_page(whole_page: int, calls: int) -> None:
    listing = Listing(5, page=2)

    assert list(list_everybody(listing, whole_page)) == listing.people
    assert listing.calls == calls


def test_a_listing_that_ignores_the_position_ends() -> None:
    people = [user(accountId="1"), user(accountId="2")]

    assert list(list_everybody(lambda start: people)) == people


def test_an_endless_listing_is_given_up() -> None:
    seen = list(list_everybody(lambda start: [user(accountId=str(start))]))

    assert len(seen) == 20
