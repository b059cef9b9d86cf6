"""What of an exception may be shown to anybody."""

from __future__ import annotations

import pytest

from sg_jira.web.reasons import LONGEST_REASON, Redaction


class JIRAError(Exception):
    """Writes itself over several lines, as the Jira client's error does."""

    def __str__(self) -> str:
        return (
            "JiraError HTTP 400 url: https://jira.test/rest/api/2/issue\n"
            "\ttext: Summary is required\n\n\tresponse headers = {'Set-Cookie': 'session=1'}"
        )


def test_a_reason_is_the_type_and_the_message_in_one_line():
    assert Redaction().reason(ValueError("no\nsuch\tthing")) == "ValueError: no such thing"


def test_an_exception_without_a_message_is_its_type():
    assert Redaction().reason(KeyError()) == "KeyError"


def test_only_the_first_paragraph_is_shown():
    reason = Redaction().reason(JIRAError())

    assert reason.endswith("text: Summary is required")
    assert "session" not in reason


def test_a_long_message_is_cut():
    reason = Redaction().reason(ValueError("x" * 5000))

    assert len(reason) == LONGEST_REASON
    assert reason.endswith("…")


@pytest.mark.parametrize(
    "text",
    [
        "wrong key s3cret/+?",
        "GET https://jira.test/?token=s3cret%2F%2B%3F failed",
        "https://bot:s3cret/+?@jira.test/x",
        "https://bot:anything@jira.test/x",
        "Authorization: Basic c29tZTpzZWNyZXQ=",
        "Authorization: bearer abc.def-ghi",
    ],
)
def test_no_secret_and_nothing_that_looks_like_one_is_shown(text):
    shown = Redaction(["s3cret/+?"]).line(text)

    assert "***" in shown
    assert not [part for part in ("s3cret", "anything", "c29t", "abc.def") if part in shown]


def test_a_redaction_does_not_print_what_it_hides():
    assert "s3cret" not in repr(Redaction(["s3cret"]))


def test_control_characters_and_lone_surrogates_are_dropped():
    assert Redaction().line("a\x00b\x1b[31m\ud800c") == "a b [31m c"
