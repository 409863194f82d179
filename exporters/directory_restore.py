"""Puts a copy of the domain in place on a new host, under a name the domain did not have, and says what came back.

    python3 -m exporters.directory_restore NAME ADDRESS

Run as root where the backup job laid `domain.tar` and `domain.json` down. Samba makes a controller of the new name out
of the copy, takes the lost ones out of it and makes its keys anew, so that tickets of before are worthless. What the
host held before (an empty domain) is kept aside until the whole copy is in its place. Leaves `restored.json`: what the
copy was said to hold, what the restored domain holds, and the time of the last record before anybody wrote again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml

from exporters.directory_backup import DATABASE, SETTINGS, SYSVOL, BackupError, answer, search, take

STATE = Path("/var/lib/samba")
CONTROLLERS = "(&(objectClass=computer)(userAccountControl:1.2.840.113556.1.4.803:=8192))"


def made(copy: Path, name: str, address: str) -> Path:
    """Lets Samba make the new controller in a folder aside, and gives its state folder, complete."""
    aside = STATE.with_name(STATE.name + ".restored")
    shutil.rmtree(aside, ignore_errors=True)  # what a run that died left behind
    options = [
        f"--backup-file={copy}",
        f"--targetdir={aside}",
        f"--newservername={name}",
        f"--host-ip={address}",
    ]
    answer("samba-tool", "domain", "backup", "restore", *options)
    state = aside / "state"
    (aside / "private").rename(state / "private")
    (state / "private").chmod(0o700)  # the copy does not carry it
    return state


def put_in_place(state: Path) -> None:
    """Gives the restored domain to Samba in two renames; before them there is the old state, after them the new."""
    answer("systemctl", "stop", "samba-ad-dc")
    before = STATE.with_name(STATE.name + ".before")
    shutil.rmtree(before, ignore_errors=True)
    STATE.rename(before)
    state.rename(STATE)
    shutil.rmtree(before)
    shutil.rmtree(state.parent)


def restore(folder: Path, canary: str, name: str, address: str) -> str:
    """Restores, describes and starts the domain; gives one line about it."""
    copy, listed = folder / "domain.tar", folder / "domain.json"
    before = json.loads(listed.read_text(encoding="utf-8"))
    put_in_place(made(copy, name, address))
    answer("samba-tool", "ntacl", "set", before["rights"]["."], str(SYSVOL))
    last = [
        entry["description"][0]
        for entry in search(DATABASE, "(cn=kanarya)", "description")
        if entry["dn"] == [canary]
    ]
    aside = folder / "restored"
    aside.mkdir(mode=0o700, exist_ok=True)
    told = take(aside)
    after = json.loads((aside / "domain.json").read_text(encoding="utf-8"))
    shutil.rmtree(aside)
    found = {
        "before": before,
        "after": after,
        "canaries": last,
        "controllers": sorted(entry["cn"][0] for entry in search(DATABASE, CONTROLLERS, "cn")),
    }
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (folder / "restored.json").write_text(text, encoding="utf-8")
    answer("systemctl", "start", "samba-ad-dc")
    return told


def main() -> int:
    """Restores once; 0 when the domain runs from the copy, 1 when it does not, with the reason."""
    parser = argparse.ArgumentParser(description="Puts a copy of the domain in place on a new host.")
    parser.add_argument("name", help="name of the new controller; the domain must not have had it")
    parser.add_argument("address", help="address of this host")
    arguments = parser.parse_args()
    try:
        settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
        folder = Path(settings["backup_folder"])
        print(f"directory restore: {restore(folder, settings['canary'], arguments.name, arguments.address)}")
    except (BackupError, OSError, ValueError, KeyError, subprocess.TimeoutExpired, tarfile.TarError) as error:
        print(f"directory restore: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
