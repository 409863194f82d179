"""Writes estate/extensions.conf: what happens to a call, from a telephone or from outside."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from estate.declared.calling import CLASSES
from estate.declared.estate import Estate
from estate.declared.telephony import Plan, Telephony, Trunk
from estate.telephony import groups, routes
from estate.telephony.lines import Line
from estate.telephony.syntax import Section, plain, short

WRONG_PIN_CALLS_PER_DAY = 20
"""Calls from one telephone to mailboxes of others, three tries each, after which the next one is refused that day."""


def sections(estate: Estate, lines: tuple[Line, ...]) -> tuple[Section, ...]:
    """Gives every context: what telephones may dial, what trunks may reach, then everything these two are made of."""
    told, zone = estate.telephony, estate.organisation.time_zone
    found = (
        routes.emergency(told),
        *(_class(name) for name in CLASSES),
        *(_forward(name) for name in CLASSES),
        *(_from(trunk) for trunk in told.trunks),
        _inbound(told, lines),
        _called(told.plan),
        routes.premium(told),
        *routes.routes(told.plan),
        _fax_out(told),
        *groups.sections(told, zone, {line.number for line in lines}),
        *_subroutines(estate),
        _filtered(lines),
        _internal(told, lines),
    )
    for section in found:
        for line in section.lines:
            plain(short(line).strip(), f"context {section.name}")
    return found


def _class(name: str) -> Section:
    allowed = _allowed(name)
    order = (
        "emergency",
        "internal",
        "pickup-filtered",
        "group-mailboxes",
        "features",
        "premium",
        *allowed,
        "not-allowed",
        "unknown",
    )
    return Section(f"class-{name}", tuple(f"include => {context}" for context in order))


def _forward(name: str) -> Section:
    """Gives where a forwarded call may go: like its owner's class, without emergencies and features."""
    order = ("internal", "premium", *_allowed(name))
    return Section(f"forward-{name}", tuple(f"include => {context}" for context in order))


def _allowed(name: str) -> tuple[str, ...]:
    names = [str(one) for one in CLASSES]
    return tuple(f"route-{one}" for one in names[1 : names.index(name) + 1])


def _from(trunk: Trunk) -> Section:
    """Gives what an operator's calls reach: our numbers, by what was dialled or by the header when it is our user."""
    return Section(
        f"from-{trunk.name}",
        (
            f"exten => {trunk.user},1,Set(ESTATE_DIALLED=${{PJSIP_HEADER(read,To)}})",
            " same => n,Set(ESTATE_DIALLED=${CUT(ESTATE_DIALLED,@,1)})",
            " same => n,Goto(inbound,${FILTER(0-9+,${CUT(ESTATE_DIALLED,:,2)})},1)",
            "include => inbound",
            "include => unknown",
        ),
    )


def _inbound(told: Telephony, lines: Iterable[Line]) -> Section:
    """Gives each number that is ours: those declared, those of extensions, and those an emergency centre calls back."""
    found = {line.outside: line.number for line in lines}
    found |= {one.number: one.to for one in told.inbound}
    reception = found[told.plan.main_number]
    found |= {caller: reception for caller in told.emergency.callers.values() if caller not in found}
    numbers = (f"exten => {number},1,Goto(arrived,{found[number]},1)" for number in sorted(found))
    return Section("inbound", (*numbers, "include => called", "exten => i,1,Goto(unknown,0,1)"))


def _called(plan: Plan) -> Section:
    """Gives each way in which an operator may write a number of ours, led to the one that stands in `inbound`.

    No way matches what another one leads to, or its end leads nowhere: a call passes here at most twice.
    """
    home, area = f"+{plan.country_code}", plan.area_code
    national = ("", "0", plan.country_code, f"00{plan.country_code}", f"{home}0")
    ways = [(f"{before}[2-9]XXXXXXXXX", home, before) for before in national]
    ways.append(("[2-9]XXXXXX", f"{home}{area}", ""))
    for before in (*national, home):
        ways += [(f"{before}{short}", "", before) for short in ("1XX", "444XXXX") if before]
        ways.append((f"{before}{area}1XX", "", f"{before}{area}"))
    goto = "exten => _{},1,Goto(inbound,{}${{EXTEN:{}}},1)"
    return Section("called", tuple(goto.format(way, put, len(off)) for way, put, off in ways))


def _internal(told: Telephony, lines: Iterable[Line]) -> Section:
    found = list(groups.answers(told))
    for line in lines:
        flags = ("v" if line.voicemail else "") + ("n" if line.at_night else "")
        ring = f"{line.ring_seconds},{flags},forward-{line.calling_class}"
        if line.secretary is None:
            step = f"Gosub(ring,s,1({line.number},{ring}))"
        else:
            step = f"Gosub(filtered,s,1({line.number},{line.secretary},{_through(line)},{ring}))"
        found += [f"exten => {line.number},1,{step}", f"exten => {line.number},hint,PJSIP/{line.number}"]
    return Section("internal", tuple(found))


def _filtered(lines: Iterable[Line]) -> Section:
    """Gives who may take a call off the telephone of somebody with a secretary."""
    found: list[str] = []
    for line in lines:
        if line.secretary is not None:
            found += [
                f'exten => *8{line.number},1,GotoIf($["{_through(line)}"=~":${{ESTATE_FROM}}:"]?take:refused,s,1)',
                f" same => n(take),PickupChan(PJSIP/{line.number},p)",
                " same => n,Hangup()",
            ]
    return Section("pickup-filtered", tuple(found))


def _through(line: Line) -> str:
    return f":{':'.join((line.secretary or '', *line.passes))}:"


def _fax_out(told: Telephony) -> Section:
    """Gives where the exchange itself sends a fax to; no telephone and no trunk reaches it."""
    number = "${FILTER(0-9+,${EXTEN})}"
    return Section(
        "fax-out",
        (
            "exten => _+[1-9]XXXX.,1,Set(CDR(userfield)=fax)",
            f' same => n,Set(CALLERID(num)=${{IF($["${{FAX_CALLER}}"=""]?{told.plan.main_number}:${{FAX_CALLER}})}})',
            " same => n,Set(ESTATE_ANSWERED=U(fax-send))",
            *(
                f" same => n,Gosub(over,s,1({trunk.name},{trunk.max_calls},{number}))"
                for trunk in routes.by_preference(told)
                if trunk.carries_fax
            ),
            " same => n,Hangup(34)",
        ),
    )


def _each_hour(most: int | None) -> str:
    """Gives the lines that count calls outside by the hour, nothing where they are not bounded."""
    if most is None:
        return ""
    refused = ' same => n,GotoIf($["${GOSUB_RETVAL}"!="within"]?refused,s,1)'
    return f" same => n,Gosub(count,s,1(hour,{most},%Y%m%d%H))\n{refused}\n"


def _subroutines(estate: Estate) -> tuple[Section, ...]:
    told = estate.telephony
    over = "\n".join(
        f" same => n,Gosub(over,s,1({trunk.name},{trunk.max_calls},${{ARG2}}))"
        for trunk in routes.by_preference(told)
    )
    text = (files("estate.telephony") / "templates" / "subroutines.conf").read_text("ascii")
    for name, value in {
        "did_prefix": told.plan.did_prefix,
        "country": told.plan.country_code,
        "zone": estate.organisation.time_zone,
        "night": told.limits.night,
        "calls_per_extension": told.limits.calls_per_extension,
        "international_calls_per_day": told.limits.international_calls_per_day,
        "wrong_pin_calls_per_day": WRONG_PIN_CALLS_PER_DAY,
        "outside_seconds": told.limits.outside_minutes * 60,
        "each_hour": _each_hour(told.limits.outside_calls_per_hour),
        "over_trunks": over,
    }.items():
        text = text.replace(f"@{name}@", str(value))
    found = []
    for part in text.strip().split("\n\n"):
        head, *rest = part.splitlines()
        found.append(Section(head.strip("[]"), tuple(rest)))
    return tuple(found)
