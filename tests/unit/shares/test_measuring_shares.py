"""What is measured of shared folders: size against quota, rights that differ, a dated canary; old waste goes."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters import share_acls, shares
from pyinfra_deploys.facts import shares_on_host as program

ROLE = Path(__file__).parents[3] / "roles/file_server"
Wanted = Callable[..., dict[str, Any]]


def record(wants: dict[str, Any], quota: int = 1 << 20) -> dict[str, Any]:
    rows = {
        name: {**share, "kind": "birim", "unit": name, "quota_bytes": quota, "recycle_days": 3}
        for name, share in wants["shares"].items()
    }
    return {"service": "dosya", "shares": rows}


def run(host: Path, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    (host / "record.json").write_text(json.dumps(told), "utf-8")
    arguments = ["--record", "record.json", "--root", "shares", "--free", "free", "--textfile", "shares.prom"]
    monkeypatch.chdir(host)
    monkeypatch.setattr(sys, "argv", ["shares", *arguments])
    code = shares.main()
    file = host / "shares.prom"
    return code, file.read_text("utf-8") if file.exists() else ""


def test_size_quota_and_drift_of_each_folder(
    host: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.apply(wanted("ik", "mali"))
    (host / "shares/ik/rapor.pdf").write_bytes(os.urandom(100_000))
    (host / "shares/mali").chmod(0o777)
    code, text = run(host, record(wanted("ik", "mali", "yok")), monkeypatch)
    used = float(text.split('bim_share_used_bytes{share="ik"} ')[1].split("\n")[0])
    assert code == 0 and 100_000 <= used < 130_000
    assert 'bim_share_quota_bytes{share="yok"}' in text
    assert 'bim_share_used_bytes{share="yok"}' not in text, "a folder that is not there has no size"
    assert 'bim_share_acl_drift{share="ik"} 0.0' in text
    assert 'bim_share_acl_drift{share="mali"} 1.0' in text
    assert 'bim_shares{state="missing",unit="yok"} 1.0' in text
    assert 'bim_shares{state="served",unit="yok"} 0.0' in text
    assert 'bim_shares{state="removed",unit="none"} 0.0' in text


def test_samba_is_told_what_is_left_of_the_quota(
    host: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.apply(wanted("ik"))
    (host / "shares/ik/buyuk.bin").write_bytes(os.urandom(3 << 20))
    run(host, record(wanted("ik"), quota=4 << 20), monkeypatch)
    size, free, block = (host / "free/ik").read_text("utf-8").split()
    assert (size, block) == ("4096", "1024") and 900 < int(free) < 1024
    run(host, record(wanted("ik"), quota=2 << 20), monkeypatch)
    assert (host / "free/ik").read_text("utf-8").split() == ["2048", "0", "1024"]


def test_a_canary_with_its_time_lies_beside_the_folders(
    host: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.apply(wanted("ik"))
    before = time.time()
    _, text = run(host, record(wanted("ik")), monkeypatch)
    written = float((host / "shares/.kanarya/son").read_text("utf-8"))
    assert before - 1 <= written <= time.time() + 1
    told = float(text.split('bim_canary_last_timestamp_seconds{service="dosya"} ')[1].split("\n")[0])
    assert told == written
    assert (host / "shares/.kanarya").stat().st_mode & 0o777 == 0o700


def test_names_that_mean_nothing_here_are_no_drift(
    host: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the directory out of reach every list would look wrong, and an alert would blame the wrong thing."""
    program.apply(wanted("ik"))
    run(host, record(wanted("ik")), monkeypatch)
    before = (host / "shares.prom").stat().st_mtime_ns
    code, _ = run(host, record(wanted("ik", group="birim-yok")), monkeypatch)
    assert code == 1 and "group birim-yok is not known to this host" in capsys.readouterr().err
    assert (host / "shares.prom").stat().st_mtime_ns == before


def test_a_file_with_two_names_counts_once(host: Path, wanted: Wanted) -> None:
    program.apply(wanted("ik"))
    file = host / "shares/ik/a.bin"
    file.write_bytes(os.urandom(50_000))
    alone = share_acls.survey_all(str(host / "shares"), wanted("ik")["shares"])["ik"].used_bytes
    (host / "shares/ik/b.bin").hardlink_to(file)
    both = share_acls.survey_all(str(host / "shares"), wanted("ik")["shares"])["ik"].used_bytes
    assert both == alone


@pytest.fixture
def purging() -> Any:
    spec = importlib.util.spec_from_file_location("purge_recycled", ROLE / "files/purge_recycled.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_what_waited_long_enough_leaves_the_bin(tmp_path: Path, purging: Any) -> None:
    inner = tmp_path / "ali.can/Bütçe"
    inner.mkdir(parents=True)
    (inner / "eski.txt").write_text("x", "utf-8")
    (tmp_path / "kisayol").symlink_to("/etc/passwd")
    now = time.time()
    assert purging.purge(tmp_path, 3, now + 2.9 * purging.DAY) == (0, 0)
    assert (inner / "eski.txt").exists()
    files, _ = purging.purge(tmp_path, 3, now + 3.1 * purging.DAY)
    assert files == 2 and not (inner / "eski.txt").exists() and Path("/etc/passwd").exists()
    purging.purge(tmp_path, 3, now + 5 * purging.DAY)
    assert list(tmp_path.iterdir()) == [], "empty folders stayed"


def test_what_is_not_in_the_bin_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "ik/.geri-donusum/ali").mkdir(parents=True)
    (tmp_path / "ik/belge.txt").write_text("x", "utf-8")
    (tmp_path / "ik/.geri-donusum/ali/cop.txt").write_text("x", "utf-8")
    (tmp_path / "baska/.geri-donusum").mkdir(parents=True)
    (tmp_path / "baska/.geri-donusum/kalan.txt").write_text("x", "utf-8")
    told = tmp_path / "record.json"
    told.write_text(
        json.dumps({"shares": {"ik": {"recycle_days": -1}, "yok": {"recycle_days": -1}}}), "utf-8"
    )
    done = subprocess.run(
        [sys.executable, ROLE / "files/purge_recycled.py", "--record", told, "--root", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.txt"))
    assert (done.returncode, left) == (0, ["baska/.geri-donusum/kalan.txt", "ik/belge.txt"])
    assert done.stdout.startswith("ik: 1 files, ")
