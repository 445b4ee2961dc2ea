"""What a source tree carries of others, for its SBOM: what `Misc/sbom.spdx.json` says, and the wheels that it ships.

Nobody is asked over the network: a wheel says its own name, version and licence, and pip's wheel lists what it vendors.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from email.parser import Parser
from pathlib import Path
from typing import Any, TypeAlias

from packaging.utils import canonicalize_name

BASE = "Misc/sbom.spdx.json"
WHEEL = re.compile(r"Lib/ensurepip/_bundled/[^/]+\.whl")
VENDORED = re.compile(r"^\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s#;]+)", re.MULTILINE)
NOASSERTION = "NOASSERTION"
WHOLE = "SPDXRef-PACKAGE"

Json: TypeAlias = "dict[str, Any]"
Parts: TypeAlias = "tuple[list[Json], list[Json]]"  # packages, relationships


class BundledError(ValueError):
    """What the tree says of its parts cannot be read; one sentence names the file."""


def parts(tarball: Path, ids: Mapping[str, str]) -> Parts:
    """The packages in a tarball that are somebody else's, and what belongs to what. `ids`: path -> id of each file.

    Raises BundledError.
    """
    packages, relations = [], []
    for path, data in _carriers(tarball):
        more, tied = _base(data, ids) if path == BASE else _wheel(path, data, ids)
        packages += more
        relations += tied
    known: dict[str, Json] = {}
    for package in packages:
        known.setdefault(str(package["SPDXID"]), package)
    return [known[name] for name in sorted(known)], sorted(relations, key=lambda row: tuple(row.values()))


def _carriers(tarball: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(tarball) as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            stream = tar.extractfile(member) if member.isreg() and (path == BASE or WHEEL.fullmatch(path)) else None
            if stream is not None:
                yield path, stream.read()


def _base(data: bytes, ids: Mapping[str, str]) -> Parts:
    """The tree's own list. Its files are ours under other ids; whatever it names that is not there is left out."""
    try:
        tree = json.loads(data)
        packages = [dict(package) for package in tree["packages"]]
        paths = {row["SPDXID"]: row["fileName"].removeprefix("./") for row in tree.get("files", [])}
        fields = ("spdxElementId", "relationshipType", "relatedSpdxElement")
        told = [tuple(str(row[field]) for field in fields) for row in tree.get("relationships", [])]
        names = {str(package["SPDXID"]) for package in packages}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundledError(f"{BASE} is no SPDX document ({error!r}): correct it in the tree") from None
    relations = [_relation(WHOLE, "DEPENDS_ON", name) for name in names]
    for one, kind, other in told:
        target = ids.get(paths[other]) if other in paths else other if other in names else None
        if one in names and target:
            relations.append(_relation(one, kind, target))
    return packages, relations


def _wheel(path: str, data: bytes, ids: Mapping[str, str]) -> Parts:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            named = next(name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            said = Parser().parsestr(wheel.read(named).decode("utf-8"))
            listed = [name for name in wheel.namelist() if name.endswith("/_vendor/vendor.txt")]
            inside = "".join(wheel.read(name).decode("utf-8") for name in listed)
    except (zipfile.BadZipFile, StopIteration, UnicodeDecodeError, KeyError) as error:
        raise BundledError(f"{path} is no wheel ({error!r}): put the right one into the tree") from None
    own = _package(str(said["Name"]), str(said["Version"]))
    own |= {"packageFileName": path.rpartition("/")[2], "homepage": _homepage(said["Home-page"])}
    found = [_package(match["name"], match["version"]) for match in VENDORED.finditer(inside)]
    relations = [_relation(WHOLE, "DEPENDS_ON", own["SPDXID"])]
    relations += [_relation(own["SPDXID"], "DEPENDS_ON", package["SPDXID"]) for package in found]
    if path in ids:
        relations.append(_relation(ids[path], "GENERATED_FROM", own["SPDXID"]))
    return [own, *found], relations


def _homepage(address: str | None) -> str:
    return address if address and address.startswith(("http://", "https://")) else NOASSERTION


def _package(name: str, version: str) -> Json:
    plain = canonicalize_name(name)
    return {
        "SPDXID": f"SPDXRef-PACKAGE-{plain}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": NOASSERTION,
        "filesAnalyzed": False,
        "licenseConcluded": NOASSERTION,
        "licenseDeclared": NOASSERTION,
        "copyrightText": NOASSERTION,
        "primaryPackagePurpose": "SOURCE",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE_MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:pypi/{plain}@{version}",
            }
        ],
    }


def _relation(one: str, kind: str, other: str) -> Json:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
