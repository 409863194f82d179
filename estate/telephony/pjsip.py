"""Writes estate/pjsip.conf: who may register with what, and the trunks to the operators."""

from __future__ import annotations

from collections.abc import Iterable

from estate.declared.estate import Estate
from estate.declared.telephony import Trunk
from estate.telephony.lines import Line
from estate.telephony.routes import by_preference
from estate.telephony.secrets import Secrets, digest, secret
from estate.telephony.syntax import Section, UnwritableError, setting, settings, word

FOREVER = 1_000_000_000
"""Tries of a registration: a thousand years at two a minute, because Asterisk knows no number for `always`."""
CONTACTS = 1
"""Telephones registered at one extension at once; a new one takes the place of the old one.

Ringing several would dial what they wrote into their contacts, which may name a trunk beside themselves.
"""


def sections(estate: Estate, lines: Iterable[Line], secrets: Secrets) -> tuple[Section, ...]:
    """Gives every section of the file: what all telephones share, trunks by preference, then extensions by number."""
    told = estate.telephony
    return (
        *_shared(told.limits.calls_per_extension, estate.organisation.domain),
        *(section for trunk in by_preference(told) for section in _trunk(trunk, _password(trunk, secrets))),
        *(section for line in lines for section in _line(line, estate.organisation.domain, secrets.key)),
    )


def _shared(calls: int, realm: str) -> tuple[Section, ...]:
    endpoint = (
        ("type", "endpoint"),
        ("disallow", "all"),
        ("allow", "alaw,ulaw,g722"),
        ("language", "tr"),
        ("direct_media", "no"),
        ("rtp_symmetric", "yes"),
        ("force_rport", "yes"),
        ("rewrite_contact", "yes"),
        ("rtp_timeout", 120),
        ("rtp_timeout_hold", 7200),
        ("media_encryption", "sdes"),
        ("media_encryption_optimistic", "yes"),
        ("identify_by", "username,auth_username"),
        # Named in acl.conf of the role; an operator's address is in the exchange's own list, and is no telephone.
        ("acl", "telephones"),
        ("trust_id_inbound", "no"),
        ("send_pai", "yes"),
        ("device_state_busy_at", calls),
        ("subscribe_context", "internal"),
        ("message_context", "no-messages"),
        ("mwi_subscribe_replaces_unsolicited", "yes"),
    )
    auth = (("type", "auth"), ("auth_type", "digest"), ("realm", realm))
    aor = (
        ("type", "aor"),
        ("max_contacts", CONTACTS),
        ("remove_existing", "yes"),
        ("minimum_expiration", 60),
        ("maximum_expiration", 3600),
        ("qualify_frequency", 60),
        ("qualify_timeout", 3),
    )
    return (
        Section("estate-line", settings(endpoint), "(!)"),
        Section("estate-auth", settings(auth), "(!)"),
        Section("estate-aor", settings(aor), "(!)"),
    )


def _line(line: Line, realm: str, key: str) -> tuple[Section, ...]:
    password = secret(key, line.number, line.holder, line.secret_issued)
    # A call that a secretary lets through is nobody else's to take.
    taken = (("named_call_group", ",".join(line.groups)),) if line.secretary is None else ()
    endpoint = [
        ("context", f"class-{line.calling_class}"),
        ("auth", line.number),
        ("aors", line.number),
        ("callerid", f'"{line.name}" <{line.number}>'),
        *taken,
        ("named_pickup_group", ",".join(line.groups)),
        ("set_var", f"ESTATE_FROM={line.number}"),
        ("set_var", f"ESTATE_CLASS={line.calling_class}"),
        ("set_var", f"ESTATE_OUTSIDE={line.outside}"),
        ("set_var", f"ESTATE_EMERGENCY={line.emergency}"),
    ]
    if line.at_night:
        endpoint.append(("set_var", "ESTATE_NIGHT=yes"))
    if line.voicemail:
        endpoint.append(("mailboxes", f"{line.number}@default"))
    auth = (
        ("username", line.number),
        ("password_digest", f"MD5:{digest(line.number, realm, password)}"),
    )
    return (
        Section(line.number, settings(endpoint), "(estate-line)"),
        Section(line.number, settings(auth), "(estate-auth)"),
        Section(line.number, (), "(estate-aor)"),
    )


def _password(trunk: Trunk, secrets: Secrets) -> str:
    if trunk.name not in secrets.trunks:
        right = "give the one its operator gave, or an empty one when it knows the exchange by its address"
        raise UnwritableError(f"trunk {trunk.name}: there is no password for it; {right}")
    return secrets.trunks[trunk.name]


def _trunk(trunk: Trunk, password: str) -> tuple[Section, ...]:
    place = f"{trunk.address}:{trunk.port}"
    way = "" if trunk.transport == "udp" else f";transport={trunk.transport}"
    found = [
        Section(trunk.name, _trunk_endpoint(trunk, bool(password))),
        Section(
            trunk.name,
            settings(
                (
                    ("type", "aor"),
                    ("contact", f"sip:{word(trunk.user, 'trunk user')}@{place}{way}"),
                    ("qualify_frequency", 10),
                    ("qualify_timeout", 3),
                )
            ),
        ),
        Section(
            trunk.name,
            settings(
                (
                    ("type", "identify"),
                    ("endpoint", trunk.name),
                    # Another connection comes from any port: over TCP and TLS the registration tells trunks apart.
                    ("match", place if trunk.transport == "udp" else trunk.address),
                )
            ),
        ),
    ]
    if password:
        found += _registered(trunk, password, f"sip:{place}{way}")
    return tuple(found)


def _trunk_endpoint(trunk: Trunk, registers: bool) -> tuple[str, ...]:
    pairs: list[tuple[str, object]] = [
        ("type", "endpoint"),
        ("context", f"from-{trunk.name}"),
        ("disallow", "all"),
        ("allow", "alaw,ulaw"),
        ("language", "tr"),
        ("aors", trunk.name),
        ("direct_media", "no"),
        ("rtp_symmetric", "yes"),
        ("force_rport", "yes"),
        ("rtp_timeout", 120),
        ("rtp_timeout_hold", 7200),
        # Not by its name, which anybody can write into a call: a trunk asks its callers for no password.
        ("identify_by", "ip"),
        ("allow_subscribe", "no"),
        ("allow_transfer", "no"),
        ("message_context", "no-messages"),
        ("trust_id_inbound", "yes"),
        ("trust_id_outbound", "yes"),
        ("send_pai", "yes"),
        ("set_var", f"ESTATE_TRUNK={trunk.name}"),
    ]
    if registers:
        pairs.append(("outbound_auth", trunk.name))
    if trunk.transport == "tls":
        pairs.append(("media_encryption", "sdes"))
    if trunk.carries_fax:
        pairs += [("t38_udptl", "yes"), ("t38_udptl_ec", "redundancy"), ("t38_udptl_maxdatagram", 400)]
    return settings(pairs)


def _registered(trunk: Trunk, password: str, server: str) -> list[Section]:
    registration = (
        ("type", "registration"),
        ("outbound_auth", trunk.name),
        ("server_uri", server),
        ("client_uri", f"sip:{trunk.user}@{trunk.address}:{trunk.port}"),
        ("contact_user", trunk.user),
        ("expiration", 300),
        ("retry_interval", 30),
        ("forbidden_retry_interval", 300),
        ("fatal_retry_interval", 300),
        ("max_retries", FOREVER),
        ("auth_rejection_permanent", "no"),
        ("line", "yes"),
        ("endpoint", trunk.name),
    )
    auth = (("type", "auth"), ("auth_type", "digest"), ("username", trunk.user))
    return [
        Section(trunk.name, (*settings(auth), setting("password", password))),
        Section(trunk.name, settings(registration)),
    ]
