"""Gives the numbers outside as they are dialled: which class each is of, and how the operator wants it."""

from __future__ import annotations

from estate.declared.calling import CLASSES, CallingClass
from estate.declared.telephony import Plan, Telephony, Trunk
from estate.telephony.syntax import Section

_DIGITS = "X" * 9


def emergency(told: Telephony) -> Section:
    """Gives the context that stands first everywhere: every number over every trunk, with nothing in its way."""
    usual = told.plan.main_number
    found: list[str] = []
    for number in told.emergency.numbers:
        found += [
            f"exten => {number},1,Set(CDR(userfield)=emergency)",
            f' same => n,Set(CALLERID(num)=${{IF($["${{ESTATE_EMERGENCY}}"=""]?{usual}:${{ESTATE_EMERGENCY}})}})',
            " same => n,Set(CALLERID(name)=)",
            *(f" same => n,Dial(PJSIP/{number}@{trunk.name})" for trunk in by_preference(told)),
            " same => n,Hangup(34)",
            f"exten => {told.plan.outside_prefix}{number},1,Goto(emergency,{number},1)",
        ]
    return Section("emergency", tuple(found))


def by_preference(told: Telephony) -> tuple[Trunk, ...]:
    """Gives the trunks as they are tried."""
    return tuple(sorted(told.trunks, key=lambda trunk: trunk.preference))


def routes(plan: Plan) -> tuple[Section, ...]:
    """Gives a context for each class but internal, holding the patterns that it may dial and the ones below may not."""
    patterns = _patterns(plan)
    return (
        *(
            Section(f"route-{name}", tuple(_route(name, *pair) for pair in patterns[name]))
            for name in CLASSES
            if name != "internal"
        ),
        _elsewhere(plan),
    )


def premium(told: Telephony) -> Section:
    """Gives the context of the numbers nobody may dial, in every way they can be dialled."""
    out, country = told.plan.outside_prefix, told.plan.country_code
    # The zero of the area code behind the own country code: a number of the country, which would pass for one abroad.
    found = [f"exten => _{home}0!,1,Goto(refused,s,1)" for home in (f"+{country}", f"{out}00{country}")]
    for prefix in told.limits.premium_prefixes:
        forms = [f"{out}{prefix}"]
        if prefix.startswith("00"):
            forms.append(f"+{prefix[2:]}")
        else:
            forms += [f"+{country}{prefix[1:]}", f"{out}00{country}{prefix[1:]}"]
        found += [f"exten => _{form}!,1,Goto(refused,s,1)" for form in forms]
    return Section("premium", tuple(found))


def _patterns(plan: Plan) -> dict[CallingClass, tuple[tuple[str, str], ...]]:
    """Gives by class what is dialled and what the operator gets for it; the latter names the digits by ${...}."""
    out, country, area = plan.outside_prefix, plan.country_code, plan.area_code
    home = f"+{country}"
    at = len(out)
    national = ("[2-4]", "8")
    return {
        "internal": (),
        "local": (
            (f"{out}1XX", _digits(at)),
            (f"{out}444XXXX", _digits(at)),
            (f"{out}[2-9]XXXXXX", f"{home}{area}{_digits(at)}"),
            (f"{out}0{area}[2-9]XXXXXX", f"{home}{_digits(at + 1)}"),
            (f"{home}{area}[2-9]XXXXXX", f"+{_digits(1)}"),
        ),
        "national": tuple(pair for first in national for pair in _nationwide(out, country, first)),
        # 118XX tells numbers, at more than a call to another city costs.
        "mobile": ((f"{out}118XX", _digits(at)), *_nationwide(out, country, "5")),
        "international": (
            (f"{out}00[1-9]XXXX.", f"+{_digits(at + 2)}"),
            ("+[1-9]XXXX.", f"+{_digits(1)}"),
        ),
    }


def _nationwide(out: str, country: str, first: str) -> tuple[tuple[str, str], ...]:
    at = len(out)
    return (
        (f"{out}0{first}{_DIGITS}", f"+{country}{_digits(at + 1)}"),
        (f"{out}00{country}{first}{_DIGITS}", f"+{_digits(at + 2)}"),
        (f"+{country}{first}{_DIGITS}", f"+{_digits(1)}"),
    )


def _digits(start: int) -> str:
    """Gives the dialled digits from one on, without anything that is none."""
    return f"${{FILTER(0-9,${{EXTEN:{start}}})}}"


def _route(name: CallingClass, pattern: str, number: str) -> str:
    return f"exten => _{pattern},1,Gosub(outside,s,1({name},{number}))"


def _elsewhere(plan: Plan) -> Section:
    """Gives the context of all else that looks like a number outside: the class does not allow it."""
    forms = (f"{plan.outside_prefix}.", "+.")
    return Section("not-allowed", tuple(f"exten => _{form},1,Goto(refused,s,1)" for form in forms))
