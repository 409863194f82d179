"""Takes Samba's own copy of the domain and calls it good only when it is complete: it is whole, or the run is red.

Runs on a domain controller before a backup. Leaves `domain.tar` (databases, sysvol with its rights, settings) and
`domain.json`: what a restore is compared with, namely policies with their names and links, the rights of sysvol,
accounts and the members of groups. Both replace their predecessors only when everything was found in the copy.
"""

from __future__ import annotations

import base64
import bz2
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import IO, Any

import yaml

SETTINGS = Path("/etc/estate/directory.yml")
DATABASE = "/var/lib/samba/private/sam.ldb"
SYSVOL = Path("/var/lib/samba/sysvol")
NEEDED = (
    "private/sam.ldb",
    "private/secrets.ldb",
    "private/secrets.tdb",
    "private/idmap.ldb",
    "sysvol.tar.gz",
)
SECONDS = 600


class BackupError(Exception):
    """Says what the copy lacks, or which program failed."""


def answer(*command: str) -> str:
    """Runs a program of Samba and gives its answer; raises BackupError with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise BackupError(f"{' '.join(command[:4])}: exit {done.returncode}: {' / '.join(words)}")
    return done.stdout


def entries(ldif: str) -> list[dict[str, list[str]]]:
    """Reads LDIF as ldbsearch writes it: long lines are folded, letters beyond ASCII come in base64."""
    found = []
    for block in re.split(r"\n\s*\n", re.sub(r"\n ", "", ldif)):
        entry: dict[str, list[str]] = {}
        for line in block.splitlines():
            match = re.match(r"([A-Za-z][\w;-]*):(:?) ?(.*)$", line)
            if match:
                name, coded, value = match.groups()
                entry.setdefault(name, []).append(_decoded(value) if coded else value)
        if "dn" in entry:
            found.append(entry)
    return found


def _decoded(value: str) -> str:
    return base64.b64decode(value).decode("utf-8", "replace")


def search(database: str, expression: str, *attributes: str) -> list[dict[str, list[str]]]:
    """Asks a database file of the directory, all of its partitions."""
    return entries(answer("ldbsearch", "-H", database, "--cross-ncs", expression, *attributes))


def policies(database: str) -> list[dict[str, Any]]:
    """Gives every policy: its identifier, its name as people see it, and where it is linked."""
    links = search(database, "(gPLink=*)", "gPLink")
    found = []
    for entry in search(database, "(objectClass=groupPolicyContainer)", "name", "displayName"):
        identifier = entry["name"][0]
        linked = sorted(e["dn"][0] for e in links if identifier.upper() in e["gPLink"][0].upper())
        found.append({"id": identifier, "name": entry.get("displayName", [""])[0], "linked": linked})
    return sorted(found, key=lambda policy: str(policy["id"]))


def described(database: str, rights: dict[str, str]) -> dict[str, Any]:
    """Gives what a restored domain has to have."""
    people = "(&(objectClass=user)(!(objectClass=computer)))"
    groups = search(database, "(objectClass=group)", "member")
    return {
        "policies": policies(database),
        "rights": rights,
        "accounts": sorted(entry["dn"][0] for entry in search(database, people, "dn")),
        "members": {entry["dn"][0]: sorted(entry.get("member", [])) for entry in groups},
    }


def damaged(whole: tarfile.TarFile) -> list[str]:
    """Lists what every copy has to hold and this one does not, or not as Samba wrote it."""
    members = set(whole.getnames())
    if missing := [name for name in NEEDED if name not in members]:
        return missing
    sums = _content(whole, "SHA256SUM").read().decode()
    return [
        name
        for wanted, name in (line.split("  ", 1) for line in sums.splitlines())
        if name not in members or hashlib.sha256(_content(whole, name).read()).hexdigest() != wanted
    ]


def rights(whole: tarfile.TarFile) -> dict[str, str]:
    """Gives the rights (SDDL) that the copy holds of everything in sysvol, by its path."""
    with tarfile.open(fileobj=_content(whole, "sysvol.tar.gz")) as sysvol:
        kept = set(sysvol.getnames())
        return {
            name.removesuffix(".NTACL"): _content(sysvol, name).read().decode().strip()
            for name in sorted(kept)
            if name.endswith(".NTACL") and name.removesuffix(".NTACL") in kept
        }


def right_of(path: Path) -> str:
    """Gives the rights (SDDL) of one folder of the living host."""
    return answer("samba-tool", "ntacl", "get", "--as-sddl", str(path)).strip()


def lacking(rights: dict[str, str], policies: list[dict[str, Any]], sysvol: Path) -> list[str]:
    """Lists what stands in sysvol or is named by the directory and is not in the copy with its rights."""
    here = {str(path.relative_to(sysvol)) for path in sysvol.rglob("*")}
    absent = sorted(path for path in here if not rights.get(path))
    folders = {part.upper() for path in rights for part in Path(path).parts}
    return absent + [
        f"policy {one['id']} ({one['name']})" for one in policies if one["id"].upper() not in folders
    ]


def _content(whole: tarfile.TarFile, name: str) -> IO[bytes]:
    stream = whole.extractfile(name)
    if stream is None:
        raise BackupError(f"{name}: is no file in the copy")
    return stream


def take(folder: Path) -> str:
    """Takes the copy, proves it and puts it in place; gives one line about it."""
    aside = folder / "making"
    shutil.rmtree(aside, ignore_errors=True)  # what a run that died left behind
    aside.mkdir(mode=0o700)
    answer("samba-tool", "domain", "backup", "offline", f"--targetdir={aside}")
    made = list(aside.glob("samba-backup-*.tar.bz2"))
    if len(made) != 1:
        raise BackupError(f"{aside}: holds {len(made)} copies, one is expected")
    plain = aside / "domain.tar"
    with (
        bz2.open(made[0]) as packed,
        plain.open("wb") as stream,
    ):  # plain: the repository packs, and keeps parts once
        shutil.copyfileobj(packed, stream)
    with tarfile.open(plain) as whole:
        faults = damaged(whole)
        kept = {} if faults else rights(whole)
    # Samba's copy holds the rights of what lies in sysvol, not those of sysvol itself
    description = described(DATABASE, {".": right_of(SYSVOL), **kept})
    if faults := faults or lacking(description["rights"], description["policies"], SYSVOL):
        raise BackupError("the copy is not complete: " + ", ".join(faults[:20]))
    text = json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (aside / "domain.json").write_text(text, encoding="utf-8")
    for name in ("domain.tar", "domain.json"):
        (aside / name).replace(folder / name)
    shutil.rmtree(aside)
    told = {"accounts": "accounts", "members": "groups", "policies": "policies"}
    return ", ".join(f"{len(description[key])} {name}" for key, name in told.items())


def main() -> int:
    """Takes one copy; 0 when it is complete, 1 when it is not (the one before stays)."""
    try:
        settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
        print(f"directory backup: {take(Path(settings['backup_folder']))}")
    except (BackupError, OSError, subprocess.TimeoutExpired, tarfile.TarError, KeyError) as error:
        print(f"directory backup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
