"""A domain is put in place whole or not at all, and what died in the middle is no domain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.landing import RefusedError

Plugin = Callable[[str], ModuleType]
PARAMETERS: dict[str, Any] = {
    "realm": "AD.ORNEK.BEL.EXAMPLE",
    "base_ou": "Belediye",
    "administrator_password": "x",
    "password": {"complexity": False},
    "service_accounts": [],
    "passwords": {},
}


@pytest.fixture
def module(plugin: Plugin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    loaded = plugin("modules/directory_domain")
    monkeypatch.setattr(loaded, "STATE", tmp_path / "samba")
    monkeypatch.setattr(loaded.subprocess, "run", lambda *words, **more: None)
    return loaded


def made(parameters: dict[str, Any], aside: Path) -> None:
    """Leaves what Samba leaves after a whole run."""
    for name in ("state/sysvol", "private"):
        (aside / name).mkdir(parents=True)
    (aside / "private/sam.ldb").write_text("whole")


def test_a_whole_domain_takes_the_place_and_keeps_the_folders_of_packages(
    module: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "samba/usershares").mkdir(parents=True)
    (tmp_path / "samba/private").mkdir()
    (tmp_path / "samba/private/passdb.tdb").write_text("of a file server")
    made(PARAMETERS, tmp_path / "samba.making")
    module.put_in_place(tmp_path / "samba.making", tmp_path / "samba")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["samba"]
    assert sorted(path.name for path in (tmp_path / "samba").iterdir()) == ["private", "sysvol", "usershares"]
    assert [path.name for path in (tmp_path / "samba/private").iterdir()] == ["sam.ldb"]


def test_a_run_that_died_leaves_no_domain_and_the_next_begins_anew(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def provision(parameters: dict[str, Any], aside: Path) -> None:
        tried.append(aside)
        if len(tried) == 1:
            (aside / "private").mkdir(parents=True)
            (aside / "private/sam.ldb").write_text("half")
            raise KeyboardInterrupt
        module.shutil.rmtree(aside)
        made(parameters, aside)

    class Opened:
        base_dn = "DC=ad,DC=ornek,DC=bel,DC=example"

        def found(self, units: Any, declared: Any, refusable: Any) -> None:
            assert (tmp_path / "samba/private/sam.ldb").read_text() == "whole"

        def hash_of(self, password: str) -> bytes:
            return b""

    monkeypatch.setattr(module, "provision", provision)
    monkeypatch.setattr(module, "Domain", Opened)
    monkeypatch.setattr(module, "plan", lambda *words: [])
    with pytest.raises(KeyboardInterrupt):
        module.converge(PARAMETERS, False)
    assert not (tmp_path / "samba").exists()
    assert module.converge(PARAMETERS, False) == ["domain AD.ORNEK.BEL.EXAMPLE: made"]
    assert module.converge(PARAMETERS, False) == [] and len(tried) == 2


def test_check_mode_only_says_that_a_domain_would_be_made(module: ModuleType, tmp_path: Path) -> None:
    assert module.converge(PARAMETERS, True) == ["domain AD.ORNEK.BEL.EXAMPLE: made"]
    assert list(tmp_path.iterdir()) == []


def test_another_domain_is_never_made_over(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(PARAMETERS, tmp_path / "samba")
    monkeypatch.setattr(
        module, "Domain", lambda: type("Opened", (), {"base_dn": "DC=ad,DC=baska,DC=example"})
    )
    with pytest.raises(RefusedError, match="DC=ad,DC=baska,DC=example, but DC=ad,DC=ornek"):
        module.converge(PARAMETERS, False)
    assert (tmp_path / "samba/private/sam.ldb").read_text() == "whole"
