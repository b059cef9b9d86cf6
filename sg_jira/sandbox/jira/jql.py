"""Reads JQL: text into a tree of clauses. What the clauses mean is in `search`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sg_jira.sandbox.jira.refusal import Refusal

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<operator>!=|!~|>=|<=|=|~|>|<|\(|\)|,)
      | (?P<word>(?:cf\[\d+\]|[^\s"'()=!<>~,\[\]]+))
    )""",
    re.VERBOSE,
)
_COMPARISONS: Final = ("=", "!=", "~", "!~", ">=", "<=", ">", "<")


@dataclass(frozen=True)
class Clause:
    """`field operator values`; `is` and `is not` have no values, they speak of emptiness."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True)
class And:
    """All of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Any of these."""

    parts: tuple[Node, ...]


Node = Clause | Not | And | Or


@dataclass(frozen=True)
class Order:
    """One `ORDER BY` term."""

    field: str
    descending: bool


@dataclass(frozen=True)
class Query:
    """A whole query; `where` is `None` when it restricts nothing."""

    where: Node | None
    order: tuple[Order, ...]


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool

    def says(self, *words: str) -> bool:
        """Whether this is one of these words or signs, not a quoted text."""
        return not self.quoted and self.text.lower() in words


_END: Final = _Token("", quoted=False)


def parse(jql: str) -> Query:
    """Reads a query.

    Raises:
        Refusal: 400, where the text stops making sense.
    """
    return _Parser(jql).query()


def _split(jql: str) -> list[_Token]:
    tokens = []
    position, end = 0, len(jql.rstrip())
    while position < end:
        match = _TOKEN.match(jql, position)
        if match is None:
            raise _error(jql[position:].strip()[:1])
        position = match.end()
        quoted = match["quoted"]
        text = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else match[0].strip()
        tokens.append(_Token(text, quoted is not None))
    return tokens


def _error(near: str) -> Refusal:
    place = f"near '{near}'" if near else "at the end of the query"
    return Refusal(400, f"Error in the JQL Query: Unexpected or missing text {place}.")


class _Parser:
    """Recursive descent over the tokens; `or` binds weakest, `not` strongest."""

    def __init__(self, jql: str) -> None:
        self._tokens = _split(jql)
        self._position = 0

    def query(self) -> Query:
        ordered = self._peek().says("order")
        where = None if ordered or self._peek() is _END else self._alternatives()
        order = self._order()
        if self._peek() is not _END:
            raise _error(self._peek().text)
        return Query(where, order)

    def _peek(self) -> _Token:
        return self._tokens[self._position] if self._position < len(self._tokens) else _END

    def _take(self, *words: str) -> bool:
        if self._peek() is not _END and self._peek().says(*words):
            self._position += 1
            return True
        return False

    def _demand(self, *words: str) -> None:
        if not self._take(*words):
            raise _error(self._peek().text)

    def _text(self) -> str:
        token = self._peek()
        if token is _END or token.says(*_COMPARISONS, "(", ")", ","):
            raise _error(token.text)
        self._position += 1
        return token.text

    def _alternatives(self) -> Node:
        parts = [self._conjunction()]
        while self._take("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self) -> Node:
        parts = [self._term()]
        while self._take("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _term(self) -> Node:
        if self._take("not"):
            return Not(self._term())
        if self._take("("):
            inner = self._alternatives()
            self._demand(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._text()
        if self._take("is"):
            operator = "is not" if self._take("not") else "is"
            self._demand("empty", "null")
            return Clause(field, operator, ())
        if self._take("not"):
            self._demand("in")
            return Clause(field, "not in", self._list())
        if self._take("in"):
            return Clause(field, "in", self._list())
        operator = self._peek().text
        self._demand(*_COMPARISONS)
        return Clause(field, operator, (self._text(),))

    def _list(self) -> tuple[str, ...]:
        self._demand("(")
        values = [self._text()]
        while self._take(","):
            values.append(self._text())
        self._demand(")")
        return tuple(values)

    def _order(self) -> tuple[Order, ...]:
        if not self._take("order"):
            return ()
        self._demand("by")
        terms = [self._order_term()]
        while self._take(","):
            terms.append(self._order_term())
        return tuple(terms)

    def _order_term(self) -> Order:
        field = self._text()
        descending = self._take("desc")
        if not descending:
            self._take("asc")
        return Order(field, descending)
