"""A host joins once, after its clock was compared, with a password that stands in no list of processes."""

import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "roles/file_server/files/join-domain"
SECRET = "Gizli:Çok-Gizli-42"
DIRECTORY = "dir1.ad.gumuscagil.bel.example"
NET = """#!/bin/sh
echo "$@" >>{place}/asked
case "$1 $2" in
"ads testjoin") [ -e {place}/member ] && [ ! -e {place}/away ] ;;
"ads info") [ ! -e {place}/away ] && cat {place}/clock ;;
"getdomainsid ") cat {place}/sid ;;
"ads join")
  cat >{place}/typed
  touch {place}/member
  [ ! -e {place}/wrong ] || {{ echo 'Logon failure' >&2; exit 1; }} ;;
esac
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host whose `net` answers as the files of a folder say."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "net").write_text(NET.format(place=tmp_path))
    for name in ("systemctl", "logger"):
        (tools / name).write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/{name}\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    (tmp_path / "clock").write_text("LDAP server: 10.40.20.30\nServer time offset: 0\n")
    (tmp_path / "sid").write_text("SID for local machine FILES1 is: S-1-5-21-1-2-3\n")
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tmp_path


def join_domain(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", PROGRAM, *words], input=stdin, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("offset", ["360", "-360", "10800"])
def test_a_clock_that_is_off_stops_before_any_password(place: Path, offset: str) -> None:
    """Kerberos would call it a wrong password, and somebody would go and reset one."""
    (place / "clock").write_text(f"Server time offset: {offset}\n")
    done = join_domain("clock", DIRECTORY, "300")
    assert done.returncode == 1
    assert f"saat farkı {offset.lstrip('-')} s" in done.stderr
    assert DIRECTORY in done.stderr and "No password was used" in done.stderr
    assert "join" not in (place / "asked").read_text().replace("testjoin", "")


@pytest.mark.parametrize("offset", ["0", "299", "-300"])
def test_a_clock_within_the_limit_is_good_enough(place: Path, offset: str) -> None:
    (place / "clock").write_text(f"Server time offset: {offset}\n")
    assert join_domain("clock", DIRECTORY, "300").returncode == 0


@pytest.mark.parametrize("answer", ["", "Server time offset: \n", "Server time: whenever\n"])
def test_a_directory_that_does_not_tell_the_time_is_no_good_clock(place: Path, answer: str) -> None:
    (place / "clock").write_text(answer)
    done = join_domain("clock", DIRECTORY, "300")
    assert (done.returncode, "did not say what time it is" in done.stderr) == (1, True)


def test_an_absent_directory_is_named_and_no_password_is_used(place: Path) -> None:
    (place / "away").touch()
    done = join_domain("clock", DIRECTORY, "300")
    assert done.returncode == 1 and f"{DIRECTORY} does not answer" in done.stderr


def test_the_password_goes_in_by_standard_input_and_nowhere_else(place: Path) -> None:
    done = join_domain("join", DIRECTORY, "Administrator", stdin=SECRET)
    assert (done.returncode, done.stdout) == (0, "joined\n")
    assert (place / "typed").read_text() == f"username = Administrator\npassword = {SECRET}\n"
    others = [path for path in place.iterdir() if path.is_file() and path.name != "typed"]
    assert [path.name for path in others if SECRET in path.read_text()] == []
    assert SECRET not in done.stdout + done.stderr
    assert "try-restart winbind.service smbd.service" in (place / "systemctl").read_text()


def test_a_refused_password_is_told_with_the_words_of_the_directory(place: Path) -> None:
    (place / "wrong").touch()
    done = join_domain("join", DIRECTORY, "Administrator", stdin=SECRET)
    assert done.returncode == 1 and "Logon failure" in done.stderr and SECRET not in done.stderr
    assert "Logon failure" in (place / "logger").read_text(), "Ansible hides the words: the journal has them"


def test_a_member_says_so(place: Path) -> None:
    (place / "member").touch()
    assert join_domain("check", DIRECTORY).stdout == "joined\n"


def test_a_stranger_says_so(place: Path) -> None:
    assert join_domain("check", DIRECTORY).stdout == "absent\n"


def test_a_directory_out_of_reach_takes_no_membership_away(place: Path) -> None:
    """Or every run during its maintenance would try to join again."""
    (place / "away").touch()
    assert join_domain("check", DIRECTORY).stdout == "absent\n"
    (place / "sid").write_text("SID for domain GUMUSCAGIL is: S-1-5-21-4-5-6\n")
    done = join_domain("check", DIRECTORY)
    assert done.stdout == "joined\n" and "does not answer" in done.stderr


def test_a_membership_that_the_directory_forgot_is_made_anew(place: Path) -> None:
    (place / "sid").write_text("SID for domain GUMUSCAGIL is: S-1-5-21-4-5-6\n")
    assert join_domain("check", DIRECTORY).stdout == "absent\n"
