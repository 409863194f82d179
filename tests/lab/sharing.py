"""Brings folders to the file server and uses them from another host, as administrators and people do."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from estate.declared.estate import load
from tests.lab.reaching import BIN, LAB, Answer, on, ran, sure

ESTATE = load(LAB.inventory)
(SERVER,) = ESTATE.hosts["file_servers"]
CLIENT = ESTATE.directory.host
"""Another host, with the clients of any house."""
NAME = f"{SERVER}.{ESTATE.networks.domain}"
REALM, GROUP = ESTATE.directory.realm, ESTATE.directory.workgroup
RESTORE = """
import json, os, subprocess, sys
settings = json.load(open("/etc/estate/backup_client.json"))
own = json.load(open(settings["secrets"]))
login = {"RESTIC_REST_USERNAME": own["username"], "RESTIC_REST_PASSWORD": own["password"]}
login |= {"RESTIC_PASSWORD": own["keys"]["dosya"], "RESTIC_CACERT": settings["ca_certificate"]}
restic = ["restic", "--no-cache", "-r", "rest:" + settings["repository_url"] + "/dosya/"]
restore = ["restore", "latest", "--target", sys.argv[1]]
raise SystemExit(subprocess.run(restic + restore, env={**os.environ, **login}).returncode)
"""
"""Runs on the file server: restores its newest backup below a folder."""


def deploy(checkout: Path, *options: str) -> Answer:
    """Brings what a checkout declares to the file server."""
    bare = ["env", "--unset=SHELL", BIN / "pyinfra", "-y", "pyinfra_deploys/inventory.py"]
    return ran([*bare, "pyinfra_deploys/shares.py", *options], cwd=checkout, PYTHONPATH=str(checkout))


def planned(checkout: Path, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Gives what a checkout would change on the file server, by key."""
    file = tmp_path / "changes.json"
    done = deploy(checkout, "--limit", SERVER, "--dry", "--data", f"changes_file={file}")
    assert done.returncode == 0, done.stdout + done.stderr
    return {change["key"]: change for change in json.loads(file.read_text("utf-8"))}


def smb(user: str, password: str, share: str, *commands: str) -> str:
    """Does something in a folder as a person with a password; gives all that was said."""
    login = f"/run/deneme-{user}"
    sure(CLIENT, f"umask 077; cat > {login}", f"username={user}\npassword={password}\ndomain={GROUP}\n")
    said = on(
        CLIENT, f"smbclient //{NAME}/{share} -A {login} -c {shlex.quote('; '.join(commands))} 2>&1 || true"
    )
    return said.stdout


def audit(since: str, *words: str) -> list[str]:
    """Gives the lines of the access log since a moment that hold all these words."""
    lines = sure(SERVER, f"journalctl -t smbd_audit -o cat --since @{since}").splitlines()
    return [line for line in lines if all(word in line for word in words)]
