"""Names the telephones of a call check and the numbers that its scenarios dial, as what is declared has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from estate.declared.calling import HuntGroup
from estate.declared.estate import Estate
from estate.telephony import secrets
from estate.telephony.lines import Line, lines

LETTERS = "ABCDEFGHIJ"
TONES = (520.0, 600.0, 1040.0, 1280.0, 1560.0, 1840.0, 1960.0, 2120.0, 2280.0, 2440.0)
"""What the telephones of the probe play, in Hz: none is a key, a signal of the network or a tone of a fax."""
OUTSIDE_TONE = 1720.0
MEASURING = {"measuring": 440.0, "emergency": 950.0}
"""What the exchange (*44) and the operator of the lab play by themselves."""
FAX_SENDERS = {"fax.first": "9020", "fax.second": "9021"}
"""The numbers that two faxes of the operator of the lab show, so that their mails are told apart."""
OPERATOR = {"echo": "9005", "busy": "9017", "silent": "9018", "congested": "9019"}
"""How the operator of the lab (role telephone_operator) answers numbers; the municipality's own digits precede them."""


@dataclass(frozen=True)
class Where:
    """Says how the probe reaches the exchange; `name` stands in its certificate."""

    address: str
    name: str
    port: int = 5060
    tls: int = 5061


@dataclass(frozen=True)
class World:
    """Says how a telephone outside registers with the operator of the lab."""

    address: str
    number: str
    user: str
    secret: str


def telephones(
    estate: Estate, today: date, key: str, where: Where, world: World | None
) -> dict[str, dict[str, object]]:
    """Gives the lines of the question by name: A, B... those of the probe, each also as `A.tcp`, `A.tls`, `A.wrong`."""
    found: dict[str, dict[str, object]] = {}
    for letter, tone, line in zip(LETTERS, TONES, _probes(estate, today), strict=False):
        plain = {
            "user": line.number,
            "secret": secrets.secret(key, line.number, line.holder, line.secret_issued),
            "pin": secrets.pin(key, line.number, line.holder, line.secret_issued),
            "address": where.address,
            "port": where.port,
            "tone": tone,
        }
        found[letter] = plain
        found[f"{letter}.tcp"] = plain | {"transport": "tcp"}
        secured = {"server_name": where.name, "transport": "tls", "port": where.tls}
        found[f"{letter}.tls"] = plain | secured | {"sealed": "srtp-mand"}
        found[f"{letter}.srtp"] = plain | secured | {"sealed": "srtp"}
        found[f"{letter}.desk"] = plain | {"traced": True}
        found[f"{letter}.wrong"] = plain | {"secret": "x" * secrets.LETTERS}
        found[f"{letter}.posing"] = plain | {
            "user": _another(estate, today),
            "login": line.number,
            "registers": False,
        }
    if world:
        told = {
            "user": world.user,
            "secret": world.secret,
            "address": world.address,
            "tone": OUTSIDE_TONE,
        }
        found["outside"] = told
        found["outside.caller"] = told | {
            "user": _national(estate, world.number),
            "login": world.user,
            "registers": False,
        }
    return found


def words(estate: Estate, today: date, world: World | None) -> dict[str, str]:
    """Gives what stands for each `{word}` of the catalogue; a word of what is not declared is missing."""
    plan, probe = estate.telephony.plan, estate.telephony.probe
    line_out = plan.outside_prefix
    known = {line.number for line in lines(estate, today)}
    groups = {*(g.number for g in estate.telephony.hunt_groups), *(q.number for q in estate.telephony.queues)}
    nobody = next(str(n) for n in range(4999, 1999, -1) if str(n) not in known | groups)
    told = {"prefix": line_out, "nobody": nobody, "nobody.dialled": _dialled(estate, nobody)}
    for letter, line in zip(LETTERS, _probes(estate, today), strict=False):
        told |= {
            letter: line.number,
            f"{letter}.name": line.name,
            f"{letter}.did": line.outside,
            f"{letter}.dialled": _national(estate, line.outside),
            f"{letter}.emergency": line.emergency,
        }
    if probe.outside_number:
        told["probe.outside"] = line_out + _national(estate, probe.outside_number)
    if world:
        national = _national(estate, world.number)
        told |= {
            "outside.e164": world.number,
            "outside.shown": world.number,
            "outside.national": line_out + national,
            "outside.local": line_out + national.removeprefix(f"0{plan.area_code}"),
            "outside.international": f"{line_out}00{world.number.removeprefix('+')}",
        }
    own = _national(estate, plan.did_prefix)
    told |= {f"operator.{name}": line_out + own + ending for name, ending in OPERATOR.items()}
    told |= {
        "some.national": f"{line_out}02165550123",
        "some.mobile": f"{line_out}05321112233",
        "some.abroad": f"{line_out}0041445550102",
    }
    if estate.telephony.limits.premium_prefixes:
        told["some.premium"] = f"{line_out}{estate.telephony.limits.premium_prefixes[0]}1234567"
    trunks = sorted(estate.telephony.trunks, key=lambda trunk: trunk.preference)
    told |= {f"trunk.{nth}": trunk.name for nth, trunk in zip(("first", "second"), trunks, strict=False)}
    return told | _groups(estate) | _faxes(estate, world)


def _faxes(estate: Estate, world: World | None) -> dict[str, str]:
    """Names the fax line of the probe, and who faxes to it where there is a world."""
    own, line = estate.telephony.plan.did_prefix, estate.telephony.probe.fax_line
    told = {name: own + ending for name, ending in FAX_SENDERS.items()} if world else {}
    return told | ({"fax": own + line} if line is not None else {})


def _groups(estate: Estate) -> dict[str, str]:
    """Names the groups and the queue that ring the probe's own telephones alone."""
    own = estate.telephony.probe.extensions
    kinds: Mapping[str, Iterable[HuntGroup]] = {
        "group.sequence": (g for g in estate.telephony.hunt_groups if g.order == "sequence"),
        "group.all": (g for g in estate.telephony.hunt_groups if g.order == "all" and g.hours is None),
        "group.closed": (g for g in estate.telephony.hunt_groups if g.hours is not None),
    }
    told = {
        name: group.number
        for name, groups in kinds.items()
        for group in groups
        if set(group.members) <= set(own)
    }
    queues = [queue.number for queue in estate.telephony.queues if set(queue.members) <= set(own)]
    return told | ({"queue": queues[0]} if queues else {})


def _probes(estate: Estate, today: date) -> list[Line]:
    by_number = {line.number: line for line in lines(estate, today)}
    return [by_number[number] for number in estate.telephony.probe.extensions if number in by_number]


def _another(estate: Estate, today: date) -> str:
    own = estate.telephony.probe.extensions
    return next((line.number for line in lines(estate, today) if line.number not in own), "0000")


def _national(estate: Estate, number: str) -> str:
    return "0" + number.removeprefix(f"+{estate.telephony.plan.country_code}")


def _dialled(estate: Estate, extension: str) -> str:
    return _national(estate, estate.telephony.plan.did_prefix) + extension
