"""What the mail server does not take is told by a webhook, which gives no secret away and follows nobody."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from estate.cli import watchdog as verb
from exporters.alert_log import Receiver
from tests.unit.status.housing import House


@pytest.fixture
def second_way(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Is the receiver that the monitoring server uses as its second way; gives its address and where it writes."""
    folder = tmp_path / "told"
    folder.mkdir()
    receiver = Receiver(("127.0.0.1", 0), "acik-kapi", folder, 3)
    threading.Thread(target=receiver.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{receiver.server_port}/", folder
    receiver.shutdown()
    receiver.server_close()


def test_what_the_mail_server_does_not_take_goes_the_second_way(
    house: House, second_way: tuple[str, Path]
) -> None:
    url, folder = second_way
    file, refused = house.place / "webhook", house.place / "refused"
    way = ("--tell", "--after", "0", "--webhook", str(file))
    house.alive = False
    refused.touch()
    for held in (None, "", "\n\n", f"{url}\nbaska\n"):
        if held is not None:
            file.write_text(held, encoding="utf-8")
        assert house.looks(*way) == (3, None), held
    assert list(folder.iterdir()) == []
    file.write_text(f"{url}\nacik-kapi\n", encoding="utf-8")
    assert house.looks(*way) == (4, None)
    assert house.looks(*way) == (4, None), "they know"
    refused.unlink()
    house.alive = True
    code, letter = house.looks(*way)
    assert code == 0 and letter is not None, "both ways learn that it is over"
    house.alive = False
    code, letter = house.looks(*way)
    assert code == 4 and letter is not None, "mail goes first where it goes"
    house.alive = True
    assert house.looks(*way)[0] == 0
    (path,) = folder.iterdir()
    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(one["status"], one["alert"], one["severity"], one["summary"]) for one in told] == [
        ("firing", "MonitoringSilent", "critical", "İzleme sustu: mon1"),
        ("resolved", "MonitoringSilent", "critical", "İzleme yeniden çalışıyor: mon1"),
    ]
    assert told[0]["starts"] == told[1]["starts"] and told[0]["labels"] == {"instance": "mon1"}


def _untold(house: House, held: str) -> str:
    """Gives what is said when neither the mail server nor a webhook of this content takes it."""
    house.alive = False
    (house.place / "refused").touch()
    (house.place / "webhook").write_text(held, encoding="utf-8")
    app = typer.Typer()
    app.command()(verb.command)
    done = CliRunner().invoke(app, ["--tell", "--after", "0", "--webhook", str(house.place / "webhook")])
    assert done.exit_code == 3 and "Traceback" not in done.stderr
    assert "nobody was told: mail1 did not take the letter" in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ("http://127.0.0.1:1/s3cret", "; 127.0.0.1 did not take it: "),
        ("http://127.0.0.1:port/s3cret", "has to hold an address"),
        ("http://[/s3cret", "has to hold an address"),
        ("s3cret", "has to hold an address"),
        ("file:///s3cret", "has to hold an address"),
        ("http://127.0.0.1/ s3cret", "has to hold an address"),
        ("http://127.0.0.1/\ns3cret two", "has to hold an address"),
        ("http://127.0.0.1/\none\ns3cret", "has to hold an address"),
    ],
)
def test_a_second_way_that_leads_nowhere_is_said_beside_the_first_and_gives_no_secret_away(
    house: House, held: str, why: str
) -> None:
    said = _untold(house, held)
    assert why in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    "answer",
    [b"garbage\r\n\r\n", b"", b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{port}/else\r\n\r\n"],
)
def test_an_answer_that_is_no_success_is_no_telling_and_nobody_is_followed(
    house: House, answer: bytes
) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        asked.append(connection.recv(65536))
                        connection.sendall(answer.replace(b"{port}", str(port).encode()))

        threading.Thread(target=serve, daemon=True).start()
        assert "; 127.0.0.1 did not take it: " in _untold(house, f"http://127.0.0.1:{port}/kapi\nt0ken\n")
        listening.shutdown(socket.SHUT_RDWR)
    assert [one.partition(b" HTTP")[0] for one in asked] == [b"POST /kapi"]


@pytest.mark.parametrize("held", [None, "folder", "s3cret", ""])
def test_a_second_way_that_cannot_be_gone_is_no_good_end_and_keeps_no_mail_back(
    house: House, held: str | None
) -> None:
    file = house.place / "webhook"
    if held == "folder":
        file.mkdir()
    elif held is not None:
        file.write_text(held, encoding="utf-8")
    app = typer.Typer()
    app.command()(verb.command)
    for words in ((), ("--tell",)):
        done = CliRunner().invoke(app, [*words, "--webhook", str(file)])
        assert done.exit_code == (0 if held == "" else 2) and (str(file) in done.stderr) is (held != "")
        assert "s3cret" not in done.stderr
    house.alive = False
    code, letter = house.looks("--tell", "--after", "0", "--webhook", str(file))
    assert code == 4 and letter is not None, "mail is told all the same"
