"""What the story claims, checked as it goes: a live list while it plays, a table of promises at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.table import Table

LOOK_EVERY_S = 0.25

# Looks at the world once: the evidence when the promise holds, None when it does not hold yet.
# `Broken` says that it never will, so that nobody waits for the deadline.
Probe: TypeAlias = "Callable[[], Awaitable[str | None]]"


class Broken(Exception):
    """A promise cannot hold any more; the text says what was found instead."""


@dataclass(frozen=True)
class Promise:
    """One claim about the world and what was found."""

    chapter: str
    claim: str
    kept: bool
    evidence: str
    took_s: float


@dataclass
class Ledger:
    """The promises so far. Prints each step as it ends; `console` may be quiet in tests."""

    console: Console
    promises: list[Promise] = field(default_factory=list)
    chapter: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def whole(self) -> bool:
        """True when something was promised and every promise was kept."""
        return bool(self.promises) and all(promise.kept for promise in self.promises)

    def open(self, chapter: str) -> None:
        self.chapter = chapter
        self.console.print(f"\n[bold]{escape(chapter)}[/bold]")

    @asynccontextmanager
    async def step(self, text: str) -> AsyncIterator[None]:
        """Something that the story does; an error in it ends the story."""
        begun = time.monotonic()
        with self.console.status(escape(text)):
            yield
        self._line("[cyan]▸[/cyan]", text, "", time.monotonic() - begun)

    async def promise(self, claim: str, probe: Probe, within_s: float = 30.0) -> bool:
        """Wait until `probe` finds evidence, at most `within_s`; the story goes on either way."""
        begun = time.monotonic()
        with self.console.status(escape(claim)):
            kept, evidence = await _look(probe, begun + within_s)
        took = time.monotonic() - begun
        self.promises.append(Promise(self.chapter, claim, kept, evidence, took))
        self._line("[green]✔[/green]" if kept else "[red]✘[/red]", claim, evidence, took)
        return kept

    def table(self) -> Table:
        """Every promise with what was found."""
        kept = sum(promise.kept for promise in self.promises)
        table = Table(title=f"Promises kept: {kept} of {len(self.promises)}", title_justify="left")
        for column in ("", "promise", "found", "s"):
            table.add_column(column, justify="right" if column == "s" else "left", overflow="fold")
        for promise in self.promises:
            mark = "[green]✔[/green]" if promise.kept else "[red]✘[/red]"
            table.add_row(mark, escape(promise.claim), escape(promise.evidence), f"{promise.took_s:.1f}")
        return table

    def _line(self, mark: str, text: str, evidence: str, took_s: float) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        found = f" [dim]{escape(evidence)}[/dim]" if evidence else ""
        line = f"  {minutes}:{seconds:02}  {mark} {escape(text)}{found} [dim]({took_s:.1f} s)[/dim]"
        self.console.print(line, soft_wrap=True)


async def _look(probe: Probe, deadline: float) -> tuple[bool, str]:
    while True:
        try:
            evidence = await probe()
        except Broken as found:
            return False, str(found)
        if evidence is not None:
            return True, evidence
        if time.monotonic() >= deadline:
            return False, "not seen in time"
        await asyncio.sleep(LOOK_EVERY_S)
