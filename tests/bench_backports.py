"""How long a pick and a backport take on a repository of CPython's size, beside what git alone takes in the same run.

    python -m tests.bench_backports [picks] [backports] [labels]

The repository is generated, once, below build/: 5,000 files in 250 folders, 40,000 commits on main, 1,200 on the
maintenance branch since the two parted. Times are wall-clock, of this machine.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from core import records, settings
from forge import pick
from forge.backport import Backporter
from forge.effects import Backport
from forge.local.process import Running
from forge.objects import Objects
from forge.pick import Identity, Picked
from tests.bots_world import REPOSITORY, ROOT, World, world
from tests.git_world import Hub

LONGEST_S = 300.0  # the first fetch brings the whole repository
CACHE = ROOT / "build" / "bench"
FILES, FOLDERS, LINES = 5000, 250, 120
SHARED, SINCE, BRANCHED = 38_000, 2_000, 1_200
PICKS, ALONE, TOGETHER = 200, 8, 8
ME = ("-c", "user.name=Core", "-c", "user.email=core@example.org")
FAST = "[github]\ncontent_gap_s = 0.0\n"  # nobody reads along: no pauses between comments
US = Identity("camelot[bot]", "camelot[bot]@users.noreply.github.com")


def kept() -> Path:
    """A bare repository with `main` and `1.2`, the same each time; it is made when there is none yet."""
    repo = CACHE / f"{FILES}-{FOLDERS}-{LINES}-{SHARED}-{SINCE}-{BRANCHED}.git"
    if not repo.exists():
        print("generating the repository, once", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            generate(Path(name) / "new.git")
            (Path(name) / "new.git").rename(repo)
    return repo


def generate(repo: Path) -> None:
    """Fast-import takes what a person would have to commit for years."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", repo], check=True)
    importer = subprocess.Popen(["git", f"--git-dir={repo}", "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin
    for part in _stream(random.Random(20)):  # noqa: S311 - nothing secret: the same each time
        importer.stdin.write(part)
    importer.stdin.close()
    assert importer.wait() == 0


def _stream(chance: random.Random) -> Iterator[bytes]:
    names = [f"Lib/part{n % FOLDERS:03}/module{n:04}.py" for n in range(FILES)]
    files = {name: [f"def f{n}():  # {chance.random()}" for n in range(LINES)] for name in names}
    yield _commit(1, "main", 0, files, files)
    for mark in range(2, SHARED + 1):
        yield _step(chance, mark, "main", mark - 1, files, names)
    other = {name: list(lines) for name, lines in files.items()}
    for mark in range(SHARED + 1, SHARED + SINCE + 1):
        yield _step(chance, mark, "main", mark - 1, files, names)
    for n in range(BRANCHED):
        mark = SHARED + SINCE + 1 + n
        yield _step(chance, mark, "1.2", SHARED if n == 0 else mark - 1, other, names)


def _step(
    chance: random.Random, mark: int, branch: str, parent: int, files: dict[str, list[str]], names: Sequence[str]
) -> bytes:
    touched = {name: files[name] for name in chance.sample(names, chance.choice((1, 1, 2, 3)))}
    for lines in touched.values():
        lines[chance.randrange(len(lines))] = f"changed = {chance.random()}"
    return _commit(mark, branch, parent, touched, files)


def _commit(mark: int, branch: str, parent: int, touched: dict[str, list[str]], files: dict[str, list[str]]) -> bytes:
    who = f"Ada <ada@example.org> {1600000000 + mark * 60} +0000"
    message = f"gh-1: Change {mark} (#{mark})".encode()
    head = [f"commit refs/heads/{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\n".encode(), _data(message)]
    head += [f"from :{parent}\n".encode()] if parent else []
    body = [f"M 100644 inline {name}\n".encode() + _data("\n".join(files[name]).encode()) for name in touched]
    return b"".join([*head, *body]) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def objects_in(repo: Path) -> int:
    told = subprocess.run(
        ["git", f"--git-dir={repo}", "count-objects", "-v"], check=True, capture_output=True, text=True
    )
    counts = dict(line.split(": ") for line in told.stdout.splitlines())
    return int(counts["count"]) + int(counts["in-pack"])


# --- picks ---


def picks(repo: Path) -> None:
    """Each commit twice: the merge alone, of two commits made beforehand, and our whole pick; whichever comes first."""
    alone, whole, at = Objects(repo), Objects(repo), datetime.now(UTC)
    onto = whole.resolve("1.2")
    there = pick.tree_of(whole, onto)
    floors, ours, clean = [], [], 0
    for n, commit in enumerate(_git(repo, "rev-list", f"--max-count={PICKS + 1}", "main").split()):
        sides = pick._sides(alone, pick.read(alone, commit), there)
        jobs: list[tuple[str, Callable[[], object]]] = [
            ("merge", partial(alone.merge, *sides, there)),
            ("pick", partial(_whole, whole, commit, onto, at)),
        ]
        times = {name: _timed(job) for name, job in (jobs if n % 2 else jobs[::-1])}
        if n == 0:  # the processes start
            continue
        floors.append(times["merge"][0])
        ours.append(times["pick"][0])
        clean += isinstance(times["pick"][1], Picked)
    alone.close()
    whole.close()
    floor, mine = statistics.median(floors), statistics.median(ours)
    print(f"repository: {FILES} files, {objects_in(kept())} objects")
    print(f"merge alone, one process that stays: p50 {floor * 1e3:.2f} ms, p95 {_p95(floors) * 1e3:.2f} ms (n={PICKS})")
    print(
        f"pick, from commit to commit: p50 {mine * 1e3:.2f} ms, p95 {_p95(ours) * 1e3:.2f} ms, {clean} of {PICKS} clean"
    )
    print(f"a pick takes {mine / floor:.1f} times the merge alone (at most 3)")


def _whole(objects: Objects, commit: str, onto: str, at: datetime) -> pick.Result:
    source = pick.read(objects, commit)
    return pick.pick(objects, source, onto, f"[1.2] {source.message}", US, at, lambda _path: False)


def _timed(job: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = job()
    return time.perf_counter() - started, result


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


# --- backports, against a remote on disk ---


async def backports(repo: Path, folder: Path) -> None:
    """Our backport beside the least that git needs for one: fetch two branches, merge, push. In turns, same run."""
    remote = folder / "remote" / "rabbit" / "rabbit.git"
    floor = folder / "floor.git"
    for copy in (remote, floor):
        clone = ["git", "clone", "--quiet", "--mirror", "--no-hardlinks", repo, copy]
        await asyncio.to_thread(partial(subprocess.run, clone, check=True))
    github = {"git_url": f"file://{folder / 'remote'}", "repository": "rabbit/rabbit"}
    hub = Hub()
    jobs = Backporter(settings.load({}, "rabbit", {"data": str(folder / "data"), "github": github}), hub)
    clean = _clean(repo)
    await jobs.backport(_asked(clean.pop()))  # the first fetch brings everything
    least, ours = [], []
    for commit in clean[:ALONE]:
        least.append((await asyncio.to_thread(_timed, partial(_least, floor, f"file://{remote}", commit)))[0])
        ours.append(await _run(jobs, [commit]))
    together = await _run(jobs, clean[ALONE : ALONE + TOGETHER])
    jobs.close()
    one, mine = statistics.median(least), statistics.median(ours)
    print(
        f"fetch, merge, push by git alone: p50 {one:.2f} s; a backport: p50 {mine:.2f} s, {mine / one:.1f} times that"
    )
    print(f"{TOGETHER} backports at once: {together:.2f} s, {together / one:.1f} times one by git alone")


def _asked(commit: str) -> Backport:
    return Backport(int(commit[:6], 16), commit, ("1.2",), "gh-1: Change", "main")


async def _run(jobs: Backporter, commits: Sequence[str]) -> float:
    started = time.perf_counter()
    outcomes = await asyncio.gather(*(jobs.backport(_asked(commit)) for commit in commits))
    took = time.perf_counter() - started
    assert {each.state for outcome in outcomes for each in outcome.values()} == {"opened"}, outcomes
    return took


def _least(mirror: Path, remote: str, *commits: str) -> list[str]:
    """Fetch, merge, push; the branches."""
    _git(mirror, "fetch", "--quiet", "--no-tags", remote, "+main:refs/o/main", "+1.2:refs/o/1.2")
    there = _git(mirror, "rev-parse", "refs/o/1.2^{tree}")
    picked = {}
    for commit in commits:
        ours = _git(mirror, *ME, "commit-tree", there, "-p", f"{commit}^", "-m", "x")
        tree = _git(mirror, "merge-tree", "--write-tree", ours, commit)
        branch = f"least-{commit[:7]}"
        picked[branch] = _git(mirror, *ME, "commit-tree", tree, "-p", "refs/o/1.2", "-m", "x")
    _git(mirror, "push", "--quiet", remote, *(f"{sha}:refs/heads/{branch}" for branch, sha in picked.items()))
    return list(picked)


def _clean(repo: Path) -> list[str]:
    """The newest commits of main that 1.2 takes without a conflict."""
    return [commit for commit in _git(repo, "rev-list", "--max-count=60", "main").split() if _is_clean(repo, commit)]


def _is_clean(repo: Path, commit: str) -> bool:
    objects = Objects(repo)
    result = _whole(objects, commit, objects.resolve("1.2"), datetime.now(UTC))
    objects.close()
    return isinstance(result, Picked)


# --- from the label to the pull request ---


async def labels(repo: Path, folder: Path) -> None:
    """A forge and the bots as processes of their own; the clock runs from the label to the pull request.

    Beside it the least: fetch, merge and push by git alone from the same forge, and the call that opens the other.
    """
    folder.mkdir()
    (folder / "fast.toml").write_text(FAST)
    async with world(folder, CAMELOT_CONFIG=str(folder / "fast.toml")) as there:
        await _pushed(there.forge, repo, "+main:main", "+1.2:1.2")
        await there.settled()
        clean = _clean(repo)
        pulls = [await _merged(there, repo, n) for n in range(ALONE + TOGETHER + 1)]
        await there.settled()
        await _until_backported(there, [pulls.pop()])  # the first fetch of all
        least, alone = [], []
        for _ in range(ALONE):
            least.append(await _least_together(there, repo, [clean.pop()]))
            alone.append(await _until_backported(there, [pulls.pop()]))
        all_least = await _least_together(there, repo, clean[:TOGETHER])
        together = await _until_backported(there, pulls)
    one, mine = statistics.median(least), statistics.median(alone)
    print(f"fetch, merge, push and open by git alone: p50 {one:.2f} s (n={ALONE})")
    print(f"label to pull request, idle: p50 {mine:.2f} s, {mine / one:.1f} times that (n={ALONE}; at most 0.4 s)")
    print(f"{TOGETHER} at once by git alone, one fetch and one push for all: {all_least:.2f} s")
    print(f"{TOGETHER} labels at once: {together:.2f} s, {together / all_least:.1f} times that (at most 1.5 s)")


async def _least_together(there: World, repo: Path, commits: Sequence[str]) -> float:
    """The same for several: one fetch, one push, and the pull requests are opened side by side."""
    started = time.perf_counter()
    branches = await asyncio.to_thread(_least, repo, _url(there.forge), *commits)
    core = there.person("core-dev")
    await asyncio.gather(*(core.open_pull(REPOSITORY, each, f"[1.2] {each}", base="1.2") for each in branches))
    took = time.perf_counter() - started
    await there.settled()
    return took


async def _merged(there: World, repo: Path, n: int) -> int:
    """A pull request with one change, made from a branch of the repository and squashed into main."""
    core, branch = there.person("core-dev"), f"fix-{n}"
    tip = _git(repo, "rev-parse", "main")
    lines = f"commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1700000000 +0000\n{_data(b'Fix').decode()}"
    stream = lines + f"from {tip}\nM 100644 inline Lib/fix{n}.py\n{_data(b'fix').decode()}\n"
    importer = ["git", f"--git-dir={repo}", "fast-import", "--quiet", "--force"]
    await asyncio.to_thread(partial(subprocess.run, importer, input=stream.encode(), check=True))
    await _pushed(there.forge, repo, f"{branch}:{branch}")
    number = await core.open_pull(REPOSITORY, branch, f"gh-1: Fix {n}")
    await core.merge(REPOSITORY, number)
    return number


async def _until_backported(there: World, numbers: Sequence[int]) -> float:
    """Seconds until each has its backport, as the bots wrote it down; asking would keep the forge from work."""
    core = there.person("core-dev")
    started = time.perf_counter()
    await asyncio.gather(*(core.label(REPOSITORY, number, "needs backport to 1.2") for number in numbers))
    while not all(_is_opened(there, number) for number in numbers):
        assert time.perf_counter() < started + LONGEST_S, [await there.comments(number) for number in numbers]
        await asyncio.sleep(0.01)
    took = time.perf_counter() - started
    await there.settled()
    return took


def _is_opened(there: World, number: int) -> bool:
    return [row.state for row in records.backports_of(there.store.engine, number)] == ["opened"]


async def _pushed(forge: Running, repo: Path, *specs: str) -> None:
    await asyncio.to_thread(_push, forge, repo, *specs)


def _push(forge: Running, repo: Path, *specs: str) -> None:
    push = ["git", f"--git-dir={repo}", "push", "--quiet", _url(forge), *specs]
    subprocess.run(push, check=True, capture_output=True)


def _url(forge: Running) -> str:
    return f"{forge.url}/{REPOSITORY}.git".replace("http://", "http://core-dev:token-core-dev@")


def _git(repo: Path, *arguments: str) -> str:
    told = subprocess.run(["git", f"--git-dir={repo}", *arguments], check=True, capture_output=True, text=True)
    return told.stdout.strip()


def main(wanted: Sequence[str]) -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as name:
        repo = Path(name) / "big.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", "--shared", kept(), repo], check=True)
        if not wanted or "picks" in wanted:
            picks(repo)
        if not wanted or "backports" in wanted:
            asyncio.run(backports(repo, Path(name)))
        if not wanted or "labels" in wanted:
            asyncio.run(labels(repo, Path(name) / "world"))


if __name__ == "__main__":
    main(sys.argv[1:])
