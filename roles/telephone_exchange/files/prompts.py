"""Speaks every declared prompt once, and takes a recording of people instead where there is one.

Reads `{name: text}` from /etc/estate/prompts.d/*.json and, when the deploy left it, /etc/asterisk/estate/prompts.json.
Recordings lie in /srv/announcements/<name>.wav (folders as in the name) and are never written; music for those who wait
in /srv/announcements/hold/*.wav. A record of what was made of which text keeps what is unchanged. Standard library
only; runs espeak-ng and sox. Exit: 0 done, 1 something could not be spoken (its old sound stays).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

LISTS = Path("/etc/estate/prompts.d")
DECLARED = Path("/etc/asterisk/estate/prompts.json")
RECORDINGS = Path("/srv/announcements")
SOUNDS = Path("/usr/local/share/asterisk/sounds/tr")
HOLD = Path("/usr/local/share/asterisk/hold")
VOICE = ["espeak-ng", "-v", "tr", "-s", "145", "-g", "4"]
SHAPE = ["-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer"]
MELODY = ["C4", "E4", "G4", "C5", "G4", "E4", "A3", "C4", "E4", "A4", "E4", "C4"]


def wanted(lists: list[Path]) -> dict[str, str]:
    """Gives the texts by name; a later list wins. Raises ValueError naming a list that is none, or a name outside."""
    texts: dict[str, str] = {}
    for path in lists:
        read = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(read, dict) or not all(isinstance(text, str) for text in read.values()):
            raise ValueError(f"{path} is no list of names and texts")
        for name, text in read.items():
            if name.startswith("/") or ".." in name.split("/"):
                raise ValueError(f"{path}: {name} lies outside the folder of sounds")
            texts[name] = text
    return texts


def source(name: str, text: str, recordings: Path) -> tuple[str, Path | None]:
    """Gives what a sound is made of, as a digest, and the recording when people laid one down."""
    recording = recordings / f"{name}.wav"
    if recording.is_file():
        return "recording " + hashlib.sha256(recording.read_bytes()).hexdigest(), recording
    return "text " + hashlib.sha256("\0".join([*VOICE, text]).encode()).hexdigest(), None


def stale(texts: Mapping[str, str], made: Mapping[str, str], sounds: Path, recordings: Path) -> Iterator[str]:
    """Yields the names whose sound is missing or made of something else."""
    for name, text in texts.items():
        if made.get(name) != source(name, text, recordings)[0] or not (sounds / f"{name}.wav").is_file():
            yield name


def run(argv: list[str]) -> None:
    """Runs a command; raises RuntimeError with its words."""
    done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: {done.stderr.strip()[:300]}")


def make(name: str, text: str, recording: Path | None, sounds: Path) -> None:
    """Lays one sound down in one rename, in the form of telephones: 8000 Hz, one channel."""
    target = sounds / f"{name}.wav"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        spoken = recording
        if spoken is None:
            spoken = Path(place, "spoken.wav")
            run([*VOICE, "-w", str(spoken), text])
        land(["sox", str(spoken), *SHAPE], ["gain", "-n", "-3"], target, place)


def land(command: list[str], effects: list[str], target: Path, place: str) -> None:
    """Runs sox into a file beside the target and renames it."""
    made = Path(place, "made.wav")
    run([*command, str(made), *effects])
    aside = target.with_suffix(".aside")
    aside.write_bytes(made.read_bytes())
    aside.chmod(0o644)
    aside.replace(target)


def hold_music(recordings: Path, hold: Path) -> None:
    """Lays down what people hear who wait: the pieces of people, or one quiet melody."""
    hold.mkdir(parents=True, exist_ok=True)
    pieces = sorted((recordings / "hold").glob("*.wav"))
    wanted_names = {f"{piece.stem}.wav" for piece in pieces} or {"melody.wav"}
    with tempfile.TemporaryDirectory() as place:
        for piece in pieces:
            target = hold / f"{piece.stem}.wav"
            if not target.exists() or target.stat().st_mtime < piece.stat().st_mtime:
                land(["sox", str(piece), *SHAPE], ["gain", "-n", "-9"], target, place)
        if not pieces and not (hold / "melody.wav").exists():
            notes = [Path(place, f"{number}.wav") for number in range(len(MELODY))]
            for note, path in zip(MELODY, notes, strict=True):
                run(["sox", "-n", *SHAPE, str(path), "synth", "0.8", "pluck", note])
            land(
                ["sox", *map(str, notes), *SHAPE],
                ["repeat", "3", "gain", "-n", "-15"],
                hold / "melody.wav",
                place,
            )
    for other in hold.glob("*.wav"):
        if other.name not in wanted_names:
            other.unlink()


def main() -> int:
    """Makes what is missing or changed and says how many; removes nothing people made."""
    SOUNDS.mkdir(parents=True, exist_ok=True)
    with (SOUNDS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return renew()


def renew() -> int:
    """Does the work of `main`, alone on this host."""
    lists = [*sorted(LISTS.glob("*.json")), *([DECLARED] if DECLARED.exists() else [])]
    texts = wanted(lists)
    record = SOUNDS / ".made.json"
    made = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    failures = []
    todo = list(stale(texts, made, SOUNDS, RECORDINGS))
    for name in todo:
        digest, recording = source(name, texts[name], RECORDINGS)
        try:
            make(name, texts[name], recording, SOUNDS)
            made[name] = digest
        except RuntimeError as failed:
            failures.append(f"{name}: {failed}")
    aside = record.with_suffix(".aside")
    aside.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(record)
    hold_music(RECORDINGS, HOLD)
    print(f"{len(todo) - len(failures)} of {len(texts)} prompts made")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
