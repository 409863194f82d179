"""Checks that the web policy says one thing, names only what is declared, and opens nothing by being empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.mistakes import Place
from estate.declared.web_access import Profile, WebAccess
from estate.web_domains import parents

_OPEN_TO_STRANGERS = ("any", "outside")


@needing("web_access")
def web_names_are_known(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses two things of one name, and lists and hours that are not declared."""
    web = parts.web_access
    lists = [each.name for each in web.lists]
    named: dict[str, list[str]] = {
        "lists": lists,
        "profiles": [each.name for each in web.profiles],
        "hours": [each.name for each in web.hours],
    }
    for key, names in named.items():
        say.twice("web_access", [((key, i, "name"), name) for i, name in enumerate(names)], "name")
    for place, name in _named_lists(web):
        if name not in lists:
            say.unknown("web_access", place, name, "list", lists)
    for i, profile in enumerate(web.profiles):
        if profile.hours is not None and profile.hours not in named["hours"]:
            say.unknown(
                "web_access", ("profiles", i, "hours"), profile.hours, "name of hours", named["hours"]
            )


@needing("web_access")
def web_hours_have_a_length(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses hours that end before they begin: Squid takes them for no time at all."""
    for i, hours in enumerate(parts.web_access.hours):
        for j, span in enumerate(hours.spans):
            days = [(("hours", i, "spans", j, "days", k), day) for k, day in enumerate(span.days)]
            say.twice("web_access", days, "day")
            if span.start >= span.end:
                place = ("hours", i, "spans", j, "end")
                right = "write a later hour; what passes midnight is two spans"
                say("web_access", place, f"{span.end} does not come after {span.start}", right)


@needing("web_access")
def web_lists_do_not_contradict(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses an allow that does nothing, and a domain that one profile both allows and blocks."""
    web = parts.web_access
    for i, profile in enumerate(web.profiles):
        if profile.reach == "everything" and profile.allow:
            right = "write allow: []; to open a domain of a blocked list, sign it under opened"
            wrong = f"{profile.name} reaches everything, so an allow list adds nothing"
            say("web_access", ("profiles", i, "allow"), wrong, right)
        for j, name in enumerate(profile.allow):
            if name in web.blocked_in(profile):
                wrong = f"the list {name} is blocked for {profile.name} as well"
                say("web_access", ("profiles", i, "allow", j), wrong, "keep one of the two")
        for domain, allowed, blocked in _both_ways(web, profile):
            line = say.line("web_access", allowed)
            wrong = f"{domain} is blocked here and allowed on line {line} for the profile {profile.name}"
            say("web_access", blocked, wrong, "keep one of the two; a block is stronger than an allow")


@needing("web_access", "organisation", "people")
def web_profiles_reach_everybody(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses rules that give nobody a profile, or a profile that is not declared."""
    web, rules = parts.web_access, parts.web_access.assignment
    units = [each.slug for each in parts.organisation.directorates]
    profiles = [each.name for each in web.profiles]
    for i, rule in enumerate(rules):
        if rule.profile not in profiles:
            say.unknown("web_access", ("assignment", i, "profile"), rule.profile, "profile", profiles)
        for j, unit in enumerate(rule.units or ()):
            if unit not in units:
                say.unknown("web_access", ("assignment", i, "units", j), unit, "directorate", units)
        if rule.is_for_everybody and i + 1 < len(rules):
            wrong = "this rule fits everybody, so the ones after it fit nobody"
            say("web_access", ("assignment", i), wrong, "move it to the end")
    if not rules[-1].is_for_everybody:
        wrong = "the last rule does not fit everybody, so some people have no profile"
        say(
            "web_access",
            ("assignment", len(rules) - 1),
            wrong,
            "add a rule with a profile alone, such as temel",
        )
    for i, person in enumerate(parts.people):
        if person.internet is not None and person.internet not in profiles:
            say.unknown("people", (i, "internet"), person.internet, "profile of estate_web_access", profiles)


@needing("web_access", "networks", "organisation")
def web_clients_are_ours(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses to let strangers ask, and clients without an address: a proxy is never open by an empty list."""
    web, networks = parts.web_access, parts.networks
    here = {(subnet.site, subnet.vlan) for subnet in networks.subnets}
    names = {vlan.id: vlan.name for vlan in networks.vlans}
    known = {names[vlan] for _, vlan in here if vlan in names}
    known |= {f"{site}/{names[vlan]}" for site, vlan in here if vlan in names} | set(networks.hosts)
    for i, client in enumerate(web.clients):
        if client in _OPEN_TO_STRANGERS:
            wrong = f"{client} would let strangers use the proxy"
            say("web_access", ("clients", i), wrong, "name networks of the municipality")
        elif client not in known:
            what = "host, VLAN or SITE/VLAN with a subnet"
            say.unknown("web_access", ("clients", i), client, what, known)
    if not web.service_name.endswith(f".{parts.organisation.domain}"):
        wrong = f"{web.service_name} is not below {parts.organisation.domain}"
        say("web_access", ("service_name",), wrong, "write a name that is")


@needing("web_access", "people")
def opened_domains_are_signed(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses an opened domain whose day has passed, that nobody signed, or that no list closes."""
    web = parts.web_access
    for i, opened in enumerate(web.opened):
        say.exception("web_access", ("opened", i), opened, parts.people, today)
        for profile in web.profiles:
            if profile.name in opened.profiles and not _may_be_closed(web, profile, opened.domain):
                wrong = f"{opened.domain} is not closed to {profile.name}"
                say("web_access", ("opened", i, "domain"), wrong, "remove the exception")


def _named_lists(web: WebAccess) -> Iterator[tuple[Place, str]]:
    yield from ((("block_for_all", i), name) for i, name in enumerate(web.block_for_all))
    for i, profile in enumerate(web.profiles):
        yield from ((("profiles", i, "allow", j), name) for j, name in enumerate(profile.allow))
        yield from ((("profiles", i, "block", j), name) for j, name in enumerate(profile.block))


def _both_ways(web: WebAccess, profile: Profile) -> Iterator[tuple[str, Place, Place]]:
    allowed = dict(_places(web, profile.allow))
    for domain, place in _places(web, web.blocked_in(profile)):
        if domain in allowed and allowed[domain] != place:
            yield domain, allowed[domain], place


def _places(web: WebAccess, names: Iterable[str]) -> Iterator[tuple[str, Place]]:
    wanted = set(names)
    for i, each in enumerate(web.lists):
        if each.name in wanted:
            yield from ((domain, ("lists", i, "domains", j)) for j, domain in enumerate(each.domains))


def _may_be_closed(web: WebAccess, profile: Profile, domain: str) -> bool:
    """Tells whether something closes a domain; a fetched list may hold any, and who reaches a list lacks the rest."""
    lists = web.lists_by_name()
    blocks = [lists[name] for name in web.blocked_in(profile) if name in lists]
    closed = {entry for each in blocks for entry in each.domains}
    above = {domain, *parents(domain)}
    return profile.reach == "listed" or any(each.source for each in blocks) or bool(closed & above)
