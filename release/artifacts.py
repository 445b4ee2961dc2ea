"""Source tarballs that come out the same for everybody: read from git's objects, in order, with the commit's time.

Neither the umask, the time zone, the locale nor the hash seed reaches the bytes. `python -m release.artifacts` makes
them again in a process of its own, to compare.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import lzma
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.settings import News
from core.versions import Version
from release import news, repo

LEFT_OUT = (".git", ".gitattributes", ".gitignore", ".github", ".azure-pipelines", "Misc/mypy")  # as CPython's export
EXECUTABLE, LINK = "100755", "120000"


@dataclass(frozen=True)
class Recipe:
    """All that decides the bytes of a tarball."""

    repository: Path
    commit: str
    version: Version
    product: str
    rules: News

    @property
    def stem(self) -> str:
        return f"{self.product}-{self.version}"

    @property
    def names(self) -> tuple[str, str]:
        return f"{self.stem}.tgz", f"{self.stem}.tar.xz"


def make(recipe: Recipe, folder: Path) -> list[Path]:
    """Both tarballs, into `folder`; a half-written file never bears its name."""
    plain = _tar(recipe, files(recipe))
    packed = (_gz(plain), lzma.compress(plain, preset=6))
    return [put(folder / name, data) for name, data in zip(recipe.names, packed, strict=True)]


def files(recipe: Recipe) -> list[repo.Blob]:
    """What goes in: the commit without git's and the farm's own files, with the merged news and the commit's name."""
    everything = repo.blobs(recipe.repository, recipe.commit)
    kept = {blob.path: blob for blob in everything if not _left_out(blob.path, recipe.rules)}
    for path, text in (("Misc/NEWS", _changelog(recipe, everything)), (".gitinfo", _gitinfo(recipe))):
        kept[path] = repo.Blob(path, "100644", text.encode())
    return [kept[path] for path in sorted(kept)]


def _left_out(path: str, rules: News) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in (*LEFT_OUT, rules.directory))


def _changelog(recipe: Recipe, everything: Sequence[repo.Blob]) -> str:
    """Misc/NEWS, from the releases' files of the commit."""
    place = f"{recipe.rules.directory}/"
    with tempfile.TemporaryDirectory() as spare:
        root = Path(spare)
        (root / place).mkdir(parents=True)
        for blob in everything:
            if blob.path.startswith(place) and "/" not in blob.path.removeprefix(place):
                (root / blob.path).write_bytes(blob.data)
        return news.merge(root, recipe.product, recipe.rules)


def _gitinfo(recipe: Recipe) -> str:
    """The commit that a tree without git was made from; the build shows it in `-VV`."""
    return f"commit={recipe.commit}\nbranch=tags/v{recipe.version}\n"


def _tar(recipe: Recipe, members: Sequence[repo.Blob]) -> bytes:
    moment, out = repo.commit_time(recipe.repository, recipe.commit), io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder in _folders(recipe.stem, members):
            tar.addfile(_info(folder, moment, 0o755, tarfile.DIRTYPE))
        for blob in members:
            name = f"{recipe.stem}/{blob.path}"
            if blob.mode == LINK:
                info = _info(name, moment, 0o777, tarfile.SYMTYPE)
                info.linkname = blob.data.decode(errors="surrogateescape")
                tar.addfile(info)
                continue
            info = _info(name, moment, 0o755 if blob.mode == EXECUTABLE else 0o644, tarfile.REGTYPE)
            info.size = len(blob.data)
            tar.addfile(info, io.BytesIO(blob.data))
    return out.getvalue()


def _folders(stem: str, members: Sequence[repo.Blob]) -> list[str]:
    parents = {str(parent) for blob in members for parent in Path(stem, blob.path).parents}
    return sorted(parents - {"."})


def _info(name: str, moment: int, mode: int, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mtime, info.mode, info.type = moment, mode, kind
    return info  # uid, gid and the names of both are 0 and empty already


def _gz(plain: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as packed:
        packed.write(plain)
    return out.getvalue()


def put(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all, readable for everybody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.chmod(0o644)
    return partial.replace(path)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(words: Sequence[str] | None = None) -> int:
    """Make the tarballs of a commit and print their checksums."""
    parser = argparse.ArgumentParser(prog="python -m release.artifacts", description=main.__doc__)
    for name in ("repository", "commit", "version", "product", "news", "folder"):
        parser.add_argument(name)
    given = parser.parse_args(words)
    rules = News(directory=given.news, sections=(), lowest_issue=1)
    recipe = Recipe(Path(given.repository), given.commit, Version.parse(given.version), given.product, rules)
    for path in make(recipe, Path(given.folder)):
        print(f"{sha256(path)}  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
