"""Shows the story and its outcome on a terminal. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from sg_jira.demo.comparison import ComparedField
from sg_jira.demo.telling import Told
from sg_jira.sandbox import BridgeCalls, Sandbox

_TICK: Final = "[green]✓[/]"
_CROSS: Final = "[bold red]✗[/]"
#: The longest text shown of a value.
_WIDTH: Final = 60


class Presentation:
    """Writes to one console.

    Parameters:
        console: where to.
        names: names of people by login.
    """

    def __init__(self, console: Console, names: Mapping[str, str]) -> None:
        self._console = console
        self._names = names

    def chapter(self, title: str) -> None:
        """Begins a part."""
        self._console.print()
        self._console.print(Rule(f"[bold]{escape(title)}[/]", align="left", style="dim"))

    def sites(self, sandbox: Sandbox, bridge_url: str) -> None:
        """Where everything runs."""
        kind = "Cloud" if sandbox.flavour.is_cloud else "Data Center"
        self._facts(
            ("FPTR site", sandbox.shotgun.url),
            (f"Jira {kind} site", sandbox.jira.url),
            ("Bridge", bridge_url),
        )

    def step(self, told: Told) -> None:
        """One step of the story, and how long it took to arrive on the other side."""
        name = escape(self._names[told.step.login])
        mark = _TICK if told.quiet else _CROSS
        self._console.print(
            f"{mark} [cyan]{told.step.site}[/]  {name} {escape(told.step.text)}"
            f" [dim]{told.seconds * 1000:.0f} ms[/]",
            highlight=False,
        )

    def pair(self, title: str, fields: Iterable[ComparedField]) -> None:
        """A record and its Issue side by side, with a tick where they mean the same."""
        table = Table(title=escape(title), title_justify="left", title_style="bold", expand=True)
        table.add_column("", width=1)
        table.add_column("Field", width=13, no_wrap=True)
        table.add_column("FPTR", ratio=1)
        table.add_column("Jira", ratio=1)
        for field in fields:
            mark = _TICK if field.equal else _CROSS
            table.add_row(mark, field.name, _shown(field.shotgun), _shown(field.jira))
        self._console.print()
        self._console.print(table)

    def calls(self, calls: BridgeCalls) -> None:
        """How often the bridge called each site."""
        shotgun, jira = calls.totals
        table = Table(title="API calls of the bridge", title_justify="left", title_style="bold")
        table.add_column(f"FPTR ({shotgun})")
        table.add_column("", justify="right")
        table.add_column(f"Jira ({jira})")
        table.add_column("", justify="right")
        columns = [_busiest(calls.shotgun), _busiest(calls.jira)]
        for number in range(max(map(len, columns))):
            cells: list[str] = []
            for column in columns:
                cells += column[number] if number < len(column) else ("", "")
            table.add_row(*cells)
        self._console.print()
        self._console.print(table)

    def verdict(self, equal: int, different: int) -> None:
        """What it all came to."""
        self._console.print()
        if different:
            self._console.print(f"{_CROSS} {different} of {equal + different} fields differ.")
        else:
            self._console.print(f"{_TICK} All {equal} fields are equal, links included.")

    def problem(self, text: str) -> None:
        """Something that went wrong."""
        self._console.print(f"{_CROSS} {escape(text)}", highlight=False, soft_wrap=True)

    def text(self, text: str) -> None:
        """Plain text that can be copied, unbroken."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _facts(self, *facts: tuple[str, str]) -> None:
        table = Table.grid(padding=(0, 2))
        for name, value in facts:
            table.add_row(escape(name), f"[bold]{escape(value)}[/]")
        self._console.print(table)


def _shown(value: str) -> str:
    line = " ⏎ ".join(value.splitlines())
    return escape(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…") or "[dim]-[/]"


def _busiest(calls: Mapping[str, int]) -> list[tuple[str, str]]:
    ordered = sorted(calls.items(), key=lambda one: (-one[1], one[0]))
    return [(escape(name), str(count)) for name, count in ordered]
