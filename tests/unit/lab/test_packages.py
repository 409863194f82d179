"""The repository of the lab holds what the roles install, and one wrong list does not spoil the others."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from estate.lab import packages
from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.packages import Repository, apt_settings, ensure_packages, wanted_lists
from estate.lab.places import Places


def _role(places: Places, name: str, text: str) -> None:
    path = places.checkout / "roles" / name / "vars" / "main.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class _Apt(Runner):
    """Stands in for apt and apt-ftparchive; knows every package but `unheard-of` and refuses other commands."""

    def __init__(self) -> None:
        super().__init__(show=lambda _: None)
        self.installed: list[list[str]] = []

    def run(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None, outlive: bool = False
    ) -> str:
        if argv[0] == "apt-get":
            if "unheard-of" in argv:
                raise LabError("ran apt", "Unable to locate package unheard-of", "")
            if "install" in argv:
                self.installed.append(list(argv[4:]))
            return ""
        assert "apt-ftparchive" in " ".join(argv)
        return f"index of {sorted(map(tuple, self.installed))}\n"


@pytest.fixture(autouse=True)
def _prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_prepare_apt", lambda _, places, release: places.cache / "apt.conf")


def _fetched(apt: Runner, places: Places, release: str = "trixie") -> Repository:
    """Fetches for a release to which every role is given."""
    given = [path.parents[1].name for path in places.checkout.glob("roles/*/vars/main.yml")]
    return ensure_packages(apt, places, release, given)


def test_only_the_lists_of_a_role_are_collected(places: Places) -> None:
    _role(places, "mail", "mail_packages: [b-one, a-one]\nmail_tool_packages: [c-one]\nother_packages: [x]\n")
    _role(places, "empty", "---\n")
    _role(places, "of_nobody", "of_nobody_packages: [d-one]\n")
    assert wanted_lists(places.checkout / "roles", ["mail", "empty", "not_written_yet"]) == {
        "mail_packages": ["a-one", "b-one"],
        "mail_tool_packages": ["c-one"],
    }


@pytest.mark.parametrize("value", ["['{{ x }}']", "[postfix=3.10]", "[3]", "{a: b}"])
def test_a_list_that_is_no_list_of_names_is_refused(places: Places, value: str) -> None:
    _role(places, "mail", f"mail_packages: {value}\n")
    with pytest.raises(LabError, match="no package name"):
        wanted_lists(places.checkout / "roles", ["mail"])


def test_broken_yaml_is_named(places: Places) -> None:
    _role(places, "mail", "mail_packages: [\n")
    with pytest.raises(LabError, match=r"roles/mail/vars/main\.yml"):
        wanted_lists(places.checkout / "roles", ["mail"])


def test_nothing_is_fetched_when_no_list_changed(places: Places) -> None:
    _role(places, "mail", "mail_packages: [postfix]\n")
    first = _fetched(_Apt(), places)
    apt = _Apt()
    assert _fetched(apt, places) == first
    assert (apt.installed, first.failures) == ([], ())


def test_a_new_list_has_all_resolved_again_and_changes_the_digest(places: Places) -> None:
    _role(places, "mail", "mail_packages: [postfix]\n")
    before = _fetched(_Apt(), places)
    _role(places, "dns", "dns_packages: [bind9]\n")
    apt = _Apt()
    assert _fetched(apt, places).digest != before.digest
    assert apt.installed == [["bind9"], ["postfix"]]


def test_a_wrong_list_is_reported_and_tried_again_while_the_others_arrive(places: Places) -> None:
    _role(places, "bad", "bad_packages: [unheard-of]\n")
    _role(places, "mail", "mail_packages: [postfix]\n")
    for _ in range(2):
        apt = _Apt()
        found = _fetched(apt, places)
        assert [(one.asked, one.found) for one in found.failures] == [
            ("asked for the packages of bad_packages in trixie", "Unable to locate package unheard-of")
        ]
        assert apt.installed == [["postfix"]]


def test_each_release_has_a_repository_and_a_memory_of_its_own(places: Places) -> None:
    _role(places, "mail", "mail_packages: [postfix]\n")
    _fetched(_Apt(), places)
    apt = _Apt()
    _fetched(apt, places, "forky")
    assert apt.installed == [["postfix"]]
    indexed = [path.parent.name for path in places.cache.glob("*/Packages")]
    assert sorted(indexed) == ["packages-forky", "packages-trixie"]
    again = _Apt()
    _fetched(again, places)
    assert again.installed == []


def test_the_machines_own_sources_and_hooks_are_left_out(tmp_path: Path) -> None:
    text = apt_settings(tmp_path, tmp_path / "debs")
    assert 'Dir::Etc::sourceparts "/dev/null";\n' in text
    assert "#clear APT::Update::Post-Invoke-Success;\n" in text
    assert 'APT::Get::Download-Only "true";\n' in text
