"""`camelot` as a person runs it: real processes, what they print, and one sentence for every mistake."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from console.__main__ import VERBS
from core.branches import registry_path
from core.database import connect
from core.store import Decided, DeliveryState, Store

Done = subprocess.CompletedProcess[str]


def camelot(data: Path, *words: str, **environ: str) -> Done:
    """Run the command with a data folder of its own, and none of the settings of whoever runs the tests."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CAMELOT_", "GITHUB_"))}
    env = {**inherited, "CAMELOT_DATA": str(data), "CAMELOT_TODAY": "2026-11-20", "COLUMNS": "160", **environ}
    command = [sys.executable, "-m", "console", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)


def one_sentence(done: Done) -> str:
    """The sentence that a mistake ended with."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("camelot: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "worker"])
def test_every_verb_has_help_with_an_example(tmp_path: Path, verb: str) -> None:
    done = camelot(tmp_path, verb, "--help")
    assert done.returncode == 0
    assert "Example: " in done.stdout


@pytest.mark.parametrize(
    "verb",
    ["cut", "gates", "verify", "chart", "runs", "abandon", "undo", "tasks", "done", "waive", "waivers", "revoke"],
)
def test_every_verb_of_release_has_help_with_an_example(tmp_path: Path, verb: str) -> None:
    done = camelot(tmp_path, "release", verb, "--help")
    assert done.returncode == 0
    assert f"Example: camelot release {verb}" in done.stdout


def test_help_lists_every_verb_and_imports_none_of_them(tmp_path: Path) -> None:
    program = "import sys; sys.argv = ['camelot', '--help']\nfrom console.__main__ import main\n"
    program += (
        "try: main()\nexcept SystemExit: print(*(name for name in ('sqlalchemy', 'aiohttp') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert all(f"  {verb} " in done.stdout for verb in VERBS)
    assert done.stdout.splitlines()[-1] == ""


def test_branches_show_their_status_on_the_day(tmp_path: Path) -> None:
    done = camelot(tmp_path, "branches")
    assert done.returncode == 0
    rows = [line.split()[:3] for line in done.stdout.splitlines()[1:] if line[:1].isdigit()]
    assert rows == [
        ["1.3", "main", "feature"],
        ["1.2", "1.2", "bugfix"],
        ["1.1", "1.1", "security"],
        ["1.0", "1.0", "end-of-life"],
    ]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("branches", "--json"), "security"),
        (("branches", "--json", "--today", "2026-12-16"), "end-of-life"),
        (("--today", "2026-12-16", "branches", "--json"), "end-of-life"),
        (("--today", "2026-12-16", "branches", "--json", "--today", "2026-12-14"), "security"),
    ],
)
def test_the_day_nearest_to_the_verb_is_the_one_that_counts(tmp_path: Path, words: Sequence[str], status: str) -> None:
    rows = json.loads(camelot(tmp_path, *words).stdout)
    assert {row["version"]: row["status"] for row in rows}["1.1"] == status
    assert all(row.keys() >= {"name", "status", "end_of_life", "release_manager"} for row in rows)


def test_the_profile_chooses_the_registry(tmp_path: Path) -> None:
    rows = json.loads(camelot(tmp_path, "--profile", "cpython", "branches", "--json").stdout)
    assert "3.14" in {row["version"] for row in rows}


def test_settings_are_printed_without_their_secrets(tmp_path: Path) -> None:
    done = camelot(tmp_path, "settings", GITHUB_WEBHOOK_SECRET="hush-hush", DATABASE_URL="postgresql://u:hush-hush@h/d")
    assert done.returncode == 0
    assert "hush-hush" not in done.stdout
    assert json.loads(done.stdout)["github"]["webhook_secret"] == "**********"


def test_the_chart_is_printed_as_svg(tmp_path: Path) -> None:
    first, second = (
        camelot(tmp_path, "release", "chart", "--today", day).stdout for day in ("2026-11-20", "2026-12-16")
    )
    assert first.startswith("<svg")
    assert first != second


@pytest.mark.parametrize("verb", ["lint", "drift", "plan", "apply", "permission", "decide"])
def test_every_verb_of_branches_has_help_with_an_example(tmp_path: Path, verb: str) -> None:
    done = camelot(tmp_path, "branches", verb, "--help")
    assert done.returncode == 0
    assert "Example: camelot" in done.stdout


@pytest.mark.row("RL-6")
def test_a_schedule_is_printed_day_by_day_with_its_reasons_and_beside_the_days_in_force(tmp_path: Path) -> None:
    words = ("--profile", "cpython", "schedule")
    rows = json.loads(camelot(tmp_path, *words, "3.13", "--json").stdout)
    assert {"version": "3.13.0a1", "date": "2023-10-17", "why": "a2 \u2212 35 d", "rule": None} in rows
    beside = json.loads(camelot(tmp_path, *words, "3.13.0b1", "--json", "--registry").stdout)
    assert [(row["date"], row["in_force"], row["days"]) for row in beside] == [("2024-05-07", "2024-05-08", 1)]
    moved = camelot(tmp_path, *words, "3.17", "--move", "3.17.0a6=2028-03-14:Pi day", "--set", "b4=21")
    assert "Pi day (by rule: second Tuesday of March 2028)" in moved.stdout
    assert "b3 + 21 d" in moved.stdout


@pytest.mark.row("RL-7")
def test_calendar_chart_and_documents_are_printed_for_both_profiles(tmp_path: Path) -> None:
    for profile in ("rabbit", "cpython"):
        calendar = camelot(tmp_path, "--profile", profile, "calendar").stdout
        assert calendar.startswith("BEGIN:VCALENDAR")
        (tmp_path / "before.ics").write_text(calendar, newline="\r\n")
        later = ("calendar", "--today", "2026-11-21", "--previous", str(tmp_path / "before.ics"))
        assert camelot(tmp_path, "--profile", profile, *later).stdout == calendar
        assert camelot(tmp_path, "--profile", profile, "chart").stdout.startswith("<svg")
    cycle = json.loads(camelot(tmp_path, "branches", "--format", "release-cycle").stdout)
    assert cycle["1.1"]["status"] == "security"


@pytest.mark.row("RL-1", "RL-5")
def test_a_decision_is_written_into_the_registry_and_changes_what_is_permitted(tmp_path: Path) -> None:
    own = tmp_path / "registry.toml"
    own.write_bytes(registry_path("rabbit").read_bytes())

    def run(*words: str) -> Done:
        return camelot(tmp_path, "branches", *words, CAMELOT_REGISTRY=str(own))

    assert run("permission", "1.2").returncode == 0
    decision = ("decide", "1.2", "security", "--on", "2026-11-20", "--reason", "no builders are left")
    assert run(*decision).stdout == "1.2 is security from 2026-11-20 on\n"
    assert run(*decision).stdout == "1.2 is security from 2026-11-20 on, as it was already decided\n"
    refused = run("permission", "1.2")
    assert refused.returncode == 1
    assert refused.stdout == "1.2 is in its security phase: nobody may merge bugfix changes there\n"


@pytest.mark.row("RL-2")
def test_faults_of_the_registry_end_with_exit_code_1(tmp_path: Path) -> None:
    found = camelot(tmp_path, "--profile", "cpython", "branches", "lint", "--today", "2026-08-22")
    assert (found.returncode, len(found.stdout.splitlines())) == (1, 3)
    assert camelot(tmp_path, "branches", "lint").returncode == 0


@pytest.mark.row("RL-10", "RL-11")
def test_an_entry_goes_from_the_command_line_into_a_release(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "Misc" / "NEWS.d").mkdir(parents=True)

    def run(*words: str) -> Done:
        return camelot(tmp_path, "news", *words, "--root", str(root))

    added = run("add", "--issue", "12", "--section", "library", "Fix a leak.", "--at", "2026-11-19T10:00:00")
    assert added.stdout.startswith("Misc/NEWS.d/next/Library/2026-11-19-10-00-00.gh-issue-12.")
    assert run("check").stdout == "every entry can be gathered, and nothing is told twice\n"
    assert "+Fix a leak.\n" in run("release", "1.3.0a2", "--dry-run").stdout
    assert run("release", "1.3.0a2").stdout == "Misc/NEWS.d/1.3.0a2.rst: 1 entry, 1 of them new\n"
    assert run("release", "1.3.0a2").stdout == "Misc/NEWS.d/1.3.0a2.rst: 1 entry, 0 of them new\n"
    assert "- gh-12: Fix a leak.\n" in run("merge").stdout
    (root / added.stdout.strip()).write_text("Fix a leak.\n")  # a cherry-pick brought it back
    assert run("duplicates").returncode == 1
    assert run("duplicates", "--fix").returncode == 0
    assert run("export").stdout == "Misc/NEWS\n"
    assert "says" not in one_sentence(run("check"))


def test_explain_tells_deliveries_decisions_effects_calls_and_labels(tmp_path: Path) -> None:
    store = Store(connect(f"sqlite:///{tmp_path / 'camelot.db'}"))
    store.keep("guid-1", "github", "pull_request.opened", "pull:3", {})
    add = ("AddLabel", {"number": 3, "label": "awaiting review"})
    store.decide(1, [Decided("stage", (add,), "nobody has reviewed it yet")])
    store.note_call(1, "POST", "/repos/rabbit/rabbit/issues/3/labels", 200, 0.25)
    told = camelot(tmp_path, "explain", "3").stdout
    for part in ("guid-1", "stage: nobody has reviewed it yet", "AddLabel label=awaiting review [new]", "0.250 s"):
        assert part in told
    found = json.loads(camelot(tmp_path, "explain", "3", "--json").stdout)
    assert found["deliveries"][0]["effects"][0]["payload"] == {"number": 3, "label": "awaiting review"}


def test_replay_takes_a_parked_delivery_up_again_and_nothing_else(tmp_path: Path) -> None:
    store = Store(connect(f"sqlite:///{tmp_path / 'camelot.db'}"))
    store.keep("guid-1", "github", "pull_request.opened", "pull:3", {})
    assert "no parked delivery is called 'guid-1'" in one_sentence(camelot(tmp_path, "replay", "guid-1"))
    store.finish(1, DeliveryState.PARKED)
    assert camelot(tmp_path, "replay", "guid-1").returncode == 0
    assert not store.idle()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--profile", "pypy", "branches"), "profile is 'pypy': write one of rabbit, cpython"),
        (("--config", "/no/such/file.toml", "branches"), "no such settings file"),
        (("explain", "7"), "nothing is known of pull request 7"),
        (("release", "gates", "1.3.b"), "'1.3.b' is not a version"),
        (("release", "abandon", "7"), "run 7 is unknown: only an unfinished one can be abandoned"),
        (("release", "cut", "next"), "'next' is not a version"),
        (
            ("news", "add", "--issue", "12", "--section", "Gossip", "Words."),
            "'Gossip' is no section: write one of Security",
        ),
        (("news", "add", "--issue", "it", "--section", "Library", "Words."), "'it' is no issue: write its number"),
        (("news", "release", "1.3"), "'1.3' is not a version"),
        (("schedule", "soon"), "'soon' is neither a branch nor a version: write 3.17, or 3.17.0b1"),
        (("schedule", "1.3", "--set", "b4=late"), "--set 'b4=late': write a parameter and a number"),
        (("schedule", "1.3", "--move", "1.3.0a6=soon"), "--move '1.3.0a6=soon': write a version, a day and a reason"),
        (("schedule", "1.3", "--template", "baroque"), "there is no template 'baroque'"),
        (("branches", "decide", "9.9", "security", "--on", "2026-11-20", "--reason", "x"), "there is no branch '9.9'"),
        (("schedule", "1.3.0b9"), "1.3.0b9 is no release of the plan of 1.3"),
        (("bots", "--host", "no.such.host.invalid"), "is not an address of this machine"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_remedy(tmp_path: Path, words: Sequence[str], says: str) -> None:
    assert says in one_sentence(camelot(tmp_path, *words))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[github]\nrepositry = 'a/b'\n", "github.repositry is not a setting"),
        ("[github\n", "not a TOML file"),
        ("[bots]\nport = 'http'\n", "bots.port is 'http'"),
    ],
)
def test_a_malformed_settings_file_is_named_with_its_key(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "camelot.toml"
    file.write_text(text, encoding="utf-8")
    sentence = one_sentence(camelot(tmp_path, "--config", str(file), "branches"))
    assert says in sentence
    assert str(file) in sentence


def test_a_registry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "registry.toml"
    file.write_text('[metadata."1.0"]\nstart-of-development = "soon"\n', encoding="utf-8")
    sentence = one_sentence(camelot(tmp_path, "branches", CAMELOT_REGISTRY=str(file)))
    assert f"{file}: branch 1.0: start-of-development is 'soon'" in sentence


@pytest.mark.parametrize("verb", ["bots", "web"])
def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path, verb: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        sentence = one_sentence(camelot(tmp_path, verb, "--port", port))
    assert f"127.0.0.1 port {port} cannot be used (Address already in use)" in sentence
    assert "--port" in sentence


def test_a_data_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert str(file) in one_sentence(camelot(file / "data", "bots", "--port", "0"))


def test_a_database_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://nobody:hush-hush@127.0.0.1:{port}/nothing"
    sentence = one_sentence(camelot(tmp_path, "builders", DATABASE_URL=url))
    assert "the database cannot be used" in sentence
    assert "hush-hush" not in sentence


def test_the_master_needs_the_workers_password(tmp_path: Path) -> None:
    assert "CAMELOT_WORKER_PASSWORD is not set" in one_sentence(camelot(tmp_path, "buildmaster"))


def test_what_is_missing_on_this_machine_is_said_before_anything_starts(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    git = tools / "git"
    git.write_text("#!/bin/sh\necho git version 2.30.1\n", encoding="utf-8")
    git.chmod(0o755)
    done = camelot(tmp_path / "data", "up", PATH=str(tools))
    assert done.returncode == 2
    for lack in ("git version 2.30.1 is too old", "there is no C compiler", "make is not installed"):
        assert lack in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


LIST = "email,login,account_id,at\nAda@Example.org,ada,11,2020-01-31\nbob@example.org,,,\nada@example.org,ada,11,\n"


@pytest.mark.row("CL-10", "CL-12")
def test_an_old_list_of_signatures_is_taken_over_once_after_a_dry_run_that_writes_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text(LIST)

    def run(*words: str) -> str:
        done = camelot(tmp_path, "cla", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("import", str(old), "--dry-run") == "2 signatures would be written, 0 were there already\n"
    assert len(run("export").splitlines()) == 1
    assert run("import", str(old)) == "2 signatures written, 0 were there already\n"
    assert run("import", str(old)) == "0 signatures written, 2 were there already\n"
    header, *found = run("export").splitlines()
    assert header == "account_id,login,email,document,sha256,revoked,at"
    assert [line.split(",")[:3] for line in found] == [["11", "ada", "ada@example.org"], ["0", "", "bob@example.org"]]


@pytest.mark.row("CL-12")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name\nada\n", "name is not known"),
        ("login\nada\n", "email is missing"),
        ("email\nada\n", "old.csv:2: 'ada' is not an e-mail address"),
        ("email,account_id\na@b.c,x\n", "old.csv:2: account_id is 'x'"),
        ("email,at\na@b.c,yesterday\n", "old.csv:2: at is 'yesterday'"),
    ],
)
def test_a_list_with_a_mistake_is_refused_whole_with_the_line(tmp_path: Path, text: str, says: str) -> None:
    old = tmp_path / "old.csv"
    old.write_text(text)
    done = camelot(tmp_path, "cla", "import", str(old))
    assert done.returncode == 2
    assert says in done.stderr
