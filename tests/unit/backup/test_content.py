"""The list of contents knows every file, and a restore is judged by it alone."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from exporters import backup_content as content


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "posta"
    (source / "Çöp kutusu").mkdir(parents=True)
    (source / "bos").mkdir()
    (source / "Çöp kutusu" / "1.eml").write_text("Şikâyet: Ilıca Mahallesi", encoding="utf-8")
    (source / "2.eml").write_text("dilekçe", encoding="utf-8")
    (source / "dovecot.index.log").write_text("rebuilt", encoding="utf-8")
    (source / "son").symlink_to("2.eml")
    return source


def _restored(listed: content.Content, target: Path) -> None:
    for entry in listed.entries.values():
        path = Path(f"{target}{entry.path}")
        if entry.kind == "directory":
            path.mkdir(parents=True)
        elif entry.kind == "link":
            path.symlink_to(entry.content)
        else:
            path.write_bytes(Path(entry.path).read_bytes())
            os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def _compared(
    listed: content.Content, source: Path, target: Path, stored: Mapping[str, tuple[int, int]] | None = None
) -> content.Comparison:
    as_listed = {entry.path: (entry.size, entry.mtime_ns) for entry in listed.entries.values()}
    return content.compare(
        listed, [str(source)], str(target), lambda: as_listed if stored is None else stored
    )


def test_every_path_is_listed_but_the_excluded(source: Path) -> None:
    listed = content.scan("eposta", [str(source)], ["dovecot.index*", str(source / "bos")])
    names = [path.removeprefix(str(source)) for path in listed.entries]
    assert names == ["", "/2.eml", "/son", "/Çöp kutusu", "/Çöp kutusu/1.eml"]
    assert (listed.files, listed.size) == (2, len("Şikâyet: Ilıca Mahallesidilekçe".encode()))


def _aged(path: Path) -> None:
    os.utime(path, ns=(1_000_000_000, 1_000_000_000))


def test_a_file_that_did_not_change_is_not_read_again(source: Path) -> None:
    _aged(source / "2.eml")
    first = content.scan("eposta", [str(source)], [])
    entry = replace(first.entries[str(source / "2.eml")], content="from the former list")
    known = content.Content("eposta", first.made_ns + 10**10, {entry.path: entry})
    again = content.scan("eposta", [str(source)], [], known)
    assert again.entries[entry.path].content == "from the former list"


def test_a_file_written_too_close_to_the_former_list_is_read_again(source: Path) -> None:
    """Two writes within one tick of the clock look alike: trusting the stamp would keep the older hash."""
    first = content.scan("eposta", [str(source)], [])
    entry = replace(first.entries[str(source / "2.eml")], content="from the former list")
    again = content.scan(
        "eposta", [str(source)], [], content.Content("eposta", first.made_ns, {entry.path: entry})
    )
    assert again.entries[entry.path].content == first.entries[entry.path].content


def test_a_changed_file_is_read_again(source: Path) -> None:
    path = source / "2.eml"
    _aged(path)
    first = content.scan("eposta", [str(source)], [])
    path.write_text("DİLEKÇE", encoding="utf-8")
    later = content.Content("eposta", first.made_ns + 10**12, first.entries)
    again = content.scan("eposta", [str(source)], [], later)
    assert again.entries[str(path)].content != first.entries[str(path)].content
    assert content.changed_since(first) == 1


def test_an_equal_restore_is_equal_without_asking_the_repository(source: Path, tmp_path: Path) -> None:
    listed = content.scan("eposta", [str(source)], [])
    _restored(listed, tmp_path / "hedef")

    def sealed() -> Mapping[str, tuple[int, int]]:
        raise AssertionError("nothing differs, so there is nothing to ask")

    found = content.compare(listed, [str(source)], str(tmp_path / "hedef"), sealed)
    assert (found.equal, found.files, found.size, found.extra) == (True, 3, listed.size, 0)


def test_a_missing_file_is_named(source: Path, tmp_path: Path) -> None:
    listed = content.scan("eposta", [str(source)], [])
    _restored(listed, tmp_path / "hedef")
    lost = source / "Çöp kutusu" / "1.eml"
    Path(f"{tmp_path / 'hedef'}{lost}").unlink()
    found = _compared(listed, source, tmp_path / "hedef")
    assert (found.equal, found.missing) == (False, [str(lost)])


def test_one_flipped_byte_is_named_though_size_and_time_are_right(source: Path, tmp_path: Path) -> None:
    listed = content.scan("eposta", [str(source)], [])
    _restored(listed, tmp_path / "hedef")
    entry = listed.entries[str(source / "2.eml")]
    path = Path(f"{tmp_path / 'hedef'}{entry.path}")
    path.write_text("Dilekçe", encoding="utf-8")
    os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))
    found = _compared(listed, source, tmp_path / "hedef")
    assert (found.equal, found.mismatches) == (False, [{"path": entry.path, "why": "content differs"}])


def test_owner_and_mode_belong_to_the_content(source: Path, tmp_path: Path) -> None:
    listed = content.scan("eposta", [str(source)], [])
    _restored(listed, tmp_path / "hedef")
    Path(f"{tmp_path / 'hedef'}{source / '2.eml'}").chmod(0o600)
    found = _compared(listed, source, tmp_path / "hedef")
    assert found.mismatches == [{"path": str(source / "2.eml"), "why": "has mode 600, had 644"}]


def test_what_changed_while_it_was_copied_is_marked_not_blamed(source: Path, tmp_path: Path) -> None:
    """Only the snapshot's own listing may excuse a difference; without it the file is damaged."""
    for number in range(20):
        (source / f"dolgu{number}").write_text("x", encoding="utf-8")
    listed = content.scan("eposta", [str(source)], [])
    _restored(listed, tmp_path / "hedef")
    changed = str(source / "2.eml")
    path = Path(f"{tmp_path / 'hedef'}{changed}")
    path.write_text("yeni dilekçe", encoding="utf-8")
    stored = {entry.path: (entry.size, entry.mtime_ns) for entry in listed.entries.values()}
    stored[changed] = (path.stat().st_size, path.stat().st_mtime_ns)
    excused = _compared(listed, source, tmp_path / "hedef", stored)
    assert (excused.equal, excused.changed, excused.mismatches) == (True, [changed], [])
    blamed = _compared(listed, source, tmp_path / "hedef")
    assert (blamed.equal, len(blamed.mismatches)) == (False, 1)


def test_a_snapshot_without_the_files_is_not_excused_as_change(source: Path, tmp_path: Path) -> None:
    """An empty snapshot whose listing lacks everything must never count as `all of it changed meanwhile`."""
    listed = content.scan("eposta", [str(source)], [])
    (tmp_path / "hedef").mkdir()
    found = _compared(listed, source, tmp_path / "hedef", {})
    assert (found.equal, len(found.changed)) == (False, len(listed.entries))


def test_a_list_survives_names_that_are_no_text(source: Path, tmp_path: Path) -> None:
    odd = os.fsencode(source) + b"/dosya-\xfe"
    with open(odd, "wb") as stream:  # noqa: PTH123 - a name of bytes
        stream.write(b"1")
    listed = content.scan("eposta", [str(source)], [])
    content.write(listed, tmp_path / "liste.jsonl")
    assert content.read(tmp_path / "liste.jsonl") == listed


def test_a_list_cut_short_is_refused(source: Path, tmp_path: Path) -> None:
    content.write(content.scan("eposta", [str(source)], []), tmp_path / "liste.jsonl")
    lines = (tmp_path / "liste.jsonl").read_text(encoding="ascii").splitlines()
    with pytest.raises(content.ContentError, match="6 of 7 entries"):
        content.parse(lines[:-1])
