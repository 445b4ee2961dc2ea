"""The SBOM tells what a tree carries of others, from the tree alone: its own list, and the wheels that it ships."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from release import sbom
from release.bundled import BASE, BundledError

EXPAT = {
    "SPDXID": "SPDXRef-PACKAGE-expat",
    "name": "expat",
    "versionInfo": "2.7.1",
    "downloadLocation": "https://expat.invalid/expat-2.7.1.tar.gz",
    "licenseConcluded": "MIT",
    "checksums": [{"algorithm": "SHA256", "checksumValue": "ab" * 32}],
    "primaryPackagePurpose": "SOURCE",
}
LISTED = [
    {"SPDXID": "SPDXRef-FILE-Modules-expat-COPYING", "fileName": "Modules/expat/COPYING"},
    {"SPDXID": "SPDXRef-FILE-gone", "fileName": "Modules/expat/gone.c"},
]
CONTAINS = [
    {"spdxElementId": "SPDXRef-PACKAGE-expat", "relationshipType": "CONTAINS", "relatedSpdxElement": row["SPDXID"]}
    for row in LISTED
]
TREE = json.dumps({"packages": [EXPAT], "files": LISTED, "relationships": CONTAINS}).encode()
METADATA = "Metadata-Version: 2.4\nName: pip\nVersion: 26.1\nHome-page: https://pip.invalid/\n\nInstalls.\n"
VENDOR = "CacheControl==0.14.3\n    # a remark\nrequests==2.32.5 # why\n    urllib3==1.26.20\n-e nothing\n"
PLACE = "Lib/ensurepip/_bundled/pip-26.1-py3-none-any.whl"


def wheel(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("__", "/"), text)
    return out.getvalue()


PIP = wheel(**{"pip-26.1.dist-info__METADATA": METADATA, "pip___vendor__vendor.txt": VENDOR})


def made(folder: Path, files: dict[str, bytes]) -> dict[str, Any]:
    """The SBOM of a tarball of these files; it is valid, and written beside it."""
    path = folder / "Python-3.15.0.tgz"
    # without the second at which it is packed, which gzip would write into it
    with gzip.GzipFile(path, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in {"README.rst": b"Read me.\n", **files}.items():
            info = tarfile.TarInfo(f"Python-3.15.0/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    tree = sbom.document(path, "Python", "3.15.0", 1, "https://forge.invalid/python/cpython")
    out = folder / "out.spdx.json"
    out.write_bytes(sbom.text(tree))
    assert validate_full_spdx_document(parse_file(str(out))) == []
    return tree


@pytest.mark.row("RL-18")
def test_a_tree_without_parts_of_others_is_one_package(tmp_path: Path) -> None:
    tree = made(tmp_path, {})
    assert [package["name"] for package in tree["packages"]] == ["Python"]
    assert tree["relationships"] == []


@pytest.mark.row("RL-18")
def test_what_the_tree_says_of_its_parts_is_taken_over_with_the_files_that_are_there(tmp_path: Path) -> None:
    tree = made(tmp_path, {BASE: TREE, "Modules/expat/COPYING": b"Copy.\n"})
    assert tree["packages"][1] == EXPAT
    ids = {row["fileName"]: row["SPDXID"] for row in tree["files"]}
    ties = [tuple(row.values()) for row in tree["relationships"]]
    assert ties == [
        ("SPDXRef-PACKAGE", "DEPENDS_ON", "SPDXRef-PACKAGE-expat"),
        ("SPDXRef-PACKAGE-expat", "CONTAINS", ids["./Modules/expat/COPYING"]),
    ]


@pytest.mark.row("RL-18")
def test_a_wheel_tells_its_name_and_version_and_what_it_vendors_without_asking_anybody(tmp_path: Path) -> None:
    tree = made(tmp_path, {PLACE: PIP})
    found = {package["name"]: package["versionInfo"] for package in tree["packages"][1:]}
    assert found == {"pip": "26.1", "CacheControl": "0.14.3", "requests": "2.32.5", "urllib3": "1.26.20"}
    locators = [package["externalRefs"][0]["referenceLocator"] for package in tree["packages"][1:]]
    assert "pkg:pypi/cachecontrol@0.14.3" in locators
    ties = {tuple(row.values()) for row in tree["relationships"]}
    assert ("SPDXRef-PACKAGE", "DEPENDS_ON", "SPDXRef-PACKAGE-pip") in ties
    assert ("SPDXRef-PACKAGE-pip", "DEPENDS_ON", "SPDXRef-PACKAGE-urllib3") in ties
    assert sbom.text(tree) == sbom.text(made(tmp_path, {PLACE: PIP})), "the same tree, the same bytes"


@pytest.mark.row("RL-18")
@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        (BASE, b"{", "Misc/sbom.spdx.json is no SPDX document"),
        (BASE, b"[]", "Misc/sbom.spdx.json is no SPDX document"),
        (BASE, b'{"packages": [{}]}', "Misc/sbom.spdx.json is no SPDX document"),
        (PLACE, b"no zip", "is no wheel"),
        (PLACE, wheel(nothing="here"), "is no wheel"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, path: str, data: bytes, said: str) -> None:
    with pytest.raises(BundledError, match=said):
        made(tmp_path, {path: data})
