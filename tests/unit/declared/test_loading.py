"""Loads the environments of this repository, frozen, and accepts what is signed for."""

from __future__ import annotations

import shutil
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from estate.declared import SUBJECTS, Estate, Refusal, load
from estate.declared.reading import read

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = sorted(path.parent for path in ROOT.glob("inventories/*/hosts.yml"))
TODAY = date(2026, 11, 30)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Gives a copy of the example that a test may edit."""
    shutil.copytree(ROOT / "inventories" / "example", tmp_path / "example")
    return tmp_path / "example"


def edit(directory: Path, file: str, find: str, replace: str) -> None:
    path = directory / file
    text = path.read_text(encoding="utf-8")
    assert text.count(find) == 1
    path.write_text(text.replace(find, replace), encoding="utf-8")


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name)
def test_every_environment_of_the_repository_is_well_declared(environment: Path) -> None:
    estate = load(environment, today=TODAY)
    assert estate.environment == environment.name
    assert estate.services and estate.people and estate.duties


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name)
def test_ansible_reads_the_same_values(environment: Path, subject: str) -> None:
    file = f"{SUBJECTS[subject][0]}/{subject}.yml"
    assert _lists(read(environment, file).value) == yaml.safe_load((environment / file).read_text("utf-8"))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, tuple) else value


def test_the_lab_declares_the_whole_municipality() -> None:
    estate = load(ROOT / "inventories" / "lab", today=TODAY)
    assert len(estate.organisation.directorates) == 25
    assert len(estate.sites) == 13
    assert [vlan.id for vlan in estate.networks.vlans[18:]] == list(range(101, 126))
    assert len(estate.people) == 60
    assert len(estate.duties) == 86
    running = {service.id for service in estate.services if service.state == "running"}
    assert running == {
        "dizin",
        "dosya",
        "eposta",
        "internet",
        "ag",
        "santral",
        "yedekleme",
        "yonetim",
        "izleme",
    }


def test_homonyms_of_the_lab_keep_their_own_letters_and_user_names() -> None:
    people = {p.user: p for p in load(ROOT / "inventories" / "lab", today=TODAY).people}
    assert people["ilgin.aksoy"].display_name == "Ilgın Aksoy"
    assert people["ilgin.aksoy2"].display_name == "İlgin Aksoy"
    assert people["hatice.ilicali"].display_name == "Hatice Ilıcalı"
    assert people["pinar.darcy"].display_name == "Pınar D'Arcy"


def test_an_estate_cannot_be_changed(copied: Path) -> None:
    estate = load(copied, today=TODAY)
    with pytest.raises(ValidationError):
        estate.mail.domain = "baska.bel.example"
    with pytest.raises(AttributeError):
        estate.environment = "lab"  # type: ignore[misc]


def test_groups_hold_the_hosts_of_their_children(copied: Path) -> None:
    hosts = load(copied, today=TODAY).hosts
    managed = ("dizin1", "dosya1", "vekil1", "posta1", "santral1", "izleme1", "yedek1", "yonetim1")
    assert hosts["managed"] == managed
    assert hosts["backup_clients"] == ("dizin1", "dosya1", "posta1", "santral1", "yonetim1")
    assert hosts["all"] == (*managed, "tatbikat1", "tatbikat2")


def test_addresses_are_addresses(copied: Path) -> None:
    networks = load(copied, today=TODAY).networks
    assert networks.hosts["posta1"].address == ip_address("192.0.2.70")
    assert ip_address("2001:db8:0:20::1") in networks.gateways()


def test_a_trusted_network_with_a_gateway_is_accepted_when_signed_for(copied: Path) -> None:
    signed = (
        'trusted_networks: ["192.0.2.0/24"]\n'
        '  trusted_network_exceptions: [{network: "192.0.2.0/24", reason: Printers.,'
        ' approved_by: veli.ornek, until: "2026-11-30"}]'
    )
    edit(copied, "group_vars/all/mail.yml", 'trusted_networks: ["127.0.0.0/8", "::1/128"]', signed)
    assert load(copied, today=TODAY).mail.trusted_network_exceptions[0].reason == "Printers."
    with pytest.raises(Refusal, match=r"the exception ended on 2026-11-30 and today is 2026-12-01"):
        load(copied, today=date(2026, 12, 1))


def test_a_path_left_out_is_accepted_when_signed_for(copied: Path) -> None:
    path = copied / "group_vars/all/backups.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("# exclude:", "exclude:").replace("#   - {", "- {")
    )
    assert [str(e.until) for e in load(copied, today=TODAY).backups.jobs[0].exclude] == ["2027-06-30"]


def test_a_running_service_without_backup_is_accepted_when_signed_for(copied: Path) -> None:
    edit(copied, "group_vars/all/services.yml", "state: planned", "state: running")
    with pytest.raises(Refusal, match="ebys holds data and has no backup"):
        load(copied, today=TODAY)
    path = copied / "group_vars/all/services.yml"
    commented = path.read_text(encoding="utf-8").replace("\n    exceptions: []\n", "\n", 2)
    path.write_text(commented.replace("    # exceptions:", "    exceptions:").replace("    #   ", "      "))
    exception = load(copied, today=TODAY).services[1].exception("backup")
    assert exception is not None and exception.approved_by == "veli.ornek"


def test_a_host_outside_has_no_site(copied: Path) -> None:
    edit(
        copied,
        "group_vars/all/networks.yml",
        "  subnets:\n",
        '    dis1: {address: "203.0.113.9"}\n  subnets:\n',
    )
    edit(copied, "hosts.yml", "        tatbikat1:\n", "        tatbikat1:\n        dis1:\n")
    networks = load(copied, today=TODAY).networks
    assert networks.hosts["dis1"].outside
    assert networks.subnet_of(networks.hosts["dis1"]) == networks.outside


def test_a_group_file_of_a_role_may_name_its_secret(copied: Path) -> None:
    path = copied / "group_vars" / "mail_servers" / "mail_server.yml"
    path.write_text('mail_server_password: "{{ vault_directory_passwords.sonda }}"\n', encoding="utf-8")
    assert isinstance(load(copied, today=TODAY), Estate)
    path.write_text("mail_server_password: gizli\n", encoding="utf-8")
    with pytest.raises(Refusal, match=r"mail_server\.yml:1: mail_server_password: a secret stands here"):
        load(copied, today=TODAY)


def test_a_vault_must_be_encrypted_and_is_not_read_further(copied: Path) -> None:
    vault = copied / "group_vars/all/vault.yml"
    vault.write_bytes(b"$ANSIBLE_VAULT;1.1;AES256\n\xff\xfe\n")
    assert isinstance(load(copied, today=TODAY), Estate)
    vault.write_text("vault_directory_passwords: {}\n", encoding="utf-8")
    with pytest.raises(Refusal, match=r"vault\.yml:1: the vault is not encrypted; run ansible-vault encrypt"):
        load(copied, today=TODAY)


def test_an_edit_is_judged_before_it_lands(copied: Path) -> None:
    path = copied / "estate/people.yml"
    before = path.read_text(encoding="utf-8")
    edited = before.replace("title: Memur", "title: Şef")
    assert load(copied, today=TODAY, edited={"estate/people.yml": edited}).people[0].title == "Şef"
    with pytest.raises(Refusal, match=r"people\.yml:1: this is not YAML"):
        load(copied, today=TODAY, edited={"estate/people.yml": "]"})
    assert path.read_text(encoding="utf-8") == before
