"""The program on the file server makes, mends and moves real folders with real lists of rights; nothing is lost."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters import share_acls as acls
from pyinfra_deploys.facts import shares_on_host as program

Wanted = Callable[..., dict[str, Any]]


def test_what_was_applied_is_observed_without_a_difference(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik", "mali")
    assert program.apply(wants) == {"folders": 2, "mended": 0, "set_aside": []}
    found = program.observe(wants)
    assert {name: (one["access"], one["paths"], one["bin"]) for name, one in found["folders"].items()} == {
        name: (tuple(acls.unpack(acls.pack(wants["shares"][name]["access"]))), {}, f"{os.getuid()} 1770")
        for name in ("ik", "mali")
    }
    assert (found["conf"], found["record"], found["unknown"]) == ("# served\n", "{}\n", [])


def test_everything_made_inside_inherits_and_is_no_deviation(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik")
    program.apply(wants)
    inner = host / "shares/ik/maaş/2026"
    inner.mkdir(parents=True)
    (inner / "bordro.ods").write_text("x", "utf-8")
    [found] = program.observe(wants)["folders"].values()
    assert (found["drift"], found["paths"], found["files"]) == (0, {}, 4)


def test_rights_given_by_hand_are_found_where_they_are_and_mended(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik")
    program.apply(wants)
    folder = host / "shares/ik"
    (folder / "gizli").mkdir()
    (folder / "gizli/bordro.ods").write_text("x", "utf-8")
    (folder / "gizli").chmod(0o775)
    lines = (*wants["shares"]["ik"]["access"], "user:bin:rw-")
    os.setxattr(folder / "gizli/bordro.ods", acls.ACCESS, acls.pack(lines))
    [found] = program.observe(wants)["folders"].values()
    assert found["paths"] == {"gizli": ("+other::r-x",), "gizli/bordro.ods": ("+user:bin:rw-",)}
    assert found["drift"] == 2
    assert program.apply(wants)["mended"] == 2
    [found] = program.observe(wants)["folders"].values()
    assert (found["drift"], (folder / "gizli/bordro.ods").read_text("utf-8")) == (0, "x")


def test_a_list_of_the_folder_itself_is_put_right_exactly(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik")
    program.apply(wants)
    os.setxattr(
        host / "shares/ik", acls.DEFAULT, acls.pack((*wants["shares"]["ik"]["default"], "group:sys:r-x"))
    )
    [found] = program.observe(wants)["folders"].values()
    assert "group:sys:r-x" in found["default"] and found["paths"] == {".": ("+default:group:sys:r-x",)}
    program.apply(wants)
    [found] = program.observe(wants)["folders"].values()
    assert "group:sys:r-x" not in found["default"]


def test_an_entry_that_grants_nothing_goes_too_or_the_plan_would_never_be_empty(
    host: Path, wanted: Wanted
) -> None:
    wants = wanted("ik")
    program.apply(wants)
    lines = (*wants["shares"]["ik"]["access"], "group:sys:---")
    os.setxattr(host / "shares/ik", acls.ACCESS, acls.pack(lines))
    program.apply(wants)
    [found] = program.observe(wants)["folders"].values()
    assert sorted(found["access"]) == wants["shares"]["ik"]["access"]


def test_in_the_recycle_bin_a_person_may_hold_less_but_nobody_more(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik")
    program.apply(wants)
    own = host / "shares/ik/.geri-donusum/ali.can"
    own.mkdir(mode=0o700)
    own.chmod(0o700)
    (own / "silinen.txt").write_text("x", "utf-8")
    assert program.observe(wants)["folders"]["ik"]["paths"] == {}
    open_to_all = [line for line in wants["shares"]["ik"]["access"] if not line.startswith("other")]
    os.setxattr(own, acls.ACCESS, acls.pack([*open_to_all, "other::r-x"]))
    assert program.observe(wants)["folders"]["ik"]["paths"] == {".geri-donusum/ali.can": ("+other::r-x",)}
    program.apply(wants)
    assert program.observe(wants)["folders"]["ik"]["paths"] == {}
    assert acls.meant(acls.read(str(own), acls.ACCESS), False) == frozenset(), (
        "the bin was opened to the unit"
    )


def test_a_folder_no_longer_declared_is_kept_out_of_reach(host: Path, wanted: Wanted) -> None:
    program.apply(wanted("ik", "eski"))
    (host / "shares/eski/belge.txt").write_text("önemli", "utf-8")
    (host / "told").unlink()
    assert program.apply(wanted("ik"))["set_aside"] == ["eski"]
    [kept] = (host / "shares/.kaldirilan").iterdir()
    assert kept.name.startswith("eski-") and (kept / "belge.txt").read_text("utf-8") == "önemli"
    assert (host / "shares/.kaldirilan").stat().st_mode & 0o777 == 0o700
    assert "smbd close-share eski" in (host / "told").read_text("utf-8").splitlines()


def test_sessions_of_who_may_no_longer_enter_are_closed_and_no_others(host: Path, wanted: Wanted) -> None:
    program.apply(wanted("ik"))
    assert (host / "told").read_text("utf-8").splitlines() == [
        "smbd reload-config",
        "smbd close-denied-share ik",
    ]


def test_a_configuration_that_the_checker_refuses_never_lands(host: Path, wanted: Wanted) -> None:
    program.apply(wanted("ik"))
    with pytest.raises(program.FaultError, match="testparm refuses the configuration: Unknown parameter"):
        program.apply(wanted("ik", conf="    unheard = yes\n"))
    assert (host / "shares.conf").read_text("utf-8") == "# served\n"
    assert "unheard = yes" in (host / "judged").read_text("utf-8"), "the new text was not what was judged"


def test_a_group_that_the_host_does_not_know_stops_everything(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik", group="birim-yok")
    assert program.observe(wants)["unknown"] == ["birim-yok"]
    with pytest.raises(program.FaultError, match=r"group birim-yok: not known.*Nothing was changed"):
        program.apply(wants)
    assert list((host / "shares").iterdir()) == [] and not (host / "shares.conf").exists()


def test_without_a_file_server_nothing_is_made(host: Path, wanted: Wanted) -> None:
    (host / "smb.conf").unlink()
    with pytest.raises(program.FaultError, match=r"apply playbooks/file_servers\.yml first"):
        program.apply(wanted("ik"))
    assert program.observe(wanted("ik"))["folders"] == {}


@pytest.mark.parametrize("step", ["make", "take_up", "mend", "set_aside", "write"])
def test_killed_at_any_step_the_next_run_ends_it(
    host: Path, wanted: Wanted, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.apply(wanted("eski"))
    (host / "shares/eski/belge.txt").write_text("x", "utf-8")
    with monkeypatch.context() as killed:
        killed.setattr(program, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            program.apply(wanted("ik", "mali", conf="# other\n"))
    program.apply(wanted("ik", "mali", conf="# other\n"))
    found = program.observe(wanted("ik", "mali"))
    assert (sorted(found["folders"]), found["conf"]) == (["ik", "mali"], "# other\n")
    assert len(list((host / "shares/.kaldirilan").iterdir())) == 1


def test_links_lead_nowhere(host: Path, wanted: Wanted) -> None:
    wants = wanted("ik")
    program.apply(wants)
    outside = host / "disari.txt"
    outside.write_text("x", "utf-8")
    outside.chmod(0o644)
    (host / "shares/ik/kisayol").symlink_to(outside)
    assert program.apply(wants)["mended"] == 0
    assert outside.stat().st_mode & 0o777 == 0o644


def test_the_lists_read_as_getfacl_reads_them(tmp_path: Path) -> None:
    """The codec against the tool of another author, where there is one."""
    lines = ("user::rwx", "user:bin:-wx", "group::---", "group:daemon:r-x", "mask::rwx", "other::---")
    os.setxattr(tmp_path, acls.ACCESS, acls.pack(lines))
    assert sorted(acls.read(str(tmp_path), acls.ACCESS)) == sorted(lines)
    assert f"{tmp_path.stat().st_mode & 0o777:o}" == "770"
    done = (
        subprocess.run(["getfacl", "-cp", tmp_path], capture_output=True, text=True) if _getfacl() else None
    )
    assert done is None or sorted(done.stdout.split()) == sorted(lines)


def _getfacl() -> bool:
    return any(os.access(f"{folder}/getfacl", os.X_OK) for folder in ("/bin", "/usr/bin"))
