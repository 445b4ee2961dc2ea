"""A machine joins a farm whose master is a real one, over TLS and without; what does not fit is one clear sentence."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import ipaddress
import json
import os
import pty
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from console import service
from console.service import Service
from tests.farm_world import PASSWORD, PATIENCE_S, ROOT, Farm
from workers import place
from workers.join import unit
from workers.run import PASSWORD as VARIABLE


def certificate(folder: Path, name: str, host: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself and for `host`: alone, and with its key as a master needs it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    try:
        known: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        known = x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([known]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, both = folder / f"{name}.pem", folder / f"{name}-key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(public.read_bytes() + secret)
    return public, both


def join(port: int, basedir: Path, *more: str, name: str = "local", password: str | None = PASSWORD) -> tuple[int, str]:
    """Exit code, and what was said: on standard output when it went well."""
    environ = {key: value for key, value in os.environ.items() if key != VARIABLE}
    command = [sys.executable, "-m", "workers.join", name, "--master", f"127.0.0.1:{port}"]
    done = subprocess.run(
        [*command, "--dir", str(basedir), *more],
        cwd=ROOT,
        env={**environ, VARIABLE: password} if password is not None else environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.returncode, done.stderr or done.stdout


def contents(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Of each file: its hash, mode and time of change."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in files
    }


def refused(port: int, basedir: Path, *more: str, says: str, **about: str | None) -> None:
    code, said = join(port, basedir, *more, **about)  # type: ignore[arg-type]
    assert (code, says in said) == (2, True), said
    assert not basedir.exists(), "nothing half-done"
    assert PASSWORD not in said


@pytest.mark.row("A7")
async def test_a_machine_joins_over_tls_once_and_then_works_by_its_folder_alone(tmp_path: Path) -> None:
    public, both = certificate(tmp_path, "farm", "127.0.0.1")
    other, _ = certificate(tmp_path, "other", "127.0.0.1")
    farm = Farm(tmp_path, more=f'worker_certificate = "{both}"\n')
    here, nowhere, ours = tmp_path / "joined", tmp_path / "refused", ("--ca", str(public))
    try:
        await farm._start("master")
        refused(farm.port, nowhere, *ours, password="a-wrong-one", says="does not let 'local' in")
        refused(farm.port, nowhere, *ours, name="stranger", says="does not let 'stranger' in")
        refused(farm.port, nowhere, "--ca", str(other), says="shows a certificate that does not fit (")
        refused(farm.port, nowhere, "--tls", says="shows a certificate that does not fit (")
        refused(farm.port, nowhere, "--ca", str(both), says="holds a private key")
        refused(farm.port, nowhere, *ours, password=None, says=f"no password was given: set {VARIABLE}")

        code, said = join(farm.port, here, *ours)
        assert code == 0, said
        assert f"--basedir {here}\n" in said
        assert PASSWORD not in said
        before = contents(here)
        assert place.read(here) == place.Joined("local", place.Master("127.0.0.1", farm.port, True, here / "trust"))
        assert join(farm.port, here, *ours, password=None) == (0, said), "the kept password is taken"
        assert contents(here) == before, "and nothing has changed"
        code, said = join(farm.port, here, *ours, name="stranger")
        assert (code, contents(here)) == (2, before)

        command = (sys.executable, "-m", "console", "worker", "--basedir", str(here))
        environ = {key: value for key, value in farm.environ.items() if key != VARIABLE}
        what = Service("worker", command, farm._has_worker, PATIENCE_S)
        log = farm.folder / "worker.log"
        farm.running["local"] = await asyncio.to_thread(service.start, what, environ, log, ROOT)
        await farm.running["local"].wait_ready()
        code, said = join(farm.port, here, *ours)
        assert code == 0, f"the worker is at work, and asking again does not disturb it: {said}"
        assert await farm._has_worker()
    finally:
        await farm.stop()
        farm.engine.dispose()


@pytest.mark.row("A7")
async def test_a_master_without_tls_is_joined_and_a_certificate_does_not_fit_it(tmp_path: Path) -> None:
    public, _ = certificate(tmp_path, "farm", "127.0.0.1")
    farm = Farm(tmp_path)
    try:
        await farm._start("master")
        refused(farm.port, tmp_path / "refused", "--ca", str(public), says="shows a certificate that does not fit (")
        code, said = join(farm.port, tmp_path / "joined")
        assert code == 0, said
    finally:
        await farm.stop()
        farm.engine.dispose()


@pytest.mark.row("A7")
def test_nobody_there_or_somebody_else_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused(closed.getsockname()[1], tmp_path / "worker", says="no master answers at 127.0.0.1:")
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        refused(server.getsockname()[1], tmp_path / "worker", says="does not speak as a Buildbot master")
        thread.join()
    refused(1, tmp_path / "worker", "--ca", str(ROOT / "README.md"), says="README.md holds no certificate")
    refused(1, tmp_path / "worker", name="a/b", says="'a/b' is not a worker's name")
    refused(99999, tmp_path / "worker", says="write HOST:PORT")


def test_a_password_that_is_typed_is_not_shown(tmp_path: Path) -> None:
    """On a terminal of its own. Nobody answers at the port: what is typed is asked for before."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "workers.join", "local", "--master", "127.0.0.1:1", "--dir", str(tmp_path / "w")]
    environ = {key: value for key, value in os.environ.items() if key != VARIABLE}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    said, typed = b"", False
    while True:
        try:
            more = os.read(ours, 1024)
        except OSError:  # the other side is closed
            break
        said += more
        if not typed and b"Password of the worker: " in said:
            os.write(ours, f"{PASSWORD}\n".encode())
            typed = True
        if not more:
            break
    os.close(ours)
    assert process.wait(timeout=60) == 2
    assert b"no master answers" in said
    assert PASSWORD.encode() not in said


def test_a_master_whose_certificate_is_missing_says_so_before_it_starts(tmp_path: Path) -> None:
    farm = Farm(tmp_path, more=f'worker_certificate = "{tmp_path / "absent.pem"}"\n')
    farm.engine.dispose()
    command = [sys.executable, "-m", "console", "buildmaster"]
    done = subprocess.run(
        command, cwd=ROOT, env=farm.environ, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 2
    assert "absent.pem: no such file: give a PEM file" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_service_starts_the_worker_by_its_folder_and_holds_no_secret() -> None:
    """A blank and a percent sign would mean something else to systemd."""
    joined = place.Joined("sparrow", place.Master("farm.example.org", 9989))
    lines = unit(joined, Path("/srv/a 100% worker")).splitlines()
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert start.endswith(' --basedir "/srv/a 100%% worker"')
    assert "WorkingDirectory=/srv/a 100%% worker" in lines
    assert "MemoryMax=90%" in lines


def test_the_verb_leads_there() -> None:
    command = [sys.executable, "-m", "console", "worker", "join", "--help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.startswith("usage: camelot worker join")


def test_a_folder_that_was_tampered_with_says_so(tmp_path: Path) -> None:
    (tmp_path / place.FILE).write_text(json.dumps({"name": "local"}), encoding="utf-8")
    with pytest.raises(ValueError, match="remove it, and join again"):
        place.read(tmp_path)
