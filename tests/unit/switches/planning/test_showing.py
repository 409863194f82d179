"""People see each different change once, with the switches it is for, and never a secret."""

from dataclasses import dataclass

import pytest

from estate.switches import display, masks
from tests.unit.switches.planning.pairs import NAMES, pair
from tests.unit.switches.planning.small import BASE, changed, planned


@dataclass(frozen=True)
class Told:
    interfaces: frozenset[str]
    vlans: frozenset[int]
    lines: tuple[str, ...]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("enable password GizliParola1", "enable password <hidden>"),
        ("snmp-server community Halk RO", "snmp-server community <hidden> RO"),
        ("no snmp-server community Halk", "no snmp-server community <hidden>"),
        ("username yonetici password 7 0822455D0A16", "username yonetici password <hidden>"),
        ("tacacs-server key 7 070C285F4D06", "tacacs-server key <hidden>"),
        (" key 7 070C285F4D06", " key <hidden>"),
        (
            "snmp-server user izleme OKUR v3 auth sha Parola-1 priv aes 128 Parola-2",
            "snmp-server user izleme OKUR v3 auth <hidden>",
        ),
        ('password manager user-name "netops" sha1 "5baa"', 'password manager user-name "netops" <hidden>'),
        ('snmp-server community "Halk" operator', "snmp-server community <hidden> operator"),
        ("snmp-server host 10.1.20.5 version 2c Halk", "snmp-server host 10.1.20.5 version 2c <hidden>"),
        (" description Halk Ekmek bufesi", " description Halk Ekmek bufesi"),
        ("service password-encryption", "service password-encryption"),
        ("key chain OSPF", "key chain OSPF"),
        ("aaa authentication login default local", "aaa authentication login default local"),
        (" login authentication default", " login authentication default"),
        (" authentication order mab dot1x", " authentication order mab dot1x"),
        (" description \udcdeef", " description \\udcdeef"),
    ],
)
def test_secrets_are_hidden_and_innocent_words_are_not(line: str, shown: str) -> None:
    assert masks.hidden(line) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("client 10.0.0.1 server-key 7 GIZ", "client 10.0.0.1 server-key <hidden>"),
        (
            " server-private 10.0.0.1 auth-port 1812 acct-port 1813 key 7 GIZ",
            " server-private 10.0.0.1 auth-port 1812 acct-port 1813 key <hidden>",
        ),
        (" ip ospf message-digest-key 1 md5 7 GIZ", " ip ospf message-digest-key <hidden>"),
        (" ip ospf authentication-key GIZ", " ip ospf authentication-key <hidden>"),
        ("crypto isakmp key 6 GIZ address 10.0.0.2", "crypto isakmp key <hidden>"),
        (" pre-shared-key address 10.0.0.2 key GIZ", " pre-shared-key <hidden>"),
        (" wpa-psk ascii 0 GIZ", " wpa-psk <hidden>"),
        (
            "snmp-server host 10.0.0.3 vrf Mgmt version 2c GIZ udp-port 162",
            "snmp-server host 10.0.0.3 vrf Mgmt version 2c <hidden> udp-port 162",
        ),
        (
            "snmp-server host 10.0.0.3 vrf Mgmt informs GIZ",
            "snmp-server host 10.0.0.3 vrf Mgmt informs <hidden>",
        ),
        (
            "snmp-server user u g remote 10.0.0.3 v3 auth sha GIZ priv aes 128 GIZ",
            "snmp-server user u g remote 10.0.0.3 v3 auth <hidden>",
        ),
        ("snmp mib community-map GIZ context c", "snmp mib community-map <hidden> context c"),
        (" vrrp 1 authentication text GIZ", " vrrp 1 authentication <hidden>"),
        (" standby 1 authentication GIZ", " standby 1 authentication <hidden>"),
        (" path ftp://yedek:GIZ@10.0.0.4/$h", " path ftp://<hidden>@10.0.0.4/$h"),
        (" description ftp://yedek:GI/Z@GIZ@10.0.0.4", " description ftp://<hidden>@10.0.0.4"),
        (
            'sntp authentication key-id 1 authentication-mode md5 key-value "GIZ" trusted',
            "sntp authentication <hidden>",
        ),
        (' key-value "GIZ LI" trusted', " key-value <hidden>"),
        (" ppp chap password 0 GIZ", " ppp chap password <hidden>"),
        ("no neighbor 10.0.0.5 password 7 GIZ", "no neighbor 10.0.0.5 password <hidden>"),
        (" key  7 GIZ", " key <hidden>"),
    ],
)
def test_behind_a_word_of_secrets_all_is_hidden(line: str, shown: str) -> None:
    assert masks.hidden(line) == shown


SECRETS = ("Anahtar", "Parola", "Belediye71", "Halk", "$9$", "070C28", "0822455D", "5baa61", "KapiA")


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_ever_shown(name: str) -> None:
    text = "\n".join(display.lines({name: pair(name).plan()}))
    assert [secret for secret in SECRETS if secret in text] == []


def test_what_reads_the_same_is_shown_once() -> None:
    same = changed(("PC-1", "PC-2"), ("$9$aaaa$bbbb", "X"), ("netops privilege 15", "netops privilege 7"))
    plans = {
        "sw-1": planned(BASE, same),
        "sw-2": planned(BASE, same.replace("secret 9 X", "secret 9 Y")),
        "sw-3": planned(BASE, BASE),
        "sw-4": planned(BASE, changed(("PC-1", "PC-4"))),
    }
    groups = display.grouped(plans)
    assert [switches for _, switches in groups] == [("sw-1", "sw-2"), ("sw-4",)]
    assert groups[1][0] == ("interface GigabitEthernet1/0/1", " description PC-4")
    text = list(display.lines(plans))
    assert "sw-4  switch/configuration: update 2 lines" in text
    assert text[-1] == "2 different changes on 3 of 4 switches, 2 refused"
    assert sum("REFUSED own-user" in line for line in text) == 1


def test_what_is_not_ours_is_left_alone_and_listed() -> None:
    foreign = "router ospf 1\n network 10.0.0.0 0.255.255.255 area 0\ntacacs-server key 7 070C285F4D06\n"
    plan = planned(BASE + foreign, BASE)
    assert plan.lines == ()
    assert plan.left_alone == ("router ospf 1", "tacacs-server key <hidden>")


def test_what_a_switch_adds_around_its_configuration_is_nothing_at_all() -> None:
    assert pair("nothing_to_do").plan().left_alone == (
        "no service pad",
        "service timestamps debug datetime msec localtime show-timezone year",
        "service timestamps log datetime msec localtime show-timezone year",
        "service password-encryption",
        "boot-start-marker",
        "boot-end-marker",
        "interface Vlan1",
        "line con 0",
        "line vty 0 4",
        "line vty 5 15",
        "ntp server 10.1.10.11",
    )
    assert pair("procurve_desk_move").plan().left_alone == ()


def test_ownership_that_is_told_is_what_counts() -> None:
    extra = "vlan 30\n name ESKI\nvlan 777\n name YABANCI\nntp server 10.0.0.6\nlogging host 10.0.0.7\n"
    plan = planned(BASE + extra, BASE, owned=Told(frozenset(), frozenset({30}), ("ntp server ",)))
    assert plan.lines == ("no ntp server 10.0.0.6", "no vlan 30")
    assert plan.left_alone == ("vlan 777", "logging host 10.0.0.7")


def test_an_owned_port_that_is_not_intended_is_emptied_and_not_removed() -> None:
    extra = "interface GigabitEthernet1/0/2\n description ESKI\n"
    owned = Told(frozenset({"GigabitEthernet1/0/2"}), frozenset(), ())
    plan = planned(BASE + extra, BASE, owned=owned)
    assert plan.lines == ("interface GigabitEthernet1/0/2", " no description", " exit")
