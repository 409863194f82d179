"""Checks accounts, aliases and the networks that mail is taken from without a login."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network, IPv6Network

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.graph import reaches

_WIDEST = {4: 8, 6: 16}
"""The shortest prefix that may be trusted at all, by address family: 127.0.0.0/8 is the widest in use."""


@needing("mail", "people")
def accounts_stand(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a mailbox or address that stands twice, or that is a person's user name."""
    mail = parts.mail
    rows = [(("accounts", i, "user"), account.user) for i, account in enumerate(mail.accounts)]
    rows += [(("aliases", i, "alias"), alias.alias) for i, alias in enumerate(mail.aliases)]
    say.twice("mail", rows, "address")
    users = {person.user for person in parts.people}
    for place, name in rows:
        if name in users:
            say("mail", place, f"{name} is a person's user name", "people have their mailbox by their record")


@needing("mail", "people")
def aliases_stand(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses an alias with an unknown member, or one that leads back to itself."""
    mail = parts.mail
    members = {alias.alias: alias.members for alias in mail.aliases}
    people = {person.user for person in parts.people if person.user and person.mail}
    known = {account.user for account in mail.accounts} | set(members) | people
    for i, alias in enumerate(mail.aliases):
        for j, member in enumerate(alias.members):
            place = ("aliases", i, "members", j)
            if member not in known:
                say.unknown("mail", place, member, "person, account or alias", known)
            elif reaches(member, alias.alias, members):
                say("mail", place, f"{alias.alias} leads back to itself", "remove this member")


@needing("mail")
def service_accounts_stand(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a canary or probe without a service mailbox, and names outside the mail domain."""
    mail = parts.mail
    servants = [account.user for account in mail.accounts if account.type == "servis"]
    for subject, account in (("canary", mail.canary.account), ("probe", mail.probe.account)):
        if account not in servants:
            say.unknown("mail", (subject, "account"), account, "account of type servis", servants)
    if not mail.service_name.endswith(f".{mail.domain}"):
        say(
            "mail",
            ("service_name",),
            f"{mail.service_name} is not below {mail.domain}",
            "write a name that is",
        )
    if mail.outside_domain == mail.domain:
        say(
            "mail",
            ("outside_domain",),
            "it is the municipality's own domain",
            "write the other organisation's",
        )


@needing("mail", "networks", "people")
def trusted_networks_are_narrow(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses trust in a network so wide that strangers' mail arrives from inside it (an open relay)."""
    mail = parts.mail
    excused = [exception.network for exception in mail.trusted_network_exceptions]
    for i, network in enumerate(mail.trusted_networks):
        place = ("trusted_networks", i)
        if network.prefixlen < _WIDEST[network.version]:
            say(
                "mail",
                place,
                f"{network} trusts strangers: anybody could send through this server",
                "trust single machines; no exception can excuse this",
            )
        elif (gateway := _gateway_in(network, parts)) and network not in excused:
            say(
                "mail",
                place,
                f"{network} holds the gateway {gateway}, so routed strangers look trusted",
                "trust single machines, or sign an exception under trusted_network_exceptions",
            )
    for i, exception in enumerate(mail.trusted_network_exceptions):
        place = ("trusted_network_exceptions", i)
        say.exception("mail", place, exception, parts.people, today)
        if exception.network not in mail.trusted_networks:
            say("mail", (*place, "network"), f"{exception.network} is not trusted", "remove the exception")


def _gateway_in(network: IPv4Network | IPv6Network, parts: Parts) -> str | None:
    return next((str(gateway) for gateway in parts.networks.gateways() if gateway in network), None)
