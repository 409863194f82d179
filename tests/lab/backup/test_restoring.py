"""What was stored is given back whole, or it is said what is lost; nothing is restored over the living."""

import json
from typing import Any

import pytest

from estate.escrow import restore_command
from tests.lab.backup.jobs import CLIENT, KEEPER, KEY, REPOSITORY, ROOM, SERVER, back_up
from tests.lab.reaching import estate, on, pyinfra, sure

pytestmark = pytest.mark.lab


def _envelope(job: str, **more: str) -> str:
    secrets = json.loads(sure(CLIENT, f"cat {ROOM}/secrets.json"))
    settings = json.loads(sure(CLIENT, f"cat {ROOM}/settings.json"))
    record = json.loads(sure(CLIENT, f"cat {ROOM}/state/deneme/record.json"))
    content = {
        "job": "deneme",
        "repository_url": f"{settings['repository_url']}/{job}",
        "repository_id": record["repository_id"],
        "username": secrets["username"],
        "password": secrets["password"],
        "key": KEY,
        "ca_certificate": sure(CLIENT, "cat /etc/estate/backup_client.ca.pem"),
    }
    return json.dumps({**content, **more})


def _restored(envelope: str, *words: str) -> dict[str, Any]:
    """Restores below a scratch folder of the server with nothing but the envelope."""
    sure(SERVER, f"rm -rf {KEEPER}-hedef && mkdir -p {KEEPER}-hedef")
    said = on(SERVER, restore_command(["restore", "--target", f"{KEEPER}-hedef", *words]), envelope)
    sure(SERVER, f"rm -rf {KEEPER}-hedef")
    assert KEY not in said.stderr and KEY not in said.stdout
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer


def _copied(damage: str) -> None:
    """Damages a copy of the repository; the repository itself stays whole."""
    place = f"{REPOSITORY.path}/{CLIENT}"
    sure(SERVER, f"rm -rf {place}/kopya && cp -a {place}/deneme {place}/kopya")
    largest = f"find {place}/kopya/data -type f -size +200k | head -1"
    sure(SERVER, damage.format(pack=f"$({largest})"))


FLIP = (
    "python3 -c \"import sys; path = sys.argv[1]; held = bytearray(open(path, 'rb').read()); held[999] ^= 1; "
    "open(path, 'wb').write(held)\" {pack}"
)


def test_a_restore_gives_back_every_file_and_a_damaged_one_names_what_is_lost() -> None:
    assert back_up("deneme", "--accept-shrink").returncode == 0
    whole = _restored(_envelope("deneme"))
    assert (whole["result"], whole["reason"], whole["files"]) == ("passed", "equal", 40), whole
    for damage in (FLIP, "rm -f {pack}"):
        _copied(damage)
        hurt = _restored(_envelope("kopya"))
        named = [item["path"] for item in hurt["mismatches"]] + hurt["missing"]
        assert hurt["result"] == "failed", hurt
        assert named and all(path.startswith(f"{ROOM}/kaynak/") for path in named)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": "not-the-key"}, "wrong_key"),
        ({"repository_id": "0" * 64}, "other_repository"),
        ({"repository_url": "https://127.0.0.1:1/x/y"}, "unreachable"),
    ],
)
def test_an_envelope_that_does_not_fit_is_found_before_the_day_of_loss(
    change: dict[str, str], reason: str
) -> None:
    said = on(SERVER, restore_command(["check"]), _envelope("deneme", **change))
    assert json.loads(said.stdout)["reason"] == reason
    assert KEY not in said.stdout + said.stderr


def test_a_snapshot_newer_than_the_loss_is_never_taken() -> None:
    answer = _restored(_envelope("deneme"), "--not-after", "2020-01-01T00:00:00Z")
    assert (answer["result"], answer["reason"]) == ("failed", "no_snapshot")
    assert "the earliest is of" in answer["words"]


def test_the_sealed_envelopes_open_their_repositories() -> None:
    sealed = json.loads(estate("escrow", "seal", "--json").stdout)
    assert {each["sealed"] for each in sealed} == {"before"}
    done = estate("escrow", "check", "--json")
    assert [answer["result"] for answer in json.loads(done.stdout)] == ["passed"] * len(sealed)


@pytest.mark.parametrize(
    ("limit", "words"), [([], "no --limit was given"), (["--limit", CLIENT], "not in the group")]
)
def test_nothing_is_restored_into_a_living_host(limit: list[str], words: str) -> None:
    data = ("--data", "envelope=var/lab/escrow/eposta.json", "--data", "result_file=/nowhere/result.json")
    done = pyinfra("pyinfra_deploys/restore.py", *limit, *data)
    assert (done.returncode != 0, words in done.stdout + done.stderr) == (True, True), done
