"""Proves that no secret of the lab stands in an output, a record of a run or the process list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.lab.secrets import make_authority
from estate.records import RunDirectory
from tests.lab.reaching import LAB, play, secrets
from tests.lab.runs.watched import Mended, ProcessList

pytestmark = pytest.mark.lab
MARK = "M4RKED"
HOME_OF_SECRETS = ("vault-password", "escrow", "ssh", "evidence/signing_key")
"""What below var/lab is there to hold secrets, and may."""


def vault() -> dict[str, Any]:
    """Reads the lab's secrets through the ordinary client."""
    held: dict[str, Any] = yaml.safe_load(secrets())
    return held


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for below in value.values():
            yield from leaves(below)
    else:
        yield str(value)


def marked(secrets: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Replaces every secret by a marked one of its kind; gives the marks to look for."""
    key, certificate = make_authority("Marked Root CA")
    replaced: dict[str, Any] = {}
    for name, value in secrets.items():
        replaced[name] = (
            {k: f"{MARK}-{name}-{k}" for k in value} if isinstance(value, dict) else f"{MARK}-{name}"
        )
    replaced["vault_certificate_authority_key"] = key
    replaced["vault_certificate_authority_certificate"] = certificate
    return replaced, [MARK, *key.splitlines()[1:-1]]


def found_below(folder: Path, marks: list[bytes], but: tuple[str, ...] = ()) -> list[str]:
    left_out = [folder / name for name in but]
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file()
        and not any(path.is_relative_to(each) for each in left_out)
        and any(mark in content(path) for mark in marks)
    ]


def content(path: Path) -> bytes:
    """Reads a file; one that is gone by now (drills go on meanwhile) holds nothing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_marked_secrets_appear_in_no_output_no_record_and_no_process_list(tmp_path: Path) -> None:
    secrets, marks = marked(vault())
    overlay = tmp_path / "overlay"
    (overlay / "group_vars" / "all").mkdir(parents=True)
    (overlay / "hosts.yml").write_text("all: {hosts: {}}\n")
    (overlay / "group_vars" / "all" / "marked.yml").write_text(yaml.safe_dump(secrets))
    folder = RunDirectory.start(tmp_path, "plan", environment="lab", commit="", who="", reason="").path
    told = ("-i", "inventories/lab", "-i", str(overlay), "--check", "--diff", "-vvv")
    with ProcessList() as processes:
        done = play("site", *told, ESTATE_OUTCOMES=str(folder / "outcomes.jsonl"))
    changed = {(change.subject, change.key) for change in RunDirectory(folder).changes()}
    assert len(changed) >= 3, "the marked secrets reached no host, so nothing was proven"
    output = done.stdout + done.stderr
    assert [line[:200] for line in output.splitlines() if any(mark in line for mark in marks)] == []
    encoded = [mark.encode() for mark in marks]
    assert found_below(folder, encoded) == []
    assert [line[:200] for line in processes.seen if any(mark in line for mark in encoded)] == []
    assert done.returncode == 0, output[-3000:]


def test_the_real_secrets_stand_in_no_record_and_no_process_list(mending: Mended) -> None:
    held = {name: list(leaves(value)) for name, value in vault().items()}
    held.pop("vault_certificate_authority_certificate")
    lines = {name: [line for leaf in below for line in leaf.splitlines()] for name, below in held.items()}
    for name, each in lines.items():
        lines[name] = [line for line in each if len(line) >= 12 and not line.startswith("-----")]
    assert [name for name, each in lines.items() if not each] == []
    marks = [line.encode() for each in lines.values() for line in each]
    told = (mending.applied, mending.verified, mending.loud)
    output = "".join(one.stdout + one.stderr for one in told).encode()
    assert [mark for mark in marks if mark in output] == []
    assert found_below(LAB.var, marks, but=HOME_OF_SECRETS) == []
    assert [line[:200] for line in mending.processes if any(mark in line for mark in marks)] == []
