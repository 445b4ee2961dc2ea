"""A GitHub that answers at once and remembers nothing: what is measured is ours alone.

python -m console.bench.standin PORT_FILE [DELAY_S]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

SHA = "5e7a" * 10
USER = {"login": "ada", "id": 1001, "type": "User"}
FILE = {"filename": "Lib/files.py", "status": "modified", "patch": "@@ -1 +1 @@\n-a\n+b"}
NEWS = {
    "filename": "Misc/NEWS.d/next/Library/2026-11-20-10-00-00.gh-issue-40000.Ab3dEf.rst",
    "status": "added",
    "patch": "@@ -0,0 +1 @@\n+Files are closed.",
}
INNER = {"author": {"email": "ada@example.org"}, "committer": {"email": "ada@example.org"}, "message": "Close the file"}
COMMIT = {"sha": SHA, "commit": INNER, "author": USER, "committer": USER, "parents": [{"sha": SHA}]}


def pull(number: int) -> dict[str, Any]:
    head = {"ref": "fix", "label": "ada:fix", "sha": f"{number:040x}", "repo": {"full_name": "ada/rabbit"}}
    return {
        "number": number, "title": f"gh-40000: Close file {number}", "body": "", "user": USER, "state": "open",
        "merged": False, "draft": False, "base": {"ref": "main"}, "head": head, "labels": [], "comments": 0,
        "commits": 1, "changed_files": 2, "html_url": f"http://127.0.0.1/{number}", "requested_reviewers": [],
        "updated_at": "2026-11-20T10:00:00Z", "mergeable": True,
    }  # fmt: skip


class StandIn:
    """`delay_s` before each answer."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self.calls = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.calls += 1
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        if "/contents/" in request.path:
            return web.json_response({"message": "Not Found"}, status=404)
        status = 201 if request.method == "POST" else 200
        return web.json_response(_found(request.method, request.path), status=status)


def _found(method: str, path: str) -> Any:
    parts = path.strip("/").split("/")
    if path.endswith("/installation"):
        return {"id": 1, "permissions": {}, "events": ["*"]}
    if path.endswith("/access_tokens"):
        return {"token": "ghs_x", "expires_at": "2099-01-01T00:00:00Z"}
    if method != "GET":
        return {"id": 1, "number": 1, "html_url": "http://127.0.0.1/"}
    if parts[-2] == "pulls":
        return pull(int(parts[-1]))
    if parts[-2] == "labels":
        return {"name": parts[-1], "color": "c2e0c6", "description": ""}
    if parts[-2] == "issues":
        return {"number": int(parts[-1]), "title": "Files stay open", "body": ""}
    lists: dict[str, Any] = {"files": [FILE, NEWS], "commits": [COMMIT]}
    return lists.get(parts[-1], [])


async def main(port_file: Path, delay_s: float) -> None:
    stand_in = StandIn(delay_s)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stand_in.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    port_file.write_text(str(runner.addresses[0][1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
