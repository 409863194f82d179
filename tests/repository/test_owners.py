"""One path on a target has one owner: what roles lay down, no deploy writes, and no two roles lay down the same."""

import ast
from pathlib import Path

from ruamel.yaml import YAML

from estate.runs.environment import Environment

ROOT = Path(__file__).parents[2]
TARGETS = ("/etc/", "/srv/", "/usr/", "/var/", "/home/")


def _laid_by_roles() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for role in sorted((ROOT / "roles").iterdir()):
        for tree in (role / "templates").glob("*"):
            for path in tree.rglob("*"):
                if path.is_file():
                    target = "/" + str(path.relative_to(tree)).removesuffix(".j2")
                    found.setdefault(target, []).append(f"{role.name}/{tree.name}")
    return found


def _named_by_deploys(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.startswith(TARGETS)
            ):
                found.setdefault(node.value, []).append(path.name)
    return found


def test_no_deploy_names_a_file_that_a_role_lays_down() -> None:
    laid, named = _laid_by_roles(), _named_by_deploys(ROOT / "pyinfra_deploys")
    assert laid and named, "nothing was collected, so nothing was compared"
    assert {path: (laid[path], named[path]) for path in set(laid) & set(named)} == {}


def _hosts_of_roles() -> dict[str, set[str]]:
    groups = Environment.chosen("lab").groups()
    found: dict[str, set[str]] = {}
    for playbook in (ROOT / "playbooks").glob("*.yml"):
        for play in YAML(typ="safe").load(playbook):
            for role in play.get("roles", []):
                found.setdefault(role, set()).update(groups[play["hosts"]])
    return found


def test_no_two_roles_of_one_host_lay_down_the_same_file() -> None:
    hosts = _hosts_of_roles()
    twice = []
    for path, places in _laid_by_roles().items():
        owners = {place.split("/")[0] for place in places}
        shared = [
            host for host in hosts["operating_system"] if sum(host in hosts[role] for role in owners) > 1
        ]
        twice += [f"{path} on {host}: {sorted(owners)}" for host in shared]
    assert twice == []


def test_a_deploy_that_writes_a_file_of_a_role_is_found(tmp_path: Path) -> None:
    some_file = sorted(_laid_by_roles())[0]
    (tmp_path / "intruder.py").write_text(f"TARGET = {some_file!r}\n", encoding="utf-8")
    assert set(_named_by_deploys(tmp_path)) == {some_file}
