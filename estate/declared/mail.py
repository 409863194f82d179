"""Declares the corporate e-mail: domain, limits, accounts, aliases."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from estate.declared.fields import (
    AnyNetwork,
    Bytes,
    Domain,
    Ratio,
    Record,
    Seconds,
    SignedException,
    Text,
    UserName,
)


class Account(Record):
    """A mailbox of nobody in particular; those of people come from estate/people.yml."""

    user: UserName
    name: Text
    type: Literal["ortak", "servis"]
    quota_bytes: Bytes | None = None


class Alias(Record):
    """A second address; its members are user names of people, accounts or other aliases."""

    alias: UserName
    members: Annotated[tuple[UserName, ...], Field(min_length=1)]


class Canary(Record):
    """The mailbox that takes a small dated record at a steady interval, so that loss can be measured."""

    account: UserName
    interval_seconds: Seconds
    keep_days: Annotated[int, Field(ge=1)]


class Probe(Record):
    """The mailbox through which the service is used by the probe."""

    account: UserName


class TrustedNetworkException(SignedException):
    """Lets a network that holds a gateway be trusted until a day."""

    network: AnyNetwork


class Mail(Record):
    """The mail service; networks in `trusted_networks` may send anywhere without logging in."""

    domain: Domain
    service_name: Domain
    outside_domain: Domain
    message_size_limit_bytes: Bytes
    quota_bytes: Bytes
    trusted_networks: tuple[AnyNetwork, ...]
    trusted_network_exceptions: tuple[TrustedNetworkException, ...] = ()
    canary: Canary
    probe: Probe
    max_removal_ratio: Ratio
    accounts: tuple[Account, ...]
    aliases: tuple[Alias, ...]
