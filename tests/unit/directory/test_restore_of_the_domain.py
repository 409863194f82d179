"""A restored domain takes its place whole; what a run that died left behind is thrown away."""

import json
from pathlib import Path

import pytest

from exporters import directory_restore
from exporters.directory_backup import BackupError

CANARY = "CN=kanarya,OU=Hizmet,OU=Belediye,DC=ad,DC=ornek,DC=example"
HELD = {"accounts": ["CN=su.er"], "members": {}, "policies": [], "rights": {".": "O:LAG:BAD:P"}}


@pytest.fixture
def samba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stands in for Samba's programs: a restore leaves the folders that Samba leaves. Gives what was called."""
    called: list[tuple[str, ...]] = []
    state = tmp_path / "samba"
    (state / "private").mkdir(parents=True)
    (state / "private/sam.ldb").write_text("empty domain")

    def answer(*command: str) -> str:
        called.append(command)
        if "restore" in command:
            aside = Path(next(word for word in command if word.startswith("--targetdir=")).split("=", 1)[1])
            for name in ("private", "state/sysvol"):
                (aside / name).mkdir(parents=True)
            (aside / "private/sam.ldb").write_text("restored domain")
        return ""

    def take(folder: Path) -> str:
        (folder / "domain.json").write_text(json.dumps(HELD), encoding="utf-8")
        return "1 accounts"

    def search(database: str, expression: str, *attributes: str) -> list[dict[str, list[str]]]:
        if "kanarya" in expression:
            strange = {"dn": ["CN=kanarya,CN=Users"], "description": ["2020-01-01T00:00:00Z"]}
            return [strange, {"dn": [CANARY], "description": ["2026-11-26T08:50:00Z"]}]
        return [{"dn": ["x"], "cn": ["DRILL1"]}]

    for name, stand_in in {"answer": answer, "take": take, "search": search, "STATE": state}.items():
        monkeypatch.setattr(directory_restore, name, stand_in)
    (tmp_path / "domain.json").write_text(json.dumps(HELD), encoding="utf-8")
    return called


def test_the_restored_domain_takes_the_place_and_tells_what_it_holds(
    samba: list[tuple[str, ...]], tmp_path: Path
) -> None:
    assert directory_restore.restore(tmp_path, CANARY, "DRILL1", "192.0.2.1") == "1 accounts"
    found = json.loads((tmp_path / "restored.json").read_text(encoding="utf-8"))
    assert (found["before"], found["after"], found["canaries"]) == (HELD, HELD, ["2026-11-26T08:50:00Z"])
    assert (tmp_path / "samba/private/sam.ldb").read_text() == "restored domain"
    assert (tmp_path / "samba/private").stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["domain.json", "restored.json", "samba"]
    assert [command[:3] for command in samba if command[0] == "systemctl"] == [
        ("systemctl", "stop", "samba-ad-dc"),
        ("systemctl", "start", "samba-ad-dc"),
    ]


def test_a_restore_that_samba_refuses_touches_nothing(
    samba: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*command: str) -> str:
        raise BackupError("samba-tool domain backup restore: exit 255: the name is taken")

    monkeypatch.setattr(directory_restore, "answer", refused)
    with pytest.raises(BackupError, match="the name is taken"):
        directory_restore.restore(tmp_path, CANARY, "DIR1", "192.0.2.1")
    assert (tmp_path / "samba/private/sam.ldb").read_text() == "empty domain"


def test_what_a_run_that_died_left_is_thrown_away(samba: list[tuple[str, ...]], tmp_path: Path) -> None:
    for left in ("samba.restored/private", "samba.before/private"):
        (tmp_path / left).mkdir(parents=True)
        (tmp_path / left / "sam.ldb").write_text("half")
    directory_restore.restore(tmp_path, CANARY, "DRILL1", "192.0.2.1")
    assert (tmp_path / "samba/private/sam.ldb").read_text() == "restored domain"
