"""How pages say things: a symbol and a word for every state (colour alone tells nobody), short times and commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
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
}


def state(value: Any) -> Markup:
    """A state as symbol, word and colour."""
    symbol, look = LOOKS.get(str(value), ("·", "quiet"))
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(look, symbol, value)


def dot(build: dict[str, Any]) -> Markup:
    """One build of a history: a symbol that links to it and says the rest to those who listen."""
    symbol, look = LOOKS.get(build["result"], ("·", "quiet"))
    says = f"#{build['number']} {build['result']}, {build['commit'][:10]}"
    return Markup('<a class="dot {}" href="{}" title="{}" aria-label="{}">{}</a>').format(
        look, build["url"], says, says, symbol
    )


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
    "dot": dot,
    "when": when,
    "short": short,
    "evidence": evidence,
    "took": took,
    "address": address,
}
