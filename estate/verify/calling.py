"""Proves a dial plan by following calls: emergencies get out from everywhere, nothing gets further than allowed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from estate.declared.calling import CLASSES
from estate.declared.estate import Estate
from estate.declared.telephony import Telephony
from estate.verify.dialplan import Plan, find, is_open, read
from estate.verify.dialplan_walk import Dialled, Walk
from estate.verify.expressions import choice, closing, parts

SECONDS_TO_ANSWER = 60
"""An emergency centre that has not answered by then may still do; a call given up earlier is a finding."""


@dataclass(frozen=True)
class Device:
    """A telephone as the exchange knows it: the context its calls begin in, and the variables they carry."""

    extension: str
    context: str
    variables: Mapping[str, str]


def devices(pjsip: str) -> tuple[Device, ...]:
    """Gives every telephone of a pjsip.conf: the endpoints whose name is a number."""
    found: dict[str, dict[str, list[str]]] = {}
    name = ""
    for line in pjsip.splitlines():
        if head := re.fullmatch(r"\[([^\]]+)\](.*)", line.strip()):
            name = head[1]
        elif "=" in line and not line.lstrip().startswith(";"):
            key, _, value = line.partition("=")
            found.setdefault(name, {}).setdefault(key.strip(), []).append(value.strip())
    return tuple(
        Device(name, keys["context"][0], dict(one.split("=", 1) for one in keys.get("set_var", ())))
        for name, keys in sorted(found.items())
        if name.isdigit() and "context" in keys
    )


def proof(estate: Estate, extensions: str, pjsip: str) -> list[str]:
    """Gives a sentence for every fault of a dial plan with its telephones; nothing is dialled for it.

    `extensions` is a dial plan, or what `dialplan show` prints; `pjsip` is the file that names the telephones.
    """
    plan, told = read(extensions), estate.telephony
    return emergencies(plan, told, devices(pjsip), callers(estate)) + beyond(plan, told) + abuse(plan, told)


def callers(estate: Estate) -> dict[str, str]:
    """Gives the number that each declared extension has to show to who answers an emergency."""
    told = estate.telephony
    places = {one.number: one.site for one in told.extensions}
    places |= {one.extension: one.site or "" for one in estate.people if one.extension is not None}
    return {
        number: told.emergency.callers.get(site, told.plan.main_number) for number, site in places.items()
    }


def emergencies(
    plan: Plan, told: Telephony, phones: Iterable[Device], callers: Mapping[str, str]
) -> list[str]:
    """Gives a sentence for every way in which an emergency number would not get out, or would show a wrong number.

    `callers` is the number each extension has to show. A context of a calling class without a telephone is tried as
    well, with nothing known of the caller; then the main number has to be shown.
    """
    found: dict[str, None] = {}
    tried: set[tuple[str, str]] = set()
    everyone = [*phones, *(Device("", f"class-{name}", {}) for name in CLASSES)]
    for phone in everyone:
        wanted = callers.get(phone.extension, told.plan.main_number)
        shown = phone.variables.get("ESTATE_EMERGENCY", "")
        if (phone.context, f"{shown} {wanted}") in tried:
            continue
        tried.add((phone.context, f"{shown} {wanted}"))
        for number in told.emergency.numbers:
            for dialled in (number, f"{told.plan.outside_prefix}{number}"):
                who = f"{dialled} from {phone.context}" + (f" ({phone.extension})" if phone.extension else "")
                made = Walk(plan).dialled(phone.context, dialled, phone.variables)
                found |= dict.fromkeys(
                    f"{who}: {fault}" for fault in _faults(plan, told, phone, dialled, number, made, wanted)
                )
    return list(found)


def _faults(
    plan: Plan, told: Telephony, phone: Device, dialled: str, number: str, made: list[Dialled], wanted: str
) -> Iterator[str]:
    trunks = [trunk.name for trunk in sorted(told.trunks, key=lambda trunk: trunk.preference)]
    answered = find(plan, phone.context, dialled)
    if answered is None:
        yield "nothing answers it"
        return
    calls = [call for call in made if call.endpoint in trunks]
    if not calls:
        yield f"{answered[1]} in {answered[0]} answers it, and no trunk is dialled"
        return
    order = list(dict.fromkeys(call.endpoint for call in calls))
    if order != trunks:
        yield f"trunks are dialled in the order {', '.join(order)}; declared is {', '.join(trunks)}"
    for call in calls:
        if call.number != number:
            yield f"{call.endpoint} is asked for {call.number!r}, not {number}"
        if call.caller != wanted:
            yield f"over {call.endpoint} it shows {call.caller or 'nothing'}; right is {wanted}"
        if call.in_the_way:
            yield f"in its way to {call.endpoint} stands {call.in_the_way[0]}"
        if call.seconds is not None and not (
            call.seconds.isdigit() and int(call.seconds) >= SECONDS_TO_ANSWER
        ):
            yield f"over {call.endpoint} it is given up after {call.seconds} seconds"


def beyond(plan: Plan, told: Telephony) -> list[str]:
    """Gives a sentence for every number that a class reaches and must not, or must reach and does not."""
    found = []
    trunks = {trunk.name for trunk in told.trunks}
    caller = {"ESTATE_FROM": "0000", "ESTATE_OUTSIDE": told.plan.main_number, "ESTATE_NIGHT": "yes"}
    for at, name in enumerate(CLASSES):
        for kind, numbers in samples(told).items():
            allowed = kind in CLASSES[1 : at + 1]
            for number in numbers:
                for context in (f"class-{name}", f"forward-{name}"):
                    made = Walk(plan).dialled(context, number, {**caller, "ESTATE_CLASS": name})
                    reached = any(call.endpoint in trunks for call in made)
                    if reached and not allowed:
                        found.append(f"{context} reaches {number} outside, a {kind} number beyond its class")
                    if allowed and not reached:
                        found.append(
                            f"{context} does not reach {number} outside, a {kind} number of its class"
                        )
    return found


def samples(told: Telephony) -> dict[str, tuple[str, ...]]:
    """Gives numbers of every kind in every way they can be dialled; `premium` ones nobody may reach."""
    out, country, area = told.plan.outside_prefix, told.plan.country_code, told.plan.area_code
    other = "212" if area != "212" else "216"
    premium = []
    for prefix in told.limits.premium_prefixes:
        premium.append(f"{out}{prefix}1234567")
        if prefix.startswith("00"):
            premium.append(f"+{prefix[2:]}1234567")
            continue
        own = prefix.removeprefix("0")
        # A letter is no digit, and falls out of a number before the operator gets it.
        for written in (own, f"0{own}", f"{own[:-1]}a{own[-1]}"):
            premium += [f"+{country}{written}1234567", f"{out}00{country}{written}1234567"]
    return {
        "local": (f"{out}5551234", f"{out}0{area}5551234", f"+{country}{area}5551234", f"{out}153"),
        "national": (f"{out}0{other}5551234", f"+{country}{other}5551234", f"{out}00{country}{other}5551234"),
        "mobile": (
            f"{out}05321112233",
            f"+{country}5321112233",
            f"{out}00{country}5321112233",
            f"{out}11811",
        ),
        "international": (f"{out}0041445550102", "+41445550102"),
        "premium": tuple(premium),
    }


def abuse(plan: Plan, told: Telephony) -> list[str]:
    """Gives a sentence for every way from a trunk to an outside line, and for every unfiltered open pattern.

    A forward that somebody stored is no such way: its number is the forwarder's, not the caller's.
    """
    found = []
    trunks = {trunk.name for trunk in told.trunks}
    for trunk in told.trunks:
        ways: dict[str, tuple[str, ...]] = {f"from-{trunk.name}": (f"from-{trunk.name}",)}
        waiting = deque(ways)
        while waiting:
            name = waiting.popleft()
            if _dials_out(plan, name, trunks):
                found.append(
                    f"a caller from {trunk.name} reaches an outside line by {' -> '.join(ways[name])}"
                )
            for after in sorted(_leads_to(plan, name)):
                if after not in ways:
                    ways[after] = (*ways[name], after)
                    waiting.append(after)
    return found + _unfiltered(plan)


def _dials_out(plan: Plan, name: str, trunks: set[str]) -> bool:
    for application, arguments in _calls(plan, name):
        for target in parts(arguments)[0].split("&") if application == "Dial" else ():
            endpoint = target.rpartition("@")[2]
            if target.startswith("PJSIP/") and "@" in target and (endpoint in trunks or "$" in endpoint):
                return True
    return False


def _calls(plan: Plan, name: str) -> Iterator[tuple[str, str]]:
    """Gives every application with its arguments that a context may run, those under a condition too."""
    context = plan.get(name)
    for steps in context.extensions.values() if context is not None else ():
        for step in steps:
            yield step.application, step.arguments
            for call in choice(step.arguments)[1:] if step.application == "ExecIf" else ():
                application, _, given = call.partition("(")
                yield application, given.removesuffix(")")


def _leads_to(plan: Plan, name: str) -> set[str]:
    """Gives the contexts that a call in a context can come to; every one when a variable chooses."""
    context = plan.get(name)
    if context is None:
        return set()
    found = {include.split(",")[0] for include in context.includes}
    for application, arguments in _calls(plan, name):
        found |= set(_jumps(application, arguments))
        for number, target in re.findall(r"Local/(.*?)@([^,/&)]+)", arguments):
            if not _stored(plan, name, number):
                found.add(target)
    return set(plan) if any("$" in one for one in found) else found & set(plan)


def _jumps(application: str, arguments: str) -> Iterator[str]:
    """Gives the context of every jump a step may make."""
    if application in ("GotoIf", "GotoIfTime", "GosubIf"):
        for way in choice(arguments)[1:]:
            yield from _jumps("Goto", way)
    elif application in ("Goto", "Gosub"):
        target = parts(arguments)
        if len(target) == 3:
            yield target[0]


def _stored(plan: Plan, name: str, number: str) -> bool:
    """Tells whether a number is one that an owner stored for forwarding, and nothing a caller chose."""
    variable = re.fullmatch(r"\$\{FILTER\(0-9\+,\$\{(\w+)\}\)\}", number)
    if variable is None:
        return False
    names = (f"LOCAL({variable[1]})", variable[1], f"_{variable[1]}", f"__{variable[1]}")
    values = [
        arguments.partition("=")[2]
        for application, arguments in _calls(plan, name)
        if application == "Set" and arguments.partition("=")[0] in names
    ]
    return bool(values) and all(re.fullmatch(r"\$\{DB\(forward-[\w-]+/[^)]*\)\}", value) for value in values)


def _unfiltered(plan: Plan) -> list[str]:
    """Gives a sentence for every open pattern that hands on what was dialled without leaving digits and + alone."""
    found = []
    for context in plan.values():
        for extension, steps in context.extensions.items():
            for step in steps if is_open(extension) else ():
                if re.search(r"\bEXTEN\b", _without_filters(step.arguments)):
                    found.append(
                        f"{extension} in {context.name} hands on all that was dialled: "
                        f"{step.application}({step.arguments})"
                    )
    return found


def _without_filters(text: str) -> str:
    at = text.find("${FILTER(0-9")
    while at >= 0:
        end = closing(text, at + 1)
        inside = parts(text[at + 9 : end])
        kept = "" if inside[0] in ("0-9", "0-9+") else "EXTEN"
        text = text[:at] + kept + text[end + 1 :]
        at = text.find("${FILTER(0-9")
    return text
