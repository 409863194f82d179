"""`estate call` refuses what would prove nothing, before anything is called or walked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from estate.cli import call
from estate.telephony.syntax import UnwritableError


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--only", "internal", "--mute", "Z"),
            "--mute 'Z' is no telephone of these scenarios; there are A, B",
        ),
        (
            ("--only", "internal", "--mute", "C"),
            "--mute 'C' is no telephone of these scenarios; there are A, B",
        ),
        (
            ("--only", "internal", "--smudge", "internal"),
            "--smudge 'internal' is no fax of these scenarios; there is none",
        ),
        (
            ("--only", "fax_t38", "--smudge", "fax"),
            "--smudge 'fax' is no fax of these scenarios; there are fax_t38",
        ),
        (("--only", ""), "no scenario is named ''; see ./scripts/estate call list"),
    ],
)
def test_a_fault_that_turns_nothing_red_is_refused(
    words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call.calling, "check", lambda *_: pytest.fail("called"))
    shown = CliRunner().invoke(call.app, ["check", *words])
    assert (shown.exit_code, shown.output) == (2, f"refused: {told}\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[x]\nexten => 112,1,NoOp(\xfe)\n", "is not UTF-8; save it as the exchange shows it"),
        (b"", "holds no dial plan; give it what `dialplan show` prints, or a file"),
        (
            b"[5990](!)\ntype = endpoint\n",
            "holds no dial plan; give it what `dialplan show` prints, or a file",
        ),
    ],
)
def test_what_is_no_dial_plan_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.conf"
    plan.write_bytes(content)
    shown = CliRunner().invoke(call.app, ["walk", "--plan", str(plan)])
    assert (shown.exit_code, shown.output) == (2, f"refused: {plan} {told}\n")


def test_a_value_that_cannot_be_written_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwritable(*_: object) -> None:
        raise UnwritableError("trunk ana: there is no password for it; give the one its operator gave")

    monkeypatch.setattr(call, "rendered", unwritable)
    shown = CliRunner().invoke(call.app, ["walk"])
    told = "refused: trunk ana: there is no password for it; give the one its operator gave\n"
    assert (shown.exit_code, shown.output) == (2, told)
