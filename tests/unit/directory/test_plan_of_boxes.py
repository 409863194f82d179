"""Accounts of shared mailboxes and programs: the vault's password, the quota, and who is never locked out."""

from dataclasses import replace

from estate.declared.estate import Estate
from estate.plan.directory_held import HeldDirectory
from tests.unit.directory.planning import (
    OURS,
    PROGRAMS,
    Makes,
    converged,
    only,
    planned,
)

BOX = {"user": "kanarya", "name": "Kanarya kaydı", "type": "servis", "quota_bytes": 100}


def test_mailboxes_of_programs_are_never_locked_and_shared_ones_are(declares: Makes, lab: Estate) -> None:
    """The role keeps its own in the group; a mailbox that people share is put out, and so is a person."""
    box = type(lab.mail.accounts[0]).model_validate
    boxes = (box(BOX), box({**BOX, "user": "bilgi", "type": "ortak"}))
    program, shared = f"CN=kanarya,OU=Kutular,{OURS}", f"CN=bilgi,OU=Kutular,{OURS}"
    held = converged(declares(accounts=boxes))
    [group] = [one for one in held.groups if one.name == "programlar"]
    assert group.members == {program}
    role = f"CN=svc-eposta,OU=Hizmet,{OURS}"
    more = replace(group, members=group.members | {role, shared})
    by_hand = replace(held, groups=tuple(more if one is group else one for one in held.groups))
    made = planned(declares(accounts=boxes), by_hand)
    assert (only(made).key, only(made).before) == ("account bilgi", "loses: programlar")
    [step] = made.steps
    assert (step.dn, step.more, step.less) == (PROGRAMS, (), (shared,))


def test_programs_wait_for_the_role_that_makes_their_group(declares: Makes, lab: Estate) -> None:
    boxes = declares(accounts=(type(lab.mail.accounts[0]).model_validate(BOX),))
    [told] = planned(boxes, HeldDirectory(domain=True)).conflicts
    assert told == "group programlar is missing; apply playbooks/directory_servers.yml first"
    assert (
        planned(boxes, HeldDirectory()).conflicts
        == planned(declares(), converged(declares())).conflicts
        == ()
    )


def test_a_new_vault_value_reaches_a_shared_mailbox_without_showing_it(declares: Makes, lab: Estate) -> None:
    box = type(lab.mail.accounts[0]).model_validate(BOX)
    held = converged(declares(accounts=(box,)))
    assert planned(declares(accounts=(box,)), held).changes == ()
    users = tuple(replace(user, password_matches=False) for user in held.users)
    made = planned(declares(accounts=(box,)), replace(held, users=users))
    assert (only(made).before, only(made).after) == ("another password", "password of the vault")
    assert (made.vault, made.steps[0].password) == (("kanarya",), "kanarya")


def test_a_shared_mailbox_never_expires_and_carries_its_quota(declares: Makes, lab: Estate) -> None:
    box = type(lab.mail.accounts[0]).model_validate(BOX)
    [step] = [one for one in planned(declares(accounts=(box,))).steps if one.do == "add"]
    assert step.dn == f"CN=kanarya,OU=Kutular,{OURS}"
    assert step.attributes["userAccountControl"] == ("66048",)
    assert step.attributes["maxStorage"] == ("100",)
