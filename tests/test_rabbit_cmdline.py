"""Rabbit's command line and environment do what CPython 3.12's do: warnings, search path, how a program is named."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.rabbit_build import build, shared_folder
from tests.rabbit_judges import load

hosts = load("hosts")
OPTIONS = "import sys; print(sys.warnoptions)"
WARN = "import warnings; warnings.warn('x'); print('on')"
NEVER = "async def f(): pass\ndef g():\n    f()\ng()"
PATHS = "import os, sys; print([path.replace(os.getcwd(), '.') for path in sys.path[:3]])"
NAMES = "import sys, other; print(__file__, sys._getframe().f_code.co_filename, sys.argv, other.__file__)\nboom\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.fixture(params=["rabbit", "cpython"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Runs a program in an empty folder with an empty environment, on Rabbit and on the CPython that judges it."""
    program = request.getfixturevalue("rabbit") if request.param == "rabbit" else hosts.cpython("3.12")
    if program is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: WHAT IS WRITTEN HERE WAS NOT COMPARED WITH IT")

    def start(
        *arguments: str, environ: Mapping[str, str] | None = None, cwd: Path = tmp_path
    ) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})}
        command = [str(program), *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
        )

    return start


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        (["-W", "error", "-Wignore:x"], {}, ["error", "ignore:x"]),
        (["-W", "once"], {"PYTHONWARNINGS": "ignore,error::UserWarning"}, ["ignore", "error::UserWarning", "once"]),
        (["-E", "-b"], {"PYTHONWARNINGS": "ignore"}, ["default::BytesWarning"]),
        (["-bb", "-W", "always"], {}, ["always", "error::BytesWarning"]),
        ([], {"PYTHONWARNINGS": ""}, []),
    ],
)
def test_options_of_warnings_are_the_programs_to_read(
    run: Run, arguments: Sequence[str], environ: Mapping[str, str], expected: list[str]
) -> None:
    assert run(*arguments, "-c", OPTIONS, environ=environ).stdout == f"{expected}\n"


@pytest.mark.parametrize(
    ("arguments", "environ", "stdout", "last"),
    [
        ([], {}, "on\n", "<string>:1: UserWarning: x"),
        (["-W", "error"], {}, "", "UserWarning: x"),
        (["-We"], {}, "", "UserWarning: x"),
        (["-W", "error", "-W", "ignore::UserWarning"], {}, "on\n", ""),
        (["-W", "ignore"], {}, "on\n", ""),
        (["-W", "ignore:X"], {}, "on\n", ""),
        (["-W", "ignore:xy"], {}, "on\n", "<string>:1: UserWarning: x"),
        (["-W", "error:::__main__:1"], {}, "", "UserWarning: x"),
        (["-W", "error:::__main__:2"], {}, "on\n", "<string>:1: UserWarning: x"),
        ([], {"PYTHONWARNINGS": "error"}, "", "UserWarning: x"),
        (["-I"], {"PYTHONWARNINGS": "error"}, "on\n", "<string>:1: UserWarning: x"),
        (["-W", "ignore"], {"PYTHONWARNINGS": "error"}, "on\n", ""),
    ],
)
def test_filters_reach_the_module(
    run: Run, arguments: Sequence[str], environ: Mapping[str, str], stdout: str, last: str
) -> None:
    done = run(*arguments, "-c", WARN, environ=environ)
    assert (done.stdout, done.returncode) == (stdout, 0 if stdout else 1)
    assert (done.stderr.splitlines() or [""])[-1] == last


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("foo", "invalid action: 'foo'"),
        ("e:a:b:c:d:e", "too many fields (max 5): 'e:a:b:c:d:e'"),
        ("error::Nope", "unknown warning category: 'Nope'"),
        ("error::int", "invalid warning category: 'int'"),
        ("error::no_such_module.Warning", "invalid module name: 'no_such_module'"),
        ("error::::x", "invalid lineno 'x'"),
        ("error::::-1", "invalid lineno -1"),
    ],
)
def test_an_option_that_says_nothing_is_told_and_ignored(run: Run, option: str, why: str) -> None:
    done = run("-W", option, "-c", "print('on')")
    assert (done.stdout, done.stderr) == ("on\n", f"Invalid -W option ignored: {why}\n")


def test_a_filter_makes_an_error_of_what_the_compiler_warns_of(run: Run) -> None:
    source = r"print('\d')"
    assert "SyntaxWarning: invalid escape sequence" in run("-c", source).stderr
    done = run("-W", "error", "-c", source)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.splitlines()[-1] == r"SyntaxError: invalid escape sequence '\d'"
    assert run("-W", "ignore", "-c", source).stderr == ""


def test_a_filter_rules_over_coroutines_that_nobody_awaits(run: Run) -> None:
    said = "RuntimeWarning: coroutine 'f' was never awaited"
    assert run("-c", NEVER).stderr.splitlines()[0] == f"<string>:3: {said}"
    assert run("-W", "ignore", "-c", NEVER).stderr == ""
    done = run("-W", "error", "-c", NEVER)
    first, *_, last = done.stderr.splitlines()
    assert first.startswith("Exception ignored in: <coroutine object f at 0x")
    assert (last, done.returncode) == (said, 0)
    assert run("-c", "async def f(): pass\nx = f()").stderr == f"sys:1: {said}\n"


@pytest.mark.parametrize(
    ("arguments", "path", "expected"),
    [
        ([], "one:/two/", ["", "./one", "/two"]),
        ([], ":/two", ["", ".", "/two"]),
        (["-E"], "/two", [""]),
        (["-I"], "/two", []),
    ],
)
def test_pythonpath_is_searched_before_the_library(
    run: Run, arguments: Sequence[str], path: str, expected: list[str]
) -> None:
    found = run(*arguments, "-c", PATHS, environ={"PYTHONPATH": path}).stdout
    assert found.startswith(repr(expected).rstrip("]"))
    assert ("/two" in found) == ("/two" in expected)


def test_a_module_on_pythonpath_is_imported_and_hides_the_librarys(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "json.py").write_text("print('mine')\n")
    for options, said in (((), "mine\n"), (("-E",), ""), (("-I",), "")):
        assert run(*options, "-c", "import json", environ={"PYTHONPATH": "mine"}).stdout == said


@pytest.mark.parametrize(
    ("given", "named", "folder"),
    [
        ("x.py", "{0}/x.py", "{0}"),
        ("./x.py", "{0}/./x.py", "{0}"),
        ("sub/../x.py", "{0}/sub/../x.py", "{0}"),
        ("{0}/x.py", "{0}/x.py", "{0}"),
        ("sub/link.py", "{0}/sub/link.py", "{0}"),
    ],
)
def test_a_program_bears_its_path_from_the_root_and_argv_what_was_given(
    run: Run, tmp_path: Path, given: str, named: str, folder: str
) -> None:
    (tmp_path / "x.py").write_text(NAMES)
    (tmp_path / "other.py").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link.py").symlink_to(tmp_path / "x.py")
    given, named, folder = (text.format(tmp_path) for text in (given, named, folder))
    done = run(given, "a")
    assert done.stdout == f"{named} {named} {[given, 'a']} {folder}/other.py\n"
    assert f'  File "{named}", line 2, in <module>' in done.stderr.splitlines()


def test_a_program_that_is_missing_is_named_from_the_root(run: Run, tmp_path: Path) -> None:
    done = run("no_such_file.py")
    assert done.returncode == 2
    assert done.stderr.endswith(
        f": can't open file '{tmp_path}/no_such_file.py': [Errno 2] No such file or directory\n"
    )


def test_below_the_root_a_name_begins_with_two_strokes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("print(__file__)\n")
    assert run(str(tmp_path / "x.py").lstrip("/"), cwd=Path("/")).stdout == f"/{tmp_path / 'x.py'}\n"
