"""The table of pages: where each is, which template shows it, and the function that reads its facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from console.pages import answering, newsform, releases, work
from console.pages.asked import Asked

View: TypeAlias = "Callable[[Asked], dict[str, Any] | None]"


@dataclass(frozen=True)
class Page:
    """`view` returns what the template needs, or None where there is nothing; `json_key`: only that part as JSON."""

    path: str
    template: str
    view: View
    nav: str = ""
    json_key: str = ""
    nothing: str = "There is no such page."

    @property
    def json_path(self) -> str:
        return "/index.json" if self.path == "/" else f"{self.path}.json"


chart = releases.chart

PAGES = (
    Page("/", "overview.html", work.overview, "overview"),
    Page("/branches", "branches.html", releases.branches, "branches", json_key="branches"),
    Page("/pulls", "pulls.html", work.pulls, "pulls", json_key="pulls"),
    Page(r"/pulls/{number:\d{1,9}}", "pull.html", work.pull, "pulls", nothing="Nothing is known of that pull request."),
    Page("/backports", "backports.html", work.backports, "backports", json_key="backports"),
    Page("/builders", "builders.html", work.builders, "builders", json_key="branches"),
    Page(r"/commits/{sha:[0-9a-f]{4,64}}", "commit.html", work.commit, "builders"),
    Page("/notices", "notices.html", work.notices, "notices", json_key="notices"),
    Page("/releases", "releases.html", releases.releases, "releases"),
    Page("/news", "news.html", newsform.form, "news"),
    Page("/deliveries", "deliveries.html", work.deliveries, "failures"),
    Page(
        r"/deliveries/{guid:(?:(?!\.json$)[^/]){1,100}}",
        "delivery.html",
        work.delivery,
        "failures",
        nothing="No such delivery.",
    ),
    Page("/failures", "failures.html", work.failures, "failures"),
)

__all__ = ["PAGES", "Asked", "Page", "answering", "chart"]
