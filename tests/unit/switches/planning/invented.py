"""Makes up configurations of a small switch by a dice; all keep the way in (VLAN 10, ports 9 and 10, netops)."""

from random import Random

VLANS = (20, 30, 40, 52, 60, 90)


def ios(dice: Random) -> str:
    vlans = sorted({10, *dice.sample(VLANS, 4)})
    text = ["hostname sw-x", "username netops privilege 15 secret S" + str(dice.random())]
    text += [f"username user{n} privilege 1 secret S" for n in range(3) if dice.random() < 0.5]
    text += [
        "aaa new-model",
        f"aaa authentication login default {dice.choice(['group tacacs+ ', 'group radius ', ''])}local",
    ]
    text += (
        [f"ip dhcp snooping vlan {','.join(map(str, dice.sample(vlans, 3)))}"] if dice.random() < 0.7 else []
    )
    text += [f"spanning-tree mode {dice.choice(['pvst', 'rapid-pvst'])}"]
    for vlan in vlans:
        text += [f"vlan {vlan}", f" name {dice.choice(['A', 'B'])}{vlan}"]
    for port in range(1, 9):
        text += [f"interface GigabitEthernet1/0/{port}", *_access(dice, vlans)]
    for port in (9, 10):
        allowed = sorted({10, *dice.sample(vlans, dice.randint(1, 4))})
        text += [f"interface GigabitEthernet1/0/{port}", " switchport mode trunk"]
        text += (
            [f" switchport trunk allowed vlan {','.join(map(str, allowed))}"] if dice.random() < 0.9 else []
        )
        text += [" switchport trunk native vlan 90"] if dice.random() < 0.5 else []
    text += [
        "interface Vlan10",
        f" ip address 10.1.10.{dice.randint(2, 9)} 255.255.255.0",
        "ip default-gateway 10.1.10.1",
    ]
    text += [f"logging host 10.1.20.{n}" for n in range(1, 4) if dice.random() < 0.5]
    text += [
        f"snmp-server community C{dice.randint(1, 2)} {dice.choice(['RO', 'RW'])}",
        "banner motd #",
        dice.choice("xy"),
        "#",
    ]
    return "\n".join([*text, "end", ""])


def _access(dice: Random, vlans: list[int]) -> list[str]:
    if dice.random() < 0.2:
        return [" switchport mode trunk", f" switchport trunk allowed vlan {dice.choice(vlans)}"]
    lines = [" switchport mode access", f" switchport access vlan {dice.choice(vlans)}"]
    lines += [f" description PC-{dice.randint(1, 3)}"] if dice.random() < 0.6 else []
    lines += [f" switchport voice vlan {dice.choice(vlans)}"] if dice.random() < 0.4 else []
    lines += [
        line
        for line in (" switchport port-security", " shutdown", " spanning-tree portfast")
        if dice.random() < 0.4
    ]
    return lines


def procurve(dice: Random) -> str:
    vlans = sorted({1, 10, *dice.sample(VLANS, 3)})
    untagged = {port: dice.choice(vlans) for port in range(1, 9)}
    tagged = {
        port: {each for each in vlans if dice.random() < 0.3} - {untagged[port]} for port in range(1, 9)
    }
    text = ['hostname "sw-x"', f"time timezone {dice.choice([120, 180])}"]
    for port in range(1, 11):
        rows = [f'name "P{dice.randint(1, 2)}"'] if dice.random() < 0.5 else []
        rows += ["disable"] if dice.random() < 0.3 and port < 9 else []
        text += [f"interface {port}", *(f"   {row}" for row in rows), "   exit"]
    for vlan in vlans:
        inside = ",".join(str(port) for port in untagged if untagged[port] == vlan)
        outside = ",".join([str(port) for port in tagged if vlan in tagged[port]] + ["9", "10"])
        rows = [
            f'name "{dice.choice("AB")}{vlan}"',
            f"untagged {inside}" if inside else "",
            f"tagged {outside}",
        ]
        rows += [f"ip address 10.1.10.{dice.randint(2, 9)} 255.255.255.0"] if vlan == 10 else []
        text += [f"vlan {vlan}", *(f"   {row}" for row in rows if row), "   exit"]
    text += [f'snmp-server community "{dice.choice(["c1", "c2"])}" operator']
    return "\n".join([*text, f'password manager user-name "netops" sha1 "{dice.random()}"', ""])
