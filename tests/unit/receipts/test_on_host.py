"""The program on a host finds each way in which the world moves, and shows no content of any file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from estate.receipts import asking
from tests.unit.receipts.conftest import ME, MINE

Promise = Callable[[Path], dict[str, Any]]
STATUS = """\
Package: squid
Status: install ok installed
Architecture: amd64
Version: 6.13-2

Package: nano
Status: deinstall ok config-files
Version: 8.4-1
"""


def broken(on_host: ModuleType, *promises: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (expected, found.partition(", since ")[0])
        for _, _, expected, found in on_host.looked(promises).broken
    ]


def test_a_file_that_holds_is_quiet_and_each_change_of_it_is_told_without_its_content(
    on_host: ModuleType, promise: Promise, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("M4RKED-secret")
    promised = promise(secret)
    assert broken(on_host, promised) == []
    secret.chmod(0o604)
    secret.write_text("M4RKED-other!")
    assert broken(on_host, promised) == [("mode 0644, content as laid down", "mode 0604, other content")]
    assert "M4RKED" not in str(on_host.looked([promised]).broken) + str(promised)
    secret.unlink()
    assert broken(on_host, promised) == [("a file", "nothing")]
    secret.mkdir()
    assert broken(on_host, promised) == [("a file", "something else")]


def test_links_directories_and_absences_are_compared(on_host: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "folder").mkdir(mode=0o755)
    link = {"kind": "link", "name": str(tmp_path / "link"), "target": "there"}
    folder = {
        "kind": "directory",
        "name": str(tmp_path / "folder"),
        "owner": ME,
        "group": MINE,
        "mode": "0755",
    }
    absent = {"kind": "absent", "name": str(tmp_path / "gone")}
    assert broken(on_host, link, folder, absent) == []
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("elsewhere")
    (tmp_path / "folder").chmod(0o700)
    (tmp_path / "gone").touch()
    told = broken(on_host, link, folder, absent)
    assert told == [("-> there", "-> elsewhere"), ("mode 0755", "mode 0700"), ("nothing", "something")]


def test_a_replaced_key_is_one_difference_and_not_one_per_file(
    on_host: ModuleType, promise: Promise, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    promises = [
        {"kind": "key", "name": "receipt", "digest": on_host.key_name(b"k" * 32)},
        promise(tmp_path / "file"),
    ]
    assert broken(on_host, *promises) == []
    (tmp_path / "key").write_bytes(b"another" * 4)
    assert [expected for expected, _ in broken(on_host, *promises)] == ["the key of its digests"]


@pytest.mark.parametrize(
    ("promised", "told"),
    [
        ({"name": "squid", "version": "6.13-2"}, []),
        ({"name": "squid", "version": "6.14-1"}, [("6.14-1", "6.13-2")]),
        ({"name": "nano", "version": "8.4-1"}, [("8.4-1", "not installed")]),
        ({"name": "squi", "version": "1"}, [("1", "not installed")]),
    ],
)
def test_packages_are_there_and_not_older(
    on_host: ModuleType, tmp_path: Path, promised: dict[str, str], told: list[tuple[str, str]]
) -> None:
    (tmp_path / "dpkg/status").write_text(STATUS)
    assert broken(on_host, {"kind": "package", **promised}) == told


def test_an_updated_package_is_a_note_and_a_lost_file_of_it_is_not(
    on_host: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "dpkg/status").write_text(STATUS)
    listed = f"/.\n/etc/squid/lost.conf\n{tmp_path}/key\n{tmp_path}/sbin-squid\n"
    (tmp_path / f"dpkg/info/squid:{on_host.ARCHITECTURE}.list").write_text(listed)
    look = on_host.looked([{"kind": "package", "name": "squid", "version": "6.12-1"}])
    assert look.notes == ["squid updated: 6.12-1 -> 6.13-2"]
    assert [found for *_, found in look.broken] == [f"without {tmp_path}/sbin-squid"]


def unit(**other: Any) -> dict[str, Any]:
    told = {
        "kind": "unit",
        "name": "web",
        "active": True,
        "enabled": True,
        "watch": [],
        "probe": "",
        "creates": "",
    }
    return told | other


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({}, []),
        ({"ActiveState": "inactive"}, [("active", "inactive")]),
        ({"UnitFileState": "disabled"}, [("started at boot", "not started at boot")]),
        ({"UnitFileState": "static"}, []),
        ({"NeedDaemonReload": "yes"}, [("its unit file read by systemd", "the file changed since")]),
        ({"LoadState": "not-found"}, [("a unit", "no such unit")]),
    ],
)
def test_units_are_as_promised(
    on_host: ModuleType, says: dict[str, str], told: list[tuple[str, str]]
) -> None:
    look = on_host.Look(b"")
    good = {
        "LoadState": "loaded",
        "ActiveState": "active",
        "UnitFileState": "enabled",
        "NeedDaemonReload": "no",
    }
    look.units([unit()], {"web": good | says})
    assert [(expected, found) for *_, expected, found in look.broken] == told


def test_the_probe_of_a_unit_that_runs_has_to_answer(on_host: ModuleType) -> None:
    told = {}
    for probe in ("true", "sh -c exit", "false"):
        look = on_host.Look(b"")
        look.units(
            [unit(probe=probe, enabled=None)], {"web": {"LoadState": "loaded", "ActiveState": "active"}}
        )
        told[probe] = [found for *_, found in look.broken]
    assert told == {"true": [], "sh -c exit": [], "false": ["it fails"]}


def test_what_a_service_takes_up_is_read_in_the_order_of_its_folders(tmp_path: Path) -> None:
    """A digest that was recorded before stays true: the order is that of paths, not of texts."""
    from ansible.module_utils import digests

    for name in ("a/b", "a-b", "a b/c", "a.d/deep/x", ".hidden", "a/.b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "z-dangling").symlink_to("nowhere")
    (tmp_path / "empty").mkdir()
    found = sorted(one for one in tmp_path.rglob("*") if one.is_symlink() or not one.is_dir())
    assert [Path(one) for one in digests._below(str(tmp_path))] == found
    assert digests._below(str(tmp_path / "a-b")) == [str(tmp_path / "a-b")]


def test_a_daemon_that_started_before_its_configuration_was_changed_is_told(
    on_host: ModuleType, tmp_path: Path
) -> None:
    """C76: the file is right, the restart was lost."""
    config = tmp_path / "web.conf"
    config.write_text("port 80\n")
    promised = unit(kind="command", watch=[str(config)])
    (tmp_path / "applied/web").write_text(json.dumps({str(config): on_host.digest(str(config))}))
    assert broken(on_host, promised) == []
    aside = tmp_path / "new"
    aside.write_text("port 8080\n")
    aside.rename(config)
    told = [(f"runs {config} as it is", "it changed since the service took it up")]
    assert broken(on_host, promised) == told
    assert broken(on_host, promised | {"active": False}) == []  # one that is to be stopped runs nothing


def test_users_and_groups_are_compared_by_what_was_promised_of_them(on_host: ModuleType) -> None:
    root = {"kind": "user", "name": "root", "uid": 0, "group": "root", "groups": [], "home": "/root"}
    root["shell"] = next(
        line.split(":")[6] for line in Path("/etc/passwd").read_text().split("\n") if line[:5] == "root:"
    )
    group = {"kind": "group", "name": "root", "gid": None}
    assert broken(on_host, root, group) == []
    told = broken(on_host, root | {"shell": "/bin/other", "groups": ["nogroup"]}, group | {"gid": 7})
    assert told == [
        ("shell /bin/other", f"shell {root['shell']}"),
        ("member of nogroup", "not a member"),
        ("gid 7", "gid 0"),
    ]
    told = broken(on_host, root | {"name": "nobody-here"}, group | {"name": "none-here"})
    assert [found for _, found in told] == ["no such user", "no such group"]


def test_the_program_as_it_is_sent_runs_on_a_bare_python(tmp_path: Path, promise: Promise) -> None:
    (tmp_path / "file").write_text("x")
    promises = {"promised": [promise(tmp_path / "file"), {"kind": "absent", "name": str(tmp_path)}]}
    envelope = json.dumps({"receipt": json.dumps(promises), "signature": "s"})
    (tmp_path / "receipt.json").write_text(envelope)
    (tmp_path / "receipt.json").chmod(0o600)
    answer = sent(tmp_path)
    assert answer["envelope"] == envelope
    assert [each[1] for each in answer["broken"]] == [str(tmp_path)]


def sent(folder: Path) -> dict[str, Any]:
    """Runs the program as it is sent to a host whose files lie in a folder, and gives its answer."""
    source = asking.program().replace("/var/lib/estate/receipt.json", str(folder / "receipt.json"))
    source = source.replace("/var/lib/estate/receipt.key", str(folder / "key"))
    source = source.replace("/var/lib/dpkg", str(folder / "dpkg"))
    done = subprocess.run(
        ["prlimit", "--as=2000000000", sys.executable, "-IS", "-"],
        input=source,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def laid(place: Path, mode: int) -> None:
    """Lays a receipt that promises nothing."""
    place.write_text(json.dumps({"receipt": json.dumps({"promised": []}), "signature": "s"}))
    place.chmod(mode)


def huge(place: Path) -> None:
    """Lays a file that is beyond every receipt and takes no room."""
    place.touch(0o600)
    os.truncate(place, 1 << 40)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda place: place.mkdir(), "something that is no file"),
        (os.mkfifo, "something that is no file"),
        (huge, "a file of 1099511627776 bytes"),
        (lambda place: place.symlink_to("/dev/zero"), "what cannot be read as a file: Too many levels"),
        (lambda place: place.symlink_to("nothing"), "what cannot be read as a file: Too many levels"),
        (lambda place: laid(place, 0o666), "a file that others than root can write"),
        (lambda place: laid(place, 0o620), "a file that others than root can write"),
    ],
)
def test_a_receipt_that_is_no_file_of_root_is_told_and_not_read(
    on_host: ModuleType, tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(tmp_path / "receipt.json")
    answer = sent(tmp_path)
    assert answer["spoilt"].startswith(why) and answer["envelope"] is None


def test_a_receipt_of_another_owner_is_told(on_host: ModuleType) -> None:
    values = [0o100600, 1, 1, 1, os.geteuid() + 7, 0, 10, 0, 0, 0]
    assert on_host.unfit(os.stat_result(values)).startswith("a file that others than root can write, of ")
    assert on_host.unfit(os.stat_result([*values[:4], 0, *values[5:]])) == ""


def test_a_receipt_without_an_end_is_given_back_as_it_lies(on_host: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text("[" * 100_000)
    (tmp_path / "receipt.json").chmod(0o600)
    answer = sent(tmp_path)
    assert (answer["envelope"], answer["broken"]) == ("[" * 100_000, []) and answer["unreadable"]


def test_the_key_of_a_host_is_made_once_and_for_root_alone(tmp_path: Path) -> None:
    from ansible.module_utils.digests import host_key, keyed

    place = tmp_path / "deep" / "receipt.key"
    key = host_key(str(place))
    assert (host_key(str(place)), len(key), place.stat().st_mode & 0o777) == (key, 32, 0o600)
    assert [path.name for path in place.parent.iterdir()] == ["receipt.key"]
    assert keyed(key, b"1234") != keyed(b"k" * 32, b"1234")
