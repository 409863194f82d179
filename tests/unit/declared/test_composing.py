"""Reads every file alike with the quick and with the thorough parser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from estate.declared import composing
from estate.declared.reading import Reading, read

ROOT = Path(__file__).parents[3]
FILES = sorted(ROOT.glob("inventories/*/**/*.yml")) + sorted(ROOT.glob("exporters/*.yml"))
PLAYED = sorted(ROOT.glob("playbooks/*.yml")) + sorted(ROOT.glob("inventories/*/hosts.yml"))
SCALARS = """0o17 0x1F 017 08 0b11 1_000 +1 -0 .5 1. 1e3 1.5e+3 0.0 .inf -.INF .nan ~ Null NULL True FALSE yes No on off
y n 12:30 2026-11-30 2026-13-45 "017" 'yes' = << 1.2.3 10.40.20.10 a-b"""
TEXTS = {
    "flow": "a: {b: [1, 2, {c: d}], e: f}\ng: []\nh: {}\n",
    "adjacent": 'a: {"b":1, c: "d"}\n',
    "colons inside": "a: http://x.example:80/y\nb: [c:d, 12:30]\nc: {e:f}\n",
    "colon at the end of a flow": "a: {b:}\n",
    "lists in a line": "- - a\n  - b\n- c\n",
    "lists at the margin": "a:\n- b\n- c:\n  - d\n",
    "texts of several lines": "a: |\n  b\n   c\n\nd: >-\n  e\n  f\n\ng: h\n  i\nj: 'k\n  l'\nm: \"n\n\n  o\\\n  p\"\n",
    "escapes": "a: \"\\u00e7 \\x41 \\/ \\N \\\" \\t\"\nb: 'it''s'\n",
    "nothing": "a:\nb: ~\nc: null\nd: ''\n",
    "marks of documents": "---\na: b\n...\n",
    "two documents": "a: b\n---\nc: d\n",
    "comments": "# a\nb: c # d\n#e: f\ng: h#i\n",
    "only a comment": "# nothing\n",
    "empty": "",
    "keys in brackets": "? a\n: b\n? [c]\n: d\n",
    "signs": "a: b, c\nd: -e\nf: x - y\ng: '#h'\ni: (j)\nk: <l\nm: =n\no: \"@p\"\n",
    "a colon too many": "a: b: c\n",
    "a quote without an end": 'a: "b\n',
    "a bracket without an end": "a: [b\n",
    "a sign that is reserved": "a: @b\n",
    "indented wrongly": "a:\n  b: c\n d: e\n",
    "line ends of Windows": "a: b\r\nc: |\r\n  d\r\n",
    "a tab": "a:\tb\n",
    "a next line sign": "a: b\u0085c: d\n",
    "a line separator": "a: b\u2028c\n",
    "an alias": "a: &x b\nc: *x\n",
    "a tag": "a: !!str 5\nb: !vault x\n",
    "a merge": "a: {b: c}\nd: {<<: {e: f}}\n",
    "a key twice": "a: b\na: c\n",
    "numbers": "a: 0112\nb: 1_000\nc: 1e3\nd: no\ne: 12:34:56\nf: 2026-11-30\n",
    "decomposed": "a: C\u0327a\n",
    "deep": "[" * 60,
}


def both_ways(directory: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Reading, Reading]:
    quick = read(directory, file)
    with monkeypatch.context() as patched:
        patched.setattr(composing, "QUICK", None)
        return quick, read(directory, file)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_of_the_repository_read_alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, thorough = both_ways(path.parent, path.name, monkeypatch)
    assert (quick.value, quick.lines, quick.mistakes) == (thorough.value, thorough.lines, thorough.mistakes)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_odd_texts_read_alike(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd.yml").write_text(text, encoding="utf-8", newline="")
    quick, thorough = both_ways(tmp_path, "odd.yml", monkeypatch)
    assert (quick.value, quick.lines, quick.mistakes) == (thorough.value, thorough.lines, thorough.mistakes)


def test_plain_records_are_left_to_the_quick_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = '  - {number: "%06d", name: Ayşe Yılmaz}\n    # a comment\n'
    (tmp_path / "many.yml").write_text("estate_x:\n" + "".join(one % i for i in range(5)), encoding="utf-8")
    monkeypatch.setattr(composing, "YAML", None)
    assert read(tmp_path, "many.yml").value["estate_x"][4] == {"number": "000004", "name": "Ayşe Yılmaz"}


@pytest.mark.parametrize("text", [*TEXTS.values(), *(f"a: {one}\n{one}: b\n" for one in SCALARS.split())])
def test_plain_values_are_those_of_the_thorough_loader(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8", newline="")
    assert loaded_by(composing.load, path) == loaded_by(YAML(typ="safe").load, path)


@pytest.mark.parametrize("path", PLAYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_playbooks_and_hosts_are_loaded_alike(path: Path) -> None:
    assert loaded_by(composing.load, path) == loaded_by(YAML(typ="safe").load, path)


def loaded_by(load: Callable[[Path], Any], path: Path) -> str:
    """Gives what a loader makes of a file, types included, or which error."""
    try:
        return repr(load(path))
    except (YAMLError, ValueError, RecursionError) as error:
        return type(error).__name__
