"""`estate phone` lists the sets and shows what each fetches, as people type it."""

import json
import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from estate.cli import phone
from estate.telephony import secrets as drawn
from estate.telephony.lines import SHARED
from estate.telephony.provisioning.credentials import Credentials

app = phone.app


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_list_tells_where_each_set_hangs() -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0] == (
        "00:53:4e:24:01:01  yealink_t46u  2401 Ayşe Yılmaz  ANA-1-101 (sw-ana-kat1 port Gi1/0/1)"
    )
    assert lines[2].endswith("5003 Toplantı Odası 3  no outlet has it")
    rows = json.loads(run("list", "--json").stdout)
    assert rows[1]["place"] == {"outlet": "ANA-3-115", "switch": "sw-ana-kat3", "port": "2"}


def test_without_a_device_at_an_outlet_a_set_hangs_at_the_desk_of_its_person() -> None:
    estate, today = phone._declared(phone.Environment.chosen("lab"))
    person = next(one for one in estate.people if one.extension and one.outlet and not one.has_left(today))
    row = estate.telephony.phones[0].model_copy(
        update={"mac": "02:00:00:00:00:01", "extensions": (person.extension,)}
    )
    without = [outlet for outlet in estate.switches.outlets if outlet.name == person.outlet]
    at = phone.place(estate, row, today)
    assert at is not None and at.outlet == without[0].name


@pytest.mark.parametrize("spelled", ["00:53:4e:24:01:01", "00534E240101", "00-53-4E-24-01-01", "2401"])
def test_a_set_is_shown_by_any_spelling_or_number_and_without_its_secrets(spelled: str) -> None:
    shown = run("show", spelled)
    assert shown.exit_code == 0
    assert "account.1.user_name = 2401\n" in shown.stdout
    assert "account.1.password = (secret)\n" in shown.stdout
    assert "static.security.user_password = admin:(secret)\n" in shown.stdout


def test_for_the_bench_the_file_is_written_whole_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "_opened", lambda environment: Credentials("key"))
    made = run("show", "2401", "--out", tmp_path / "bench")
    path = tmp_path / "bench" / "00534e240101.cfg"
    assert (made.exit_code, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    password = Credentials("key").fetching("00:53:4e:24:01:01")
    assert f"static.auto_provision.server.password = {password}\n" in path.read_text("utf-8")
    assert password not in made.output and "as 00534e240101" in made.output


@pytest.mark.parametrize("spelled", ["00:53:4e:24:01:0O", "2402", "00:53:4e:24:01:99"])
def test_what_is_no_set_is_refused(spelled: str) -> None:
    shown = run("show", spelled)
    assert shown.exit_code == 2
    assert f"refused: {spelled} is no declared telephone set and no number on one;" in shown.output


def test_a_folder_nobody_can_write_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "_opened", lambda environment: Credentials("key"))
    shown = run("show", "2401", "--out", "/proc/x")
    assert (shown.exit_code, shown.output.startswith("refused: --out /proc/x: ")) == (2, True)


def test_a_telephone_that_fetches_nothing_is_given_its_secret_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret is the one the exchange expects; it stands in a file of its owner alone and nowhere else."""
    monkeypatch.setattr(phone, "_opened", lambda environment: Credentials("key"))
    made = run("secret", "5002", "--out", tmp_path / "bench")
    path = tmp_path / "bench/5002.txt"
    assert (made.exit_code, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    said = dict(line.split(": ", 1) for line in path.read_text("utf-8").splitlines())
    password = drawn.secret("key", "5002", SHARED, date(2026, 6, 1))
    assert (said["server"], said["user"], said["password"]) == (
        "santral.gumuscagil.bel.example",
        "5002",
        password,
    )
    assert "voicemail" not in said and password not in made.output
    told = json.loads(run("secret", "2402", "--out", tmp_path, "--json").stdout)
    assert told == {"extension": "2402", "file": str(tmp_path / "2402.txt")}
    assert "\nvoicemail: *97\n" in (tmp_path / "2402.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("2401", "2401 is on the set 00:53:4e:24:01:01, which fetches its secret"),
        ("5200", "no telephone has the number 5200 today; "),
        ("9999", "no telephone has the number 9999 today; "),
    ],
    ids=["on a set", "a fax line", "nobody's"],
)
def test_no_secret_is_given_for_what_is_no_telephone_or_fetches_its_own(
    number: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "_opened", lambda environment: Credentials("key"))
    refused = run("secret", number, "--out", tmp_path)
    assert (refused.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert refused.output.startswith(f"refused: {why}")
