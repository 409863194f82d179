"""The fabric knows what is really there, and never hides a network of the machine."""

from ipaddress import ip_network
from pathlib import Path

from estate.lab.fabric import shadowed
from estate.lab.namespaces import is_mounted, namespaces

MOUNTS = """\
29 1 254:0 / / rw,relatime - ext4 /dev/vda rw
513 29 254:0 /run/netns /run/netns rw,relatime shared:5 - ext4 /dev/vda rw
520 513 0:4 net:[4026532400] /run/netns/estate-core rw shared:6 - nsfs nsfs rw
521 513 0:4 net:[4026532401] /run/netns/other rw shared:7 - nsfs nsfs rw
522 29 0:4 net:[4026532402] /var/run/netns/estate-mail1 rw shared:7 - nsfs nsfs rw
523 29 0:4 net:[4026532400] /var/run/netns/estate-core rw shared:7 - nsfs nsfs rw
"""


def test_only_mounted_namespaces_of_the_lab_count_each_once() -> None:
    assert namespaces(MOUNTS) == ["estate-core", "estate-mail1"]


def test_a_folder_mounted_on_itself_is_seen() -> None:
    assert is_mounted(Path("/run/netns"), MOUNTS)
    assert not is_mounted(Path("/run"), MOUNTS)


def test_a_route_of_the_machine_within_a_wanted_network_is_a_clash() -> None:
    wanted = [ip_network("10.40.20.0/24")]
    routes = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"},
        {"dst": "10.0.0.0/8", "dev": "vpn0"},
        {"dst": "10.40.20.0/24", "dev": "eth1"},
        {"dst": "10.40.20.7", "dev": "eth2"},
        {"dst": "10.40.21.0/24", "dev": "eth3"},
    ]
    assert shadowed(wanted, routes) == ["10.40.20.0/24 dev eth1", "10.40.20.7 dev eth2"]
