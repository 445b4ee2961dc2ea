"""What stands at the root: the compose file, the Makefile and the papers name only what exists."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types of its own

from console.__main__ import VERBS, camelot
from core import settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "camelot"}
PAPERS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")


def test_compose_runs_the_services_that_up_runs_but_the_local_forge() -> None:
    from console.up import SERVICES

    assert set(OURS) == set(SERVICES) - {"forge"}


@pytest.mark.parametrize("name", OURS)
def test_every_service_of_compose_is_a_verb_with_options_that_it_knows(name: str) -> None:
    verb, *options = OURS[name]["command"]
    assert verb in VERBS
    command = camelot.get_command(camelot.make_context("camelot", [verb], resilient_parsing=True), verb)
    assert command is not None
    if verb != "worker":  # it reads its own arguments
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in options if word.startswith("--")} <= known


@pytest.mark.parametrize("name", OURS)
def test_every_environment_name_of_compose_is_a_setting(name: str) -> None:
    assert set(OURS[name]["environment"]) <= settings.ENVIRONMENT.keys() | {"CAMELOT_CONFIG"}


def test_the_worker_of_compose_learns_its_own_password_and_nothing_else() -> None:
    assert set(OURS["worker"]["environment"]) == {"CAMELOT_WORKER_PASSWORD"}
    assert "secrets" not in OURS["worker"]


def test_compose_publishes_on_loopback_alone() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_holds_no_secret() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if "SECRET" in name or "PASSWORD" in name:
                assert value.startswith("${")


def test_what_compose_mounts_and_depends_on_exists_in_it() -> None:
    for service in COMPOSE["services"].values():
        named = {volume.partition(":")[0] for volume in service.get("volumes", ()) if not volume.startswith(".")}
        assert named <= COMPOSE["volumes"].keys()
        assert set(service.get("depends_on", ())) <= COMPOSE["services"].keys()
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()


def test_the_makefile_lists_every_target_it_has() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split())  # type: ignore[index]
    listed = _run(["make", "--no-print-directory", "help"]).stdout
    assert {target for target in targets if f"make {target} " in listed} == targets


@pytest.mark.parametrize("paper", PAPERS)
def test_every_file_that_a_paper_points_to_exists(paper: str) -> None:
    text = (ROOT / paper).read_text(encoding="utf-8")
    pointed = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [name for name in pointed if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("paper", PAPERS)
def test_every_command_in_a_paper_is_a_verb_or_a_target(paper: str) -> None:
    text = (ROOT / paper).read_text(encoding="utf-8")
    verbs = set(re.findall(r"(?:^ +|`)camelot (?:--\S+ \S+ )*([a-z]+)", text, re.MULTILINE))
    assert verbs <= VERBS.keys()
    targets = set(re.findall(r"(?:^ +|`)make ([a-z-]+)", text, re.MULTILINE)) - {"buildbottest"}  # that one is Rabbit's
    assert verbs or targets
    assert targets <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_setup_says_in_one_sentence_that_a_python_is_too_old(tmp_path: Path) -> None:
    old = _program(tmp_path, "python3.9", 'case "$*" in *print*) echo 3.9;; *) exit 1;; esac')
    done = _run(["bash", ".ci/setup", str(tmp_path / "venv")], PYTHON=str(old))
    assert done.returncode == 2
    assert done.stderr.startswith("setup: Python 3.9 cannot be used: install Python 3.11, 3.12 or 3.13, and name it:")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "venv").exists()


def test_setup_says_in_one_sentence_that_there_is_no_python(tmp_path: Path) -> None:
    done = _run(["bash", ".ci/setup", str(tmp_path / "venv")], PYTHON="python-that-is-not-there")
    assert done.returncode == 2
    assert done.stderr.startswith("setup: python-that-is-not-there is not installed: install Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


def test_the_lock_names_no_host() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _run(command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **more}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)
