"""Every role keeps the promises of a role: its card, its variables, its sizes, its scenario."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ROLES = sorted(path for path in (ROOT / "roles").glob("*") if path.is_dir())
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
KEYWORDS = """
name when register loop loop_control block rescue always notify become become_user tags no_log vars args
changed_when failed_when check_mode diff delegate_to run_once listen environment until retries delay
ignore_unreachable any_errors_fatal
"""
PLAY_KEYWORDS = """
name hosts roles gather_facts any_errors_fatal become strategy serial max_fail_percentage
import_playbook ansible.builtin.import_playbook
"""
HOSTS = re.compile(r"\b(mail1|pbx1|mon1|backup1|outside1|operator1|drill1|drill2)\b")


class _Loader(yaml.SafeLoader):
    """Reads playbooks, custom tags included."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: getattr(node, "value", None))


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) if path.exists() else None


def _tasks(role: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def walk(items: Any) -> None:
        for item in items or []:
            found.append(item)
            for key in ("block", "rescue", "always"):
                walk(item.get(key))

    for path in sorted([*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")]):
        walk(_load(path))
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_equal_argument_specs(role: Path) -> None:
    options = _load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    specified = {key: option["default"] for key, option in options.items() if "default" in option}
    assert specified == (_load(role / "defaults/main.yml") or {})


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_variables_carry_their_role(role: Path) -> None:
    names = [*(_load(role / "defaults/main.yml") or {}), *(_load(role / "vars/main.yml") or {})]
    for task in _tasks(role):
        names += [task["register"]] if "register" in task else []
        names += list(task.get("ansible.builtin.set_fact") or {})
    assert [name for name in names if not name.lstrip("_").startswith(f"{role.name}_")] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_role_has_its_card(role: Path) -> None:
    readme = (role / "README.md").read_text(encoding="utf-8")
    runbook = (role / "RUNBOOK.md").read_text(encoding="utf-8")
    assert "|" in readme.split("##")[0], "no at-a-glance table before the first section"
    assert re.search(r"(?im)^#+ .*restor|holds no data", runbook), (
        "neither a restore section nor 'holds no data'"
    )


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_role_has_a_scenario_that_uses_it(role: Path) -> None:
    verify = _load(role / "molecule/default/verify.yml")
    assert (role / "molecule/default/molecule.yml").exists() and verify and verify[0].get("tasks")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_task_files_fit_and_commands_say_when_they_change(role: Path) -> None:
    long = [path.name for path in role.glob("tasks/*.yml") if len(path.read_text("utf-8").splitlines()) > 80]
    commands = [f"ansible.builtin.{name}" for name in ("command", "shell")]
    silent = [
        task.get("name")
        for task in _tasks(role)
        if any(name in task for name in commands) and "changed_when" not in task
    ]
    assert (long, silent) == ([], [])


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_nothing_relies_on_what_a_command_skipped_by_check_mode_would_have_said(role: Path) -> None:
    """It runs in check mode as well and changes nothing, or what it says has a default wherever it is read."""
    text = "".join(path.read_text("utf-8") for path in role.glob("tasks/*.yml"))
    asked = {
        task["register"] for task in _tasks(role) if task.get("check_mode") is False and "register" in task
    }
    changing = [
        t.get("name") for t in _tasks(role) if t.get("check_mode") is False and t.get("changed_when", False)
    ]
    relied = set(re.findall(r"(\w+)\.(?:stdout|stderr|rc)\b(?! \| default)", text))
    assert (relied - asked, changing) == (set(), [])


def test_only_builtin_modules_and_those_of_this_repository() -> None:
    own = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    foreign = {
        f"{role.name}: {key}"
        for role in ROLES
        for task in _tasks(role)
        for key in task
        if key not in KEYWORDS.split() and key not in own and not key.startswith("ansible.builtin.")
    }
    assert foreign == set()


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)
def test_playbooks_hold_only_roles(playbook: Path) -> None:
    plays = _load(playbook)
    extra = {key for play in plays for key in play} - set(PLAY_KEYWORDS.split())
    assert (extra, len(playbook.read_text(encoding="utf-8").splitlines()) <= 30) == (set(), True)


def test_no_host_names_outside_inventories() -> None:
    places = [
        *(ROOT / "roles").rglob("*"),
        *PLAYBOOKS,
        *(ROOT / "estate").rglob("*.py"),
        *(ROOT / "exporters").rglob("*.py"),
    ]
    places += (ROOT / "pyinfra_deploys").rglob("*.py")
    named = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in places
        if path.is_file() and path.suffix in {".yml", ".j2", ".py"} and "molecule" not in path.parts
        for line in path.read_text(encoding="utf-8").splitlines()
        if HOSTS.search(line)
    ]
    assert named == []
