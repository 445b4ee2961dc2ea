"""Rabbit's configure and Makefile: what a newcomer and a builder may expect of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rabbit_build import SOURCE, build, lock, shared_folder, without_outer_make

CONFIGURE = SOURCE / "configure"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"]).parent


def configure(folder: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(CONFIGURE), *options]
    clean = {name: value for name, value in without_outer_make(os.environ).items() if name in ("PATH", "HOME")}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**clean, **env})


def make(folder: Path, *targets: str, **env: str) -> subprocess.CompletedProcess[str]:
    with lock(folder):
        return subprocess.run(
            ["make", *targets],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**without_outer_make(os.environ), **env},
        )


@pytest.mark.parametrize(
    ("options", "env", "sentence"),
    [
        (["--frobnicate"], {}, "unknown option '--frobnicate'"),
        (["--enable-shared"], {}, "--enable-shared is not supported"),
        (["--prefix=somewhere"], {}, "'--prefix=somewhere' is not an absolute path"),
        (["CC=no-such-cc"], {}, "'no-such-cc' cannot build a small 64-bit C11 program"),
        (["--with-address-sanitizer", "--with-thread-sanitizer"], {}, "--with-thread-sanitizer and --with-address"),
        (["HOSTPYTHON=python2.7"], {}, "HOSTPYTHON=python2.7 is no Python 3.11 or newer: name one that is"),
        ([], {"PATH": "/nonexistent"}, "no C compiler found (tried cc, gcc, clang): install one"),
    ],
)
def test_what_configure_cannot_do_is_exit_code_2_and_a_sentence(
    tmp_path: Path, options: list[str], env: dict[str, str], sentence: str
) -> None:
    done = configure(tmp_path, *options, **env)
    assert done.returncode == 2
    assert done.stderr.startswith(f"configure: {sentence}")
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "defined", "flags"),
    [
        ([], {"WITH_PYMALLOC"}, "-DNDEBUG -O2"),
        (["--with-pydebug"], {"Py_DEBUG", "WITH_PYMALLOC"}, "-Og -g"),
        (["--without-pymalloc"], set(), "-DNDEBUG -O2"),
        (["--with-address-sanitizer"], set(), "-fsanitize=address -fno-omit-frame-pointer"),
        (
            ["--with-undefined-behavior-sanitizer"],
            {"WITH_PYMALLOC"},
            "-fsanitize=undefined -fno-sanitize-recover=all",
        ),
        (["--with-thread-sanitizer"], {"WITH_PYMALLOC"}, "-fsanitize=thread"),
        (["--with-trace-refs"], {"WITH_PYMALLOC", "Py_TRACE_REFS"}, "-O2"),
        (["--with-lto"], {"WITH_PYMALLOC"}, "-flto=auto"),
        (["--enable-optimizations"], {"WITH_PYMALLOC"}, "-DNDEBUG -O3"),
        (["--enable-coverage"], {"WITH_PYMALLOC"}, "--coverage"),
        (["CFLAGS=-UNDEBUG"], {"WITH_PYMALLOC"}, "-DNDEBUG -UNDEBUG"),
    ],
)
def test_options_end_in_pyconfig_and_in_every_compiler_command(
    tmp_path: Path, options: list[str], defined: set[str], flags: str
) -> None:
    done = configure(tmp_path, *options)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out" / "pyconfig.h").read_text().splitlines()
    assert {line.split()[1] for line in lines if line.startswith("#define") and line.endswith(" 1")} == defined
    assert f'#define RABBIT_SRCDIR "{SOURCE}"' in lines
    commands = [entry["command"].split() for entry in json.loads((tmp_path / "out/compile_commands.json").read_text())]
    wanted = flags.split()
    assert len(commands) > 40
    for command in commands:
        assert [word for word in command if word in wanted] == wanted


def test_configuring_again_keeps_a_build_and_other_options_begin_a_new_one(tmp_path: Path) -> None:
    mark = tmp_path / "out" / "mark"
    assert configure(tmp_path).returncode == 0
    mark.touch()
    assert configure(tmp_path).returncode == 0
    assert mark.exists()
    assert configure(tmp_path, "CFLAGS=-DX").returncode == 0
    assert not mark.exists()


def test_without_meson_a_user_is_told_what_to_install_and_nothing_is_left(tmp_path: Path) -> None:
    """A tarball, a machine without meson, no package index."""
    source, build_folder = tmp_path / "Rabbit", tmp_path / "build"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("out", ".tools", "__pycache__"))
    build_folder.mkdir()
    tools = tmp_path / "bin"
    tools.mkdir()
    for program in (*Path("/usr/bin").iterdir(), *Path("/bin").iterdir()):
        if not program.name.startswith("meson") and not (tools / program.name).exists():
            (tools / program.name).symlink_to(program)
    env = {"PATH": str(tools), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        ["/bin/sh", source / "configure"], cwd=build_folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(
        "configure: meson 1.3 or newer and ninja are needed, and could not be fetched: install"
    )
    assert len(done.stderr.splitlines()) == 1
    assert not list(build_folder.iterdir())


def test_a_second_make_does_nothing(built: Path) -> None:
    done = make(built)
    assert done.returncode == 0
    assert "Compiling" not in done.stdout
    assert "Linking" not in done.stdout


def test_compiler_flags_given_to_make_are_refused_rather_than_ignored(built: Path) -> None:
    done = make(built, "CFLAGS=-O0")
    assert done.returncode == 2
    assert "give CC, CFLAGS and LDFLAGS to configure" in done.stderr


@pytest.mark.parametrize("place", ["beside the source", "in the source below a folder with spaces"])
def test_the_same_source_gives_the_same_bytes_wherever_it_is_built(tmp_path: Path, built: Path, place: str) -> None:
    """Debug data and __FILE__ name no folder of this machine; where the library lies is told by pyconfig.h alone."""
    source = tmp_path / ("a folder" if "spaces" in place else "folder") / "Rabbit"
    ignored = shutil.ignore_patterns("out", ".tools", "__pycache__", "rabbit", "Makefile")
    shutil.copytree(SOURCE, source, ignore=ignored)
    folder = source if "in the source" in place else tmp_path / "build"
    program = build(folder, ["--with-pydebug"], source)
    assert subprocess.run([program, "-c", "import json; print(6 * 7)"], capture_output=True, text=True).stdout == "42\n"
    for name in ("Objects_list.c.o", "Python_gc.c.o"):
        mine, theirs = (where / "out" / "rabbit1.3.p" / name for where in (folder, built))
        assert mine.read_bytes() == theirs.read_bytes()
        assert str(tmp_path).encode() not in mine.read_bytes()


def test_a_changed_file_a_new_file_and_a_removed_one_are_seen_by_the_next_make(tmp_path: Path) -> None:
    source, folder = tmp_path / "Rabbit", tmp_path / "build"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("out", ".tools", "__pycache__", "rabbit", "Makefile"))
    build(folder, ["CFLAGS=-O0"], source)
    extra = source / "Modules" / "extra.c"
    extra.write_text("/* An extra file. */\nint rabbit_extra(void);\nint rabbit_extra(void) { return 1; }\n")
    with (source / "Objects" / "list.c").open("a") as file:
        file.write("/* changed */\n")
    said = make(folder).stdout
    assert "Modules_extra.c.o" in said
    assert "Objects_list.c.o" in said
    assert "Objects_dict.c.o" not in said
    extra.unlink()
    assert make(folder).returncode == 0


def test_the_program_tells_its_version_and_the_commit_it_was_built_from(built: Path) -> None:
    said = subprocess.run([built / "rabbit", "-VV"], capture_output=True, text=True, check=True).stdout
    header = (built / "out" / "gitinfo.h").read_text()
    commit = header.split('RABBIT_GIT_COMMIT "')[1].split('"')[0]
    asked = subprocess.run(["git", "-C", SOURCE, "rev-parse", "-q", "--verify", commit or "HEAD"], check=False)
    assert said.startswith("Rabbit 1.3.")
    assert commit[:9] in said
    assert not commit or asked.returncode == 0


def test_a_tarball_names_the_commit_that_git_archive_wrote_into_it(tmp_path: Path) -> None:
    (tmp_path / ".gitinfo").write_text("commit=0123456789abcdef0123456789abcdef01234567\nbranch=\n")
    script = SOURCE / "Tools" / "build" / "gitinfo.sh"
    said = subprocess.run(["sh", script, tmp_path], capture_output=True, text=True, check=True).stdout
    assert '#define RABBIT_GIT_COMMIT "0123456789"\n' in said
    assert '#define RABBIT_GIT_BRANCH ""\n' in said


def test_a_tree_outside_git_has_no_commit(tmp_path: Path) -> None:
    shutil.copy(SOURCE / ".gitinfo", tmp_path)
    script = SOURCE / "Tools" / "build" / "gitinfo.sh"
    env = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    said = subprocess.run(["sh", script, tmp_path], capture_output=True, text=True, check=True, env=env).stdout
    assert '#define RABBIT_GIT_COMMIT ""\n' in said


def test_pythoninfo_tells_the_compiler_and_no_stray_environment(built: Path) -> None:
    done = make(built, "pythoninfo", RABBIT_TEST_SECRET="hidden value")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CC.version: " in done.stdout
    assert "configure args: '--with-pydebug'" in done.stdout
    assert "hidden value" not in done.stdout


def test_an_installed_rabbit_runs_from_its_own_library(built: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "target"
    folder = tmp_path / "build"
    shutil.copytree(built, folder, symlinks=True, ignore=shutil.ignore_patterns("*.new"))
    assert configure(folder, "--with-pydebug", f"--prefix={prefix}").returncode == 0
    assert make(folder, "-j2", "install").returncode == 0
    program = "import json, sys; print(json.__file__); print(json.dumps([1]))"
    for name in ("rabbit", "rabbit1.3"):
        said = subprocess.run(
            [prefix / "bin" / name, "-c", program], capture_output=True, text=True, check=True, cwd="/"
        )
        where, text = said.stdout.splitlines()
        assert Path(where).resolve() == prefix / "lib" / "rabbit1.3" / "json.py"
        assert text == "[1]"


def test_distclean_leaves_nothing_that_make_or_configure_wrote(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "build"
    shutil.copytree(built, folder, symlinks=True, ignore=shutil.ignore_patterns("*.new"))
    assert make(folder, "distclean").returncode == 0
    assert {path.name for path in folder.iterdir()} <= {".built", ".lock"}


def test_buildbottest_is_the_farms_command(built: Path) -> None:
    done = make(built, "buildbottest", "TESTOPTS=-j2 test_int test_tuple", "TESTTIMEOUT=60")
    assert done.returncode == 0, done.stdout
    assert "(timeout: 1 min, worker timeout: 1 min)" in done.stdout
    assert "10 slowest tests:" in done.stdout
    assert done.stdout.splitlines()[-1] == "Result: SUCCESS"
