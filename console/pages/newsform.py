"""The form for a news entry: it checks somebody's words and shows the file, ready for their pull request.

It writes nothing, and so it needs no login: the person commits the file by GitHub's own page, which the link opens
filled in, or asks the bots to, with the comment that is shown.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import quote

from console.pages.asked import Asked
from release.entries import Entry, NewsError, file_of, folder, new, path_of
from release.wrap import wrapped

Found = dict[str, Any]
FIELDS = ("section", "issue", "text", "cve", "branch")


def form(asked: Asked) -> Found:
    """The form, and what was made of what is in it."""
    given = {name: asked.query.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    shown: Found = {"sections": asked.settings.news.sections, "given": given, "problem": "", "entry": None}
    if not any(given[name] for name in ("section", "issue", "text")):
        return shown
    try:
        entry = new(given["section"], given["issue"], given["text"], _moment(asked), asked.settings.news, given["cve"])
    except NewsError as error:
        return {**shown, "problem": str(error)}
    return {**shown, "entry": _shown(asked, entry, given["branch"])}


def _moment(asked: Asked) -> datetime:
    today = asked.settings.today
    return datetime.combine(today, time(), UTC) if today else datetime.now(UTC)


def _shown(asked: Asked, entry: Entry, branch: str) -> Found:
    path, text = path_of(entry, asked.settings.news), file_of(entry)
    link = ""
    if branch:
        where = f"{asked.settings.github.web_url.rstrip('/')}/{asked.settings.github.repository}/new/{quote(branch)}"
        link = f"{where}?filename={quote(path)}&value={quote(text)}"
    return {
        "path": path,
        "text": text,
        "preview": wrapped(f"gh-{entry.issue}: {entry.body}", "- ", "  "),
        "command": "" if entry.cve else f"/news {folder(entry.section)} {' '.join(entry.body.split())}",
        "link": link,
    }
