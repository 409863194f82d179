"""Gives the control host this commit and an environment of its own, and lets one of its timers elapse there.

The environment is what the lab declares, by another name (`deneme`): what the host keeps of the lab is not touched.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.reaching import ROOT, ssh, sure, until

CONTROL, HOME, NAME = "ctl1", "/srv/estate/checkout", "deneme"
DECLARED, VAR = f"{HOME}/inventories/{NAME}", f"{HOME}/var/{NAME}"


def _laid(unit: str) -> str:
    dropped = f"/run/systemd/system/{unit}"
    return f"""
mv {HOME} {HOME}.kept && install -d -o estate -g estate -m 750 {HOME} && tar -x -C {HOME}
mv {HOME}/inventories/lab {DECLARED}; mkdir -p {VAR}; cd {HOME}.kept
cp -a inventories/lab/group_vars/all/vault.yml {DECLARED}/group_vars/all/
cp -a .venv {HOME}/; cp -a var/lab/ssh var/lab/vault-password {VAR}/
sed -i s:/var/lab/:/var/{NAME}/: {VAR}/ssh/config && chown -R estate:estate {HOME}
mkdir -p {dropped}.service.d {dropped}.timer.d
printf '[Service]\\nEnvironment=ESTATE_ENVIRONMENT={NAME}\\n' >{dropped}.service.d/deneme.conf
printf '[Timer]\\nOnCalendar=\\nOnActiveSec=2\\nPersistent=no\\nAccuracySec=1s\\n' >{dropped}.timer.d/deneme.conf
systemctl daemon-reload
"""


def _taken_away(unit: str) -> str:
    dropped = f"/run/systemd/system/{unit}"
    return f"""
systemctl stop {unit}.timer {unit}.service; rm -rf {dropped}.service.d {dropped}.timer.d; systemctl daemon-reload
systemctl reset-failed {unit}.service || true
[ ! -d {HOME}.kept ] || {{ rm -rf {HOME}; mv {HOME}.kept {HOME}; }}
"""


@contextmanager
def placed(unit: str) -> Iterator[None]:
    """Lays down the commit of this checkout for one unit and its timer, and takes it away whatever the test says."""
    sure(CONTROL, _taken_away(unit))
    commit = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    try:
        done = subprocess.run(
            ssh(CONTROL, _laid(unit)), input=commit.stdout, capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()
        yield
    finally:
        sure(CONTROL, _taken_away(unit))


def as_estate(words: str) -> str:
    """Runs the estate of the control host there, as the account of its timers."""
    ready = f"cd {HOME}; export HOME=/srv/estate/home ESTATE_ENVIRONMENT={NAME}"
    return sure(
        CONTROL,
        f"{ready}; setpriv --reuid=estate --regid=estate --init-groups -- .venv/bin/python -m {words}",
    )


def fired(unit: str) -> str:
    """Lets the timer elapse once, and gives what its service printed; the timer stands: systemd knows how it ended."""
    ask = f"systemctl show --value --property=InvocationID {unit}.service"
    before = sure(CONTROL, ask)
    sure(CONTROL, f"systemctl restart {unit}.timer")
    assert until(lambda: sure(CONTROL, ask) not in ("", before), 30), "the timer never started its service"
    run = sure(CONTROL, ask)
    over = f"systemctl is-active {unit}.service || true"
    assert until(lambda: sure(CONTROL, over) in ("inactive", "failed"), 300), "the service never ended"
    return sure(CONTROL, f"journalctl --output=cat _SYSTEMD_INVOCATION_ID={run}")
