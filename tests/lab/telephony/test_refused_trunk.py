"""An operator that refuses a trunk, with whatever word, is asked again for ever, and takes it back by itself (C30)."""

from __future__ import annotations

import pytest

from tests.lab.reaching import LAB, sure, undone_by, until
from tests.lab.telephony.calling import ESTATE

pytestmark = pytest.mark.lab
EXCHANGE = ESTATE.telephony.exchange
OPERATOR = LAB.groups()["telephone_operators"][0]
FIRST, SPARE = (trunk.name for trunk in sorted(ESTATE.telephony.trunks, key=lambda one: one.preference)[:2])
TRIES = 12
"""More than the ten after which Asterisk by itself gives a trunk up for good."""
OURS, THEIRS = "/etc/asterisk/estate/pjsip.conf", "/etc/asterisk/pjsip.conf"
RELOAD = 'asterisk -rx "module reload res_pjsip.so" >/dev/null'
HASTY = r"s/^(retry_interval|forbidden_retry_interval) = .*/\1 = 1/"
"""Every second instead of 30 and 300; how often, and what else may end it, stays as it was written."""
PASSWORD = rf"/^username = {FIRST}$/,/^$/ s/^password = .*/password = another/"
"""Answers the first trunk with 401, whatever it says."""
FORBIDDEN = rf"/^\[{SPARE}\]$/,/^$/ s/^max_contacts = .*/max_contacts = 0/"
"""Answers the spare one with 403."""
MESSAGES = "/var/log/asterisk/messages.log"


def edited(host: str, path: str, *edits: str) -> None:
    """Edits a file of an Asterisk, which takes it up; `restored` gives back the one of before."""
    told = " ".join(f"-e '{edit}'" for edit in edits)
    same = f"if cmp -s {path} {path}.before; then echo 'nothing to edit' >&2; exit 1; fi"
    sure(host, f"cp -a {path} {path}.before; sed -E -i {told} {path}; {same}; {RELOAD}")


def restored(path: str) -> str:
    """Gives the script that puts the file of before back."""
    return f"[ ! -e {path}.before ] || {{ mv -f {path}.before {path}; {RELOAD}; }}"


def refused(since: int) -> tuple[int, int]:
    """Counts the refusals the exchange noted since a line of its log, of the first trunk and the spare one."""
    first = f"'401' received from .* attempt to 'sip:{FIRST}@.* retrying"
    spare = f"403 Forbidden fatal response received from .* attempt to 'sip:{SPARE}@.* retrying"
    log = f"tail -n +{since + 1} {MESSAGES}"
    found = sure(EXCHANGE, f'{log} | grep -c "{first}" || true; {log} | grep -c "{spare}" || true').split()
    return int(found[0]), int(found[1])


def registered() -> set[str]:
    """Names the trunks that their operator lets in, as the exchange holds it."""
    shown = sure(EXCHANGE, 'asterisk -rx "pjsip show registrations"').splitlines()
    return {line.split("/")[0].strip() for line in shown if " Registered " in line}


def asked_again() -> None:
    """Lets the exchange ask to be let in now."""
    sure(
        EXCHANGE,
        "; ".join(f"asterisk -rx 'pjsip send register {name}' >/dev/null" for name in (FIRST, SPARE)),
    )


def test_c30_a_trunk_that_is_refused_again_and_again_is_taken_back() -> None:
    """One operator knows the password no more (401), one forbids it (403): more often than any default bears."""
    assert until(lambda: registered() >= {FIRST, SPARE}, 30)
    with undone_by(EXCHANGE, restored(OURS)):
        edited(EXCHANGE, OURS, HASTY)
        with undone_by(OPERATOR, restored(THEIRS)):
            edited(OPERATOR, THEIRS, PASSWORD, FORBIDDEN)
            since = int(sure(EXCHANGE, f"wc -l <{MESSAGES}"))
            asked_again()
            assert until(lambda: min(refused(since)) >= TRIES, 30), refused(since)
            assert not registered() & {FIRST, SPARE}
        assert until(lambda: registered() >= {FIRST, SPARE}, 15), registered()
    asked_again()
    assert until(lambda: registered() >= {FIRST, SPARE}, 15), registered()
