"""Starts the exchange with a staged configuration where nobody hears it, and tells what it complains of.

usage: rehearse.py FOLDER [ESTATE_FOLDER]. The copy runs as the user of the exchange, without a network, with databases,
logs and spool of its own, from the staged files and those that deploy and people have laid into the real folder
(estate/, local/), or into ESTATE_FOLDER in place of estate/. Exit: 0 it starts and complains of nothing, 1 its words
are on stderr, 2 asked for something else. Standard library only; needs root.
"""

from __future__ import annotations

import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIVE = Path("/etc/asterisk")
PATIENCE_SECONDS = 40.0
FOLDERS = {
    "astetcdir": "etc",
    "astvarlibdir": "lib",
    "astdbdir": "lib",
    "astkeydir": "lib",
    "astspooldir": "spool",
}
FOLDERS |= {"astrundir": "run", "astlogdir": "log"}
TOLD = re.compile(r"^\[[^]]*\] (?:ERROR|WARNING)\[\d+\](?:\[[^]]*\])? (.*)$")
# What a machine without a network says, or a busy one with thousands of telephones at once, and what is no mistake.
EXCUSED = re.compile(
    r"Taskprocessor '\S+' queue reached \d+ scheduled tasks|"
    r"res_pjsip_outbound_registration|' sending \w+ request to endpoint|registered during operation|"
    r"Temporary failure in name resolution|Error opening directory - \S*/hold:|"
    r"No music on hold classes configured|maxsilence should be less than minsecs"
)


def stage(source: Path, place: Path, live: Path, estate: Path | None) -> Path:
    """Lays the copy's configuration below place; gives the path of its asterisk.conf."""
    etc = place / "etc"
    shutil.copytree(source, etc)
    for name, laid in (("estate", estate or live / "estate"), ("local", live / "local")):
        if laid.is_dir():
            shutil.copytree(laid, etc / name, dirs_exist_ok=True)
    for folder in sorted(set(FOLDERS.values())):
        (place / folder).mkdir(exist_ok=True)
    options = (etc / "asterisk.conf").read_text(encoding="utf-8")
    directories = "".join(f"{name} => {place / folder}\n" for name, folder in FOLDERS.items())
    (etc / "asterisk.conf").write_text(f"[directories]\n{directories}\n{options}", encoding="utf-8")
    for name in ("cdr_sqlite3_custom.conf", "cel_sqlite3_custom.conf"):
        text = (etc / name).read_text(encoding="utf-8") if (etc / name).exists() else ""
        (etc / name).write_text(text.replace("/var/log/asterisk", str(place / "log")), encoding="utf-8")
    (etc / "logger.conf").write_text("[general]\ndateformat=%F %T\n[logfiles]\nall.log => warning,error\n")
    return etc / "asterisk.conf"


def complaints(log: str) -> list[str]:
    """Gives the errors and warnings that name a mistake, each once."""
    told = [found.group(1) for line in log.splitlines() if (found := TOLD.match(line))]
    return list(dict.fromkeys(text for text in told if not EXCUSED.search(text)))


def rehearse(place: Path, configuration: Path) -> list[str]:
    """Runs the copy until it has booted, then ends it; gives its complaints."""
    argv = [
        "unshare",
        "--net",
        "asterisk",
        "-f",
        "-C",
        str(configuration),
        "-U",
        "asterisk",
        "-G",
        "asterisk",
    ]
    log = place / "log/all.log"
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=place
    ) as copy:
        try:
            booted = _wait(copy, configuration)
        finally:
            copy.kill()
            said = copy.communicate()[0]
    told = complaints(log.read_text(encoding="utf-8", errors="replace") if log.exists() else "")
    if not booted and not told:
        told = [f"it did not start in {PATIENCE_SECONDS:.0f} s. It said: {said.strip()[-500:]}"]
    return told


def _wait(copy: subprocess.Popen[str], configuration: Path) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    ask = ["asterisk", "-C", str(configuration), "-rx", "core waitfullybooted"]
    while time.monotonic() < deadline and copy.poll() is None:
        answer = subprocess.run(ask, capture_output=True, text=True, check=False)
        if "fully booted" in answer.stdout:
            return True
        time.sleep(0.2)
    return False


def main(arguments: list[str]) -> int:
    """Rehearses and tells."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    estate = Path(arguments[1]) if len(arguments) == 2 else None
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        place = Path(folder)
        configuration = stage(Path(arguments[0]), place, LIVE, estate)
        user = pwd.getpwnam("asterisk")
        for path in (place, *place.rglob("*")):
            shutil.chown(path, user.pw_uid, user.pw_gid)
        told = rehearse(place, configuration)
    for text in told:
        print(text, file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
