"""A switch of the simplest kind: takes lines one by one, as IOS or ProCurve would; knows nothing of the planner.

It refuses what a real one refuses, or what would do nothing: a port it does not have, `no` before what is not there.
"""

import re
from collections.abc import Iterable, Iterator

State = dict[str, list[str]]
"""Section -> its lines; "" holds the lines outside sections."""
SECTION = re.compile(
    r"^(interface|vlan \d|line |archive$|ip access-list (standard|extended)|tacacs server|radius server|aaa group)"
)
ONE = re.compile(
    r"^(description|switchport mode|switchport (?:access|voice) vlan|switchport trunk native vlan|ip address|duplex"
    r"|switchport port-security maximum|storm-control broadcast level|spanning-tree (?:portfast|bpduguard|mode)|speed"
    r"|channel-group|hostname|ip default-gateway|enable secret|clock timezone|logging (?:trap|source-interface)"
    r"|snmp-server location|snmp-server community \S+|username \S+|aaa (?:authentication|authorization) \S+ \S+"
    r"|banner motd|exec-timeout|transport input|login|address ipv4|key|name|untagged vlan|time timezone"
    r"|sntp server priority \d+|password manager|ip access-group)( |\n|$)"
)
BOTH = {"ip http server", "cdp enable", "aaa new-model", "lldp transmit", "ip domain lookup"}
SETS = re.compile(
    r"^(switchport trunk allowed vlan|ip dhcp snooping vlan|ip arp inspection vlan)(?: (add|remove))? ([\d,-]+|none)$"
)
SALTED = re.compile(r"(secret|password|key|password manager user-name \S+) (?!manager).*$")


class RefusedError(Exception):
    pass


def numbers(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(",") if text not in ("", "none") else ():
        low, _, high = part.partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def span(text: str) -> list[str]:
    found = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        prefix = re.sub(r"\d+$", "", low)
        first, last = int(low[len(prefix) :]), int((high or low)[len(prefix) :])
        found += [f"{prefix}{number}" for number in range(first, last + 1)]
    return found


def load(text: str) -> State:
    """Reads what a switch shows; wrapped lists are joined, members of ProCurve's VLANs stand at the port."""
    state: State = {"": []}
    section, rows = "", iter(text.replace("\r", "").split("\n"))
    for row in rows:
        line = (
            re.sub(r"^logging (?=\d)", "logging host ", row.rstrip())
            if text.startswith("Building")
            else row.rstrip()
        )
        if re.match(
            r"^\s*$|^\s*!|^;|^(Building|Current|Running|version|ntp clock|Load for|Time source|end$)|^\*[A-Z]",
            line,
        ):
            continue
        if line.strip() == "exit":
            continue
        if found := re.match(r"^banner motd (\^C|\W)(.*)$", line):
            body = [found[2]]
            while found[1] not in body[-1]:
                body.append(next(rows))
            inside = "\n".join(body).split(found[1])[0].strip("\n")
            state[""].append(f"banner motd\n{inside}")
            continue
        if not line.startswith(" "):
            section = line if SECTION.match(line) else ""
            if section:
                for each in expanded(section):
                    state.setdefault(each, [])
            else:
                store(state, "", line)
        elif section:
            store(state, section, line.strip())
        else:
            state[""].append(line)
    return state


def expanded(section: str) -> list[str]:
    if found := re.match(r"^vlan ([\d,-]+)$", section):
        return [f"vlan {number}" for number in sorted(numbers(found[1]))]
    return [re.sub(r"^interface Gi(?=\d)", "interface GigabitEthernet", section)]


def store(state: State, section: str, line: str) -> None:
    for each in expanded(section):
        rows = state[each]
        if line.startswith("no untagged "):
            continue  # said of VLAN 1 about the ports that are untagged elsewhere
        if member := re.match(r"^(no )?(tagged|untagged) ([\dA-Z].*)$", line):
            members(state, each, line.startswith("no "), member[2], span(member[3]))
        elif found := SETS.match(line):
            old = next((row for row in rows if row.startswith(f"{found[1]} ")), "")
            held = numbers(old.rpartition(" ")[2]) if old else set()
            rows[:] = [row for row in rows if row != old]
            rows.append(f"{found[1]} {','.join(map(str, sorted(held | numbers(found[3])))) or 'none'}")
        else:
            rows.append(
                SALTED.sub(r"\1 ?", line) if not line.startswith(("description", "name", "banner")) else line
            )


def members(state: State, vlan: str, leaves: bool, verb: str, ports: list[str]) -> None:
    for port in ports:
        rows = state.setdefault(f"interface {port}", [])
        if leaves:
            if f"{verb} {vlan}" not in rows:
                raise RefusedError(f"{vlan}: port {port} is not {verb}")
            rows.remove(f"{verb} {vlan}")
            continue
        rows[:] = [row for row in rows if row not in (f"tagged {vlan}", f"untagged {vlan}")]
        if verb == "untagged":
            rows[:] = [row for row in rows if not row.startswith("untagged ")]
        rows.append(f"{verb} {vlan}")


def take(state: State, lines: Iterable[str]) -> Iterator[State]:
    """Carries out the lines, and yields the state after every single one of them."""
    section, rows = "", iter(lines)
    for row in rows:
        line = row.strip()
        if line == "exit":
            section = ""
        elif banner := re.match(r"^banner motd (\S)$", line):
            text = []
            while (each := next(rows)) != banner[1]:
                text.append(each)
            put(state[""], "banner motd\n" + "\n".join(text))
        elif not row.startswith(" ") and SECTION.match(line):
            section = line
            if line not in state:
                if re.match(r"^interface (\w*Ethernet|Gi|Te)", line):
                    raise RefusedError(line)
                state[line] = []
        else:
            command(state, section if row.startswith(" ") else "", line)
        yield state


def command(state: State, section: str, line: str) -> None:
    rows, bare = state[section], line.removeprefix("no ")
    if member := re.match(r"^(tagged|untagged) ([\dA-Z].*)$", bare):
        members(state, section, bare != line, member[1], span(member[2]))
    elif found := SETS.match(bare):
        lists(rows, found[1], found[2], numbers(found[3]), found[3], bare != line)
    elif line.startswith("ip access-list resequence "):
        entries = next(rows for each, rows in state.items() if each.endswith(f" {line.split()[3]}"))
        entries[:] = [
            f"{10 * place} {re.sub(r'^[0-9]+ ', '', row)}" for place, row in enumerate(entries, start=1)
        ]
    elif bare == line:
        if line == "enable":
            rows.remove("disable")
            return
        if f"no {line}" in rows:
            rows.remove(f"no {line}")
        numbered = re.match(r"^\d+ (permit|deny) ", line)
        if numbered and any(row.split()[0] == line.split()[0] for row in rows):
            raise RefusedError(line)
        put(rows, line)
    elif SECTION.match(bare):
        if state.pop(bare, None) is None:
            raise RefusedError(line)
    else:
        gone = [row for row in rows if f"{row} ".replace("\n", " ").startswith(f"{bare} ")]
        rows[:] = [row for row in rows if row not in gone]
        if bare in BOTH:
            rows.append(line)
        elif not gone:
            raise RefusedError(f"{section}: {line}: nothing to take away")


def lists(rows: list[str], name: str, verb: str | None, given: set[int], text: str, negated: bool) -> None:
    old = next((row for row in rows if row.startswith(f"{name} ")), None)
    held = numbers(old.rpartition(" ")[2]) if old else set()
    if old:
        rows.remove(old)
    if name.startswith("switchport"):
        if verb and old is None:
            raise RefusedError("add and remove do nothing while all VLANs are allowed")
        new = held | given if verb == "add" else held - given if verb == "remove" else given
    else:
        new = held - given if negated else held | given
    if new or text == "none" or name.startswith("switchport"):
        rows.append(f"{name} {','.join(map(str, sorted(new))) or 'none'}")


def put(rows: list[str], line: str) -> None:
    if found := ONE.match(line):
        rows[:] = [row for row in rows if not re.match(rf"^(no )?{re.escape(found[1])}( |\n|$)", row)]
    masked = SALTED.sub(r"\1 ?", line) if not line.startswith(("description", "name", "banner")) else line
    if masked not in rows:
        rows.append(masked)


def shape(state: State) -> dict[str, set[str]]:
    """Gives the state for comparing: order aside, what no switch shows left out, access lists by place."""
    hidden = {"login authentication default", "no shutdown", "no ip address", "switchport access vlan 1"}
    found = {}
    for section, rows in state.items():
        kept = [row.replace("portfast edge", "portfast") for row in rows if row not in hidden]
        kept = [re.sub(r" level (\d+)$", r" level \1.00", row) for row in kept]
        if section.startswith("ip access-list"):
            ordered = (
                sorted(kept, key=lambda row: int(row.split()[0])) if kept and kept[0][0].isdigit() else kept
            )
            kept = [f"{place} {re.sub(r'^[0-9]+ ', '', row)}" for place, row in enumerate(ordered)]
        found[section] = set(kept)
    return {
        section: rows
        for section, rows in found.items()
        if rows or not re.match(r"^interface [\dA-Z][\d/]*$", section)
    }


def way_in(state: State, vlan: int, uplinks: Iterable[str], user: str, aaa: bool) -> dict[str, bool]:
    """Tells what of the way in stands: the five things without which nobody gets in."""
    return {
        "uplink": any(carries(state.get(f"interface {name}", []), vlan) for name in uplinks),
        "vlan": f"vlan {vlan}" in state,
        "address": any(
            any(row.startswith("ip address ") for row in state.get(name, []))
            and "shutdown" not in state[name]
            for name in (f"interface Vlan{vlan}", f"vlan {vlan}")
        ),
        "user": any(
            re.match(rf'^(username|password manager user-name) "?{user}"? ', row) for row in state[""]
        ),
        "aaa": not aaa
        or all(re.search(r" local\b", row) for row in state[""] if row.startswith("aaa authentication ")),
    }


def carries(rows: list[str], vlan: int) -> bool:
    if not rows or "shutdown" in rows or "disable" in rows:
        return False
    if f"tagged vlan {vlan}" in rows or f"untagged vlan {vlan}" in rows:
        return True
    allowed = next((row for row in rows if row.startswith("switchport trunk allowed vlan ")), None)
    return "switchport mode trunk" in rows and (
        allowed is None or vlan in numbers(allowed.rpartition(" ")[2])
    )
