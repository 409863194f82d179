"""The lab finds the Debian archive that the machine itself uses."""

from pathlib import Path

from estate.lab.sources import Source, archives, parse_deb822, parse_one_line, read_sources

DEB822 = """\
# the archive
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: trixie
Components: main
"""


def test_stanzas_are_read_and_disabled_ones_are_not() -> None:
    assert list(parse_deb822(DEB822)) == [
        Source("http://mirror.example/debian", "bookworm", ("main",)),
        Source("http://mirror.example/debian", "bookworm-updates", ("main",)),
        Source("http://mirror.example/debian-security", "bookworm-security", ("main",)),
    ]


def test_lines_are_read_with_options_and_comments() -> None:
    text = (
        "# deb http://off.example/debian trixie main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian/ trixie main contrib # note\n"
        "deb-src http://a.example/debian trixie main\n"
        "deb http://b.example/ ./\n"
    )
    assert list(parse_one_line(text)) == [
        Source("http://a.example/debian", "trixie", ("main", "contrib")),
        Source("http://b.example", "./", ()),
    ]


def test_both_kinds_of_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example/debian trixie main\n")
    (tmp_path / "sources.list.d/debian.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/old.list.save").write_text("deb http://no.example/debian trixie main\n")
    assert read_sources(tmp_path) == [
        Source("http://a.example/debian", "trixie", ("main",)),
        *parse_deb822(DEB822),
    ]
    assert read_sources(tmp_path / "nowhere") == []


def test_the_archive_that_serves_the_release_is_taken_with_its_updates() -> None:
    served = {
        ("http://mirror.example/debian", "trixie"),
        ("http://mirror.example/debian", "trixie-updates"),
        ("http://mirror.example/debian-security", "trixie-security"),
    }
    vendor = Source("http://vendor.example/apt", "stable", ("main",))
    found = archives([vendor, *parse_deb822(DEB822)], "trixie", lambda *pair: pair in served)
    assert found == [
        ("http://mirror.example/debian", "trixie"),
        ("http://mirror.example/debian", "trixie-updates"),
        ("http://mirror.example/debian-security", "trixie-security"),
    ]


def test_no_archive_is_no_guess() -> None:
    foreign = [Source("http://vendor.example/apt", "nodistro", ("main",))]
    assert archives(foreign, "trixie", lambda *_: True) == []
    assert archives(parse_deb822(DEB822), "trixie", lambda *_: False) == []
