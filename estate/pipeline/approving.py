"""Keeps who agreed to which plan: signatures over its hash, each by another person who may."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from estate.declared.pipeline import Approvals
from estate.pipeline.rings import whole_hash
from estate.pipeline.signers import PLAN
from estate.plan import is_whole
from estate.records import Plan, read, write, write_text
from estate.records.pipelines import Approval, PipelineRun
from estate.runs.refused import RefusedError
from estate.signatures import SignatureError, sign, signer_of_text


@dataclass(frozen=True)
class Given:
    """Says who agreed, what does not count and why, and how many are still missing."""

    approvals: tuple[Approval, ...]
    void: tuple[str, ...]
    missing: int


def statement(run: PipelineRun) -> str:
    """Gives the text people sign: environment, commit and hash of the plan; nothing of the run that happens to ask."""
    return (
        f"estate-plan 1\nenvironment {run.environment}\ncommit {run.commit}\nplan {run.plan_hash}\n"
        "I have read this plan and agree that it is applied.\n"
    )


def text_of(named: str) -> str:
    """Reads a signature that was made elsewhere: a file, or - for standard input; refuses what is no text."""
    try:
        raw = sys.stdin.buffer.read() if named == "-" else Path(named).read_bytes()
        return raw.decode()
    except OSError as error:
        raise RefusedError(f"--signature {named}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RefusedError(
            f"--signature {named}: is no text; hand in the .sig file that `ssh-keygen -Y sign` wrote"
        ) from None


def shown(folder: Path, run: PipelineRun) -> str:
    """Gives the summary of the plan of a run, and lays down the text to sign; refuses where there is none to read."""
    try:
        summary = (folder / "summary.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(
            f"{folder / 'summary.md'}, which says what is agreed to, cannot be read: {error}. Plan again: "
            "./scripts/estate pipeline plan --again"
        ) from None
    asked_of(folder, run)
    return summary


def asked_of(folder: Path, run: PipelineRun) -> Path:
    """Lays down the text to sign in the folder of a run and gives its file."""
    path = folder / "statement.txt"
    write_text(path, statement(run))
    return path


def sign_here(folder: Path, run: PipelineRun, key: Path, signers: Path) -> str:
    """Signs the statement with a key that lies on this machine, hands it in, and gives whose it is."""
    try:
        signature = sign(asked_of(folder, run), key, PLAN)
    except SignatureError as error:
        raise RefusedError(str(error)) from None
    return hand_in(folder, run, signature.read_text(encoding="utf-8"), signers)


def hand_in(folder: Path, run: PipelineRun, signature: str, signers: Path) -> str:
    """Keeps a signature over the statement of this run and gives whose it is; refuses one that does not hold."""
    try:
        found = signer_of_text(statement(run).encode(), signature, signers, PLAN)
    except SignatureError as error:
        raise RefusedError(
            f"this is no approval of plan {run.plan_hash[:12]} of {run.environment}: {error}. Sign "
            f"{folder / 'statement.txt'} with `ssh-keygen -Y sign -n {PLAN} -f KEY statement.txt`"
        ) from None
    name = hashlib.sha256(signature.encode()).hexdigest()[:16]
    write_text(folder / "approvals" / f"{name}.sig", signature)
    return found.principal


def given(
    folder: Path, run: PipelineRun, wanted: Approvals, authors: Collection[str], signers: Path
) -> Given:
    """Counts the signatures kept for this run that hold for its plan: each person once, authors only where they may."""
    counted: dict[str, Approval] = {}
    void: list[str] = []
    for path in sorted((folder / "approvals").glob("*.sig")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
            person = signer_of_text(statement(run).encode(), text, signers, PLAN).principal
        except SignatureError as error:
            void.append(f"{path.name}: {error}")
            continue
        if person not in wanted.by:
            void.append(f"{person} may not approve")
        elif person in authors and not wanted.author_counts:
            void.append(f"{person} signed a commit of this plan and cannot approve it")
        elif person in counted:
            void.append(f"{person} approved twice and counts once")
        else:
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            counted[person] = Approval(person, run.plan_hash, at)
    missing = max(0, wanted.signatures - len(counted))
    return Given(tuple(counted.values()), tuple(void), missing)


@dataclass(frozen=True)
class Agreed:
    """Holds the run as it stood when people agreed to it, and its plans."""

    run: PipelineRun
    plans: tuple[Plan, ...]


def agreed(folder: Path, run: PipelineRun) -> Agreed | None:
    """Gives what people agreed to in this run; None where they did not, or where a file is not what they signed.

    Whether enough of their signatures still hold is `given`'s to say, over the run as it stood.
    """
    head = folder / "agreed" / "run.json"
    if not head.exists():
        return None
    then = read(head, PipelineRun)
    plans = {ring: read(folder / "agreed" / f"plan-{ring}.json", Plan) for ring in then.plans}
    whole = all(is_whole(plan) and plan.hash == then.plans[ring] for ring, plan in plans.items())
    own = (then.environment, then.commit, then.plan_hash)
    if not whole or own != (run.environment, run.commit, whole_hash(run.commit, then.plans)):
        return None
    return Agreed(then, tuple(plans.values()))


def keep_agreed(folder: Path, run: PipelineRun) -> None:
    """Keeps the plans as they are agreed to, so that what is left of them after a kill needs no new signature."""
    kept = folder / "agreed"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for ring in run.plans:
        shutil.copy2(folder / f"plan-{ring}.json", kept)
    write(kept / "run.json", run)
