"""The step that signs, by whom the registry allows, with a key of theirs; and the question before, whether it could."""

from __future__ import annotations

from pathlib import Path

from release import artifacts, backends, keys, log, policy, sbom, sign, verify
from release.job import Evidence, Job, StepError

REFUSALS = (keys.KeyringError, log.LogError, sign.SignatureError)


def may_sign(job: Job) -> None:
    """Asked before anything is touched: a tag that is pushed cannot be taken back when the signature is refused."""
    refused = policy.of(job.settings).person_refused(job.version, job.actor)
    if refused:
        raise StepError(refused)
    try:
        keys.check(job.settings, job.actor, job.today)
        log.check(job.settings)
        _gpg(job)
    except REFUSALS as error:
        raise StepError(str(error)) from None


def signature(job: Job) -> Evidence:
    """Sign, write it into the log, and put the proof beside it; both public keys go with the files that are signed.

    Raises StepError where the registry does not let this signer sign this version: nothing is published then.
    """
    try:
        return _signed(job)
    except REFUSALS as error:
        raise StepError(str(error)) from None


def _signed(job: Job) -> Evidence:
    signer = keys.signing_key(job.settings, job.actor, job.today)
    refused = policy.of(job.settings).refusal(job.version, signer.public_key.keyid, job.today)
    if refused:
        raise StepError(refused)
    made = [
        *_gpg_signatures(job),
        artifacts.put(job.stage / verify.KEY_FILE, sbom.text(keys.public(signer))),
        artifacts.put(job.stage / verify.LOG_KEY, f"{log.key_of(job.settings)}\n".encode()),
    ]
    envelope = job.stage / f"{job.recipe.stem}{verify.ENVELOPE}"
    beside = (envelope.name, verify.proof_of(envelope).name)
    subjects = {path.name: artifacts.sha256(path) for path in job.stage.iterdir() if _counts(path, beside)}
    source = f"{job.settings.github.web_url}/{job.settings.github.repository}"
    claim = sign.statement(subjects, str(job.version), job.recipe.commit, source, job.mode)
    artifacts.put(envelope, sign.sign(claim, signer))
    proof = log.record(job.settings, _entry(job, envelope, signer.public_key.keyid))
    made += [envelope, artifacts.put(verify.proof_of(envelope), str(proof).encode())]
    return {
        "files": {path.name: artifacts.sha256(path) for path in made},
        "keyid": signer.public_key.keyid,
        "subjects": len(subjects),
        "log_index": proof.index,
    }


def _counts(path: Path, beside: tuple[str, ...]) -> bool:
    return path.name not in beside and not path.name.startswith(".")


def _entry(job: Job, envelope: Path, keyid: str) -> log.Entry:
    return log.Entry(
        version=str(job.version),
        mode=job.mode,
        day=job.today.isoformat(),
        signer=job.actor,
        keyid=keyid,
        commit=job.recipe.commit,
        envelope=artifacts.sha256(envelope),
    )


def _gpg(job: Job) -> backends.Gpg | None:
    """Who signs with GPG too; None where nobody does: for new branches, and for a rehearsal without a GPG home."""
    wanted = job.settings.release
    if not backends.wants_gpg(job.version, wanted.gpg_until) or (wanted.gpg_home is None and job.rehearsal):
        return None
    if wanted.gpg_home is None:
        raise StepError(f"{job.version} is signed with GPG too, up to {wanted.gpg_until}: set release.gpg_home")
    found = backends.fingerprints(wanted.gpg_home, job.actor)
    if not found:
        raise StepError(f"{wanted.gpg_home} has no secret key of {job.actor}: import it, or set release.gpg_home")
    return backends.Gpg(wanted.gpg_home, found[:1])


def _gpg_signatures(job: Job) -> list[Path]:
    """Beside the tarballs of old branches, with the public key."""
    gpg = _gpg(job)
    if gpg is None:
        return []
    made = {f"{name}{gpg.suffix}": gpg.sign((job.stage / name).read_bytes()) for name in job.recipe.names}
    made[verify.GPG_KEYS] = gpg.public()
    return [artifacts.put(job.stage / name, data) for name, data in made.items()]


def trust(job: Job) -> verify.Trust:
    """As a user does who has this house's keyring and the key of its log."""
    try:
        return verify.Trust(policy=policy.of(job.settings), log_key=log.key_of(job.settings))
    except REFUSALS as error:
        raise StepError(str(error)) from None
