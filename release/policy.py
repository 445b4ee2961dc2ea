"""Who may sign what: the registry names a person, by the version's branch, and the keyring says which keys are theirs.

One rule, asked twice: before anything is made, and by whoever checks what was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from securesystemslib.signer import Key

from core.branches import Registry
from core.settings import Settings
from core.versions import Version
from release import keys
from release.keys import Signer


@dataclass(frozen=True)
class Policy:
    """The registry's people and their keys."""

    registry: Registry
    signers: tuple[Signer, ...]

    def manager(self, version: Version) -> str:
        """Whom the registry names for the version's branch, its security releases included; empty: nobody."""
        branch = self.registry.find(version.branch)
        return branch.release_manager if branch else ""

    def trusted(self, version: Version) -> list[Key]:
        """The keys of those who may sign it, revoked ones left out; `refusal` judges by the day."""
        return self.keys_of(self.manager(version))

    def keys_of(self, name: str) -> list[Key]:
        """Every key of a person that was not revoked."""
        return [signer.key() for signer in self.signers if _same(signer.name, name) and not signer.revoked]

    def unrevoked(self) -> list[Key]:
        """Everybody's keys, but those that were revoked."""
        return [signer.key() for signer in self.signers if not signer.revoked]

    def known(self) -> list[Key]:
        """Every key that has a name."""
        return [signer.key() for signer in self.signers]

    def person_refused(self, version: Version, name: str) -> str:
        """Why `name` may not sign `version`, as a sentence; empty where they may."""
        manager = self.manager(version)
        if not manager:
            return (
                f"nobody may sign {version}: the registry names no release manager for {version.branch}: write one in"
            )
        if not _same(name, manager):
            return f"{name} may not sign {version}: the registry allows {manager} for {version.branch}"
        return ""

    def refusal(self, version: Version, keyid: str, day: date | None) -> str:
        """Why a signature by that key over `version`, logged on `day`, is not to be trusted; empty where it is.

        Without a day that the log vouches for, it is not asked whether the key was valid then.
        """
        signer = next((one for one in self.signers if one.keyid == keyid), None)
        if signer is None:
            return f"nobody is known to hold the key {keyid[:16]}: {self._allowed(version, day)}"
        if self.person_refused(version, signer.name):
            return f"{signer.name} (key {keyid[:16]}) may not sign {version}: {self._allowed(version, day)}"
        return self._out_of_date(signer, version, day) if day else ""

    def _out_of_date(self, signer: Signer, version: Version, day: date) -> str:
        key, at = f"the key {signer.keyid[:16]} of {signer.name}", day.isoformat()
        if signer.revoked and at >= signer.revoked:
            why = f"{key} was revoked on {signer.revoked} ({signer.reason}), and this was logged on {day}"
        elif at < signer.since:
            why = f"{key} is valid from {signer.since} on, and this was logged on {day}"
        elif signer.until and at >= signer.until:
            why = f"{key} was replaced on {signer.until}, and this was logged on {day}"
        else:
            return ""
        return f"{why}: {self._allowed(version, day)}"

    def _allowed(self, version: Version, day: date | None) -> str:
        manager = self.manager(version)
        if not manager:
            return f"the registry names no release manager for {version.branch}"
        theirs = [one for one in self.signers if _same(one.name, manager)]
        good = [one.keyid[:16] for one in theirs if (one.valid(day) if day else not one.revoked)]
        held = f"key {', '.join(good)}" if good else "who has no key that is valid that day"
        return f"the registry allows {manager} for {version.branch} ({held})"


def of(settings: Settings, signers: Sequence[Signer] | None = None) -> Policy:
    """The policy of this installation; `signers` in place of its own keyring. Raises what reading the registry does."""
    found = keys.ring(settings) if signers is None else signers
    return Policy(settings.load_registry(), tuple(found))


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
