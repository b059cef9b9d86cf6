"""The tables of `docs/calls.md`, written from the budgets.

    python -m tests.integration.budgets.page

writes them anew, after a budget has changed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from sg_jira.sandbox import Flavour
from tests.integration.budgets.table import TABLE, Cost, Row

PAGE: Final = Path(__file__).parents[3] / "docs" / "calls.md"
_HEAD: Final = "| | `TaskIssueSyncer` | `EntitiesGenericSyncer` | calls to FPTR | calls to Jira |"
_RULE: Final = "|---|---|---|---|---|"


def _numbers(cost: Cost | None) -> str:
    if cost is None:
        return ""
    warm, cold = (cost.calls(Flavour.CLOUD, cold=cold).totals for cold in (False, True))
    told = "{} + {}".format(*warm)
    return told if warm == cold else "{} ({} + {})".format(told, *cold)


def _line(row: Row) -> str:
    shown = row.task or row.generic
    assert shown is not None
    calls = shown.calls(Flavour.CLOUD, cold=False)
    named = [
        ", ".join(f"{number} {one}" if number > 1 else one for one, number in site.items())
        for site in (calls.shotgun, calls.jira)
    ]
    cells = [row.name, _numbers(row.task), _numbers(row.generic), *named]
    return f"| {' | '.join(cells)} |"


def table_of(heading: str) -> str:
    """The table that stands below a heading."""
    return "\n".join([_HEAD, _RULE, *map(_line, TABLE[heading])])


def with_tables(text: str) -> str:
    """The page with the table of each heading as it should be."""
    for heading in TABLE:
        pattern = rf"(## {re.escape(heading)}\n\n)(?:\|[^\n]*\n)*\n*"
        text = re.sub(pattern, lambda found, h=heading: f"{found[1]}{table_of(h)}\n\n", text)
    return text.rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
