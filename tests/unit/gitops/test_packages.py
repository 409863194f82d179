"""The control host installs exactly what is pinned, from its wheelhouse and no network when it has one."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from estate.lab.wheels import without_markers
from exporters import gitops_environment
from exporters.gitops_environment import commands, digest, ensure, metadata

ROOT = Path(__file__).parents[3]
PINNED = """\
one==1.0 ; python_full_version < '3.12' \\
    --hash=sha256:aa
one==2.0 ; python_full_version >= '3.12' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
two==3.0 \\
    --hash=sha256:dd
win==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:ee
"""


def test_a_wheelhouse_is_asked_for_what_its_python_needs() -> None:
    wanted = "one==2.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\ntwo==3.0 \\\n    --hash=sha256:dd"
    assert without_markers(PINNED, "3.13").strip() == wanted


def test_packages_have_the_pinned_hashes_and_come_from_the_wheelhouse_alone(tmp_path: Path) -> None:
    installs = commands(ROOT, tmp_path, "/srv/wheels")[1:]
    for argv in installs:
        assert {"--require-hashes", "--no-index", "/srv/wheels"} <= set(argv)
    assert "--offline" in installs[1]
    assert not {"--no-index", "--offline"} & {word for argv in commands(ROOT, tmp_path, "") for word in argv}


def test_pyinfra_finds_the_connector_of_the_checkout() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    made = metadata(project, Path("/srv/estate/checkout"))
    points = next(text for name, text in made.items() if name.endswith("entry_points.txt"))
    assert "[pyinfra.connectors]\nnetmiko = pyinfra_deploys.connectors.netmiko:" in points
    assert made["municipal_estate.pth"] == "/srv/estate/checkout\n"


def test_the_environment_in_use_is_not_touched_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {
        "checkout": str(tmp_path),
        "environments": str(tmp_path / "e"),
        "wheelhouse": "",
    }
    for name in ("scripts", "e"):
        (tmp_path / name).mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\nname='a-b'\nversion='1'\n", encoding="utf-8")
    (tmp_path / "scripts/uv.txt").touch()
    made = list[str]()

    def run(argv: list[str], folder: Path) -> None:
        if argv[1:3] == ["-m", "venv"]:
            made.append(argv[3])
            (Path(argv[3]) / "lib/python3.13/site-packages").mkdir(parents=True)

    monkeypatch.setattr(gitops_environment, "run", run)
    places = []
    for text in ("one", "two", "one"):
        (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
        places.append(ensure(tmp_path, settings))
        assert (tmp_path / ".venv").readlink() == places[-1] == tmp_path / "e" / digest(tmp_path)
    assert len(made) == 2 and [made[0], made[1], made[0]] == list(map(str, places))


def test_a_half_made_environment_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"checkout": str(tmp_path), "environments": str(tmp_path), "wheelhouse": "/nowhere"}
    for name in ("requirements.txt", "pyproject.toml", "scripts/uv.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    half = tmp_path / digest(tmp_path)
    (half / "bin").mkdir(parents=True)

    def run(argv: list[str], folder: Path) -> None:
        assert not half.exists()
        raise gitops_environment.UnmadeError("no such wheel")

    monkeypatch.setattr(gitops_environment, "run", run)
    with pytest.raises(gitops_environment.UnmadeError, match="no such wheel"):
        ensure(tmp_path, settings)
    assert not (tmp_path / ".venv").exists()
