"""The database of this host's domain is asked and changed by Samba's own library, as root, all or nothing.

Runs on domain controllers (python3-samba), packed into a module by Ansible.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible.module_utils.directory_content import RULES, Account, Change, Found
from ansible.module_utils.directory_narrow import Refusal
from ansible.module_utils.directory_programs import GROUP, POLICY, Programs, policy_dn

STATE = Path("/var/lib/samba")
SETTINGS = "/etc/samba/smb.conf"


class Domain:
    """The database of this host's domain, opened as root."""

    def __init__(self) -> None:
        import ldb
        from samba.auth import system_session
        from samba.param import LoadParm
        from samba.samdb import SamDB
        from samba.sd_utils import SDUtils

        settings = LoadParm()
        settings.load(SETTINGS)
        self.ldb = ldb
        self.settings = settings
        self.samdb = SamDB(
            url=str(STATE / "private/sam.ldb"),
            session_info=system_session(),
            lp=settings,
            flags=ldb.FLG_DONT_CREATE_DB,
        )
        self.base_dn = str(self.samdb.domain_dn())
        self._rights = SDUtils(self.samdb)

    def hash_of(self, password: str) -> bytes:
        """Gives the hash by which the directory knows a password."""
        from samba.credentials import Credentials

        credentials = Credentials()
        credentials.set_password(password)
        return bytes(credentials.get_nt_hash())

    def found(self, units: tuple[str, ...], declared: list[str], refusable: Iterable[Refusal] = ()) -> Found:
        """Gives what is there of the things that `plan` compares; of what accounts are refused, only `refusable`."""
        names = ["Administrator", *declared]
        any_of = "".join(f"(sAMAccountName={self.ldb.binary_encode(name)})" for name in names)
        asked = f"(&(objectClass=user)(|{any_of}(sAMAccountName=svc-*)))"
        attributes = ["sAMAccountName", "userPrincipalName", "displayName", "description"]
        rows = self.samdb.search(
            self.base_dn,
            self.ldb.SCOPE_SUBTREE,
            asked,
            [*attributes, "userAccountControl", "unicodePwd", "memberOf"],
        )
        accounts = {str(row["sAMAccountName"]): self._account(row, attributes) for row in rows}
        domain = self.samdb.search(self.base_dn, self.ldb.SCOPE_BASE, attrs=list(RULES))[0]
        rules = {name: int(str(domain[name])) for name in RULES if name in domain}
        there = frozenset(dn.casefold() for dn in units if self._exists(dn))
        return Found(rules, there, accounts, self._programs(), self._refused(refusable))

    def _refused(self, refusable: Iterable[Refusal]) -> frozenset[Refusal]:
        """Gives which of these stand in the lists of rights, not counting what came down from a folder above."""
        from samba.dcerpc import security

        found = set()
        for one in refusable:
            sid = self._sid(one.user)
            if sid is None or not self._exists(one.dn):
                continue
            found |= {
                one
                for entry in self._rights.read_sd_on_dn(one.dn, ["sd_flags:1:4"]).dacl.aces
                if entry.type == security.SEC_ACE_TYPE_ACCESS_DENIED and str(entry.trustee) == sid
                if one.is_same(entry.flags, entry.access_mask)
            }
        return frozenset(found)

    def _sid(self, user: str) -> str | None:
        from samba.dcerpc import security
        from samba.ndr import ndr_unpack

        asked = f"(&(objectClass=user)(sAMAccountName={self.ldb.binary_encode(user)}))"
        rows = self.samdb.search(self.base_dn, self.ldb.SCOPE_SUBTREE, asked, ["objectSid"])
        return str(ndr_unpack(security.dom_sid, rows[0]["objectSid"][0])) if len(rows) else None

    def _programs(self) -> Programs:
        groups = self.samdb.search(
            self.base_dn,
            self.ldb.SCOPE_SUBTREE,
            f"(&(objectClass=group)(sAMAccountName={GROUP}))",
            ["description", "member"],
        )
        place, policy = policy_dn(self.base_dn), {}
        if self._exists(place):
            row = self.samdb.search(place, self.ldb.SCOPE_BASE, attrs=list(POLICY))[0]
            policy = {name: tuple(str(value) for value in row[name]) for name in POLICY if name in row}
        if not len(groups):
            return Programs(policy=policy)
        group = groups[0]
        return Programs(
            group=str(group.dn),
            description=str(group.get("description", "")),
            members=tuple(str(member) for member in group.get("member", [])),
            policy=policy,
        )

    def _account(self, row: Any, attributes: list[str]) -> Account:
        return Account(
            dn=str(row.dn),
            control=int(str(row["userAccountControl"])),
            nt_hash=bytes(row["unicodePwd"][0]) if "unicodePwd" in row else b"",
            attributes={name: str(row[name]) for name in attributes if name in row},
            groups=tuple(str(group) for group in row.get("memberOf", [])),
        )

    def _exists(self, dn: str) -> bool:
        try:
            return bool(self.samdb.search(dn, self.ldb.SCOPE_BASE, attrs=["dn"]))
        except self.ldb.LdbError as error:
            if error.args[0] == self.ldb.ERR_NO_SUCH_OBJECT:
                return False
            raise

    def carry_out(self, changes: list[Change]) -> None:
        """Makes all changes, or none."""
        self.samdb.transaction_start()
        try:
            for change in changes:
                self._one(change)
        except BaseException:
            self.samdb.transaction_cancel()
            raise
        self.samdb.transaction_commit()

    def _one(self, change: Change) -> None:
        quoted = f'"{change.secret}"'.encode("utf-16-le")
        if change.refusal is not None:
            self._hold(change.kind, change.refusal)
        elif change.kind == "unit":
            self.samdb.add({"dn": change.dn, "objectClass": "organizationalUnit"})
        elif change.kind == "add":
            self.samdb.add({"dn": change.dn, "objectClass": "user", "unicodePwd": quoted, **change.values})
        elif change.kind == "group":
            self.samdb.add({"dn": change.dn, "objectClass": "group", **change.values})
        elif change.kind == "policy":
            self.samdb.add({"dn": change.dn, "objectClass": "msDS-PasswordSettings", **change.values})
        elif change.kind == "join":
            self._modify(change.dn, change.values, self.ldb.FLAG_MOD_ADD)
        elif change.kind == "move":
            self.samdb.rename(change.dn, change.values["to"])
        elif change.kind == "password":
            self._modify(change.dn, {"unicodePwd": quoted}, self.ldb.FLAG_MOD_REPLACE)
        elif change.kind == "leave":
            self._modify(change.dn, change.values, self.ldb.FLAG_MOD_DELETE)
        else:
            self._modify(change.dn, change.values, self.ldb.FLAG_MOD_REPLACE)

    def _hold(self, kind: str, refusal: Refusal) -> None:
        """Writes a refusal into the list of rights of its place, before what is allowed there, or takes it out."""
        sid = self._sid(refusal.user)
        if sid is None:  # made earlier in the same transaction, or the plan is wrong
            raise LookupError(f"{refusal.user} has no account")
        change = self._rights.dacl_prepend_aces if kind == "refuse" else self._rights.dacl_delete_aces
        change(refusal.dn, refusal.text(sid), ["sd_flags:1:4"])

    def _modify(self, dn: str, values: dict[str, Any], flag: int) -> None:
        message = self.ldb.Message(self.ldb.Dn(self.samdb, dn))
        for name, value in values.items():
            message[name] = self.ldb.MessageElement(value, flag, name)
        self.samdb.modify(message)
