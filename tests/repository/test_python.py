"""The Python of the house keeps its import order, its sizes and its names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("estate", "exporters", "pyinfra_deploys", "plugins")
# What a package may import of the house, besides itself; the order in docs/architecture.md: nothing flows back.
MAY_IMPORT: dict[str, set[str]] = {
    "estate.declared": {"estate.web_domains"},
    "estate.records": {"estate.declared"},
    "estate.plan": {"estate.declared", "estate.records", "estate.telephony"},
    "estate.verify": {"estate.declared", "estate.records"},
    "estate.people": {"estate.declared"},
    "estate.switches": {"estate.declared"},
    "estate.dashboards": set(),
    "estate.telephony": {"estate.declared"},
    "estate.status": {"estate.declared", "estate.records"},
}
HOUSE = ("estate", "exporters", "pyinfra_deploys")
DOORS = ("estate.cli", "estate.__main__")
MAY_NOT_IMPORT = ("estate.cli", "exporters", "pyinfra_deploys")
PURE = (
    "estate.plan",
    "estate.verify",
    "estate.switches",
    "estate.telephony",
    "estate.dashboards",
    "estate.status",
)
CLIENTS = {
    "socket",
    "ssl",
    "smtplib",
    "imaplib",
    "http",
    "urllib",
    "subprocess",
    "paramiko",
    "pyinfra",
    "netmiko",
}
DRAWERS = {"utils", "helpers", "common", "misc", "base", "manager"}
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _wrong_imports(path: Path) -> list[str]:
    module = _name(path)
    names = set(_imports(path))
    house = {name for name in names if any(_inside(name, each) for each in HOUSE)}
    wrong: set[str] = set()
    for package, allowed in MAY_IMPORT.items():
        if _inside(module, package):
            wrong |= {name for name in house if not any(_inside(name, each) for each in (package, *allowed))}
    if _inside(module, "estate") and not any(_inside(module, each) for each in DOORS):
        wrong |= {name for name in house if any(_inside(name, each) for each in MAY_NOT_IMPORT)}
    if any(_inside(module, each) for each in PURE):
        wrong |= {name for name in names if name.split(".")[0] in CLIENTS}
    return sorted(wrong)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_follow_the_order_of_the_house(path: Path) -> None:
    assert _wrong_imports(path) == []


def test_the_import_rule_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "estate" / "plan" / "borrowed.py"
    module.parent.mkdir(parents=True)
    module.write_text("import smtplib\nfrom estate.verify import mail\nfrom exporters import x\n", "utf-8")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert {"smtplib", "estate.verify.mail", "exporters.x"} <= set(_wrong_imports(module))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_and_functions_fit_on_their_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > 40
    ]
    assert (len(text.splitlines()) <= 300, long) == (True, [])


def test_tests_are_small_too() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert {path.relative_to(ROOT): lines for path, lines in sizes.items() if lines > 300} == {}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_drawer_of_everything(path: Path) -> None:
    assert DRAWERS.isdisjoint(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_opens_with_a_promise(path: Path) -> None:
    promise = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert promise and promise.splitlines()[0].rstrip().endswith((".", ":", ";")), promise
