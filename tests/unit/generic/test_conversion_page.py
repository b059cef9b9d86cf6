"""The page about the setting says what the code does."""

from __future__ import annotations

from pathlib import Path

from sg_jira.conversions.kinds import markdown_table
from sg_jira.handlers.generic.mapping_check import check_mapping

PAGE = Path(__file__).parents[3] / "docs" / "entity_mapping.md"


def test_the_table_of_pairs_is_that_of_the_code() -> None:
    assert markdown_table() in PAGE.read_text(encoding="utf-8")


def test_the_setting_on_the_page_has_no_problems() -> None:
    text = PAGE.read_text(encoding="utf-8")
    code = text.partition("```python\n")[2].partition("```")[0]
    defined: dict[str, object] = {}
    exec(code, defined)

    assert check_mapping(defined["MAPPING"], "MAPPING", None) == []
