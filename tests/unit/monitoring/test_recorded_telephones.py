"""What was done to extensions is counted from the applies that did it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from estate.records import Change, runs_below
from exporters import recorded_telephones
from exporters.recorded_telephones import operation
from exporters.textfile import Textfile

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def change(action: Any, before: str | None, after: str | None, key: str = "extension 2401") -> Change:
    return Change("pbx1", "pyinfra", "telephony", action, key, before, after)


RENAMED = change("update", 'callerid = "Ayse Veli" <2401>', 'callerid = "Ayse Yilmaz" <2401>')


@pytest.mark.parametrize(
    ("made", "counted"),
    [
        (change("create", None, "context = class-mobile"), "create"),
        (change("delete", "context = class-mobile", None), "close"),
        (RENAMED, "rename"),
        (change("update", "named_pickup_group = birim-fen", "named_pickup_group = birim-imar"), "move"),
        (change("update", "set_var = ESTATE_EMERGENCY=+1", "set_var = ESTATE_EMERGENCY=+2"), "move"),
        (change("update", "context = class-local", "context = class-mobile"), None),
    ],
)
def test_a_change_of_an_extension_is_an_operation(made: Change, counted: str | None) -> None:
    assert operation(made) == counted


def test_only_what_an_apply_did_is_counted(samples: Any, tmp_path: Path) -> None:
    trunk = change("create", None, "x", "pjsip ana")
    for kind, status, hour in (("apply", "changed", 1), ("apply", "failed", 2), ("plan", "changed", 3)):
        outcome = samples.ok("pbx1", "telephony", "pyinfra", status)
        samples.run(tmp_path, kind, AT.replace(hour=hour), [outcome], changes=[RENAMED, trunk])
    out = Textfile()
    recorded_telephones.write(out, list(runs_below(tmp_path)))
    assert 'bim_pbx_extension_operations_total{operation="rename"} 1.0\n' in out.render()
    assert out.render().count(" 1.0\n") == 1
    assert 'bim_pbx_extension_operations_total{operation="create"} 0.0\n' in out.render()
