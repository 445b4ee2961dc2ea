"""What a tarball holds, as SPDX 2.3 in JSON: each file with its checksums. Nothing depends on when it was made."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from release import bundled

NOASSERTION = "NOASSERTION"
TOOL = "Tool: camelot-release"


def document(tarball: Path, product: str, version: str, moment: int, home: str) -> dict[str, Any]:
    """The SBOM of a tarball. `moment` is its commit's time in seconds; `home` begins its namespace.

    File names are relative to the tarball's one folder, as `./Lib/os.py`. What the tree carries of others is listed
    with it. Raises bundled.BundledError where the tree says that in no way that can be read.
    """
    digests = contents(tarball)
    name = f"{product}-{version}"
    whole = hashlib.sha256(tarball.read_bytes()).hexdigest()
    files = [_file(path, *digests[path]) for path in sorted(digests)]
    packages, relations = bundled.parts(tarball, {path: _id(path) for path in digests})
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"{home.rstrip('/')}/spdx/{tarball.name}-{whole}",
        "creationInfo": {
            "created": datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [TOOL],
        },
        "documentDescribes": ["SPDXRef-PACKAGE"],
        "packages": [
            {
                "SPDXID": "SPDXRef-PACKAGE",
                "name": product,
                "versionInfo": version,
                "packageFileName": tarball.name,
                "downloadLocation": NOASSERTION,
                "filesAnalyzed": True,
                "licenseConcluded": NOASSERTION,
                "licenseDeclared": NOASSERTION,
                "copyrightText": NOASSERTION,
                "primaryPackagePurpose": "SOURCE",
                "checksums": [{"algorithm": "SHA256", "checksumValue": whole}],
                "packageVerificationCode": {"packageVerificationCodeValue": verification_code(digests)},
                "hasFiles": [entry["SPDXID"] for entry in files],
            },
            *packages,
        ],
        "files": files,
        "relationships": relations,
    }


def verification_code(digests: Mapping[str, tuple[str, str]]) -> str:
    """SPDX 2.3, 7.9: the SHA-1 of all files' SHA-1 sums, sorted and put end to end."""
    sums = "".join(sorted(sha1 for sha1, _ in digests.values()))
    return hashlib.sha1(sums.encode(), usedforsecurity=False).hexdigest()


def contents(tarball: Path) -> dict[str, tuple[str, str]]:
    """Each regular file of a tarball, without its first folder: SHA-1 and SHA-256."""
    found = {}
    with tarfile.open(tarball) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isreg() else None
            if stream is not None:
                data = stream.read()
                sums = hashlib.sha1(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest()
                found[member.name.partition("/")[2]] = sums
    return found


def _id(path: str) -> str:
    return f"SPDXRef-FILE-{hashlib.sha256(path.encode()).hexdigest()[:16]}"


def _file(path: str, sha1: str, sha256: str) -> dict[str, Any]:
    return {
        "SPDXID": _id(path),
        "fileName": f"./{path}",
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": sha1},
            {"algorithm": "SHA256", "checksumValue": sha256},
        ],
        "licenseConcluded": NOASSERTION,
        "copyrightText": NOASSERTION,
    }


def text(tree: Mapping[str, Any]) -> bytes:
    """JSON in one fixed form, for files that are compared byte by byte."""
    return (json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
