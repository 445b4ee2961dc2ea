"""How pages say things: a symbol and a word for every state (colour alone tells nobody), short times and commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

# state -> (symbol, class of colour). The word is the state itself.
LOOKS: dict[str, tuple[str, str]] = {
    "success": ("✔", "good"),
    "warnings": ("!", "good"),
    "failure": ("✘", "bad"),
    "exception": ("✘", "bad"),
    "retry": ("↻", "wait"),
    "cancelled": ("−", "quiet"),
    "skipped": ("−", "quiet"),
    "open": ("○", "wait"),
    "closed": ("−", "quiet"),
    "merged": ("✔", "good"),
    "opened": ("→", "wait"),
    "conflict": ("✘", "bad"),
    "failed": ("✘", "bad"),
    "refused": ("−", "quiet"),
    "joined": ("→", "quiet"),
    "empty": ("−", "quiet"),
    "superseded": ("−", "wait"),
    "dropped": ("−", "quiet"),
    "declined": ("−", "quiet"),
    "asked": ("○", "wait"),
    "allowed": ("○", "wait"),
    "forecast-clean": ("✔", "quiet"),
    "forecast-conflict": ("✘", "wait"),
    "already-there": ("✔", "good"),
    "new": ("○", "wait"),
    "decided": ("○", "wait"),
    "done": ("✔", "good"),
    "ignored": ("−", "quiet"),
    "parked": ("✘", "bad"),
    "running": ("○", "wait"),
    "waiting": ("…", "quiet"),
    "blocked": ("✘", "bad"),
    "abandoned": ("−", "quiet"),
    "block": ("✘", "bad"),
    "waived": ("▲", "wait"),
    "holds": ("▲", "wait"),
    "undone": ("↶", "quiet"),
    "undoing": ("↶", "wait"),
    "verified": ("✔", "good"),
    "broken": ("✘", "bad"),
    "unknown": ("?", "wait"),
    "ok": ("✔", "good"),
    "pass": ("✔", "good"),
    "blocks releases": ("■", "bad"),
    "concerning": ("▲", "wait"),
    "unstable": ("~", "quiet"),
    "feature": ("✦", "good"),
    "prerelease": ("◆", "good"),
    "bugfix": ("✔", "good"),
    "security": ("▲", "wait"),
    "end-of-life": ("−", "quiet"),
    "planned": ("…", "quiet"),
    "releasable": ("✔", "good"),
    "concern": ("▲", "wait"),
    "unreleasable": ("✘", "bad"),
    "green": ("✔", "good"),
    "the farm failed": ("!", "wait"),
    "no worker": ("○", "wait"),
    "no build yet": ("…", "quiet"),
    "passed": ("✔", "good"),
    "wavered": ("~", "wait"),
    "wavers": ("~", "wait"),
    "both": ("±", "wait"),
    "known": ("~", "quiet"),
    "in force": ("✔", "quiet"),
    "ended": ("−", "quiet"),
    "submitted": ("✔", "quiet"),
    "env_changed": ("✘", "bad"),
    "refleak": ("✘", "bad"),
    "fail": ("✘", "bad"),
    "error": ("✘", "bad"),
    "leak": ("✘", "bad"),
    "crash": ("✘", "bad"),
    "worker_failed": ("✘", "bad"),
    "timeout": ("✘", "bad"),
    "uncaught_exc": ("✘", "bad"),
    "away": ("✘", "bad"),
    "paused": ("−", "wait"),
    "building": ("→", "good"),
    "idle": ("✔", "quiet"),
}


def state(value: Any) -> Markup:
    """A state as symbol, word and colour."""
    symbol, look = LOOKS.get(str(value), ("·", "quiet"))
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(look, symbol, value)


def dots(history: Sequence[Sequence[Any]]) -> Markup:
    """The results of a history as symbols, oldest first, and as words to those who listen; equal neighbours as one."""
    runs = [(result, len(list(group))) for result, group in groupby(row[1] for row in history)]
    symbols = (Markup('<span class="{1}">{0}</span>').format(*_dots(result, count)) for result, count in runs)
    counts = Counter(row[1] for row in history)
    says = ", ".join(f"{count} {result}" for result, count in counts.most_common())
    return Markup('<span class="dots" role="img" aria-label="{}" title="{}">{}</span>').format(
        says, says, Markup("").join(symbols)
    )


def _dots(result: str, count: int) -> tuple[str, str]:
    symbol, look = LOOKS.get(result, ("·", "quiet"))
    return symbol * count, look


def cell(value: Any) -> Markup:
    """A state as its symbol alone, in a table whose columns are narrow; the word is there for those who ask."""
    if not value:
        return Markup("")
    symbol, look = LOOKS.get(str(value), ("✘", "bad"))
    return Markup('<span class="{}" role="img" aria-label="{}" title="{}">{}</span>').format(look, value, value, symbol)


def when(value: Any) -> Markup:
    """A stored time, to the second, with the machine's form beside it; nothing for nothing."""
    if not value:
        return Markup("")
    moment = datetime.fromisoformat(str(value))
    shown = moment.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, str) and "T" in value else str(value)
    return Markup('<time datetime="{}">{}</time>').format(value, shown)


def short(commit: str) -> Markup:
    """A commit's first digits, linked to its builds."""
    if not commit:
        return Markup("")
    return Markup('<a href="/commits/{}"><code>{}</code></a>').format(commit, commit[:10])


def evidence(value: Any) -> Markup:
    """What a step left behind, as a list of terms."""
    if not isinstance(value, dict):
        return escape("" if value is None else value)
    rows = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(key, _plain(item)) for key, item in value.items())
    return Markup("<dl>{}</dl>").format(rows)


def took(seconds: float | None) -> Markup:
    """A duration for people; nothing for what is not over."""
    if seconds is None:
        return Markup("")
    minutes, rest = divmod(seconds, 60)
    return Markup("{:.0f} min {:.0f} s").format(minutes, rest) if minutes else Markup("{:.1f} s").format(rest)


def address(value: str) -> str:
    """A link that somebody wrote down; one that is none (`javascript:`) leads nowhere."""
    return value if value.startswith(("http://", "https://", "/")) else "#"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


FILTERS: dict[str, Callable[[Any], Any]] = {
    "state": state,
    "dots": dots,
    "cell": cell,
    "when": when,
    "short": short,
    "evidence": evidence,
    "took": took,
    "address": address,
}
