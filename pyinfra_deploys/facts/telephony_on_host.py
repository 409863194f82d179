"""Reads and replaces what a telephone exchange holds. Runs on the host itself, with the modules it imports.

    python3 telephony_on_host.py < question.json

The question holds `do` (observe or hold) and, for hold, the texts; the answer is one JSON object on stdout. Needs the
standard library only. Texts are rehearsed by a second Asterisk that nobody hears before they land; what the running
one has not loaded afterwards is put back as it was, and loaded again.
"""

from __future__ import annotations

import fcntl
import grp
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pyinfra_deploys.facts import exchange_before_on_host, telephone_contacts_on_host, voicemail_boxes_on_host
from pyinfra_deploys.facts import exchange_loading_on_host as loading
from pyinfra_deploys.facts.asterisk_on_host import FaultError, asked, running

HELD = Path("/etc/asterisk/estate")
LOCAL = Path("/etc/asterisk/local")
SETS = Path("/srv/provisioning")
REHEARSAL = Path("/usr/local/lib/estate/rehearse.py")
LOCK = Path("/run/lock/telephony")
PROMPTS, SPEAKER = "prompts.json", "telephone-prompts"
FILES = ("pjsip.conf", "extensions.conf", "voicemail.conf", "queues.conf", PROMPTS, "declared.json")


def observe(_question: dict[str, Any]) -> dict[str, Any]:
    """Answers what the exchange holds; one without Asterisk holds nothing."""
    paths = [path for path in SETS.rglob("*") if path.is_file()] if SETS.is_dir() else []
    now = now_held()
    return {
        "files": now,
        "sets": {str(path.relative_to(SETS)): digest(path) for path in paths},
        "damaged": {**damaged(HELD, FILES, "asterisk"), **unloaded(now), **cut_short(now)},
        "local": {path.name: len(path.read_bytes().splitlines()) for path in sorted(LOCAL.glob("*.conf"))},
        "calls": calls(),
        "boxes": voicemail_boxes_on_host.held(),
    }


def now_held() -> dict[str, str]:
    """Gives the texts of the files that are there."""
    return exchange_before_on_host.texts(HELD, FILES)


def digest(path: Path) -> str:
    """Gives the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def damaged(folder: Path, names: tuple[str, ...], group: str) -> dict[str, str]:
    """Names the files that others may read or write, or the daemon may not read, with what was found."""
    found = {}
    for path in (folder / name for name in names):
        if path.is_file():
            status = path.stat()
            held = f"{status.st_uid}:{status.st_gid} {status.st_mode & 0o7777:04o}"
            if held != f"0:{number_of(group)} 0640":
                found[str(path)] = held
    return found


def unloaded(now: dict[str, str]) -> dict[str, str]:
    """Names the files whose content a running Asterisk has not loaded or spoken: a kill or a fault came between."""
    if not running():
        return {}
    found = {}
    for name in loading.LOADED:
        if lacking := loading.missing(name, now.get(name, "")):
            found[f"{HELD / name} as loaded"] = f"without {', '.join(lacking[:3])}"
    if silent():
        found[f"{HELD / PROMPTS} as spoken"] = "an announcement could not be spoken"
    return found


def cut_short(now: dict[str, str]) -> dict[str, str]:
    """Names the files that an apply wrote which did not come to its end: nobody knows what Asterisk has of them."""
    before = exchange_before_on_host.last(HELD, FILES, now)
    return {
        f"{HELD / name} as loaded": "an apply did not come to its end"
        for name in FILES
        if before.get(name) != now.get(name)
    }


def number_of(group: str) -> int:
    """Gives the number of a group; raises FaultError when Asterisk is not installed."""
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise FaultError("no exchange is here; apply playbooks/telephone_exchanges.yml first") from None


def calls() -> int:
    """Counts the calls in progress; 0 without a running Asterisk."""
    if not running():
        return 0
    found = re.search(r"(\d+) active calls?", asked("core show channels count"))
    return int(found.group(1)) if found else 0


def hold(question: dict[str, Any]) -> dict[str, Any]:
    """Makes the exchange hold exactly the given texts: rehearsed, each file replaced in one step, loaded once.

    What follows from them (settings of telephones, contacts, voicemail) is done after Asterisk has loaded them.
    """
    group, texts = number_of("asterisk"), question["files"]
    now = now_held()
    before = exchange_before_on_host.last(HELD, FILES, now)
    changed = [name for name in FILES if not before.get(name) == now.get(name) == texts[name]]
    voicemail_boxes_on_host.refuse_links()
    if changed:
        rehearse(texts)
        exchange_before_on_host.keep(HELD, FILES)
    for name in FILES:
        if now.get(name) != texts[name] or damaged(HELD, (name,), "asterisk"):
            write(HELD / name, texts[name], group)
    if not running():
        raise FaultError(
            "the files are in place, and no Asterisk runs that could load them: systemctl start asterisk, apply again"
        )
    changed += [name for name in loading.LOADED if name not in changed and loading.missing(name, texts[name])]
    begun = loading.begin(changed)  # Asterisk works from here on, and what has to follow is found meanwhile
    renewed = telephone_contacts_on_host.renewed(before.get("pjsip.conf", ""), texts["pjsip.conf"])
    unmarked = voicemail_boxes_on_host.unmarked(question["holders"], question["leaving"])
    speaks = PROMPTS in changed or silent()
    if lacking := loading.loaded(changed, texts, begun):
        message = f"Asterisk has not loaded {', '.join(lacking[:5])}. All is put back as it was, "
        raise FaultError(message + put_back(changed, before, group))
    settings(question["sets"], question["gone"])
    telephone_contacts_on_host.forget(renewed, asked)
    voicemail_boxes_on_host.pass_on(question["leaving"], asked)
    voicemail_boxes_on_host.mark_boxes(unmarked)
    exchange_before_on_host.forget(HELD)
    if speaks:
        spoken()
    return {"files": changed, "sets": len(question["sets"])}


def put_back(names: list[str], before: dict[str, str], group: int) -> str:
    """Puts files back as they were, also where there was none, and loads them; says whether that went well."""
    for name in names:
        if name in before:
            write(HELD / name, before[name], group)
        else:
            (HELD / name).unlink(missing_ok=True)
    if back := loading.loaded(names, before, loading.begin(names)):
        return f"but still without {', '.join(back[:5])}"
    exchange_before_on_host.forget(HELD)
    return "and loaded again"


def rehearse(texts: dict[str, str]) -> None:
    """Raises FaultError with what a second Asterisk, which nobody hears, complains of in these texts."""
    if not REHEARSAL.is_file():
        raise FaultError(f"{REHEARSAL} is missing; apply playbooks/telephone_exchanges.yml first")
    with tempfile.TemporaryDirectory(prefix="estate-") as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text)
        call = ["python3", "-B", str(REHEARSAL), str(HELD.parent), folder]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(
            f"Asterisk does not take what was to be held, nothing was changed: {done.stderr.strip()}"
        )


def silent() -> bool:
    """Tells whether the last run that spoke announcements failed over one."""
    call = ["systemctl", "is-failed", "--quiet", SPEAKER]
    return (HELD / PROMPTS).is_file() and subprocess.run(call, check=False).returncode == 0


def spoken() -> None:
    """Lets the announcements be spoken whose text changed; raises FaultError when one could not be."""
    done = subprocess.run(["systemctl", "start", SPEAKER], capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(f"all is held, but announcements: {done.stderr.strip()}; journalctl -u {SPEAKER}")


def settings(texts: dict[str, str], gone: list[str]) -> None:
    """Lays the files that telephones fetch, readable for the web server alone, and removes those that are `gone`."""
    group = number_of("www-data") if texts else 0
    for name, text in texts.items():
        if ".." in Path(name).parts or name.startswith("/"):
            raise FaultError(f"{name!r} is no name of a file below {SETS}")
        (SETS / name).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if not (SETS / name).is_file() or (SETS / name).read_text() != text:
            write(SETS / name, text, group)
    for name in gone:
        (SETS / name).unlink(missing_ok=True)


def write(path: Path, text: str, group: int) -> None:
    """Replaces a file in one step: written aside, synced, renamed; root's, readable for a group."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), 0o640)
            os.fchown(stream.fileno(), 0, group)
            os.fsync(stream.fileno())
        os.replace(aside, path)  # noqa: PTH105 - the same call on both names, as the rename it is
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def main() -> int:
    """Answers one question; 1 with the reason on stderr when it cannot."""
    question = json.load(sys.stdin)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            answer = {"observe": observe, "hold": hold}[question["do"]](question)
        except (FaultError, OSError, ValueError) as fault:
            print(f"telephony: {fault}", file=sys.stderr)
            return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
