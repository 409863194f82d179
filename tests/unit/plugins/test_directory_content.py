"""What the directory has to change is worked out exactly: nothing when nothing differs, each secret once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.landing import RefusedError

BASE = "DC=ad,DC=ornek,DC=bel,DC=example"
RULES = {
    "min_length": 12,
    "program_min_length": 24,
    "history": 24,
    "max_age_days": 365,
    "complexity": True,
    "lockout_threshold": 10,
    "lockout_minutes": 15,
}
WANTED: dict[str, Any] = {
    "realm": "AD.ORNEK.BEL.EXAMPLE",
    "base_ou": "Belediye",
    "administrator_password": "yönetici-1",
    "password": RULES,
    "service_accounts": [{"user": "svc-eposta", "name": "E-posta sunucusu", "purpose": "looks up"}],
    "passwords": {"svc-eposta": "posta-1", "svc-vekil": "vekil-1"},
}
FIT = {**WANTED, "passwords": {"svc-eposta": "aB1" * 8, "svc-vekil": "aB1" * 8}}
NT_RULES = {
    "minPwdLength": 12,
    "pwdHistoryLength": 24,
    "maxPwdAge": -365 * 86400 * 10_000_000,
    "pwdProperties": 1,
    "lockoutThreshold": 10,
    "lockoutDuration": -900 * 10_000_000,
    "lockOutObservationWindow": -900 * 10_000_000,
    "ms-DS-MachineAccountQuota": 0,
}


UNIT = f"OU=Hizmet,OU=Belediye,{BASE}"
GROUP = f"CN=programlar,{UNIT}"
NT_POLICY = {
    "msDS-PasswordSettingsPrecedence": ("10",),
    "msDS-PasswordReversibleEncryptionEnabled": ("FALSE",),
    "msDS-PasswordHistoryLength": ("24",),
    "msDS-PasswordComplexityEnabled": ("TRUE",),
    "msDS-MinimumPasswordLength": ("24",),
    "msDS-MinimumPasswordAge": ("0",),
    "msDS-MaximumPasswordAge": (str(-(2**63)),),
    "msDS-LockoutThreshold": ("0",),
    "msDS-LockoutObservationWindow": (str(-900 * 10_000_000),),
    "msDS-LockoutDuration": (str(-900 * 10_000_000),),
    "msDS-PSOAppliesTo": (GROUP,),
}


@pytest.fixture(scope="module")
def content() -> Any:
    import ansible.module_utils.directory_content as module

    return module


def hash_of(password: str) -> bytes:
    return f"hash of {password}".encode()


def account(content: Any, user: str, password: str, **changed: Any) -> Any:
    """Gives an account as a finished run leaves it, but for what is changed."""
    entry = {"user": user, "name": "E-posta sunucusu", "purpose": "looks up"}
    attributes = content.program_attributes(entry, "AD.ORNEK.BEL.EXAMPLE")
    control = int(attributes.pop("userAccountControl"))
    made = {
        "dn": f"CN={user},{UNIT}",
        "control": control,
        "nt_hash": hash_of(password),
        "attributes": attributes,
        "groups": (GROUP,),
    }
    return content.Account(**{**made, **changed})


def found(content: Any, **changed: Any) -> Any:
    """Gives what a finished run leaves, but for what is changed."""
    admin = content.Account(f"CN=Administrator,CN=Users,{BASE}", 0x10200, hash_of("yönetici-1"))
    accounts = {"Administrator": admin, "svc-eposta": account(content, "svc-eposta", "posta-1")}
    accounts.update(changed.pop("accounts", {}))
    units = frozenset(dn.casefold() for dn in content.unit_dns("Belediye", BASE))
    held = {"rules": NT_RULES, "units": units, "accounts": accounts, "programs": programs(content)}
    return content.Found(**{**held, **changed})


def programs(content: Any, **changed: Any) -> Any:
    """Gives the group of programs and its rules as a finished run leaves them, but for what is changed."""
    members = (f"CN=svc-eposta,{UNIT}", f"CN=sonda,OU=Kutular,OU=Belediye,{BASE}")
    made = {"group": GROUP, "description": content.MEANING, "members": members, "policy": NT_POLICY}
    return content.Programs(**{**made, **changed})


def planned(content: Any, wanted: dict[str, Any] | None = None, **changed: Any) -> list[Any]:
    return list(content.plan(wanted or WANTED, BASE, found(content, **changed), hash_of))


def test_a_domain_as_declared_needs_nothing(content: Any) -> None:
    assert planned(content) == []


def test_a_new_domain_is_filled_in_an_order_that_works(content: Any) -> None:
    fresh = content.Account(f"CN=Administrator,CN=Users,{BASE}", 0x200, hash_of("yönetici-1"))
    now = content.Found({"pwdProperties": 1, "minPwdLength": 7}, frozenset(), {"Administrator": fresh})
    changes = content.plan(WANTED, BASE, now, hash_of)
    kinds = [*["unit"] * 5, "modify", "rules", "group", "policy", "add", "join"]
    assert [change.kind for change in changes] == kinds
    assert changes[1].dn == f"OU=Hizmet,OU=Belediye,{BASE}"
    assert changes[6].values == {
        name: str(value) for name, value in NT_RULES.items() if name != "pwdProperties"
    }
    assert (changes[7].dn, changes[10].dn, changes[10].values["member"]) == (GROUP, GROUP, changes[9].dn)
    assert changes[8].values == {name: value for name, (value,) in NT_POLICY.items()}
    assert changes[9].secret == "posta-1" and changes[9].values["userAccountControl"] == "1114624"


@pytest.mark.parametrize("key", ["administrator_password", "svc-eposta"])
def test_a_changed_secret_is_set_once_and_told_nowhere(content: Any, key: str) -> None:
    wanted = {**WANTED, "passwords": dict(WANTED["passwords"])}
    (wanted if key in wanted else wanted["passwords"])[key] = "yeni-sır"
    (change,) = planned(content, wanted)
    assert (change.kind, change.secret) == ("password", "yeni-sır")
    assert "yeni-sır" not in change.told + str(change.values)
    name, dn = ("svc-eposta", "svc-eposta") if key == "svc-eposta" else ("Administrator", "Administrator")
    assert f"CN={dn}," in change.dn
    after = found(content).accounts[name]
    settled = {name: replace(after, nt_hash=hash_of("yeni-sır"))}
    assert planned(content, wanted, accounts=settled) == []


def test_rights_given_by_hand_are_taken_back(content: Any) -> None:
    group = f"CN=Domain Admins,CN=Users,{BASE}"
    powerful = account(content, "svc-eposta", "posta-1", groups=(GROUP.upper(), group), control=0x200)
    changes = planned(content, accounts={"svc-eposta": powerful})
    assert [(change.kind, change.dn) for change in changes] == [
        ("modify", powerful.dn),
        ("leave", group),
    ]
    assert changes[1].values == {"member": powerful.dn}


def test_an_account_in_another_place_is_brought_back(content: Any) -> None:
    astray = account(content, "svc-eposta", "posta-1", dn=f"CN=svc-eposta,CN=Users,{BASE}")
    (change,) = planned(content, accounts={"svc-eposta": astray})
    assert (change.kind, change.values["to"]) == ("move", f"CN=svc-eposta,OU=Hizmet,OU=Belediye,{BASE}")


def test_a_name_that_only_begins_alike_is_another_account(content: Any) -> None:
    """`svc-eposta2` is there and open, but not declared: it is closed, and nothing is taken for svc-eposta."""
    other = account(content, "svc-eposta2", "x")
    (change,) = planned(content, accounts={"svc-eposta2": other})
    assert (change.kind, change.dn, change.values) == ("modify", other.dn, {"userAccountControl": "1114626"})
    closed = account(content, "svc-eposta2", "x", control=1114626)
    assert planned(content, accounts={"svc-eposta2": closed}) == []


def test_only_rules_that_differ_are_set(content: Any) -> None:
    (change,) = planned(content, rules={**NT_RULES, "lockoutThreshold": 0, "pwdProperties": 1 | 16})
    assert (change.kind, change.values) == ("rules", {"lockoutThreshold": "10"})
    never = {**WANTED, "password": {**RULES, "max_age_days": 0}}
    (change,) = planned(content, never)
    assert change.values == {"maxPwdAge": str(-(2**63))}


def test_a_program_that_could_be_locked_out_is_put_into_the_group(content: Any) -> None:
    outside = account(content, "svc-eposta", "posta-1", groups=())
    (change,) = planned(content, accounts={"svc-eposta": outside})
    assert (change.kind, change.dn, change.values) == ("join", GROUP, {"member": outside.dn})


def test_rules_of_programs_changed_by_hand_are_set_back(content: Any) -> None:
    """Also when they were applied to somebody else, whom no wrong password would lock out then."""
    more = {
        "msDS-PSOAppliesTo": (GROUP, f"CN=Administrator,CN=Users,{BASE}"),
        "msDS-LockoutThreshold": ("5",),
    }
    (change,) = planned(content, programs=programs(content, policy={**NT_POLICY, **more}))
    assert (change.kind, change.values) == (
        "rules",
        {"msDS-PSOAppliesTo": GROUP, "msDS-LockoutThreshold": "0"},
    )
    assert "msDS-LockoutThreshold 5 -> 0" in change.told


def test_nobody_else_escapes_the_lock_by_the_group_of_programs(content: Any) -> None:
    """Mailboxes stay, which a deploy keeps; a person and a closed program go."""
    person, closed = f"CN=ali.can,OU=fen,OU=Birimler,OU=Belediye,{BASE}", f"CN=svc-eski,{UNIT}"
    held = programs(content, members=(*programs(content).members, person, closed))
    changes = planned(content, programs=held)
    assert [(change.kind, change.dn) for change in changes] == [("leave", GROUP)] * 2
    assert [change.values["member"] for change in changes] == [person, closed]


def test_a_short_password_of_a_program_is_refused_and_not_shown(content: Any) -> None:
    weak = {**WANTED, "passwords": {"svc-eposta": "kısa-parola-of-23-chars"}}
    with pytest.raises(RefusedError, match="svc-eposta is shorter than 24 characters") as refused:
        content.refuse_unfit_passwords(weak)
    assert "kısa" not in str(refused.value)
    content.refuse_unfit_passwords({**WANTED, "passwords": {"svc-eposta": "aB1" * 8}})


@pytest.mark.parametrize("drawn", ["x" * 24, "aB" * 12, "a-" * 12, "1B" * 12])
def test_a_password_of_two_kinds_is_refused_before_samba_does(content: Any, drawn: str) -> None:
    with pytest.raises(RefusedError, match="password of svc-eposta has fewer than three") as refused:
        content.refuse_unfit_passwords({**WANTED, "passwords": {"svc-eposta": drawn}})
    assert drawn not in str(refused.value)
    loose = {**WANTED, "password": {**WANTED["password"], "complexity": False}}
    content.refuse_unfit_passwords({**loose, "passwords": {"svc-eposta": drawn}})


def test_administrator_is_held_to_the_same_kinds(content: Any) -> None:
    with pytest.raises(RefusedError, match="password of Administrator has fewer"):
        content.refuse_unfit_passwords({**FIT, "administrator_password": "z" * 30})


def test_distinguished_names_ignore_case(content: Any) -> None:
    spelled = account(content, "svc-eposta", "posta-1")
    spelled = account(
        content, "svc-eposta", "posta-1", dn=spelled.dn.replace("OU=", "ou=").replace("DC=", "dc=")
    )
    assert planned(content, accounts={"svc-eposta": spelled}) == []


def test_a_missing_password_is_refused_by_name(content: Any) -> None:
    with pytest.raises(RefusedError, match="no password for Administrator, svc-eposta"):
        content.refuse_unfit_passwords({**WANTED, "administrator_password": "", "passwords": {}})


def test_letters_with_a_meaning_in_names_are_escaped(content: Any) -> None:
    assert content.unit_dns('Çağ, "Su"', BASE)[0] == f'OU=Çağ\\, \\"Su\\",{BASE}'


NARROW = {**WANTED, "service_accounts": [{**WANTED["service_accounts"][0], "narrow": True}]}


def test_a_narrow_account_is_refused_what_is_not_names_and_numbers(content: Any) -> None:
    """Folders of groups, mailboxes, programs, machines and leavers are closed to it, and its own account is not its."""
    changes = planned(content, NARROW)
    assert {change.kind for change in changes} == {"refuse"}
    told = {change.dn: change.refusal.text("S-1-5-21-1-2-3-1105") for change in changes}
    own = f"OU=Belediye,{BASE}"
    assert told.pop(own) == "(D;CI;RP;;;S-1-5-21-1-2-3-1105)"
    assert told.pop(f"CN=svc-eposta,{UNIT}") == "(D;;WPCR;;;S-1-5-21-1-2-3-1105)"
    hidden = [UNIT, *(f"OU={name},{own}" for name in ("Gruplar", "Kutular", "Ayrilanlar"))]
    hidden += [
        f"{name},{BASE}" for name in ("CN=Users", "CN=Computers", "CN=Builtin", "OU=Domain Controllers")
    ]
    assert told == dict.fromkeys(hidden, "(D;;LC;;;S-1-5-21-1-2-3-1105)")


def test_what_is_refused_already_is_not_refused_again_and_what_was_taken_out_is(content: Any) -> None:
    refused = frozenset(content.refusable(NARROW, BASE))
    assert planned(content, NARROW, refused=refused) == []
    gone = next(iter(refused))
    (change,) = planned(content, NARROW, refused=refused - {gone})
    assert (change.kind, change.refusal) == ("refuse", gone)


def test_an_account_that_is_narrow_no_more_is_refused_nothing(content: Any) -> None:
    refused = frozenset(content.refusable(WANTED, BASE))
    changes = planned(content, WANTED, refused=refused)
    assert {change.kind for change in changes} == {"allow"}
    assert {change.refusal for change in changes} == refused


def test_an_entry_of_other_flags_or_rights_is_another(content: Any) -> None:
    """What came down from above, or refuses more, is not taken for the one that is meant."""
    below = next(one for one in content.refusable(NARROW, BASE) if one.below)
    assert [below.is_same(*each) for each in ((0x2, 0x10), (0x12, 0x10), (0, 0x10), (0x2, 0x14))] == [
        True,
        False,
        False,
        False,
    ]
