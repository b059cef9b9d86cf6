"""JQL is read into a tree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sg_jira.sandbox.jira.jql import And, Clause, Not, Or, Order, Query, parse
from sg_jira.sandbox.jira.refusal import Refusal


def test_and_binds_stronger_than_or() -> None:
    a, b, c = (Clause(name, "=", ("1",)) for name in "abc")

    assert parse("a = 1 or b = 1 and c = 1").where == Or((a, And((b, c))))
    assert parse("(a = 1 or b = 1) and c = 1").where == And((Or((a, b)), c))


def test_not_binds_strongest() -> None:
    a, b = (Clause(name, "=", ("1",)) for name in "ab")

    assert parse("not a = 1 and b = 1").where == And((Not(a), b))


def test_quoted_words_are_values_and_names_and_never_keywords() -> None:
    query = parse("""'Order By' ~ "it's \\"so\\"" and b in ("and", 'c d', e)""")

    assert query.where == And(
        (Clause("Order By", "~", ('it\'s "so"',)), Clause("b", "in", ("and", "c d", "e")))
    )


def test_signs_need_no_blanks() -> None:
    assert parse("cf[10]>=2").where == Clause("cf[10]", ">=", ("2",))


def test_emptiness_has_no_values() -> None:
    assert parse("a is EMPTY").where == Clause("a", "is", ())
    assert parse("a IS NOT null").where == Clause("a", "is not", ())
    assert parse("a not in (b)").where == Clause("a", "not in", ("b",))


def test_order_is_read() -> None:
    assert parse("order by a, b DESC, c asc") == Query(
        None, (Order("a", False), Order("b", True), Order("c", False))
    )


def test_empty_query_restricts_nothing() -> None:
    assert parse("  ") == Query(None, ())


@given(st.text(alphabet="ab=!~<>()'\"\\, []", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query: Query | None = parse(text)
    except Refusal:
        query = None

    assert query is None or isinstance(query, Query)
