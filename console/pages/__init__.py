"""The table of pages: where each is, which template shows it, and the function that reads its facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from console.pages import answering, farm, leaks, newsform, releases, tests, work, workers
from console.pages.asked import Asked

View: TypeAlias = "Callable[[Asked], dict[str, Any] | None]"


@dataclass(frozen=True)
class Page:
    """`view` returns what the template needs, or None where there is nothing; `json_key`: only that part as JSON.

    `kept`: the answer is kept and given again until something of the farm changes (`core.standings.revision`).
    """

    path: str
    template: str
    view: View
    nav: str = ""
    json_key: str = ""
    nothing: str = "There is no such page."
    kept: bool = False

    @property
    def json_path(self) -> str:
        return "/index.json" if self.path == "/" else f"{self.path}.json"


chart = releases.chart
leak_picture = leaks.drawing
NAME = r"(?:(?!\.json$)[^/]){1,200}"

PAGES = (
    Page("/", "overview.html", work.overview, "overview"),
    Page("/farm", "farm.html", farm.farm, "farm", kept=True),
    Page(
        rf"/farm/branches/{{branch:{NAME}}}",
        "farmbranch.html",
        farm.branch,
        "farm",
        nothing="Nobody builds that branch.",
        kept=True,
    ),
    Page(
        rf"/farm/builders/{{builder:{NAME}}}",
        "farmbuilder.html",
        farm.builder,
        "farm",
        nothing="There is no such builder.",
        kept=True,
    ),
    Page(
        rf"/tests/{{branch:{NAME}}}/{{test:{NAME}}}",
        "test.html",
        tests.test,
        "farm",
        nothing="No build on that branch has run that test.",
        kept=True,
    ),
    Page("/flakes", "flakes.html", tests.wavering, "farm", kept=True),
    Page("/leaks", "leaks.html", leaks.leaks, "farm", kept=True),
    Page("/queue", "queue.html", workers.queue, "farm", kept=True),
    Page("/workers", "workers.html", workers.workers, "farm", kept=True),
    Page("/branches", "branches.html", releases.branches, "branches", json_key="branches"),
    Page("/pulls", "pulls.html", work.pulls, "pulls", json_key="pulls"),
    Page(r"/pulls/{number:\d{1,9}}", "pull.html", work.pull, "pulls", nothing="Nothing is known of that pull request."),
    Page("/backports", "backports.html", work.backports, "backports", json_key="backports"),
    Page("/builders", "builders.html", work.builders, "builders", json_key="branches", kept=True),
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

__all__ = ["PAGES", "Asked", "Page", "answering", "chart", "leak_picture"]
