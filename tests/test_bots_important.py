"""A truth table of files: which pushes are built, and which change nothing that is built or tested."""

from __future__ import annotations

import pytest

from bots.important import is_important, matters

pytestmark = pytest.mark.row("A3")

TABLE = {
    "Lib/os.py": True,
    "Objects/listobject.c": True,
    "Include/patchlevel.h": True,
    "configure": True,
    "Makefile.pre.in": True,
    "PCbuild/build.bat": True,
    "Tools/buildbot/test.bat": True,
    "Lib/test/test_list.py": True,
    "Lib/test/configdata/cfgparser.1": True,
    "Lib/Doc/x.py": True,  # the folder counts at the top alone
    "Documentation.py": True,
    "Android/android.py": True,
    # papers
    "Doc/library/os.rst": False,
    "Doc/tools/extensions/c_annotations.py": False,
    "InternalDocs/garbage_collector.md": False,
    "Misc/NEWS.d/next/Library/2026-11-20-10-00-00.gh-issue-1.Ab3dEf.rst": False,
    "Misc/ACKS": False,
    "README.rst": False,
    "Tools/wasm/README.md": False,
    "LICENSE": False,
    # other machines than ours: CPython's own filter takes the first two for important
    ".github/CODEOWNERS": False,
    ".devcontainer/Dockerfile": False,
    ".azure-pipelines/ci.yml": False,
    ".readthedocs.yml": False,
    ".pre-commit-config.yaml": False,
    ".gitignore": False,
    # read by configure, make or a test
    "Misc/platform_triplet.c": True,
    "Misc/stable_abi.toml": True,
    "Misc/python-config.sh.in": True,
    "Misc/python.pc.in": True,
}


@pytest.mark.parametrize(("path", "important"), TABLE.items())
def test_a_file_is_important_when_a_build_or_a_test_can_tell(path: str, important: bool) -> None:
    assert is_important(path) is important


def test_a_push_matters_when_one_of_its_files_does_or_when_they_are_not_known() -> None:
    assert not matters(["Doc/a.rst", ".github/CODEOWNERS"])
    assert matters(["Doc/a.rst", "Lib/os.py"])
    assert matters([])
