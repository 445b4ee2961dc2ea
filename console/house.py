"""What the processes of an all-in-one house are told: settings file, environment and command of each."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from console import addresses as places
from console.addresses import LOOPBACK, Addresses
from console.credentials import Credentials
from console.seeds import APP_ID, CLIENT_ID
from core import settings as core_settings

ROOT = Path(__file__).resolve().parents[1]
QUIET_S = 0.0  # on one machine nobody waits for a second push
SWEEP_S = 2.0  # nor does the forge mind being asked often

# Which of our names each process is told, beside the settings file; nobody learns a secret that it does not use.
SECRET_NAMES: dict[str, tuple[str, ...]] = {
    "forge": ("FORGE_ADMIN_TOKEN",),
    "bots": ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"),
    "buildmaster": ("CAMELOT_WORKER_PASSWORD", "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
    "worker": ("CAMELOT_WORKER_PASSWORD",),
    "web": (),
    "you": ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"),  # commands that a person runs in this house
}


@dataclass(frozen=True)
class Plan:
    """One house: its folder, ports and secrets, and the day it plays on (None: the clock's)."""

    data: Path
    ports: Mapping[str, int]
    credentials: Credentials
    profile: str
    today: date | None

    @property
    def addresses(self) -> Addresses:
        return places.address_of(dict(self.ports))

    @property
    def config(self) -> Path:
        return self.data / "camelot.toml"

    def environ(self, base: Mapping[str, str], name: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of the process `name`: the person's own without any setting of another installation."""
        theirs = core_settings.ENVIRONMENT.keys() - {"CAMELOT_REGISTRY"}
        inherited = {key: value for key, value in base.items() if key not in theirs}
        told = {key: value for key, value in self._names().items() if key in SECRET_NAMES[name] or key not in _SECRETS}
        return {**inherited, **_no_proxy(base), **told, "PYTHONUNBUFFERED": "1", **(more or {})}

    def _names(self) -> dict[str, str]:
        at, day = self.addresses, self.today
        names = {
            "CAMELOT_PROFILE": self.profile,
            "CAMELOT_CONFIG": str(self.config),
            "CAMELOT_DATA": str(self.data),
            "CAMELOT_BOTS_URL": at.bots,
            "CAMELOT_CONSOLE_URL": at.console,
            "CAMELOT_FARM_URL": at.farm,
            "CAMELOT_WORKER_PASSWORD": self.credentials.worker_password,
            "DATABASE_URL": f"sqlite:///{self.data / 'camelot.db'}",
            "FORGE_ADMIN_TOKEN": self.credentials.admin_token,
            "GITHUB_API_URL": f"{at.forge}/api/v3",
            "GITHUB_WEB_URL": at.forge,
            "GITHUB_GIT_URL": at.forge,
            "GITHUB_APP_ID": str(APP_ID),
            "GITHUB_APP_PRIVATE_KEY": str(self.credentials.app_key),
            "GITHUB_CLIENT_ID": CLIENT_ID,
            "GITHUB_CLIENT_SECRET": self.credentials.client_secret,
            "GITHUB_WEBHOOK_SECRET": self.credentials.webhook_secret,
        }
        return {**names, "CAMELOT_TODAY": day.isoformat()} if day else names

    def write_config(self, own: Path | None) -> None:
        """The settings file of the house: the person's own file, and above it where everything listens."""
        table: dict[str, Any] = tomllib.loads(own.read_text(encoding="utf-8")) if own else {}
        farm = {"quiet_s": QUIET_S, "refleak_quiet_s": QUIET_S, **table.get("farm", {})}
        farm |= {"web_host": LOOPBACK, "web_port": self.ports["farm"], "worker_port": self.ports["worker"]}
        table["farm"] = farm
        table["github"] = {"sweep_s": SWEEP_S, **table.get("github", {})}
        for section, port in (("bots", "bots"), ("console", "console")):
            table[section] = {**table.get(section, {}), "host": LOOPBACK, "port": self.ports[port]}
        self.config.write_text(to_toml(table), encoding="utf-8")

    def commands(self) -> dict[str, tuple[str, ...]]:
        """The command of each service, in the order in which they start."""
        camelot, ports = (sys.executable, "-m", "console"), {name: str(port) for name, port in self.ports.items()}
        forge = ("--host", LOOPBACK, "--port", ports["forge"], "--data", str(self.data / "forge"))
        master = ("--master", f"{LOOPBACK}:{ports['worker']}", "--basedir", str(self.data / "worker"))
        return {
            "forge": (sys.executable, "-m", "forge.local", *forge),
            "bots": (*camelot, "bots", "--host", LOOPBACK, "--port", ports["bots"]),
            "buildmaster": (*camelot, "buildmaster"),
            "worker": (*camelot, "worker", "--name", "local", *master),
            "web": (*camelot, "web", "--host", LOOPBACK, "--port", ports["console"]),
        }


_SECRETS = frozenset(name for names in SECRET_NAMES.values() for name in names)


def _no_proxy(base: Mapping[str, str]) -> dict[str, str]:
    """git and others ask a proxy of the environment for loopback too, unless told not to."""
    known = base.get("no_proxy") or base.get("NO_PROXY") or ""
    value = ",".join(part for part in (known, LOOPBACK, "localhost") if part)
    return {"no_proxy": value, "NO_PROXY": value}


def to_toml(table: Mapping[str, Any]) -> str:
    """Settings as TOML: keys, then tables one deep. Strings, numbers, truth values, days and lists of them."""
    keys = [f"{key} = {_value(value)}" for key, value in table.items() if not isinstance(value, Mapping)]
    for name, inner in table.items():
        if isinstance(inner, Mapping):
            keys.append(f"\n[{name}]")
            keys.append(to_toml(inner).rstrip())
    return "\n".join(keys) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
