"""The page of the rules names a test for each of them, and no rule is left out."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
ROW = re.compile(r"\| (?P<number>\S*\d) \| (?P<text>[^|]*) \| (?P<tests>[^|]*) \|")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


class Rule(NamedTuple):
    """A row of the page; `tests` are pairs of a file and a test in it."""

    number: str
    text: str
    tests: list[tuple[str, str]]


def rules_on_page() -> list[Rule]:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    found = (ROW.fullmatch(row) for row in rows)
    return [
        Rule(match["number"], match["text"], TEST.findall(match["tests"]))
        for match in found
        if match
    ]


RULES = rules_on_page()


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def parts(number: str) -> tuple[str | int, ...]:
    """`8.4.1.2` is (8, 4, 1, 2), `D-G7` is (`D-G`, 7)."""
    return tuple(
        int(part) if part.isdigit() else part for part in re.findall(r"\d+|[^\d.]+", number)
    )


def test_every_row_of_a_table_is_a_rule() -> None:
    text = PAGE.read_text(encoding="utf-8")
    heads = text.count("| Rule |")

    assert heads > 0
    assert len(re.findall(r"^\|", text, re.MULTILINE)) == len(RULES) + 2 * heads


def test_every_rule_is_told_and_kept_by_tests_that_exist() -> None:
    for rule in RULES:
        assert rule.text, rule.number
        assert rule.tests, f"{rule.number} is kept by no test"
        for file, name in rule.tests:
            assert (ROOT / file).is_file(), f"{rule.number}: there is no {file}"
            assert name in names_in(file), f"{rule.number}: {file} has no {name}"


def test_the_numbers_have_neither_gap_nor_repetition_and_are_in_order() -> None:
    children: dict[tuple[str | int, ...], list[str | int]] = defaultdict(list)
    for rule in RULES:
        number = parts(rule.number)
        for depth in range(1, len(number)):
            known = children[number[:depth]]
            if not known or known[-1] != number[depth]:
                known.append(number[depth])

    for parent, found in children.items():
        assert found == list(range(1, len(found) + 1)), parent
    assert len({rule.number for rule in RULES}) == len(RULES)
