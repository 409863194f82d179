"""Sees in a checkout what exists, and nothing that only its name promises."""

from __future__ import annotations

from pathlib import Path

from estate.declared.repository import RepositoryFacts, repository_facts

FILES = {
    "roles/mail_server/tasks/main.yml": "[]\n",
    "roles/mail_server/templates/root/etc/backup.d/eposta.yml.j2": "job: eposta\n",
    "roles/only_a_readme/README.md": "nothing\n",
    "roles/monitoring/files/rules/mail.yml": "groups:\n  - name: mail\n    rules:\n      - alert: MailDown\n",
    "playbooks/site.yml": "[]\n",
    "pyinfra_deploys/__init__.py": "",
    "pyinfra_deploys/inventory.py": "",
    "pyinfra_deploys/mailboxes.py": "",
    "pyinfra_deploys/drills/mail/drill.yml": "[]\n",
    "pyinfra_deploys/drills/fire/notes.txt": "later\n",
    "exporters/catalogue.yml": "bim_a: {writer: probe}\nbim_b: {writer: gone}\nbim_c: {type: gauge}\n",
    "exporters/probe.py": "",
    "estate/report/texts.yml": "sections:\n  - {number: 4, filled: true}\n  - {number: 5, filled: false}\n",
}


def test_only_what_exists_is_a_fact(tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert repository_facts(tmp_path) == RepositoryFacts(
        roles=frozenset({"mail_server"}),
        playbooks=frozenset({"site"}),
        deploys=frozenset({"mailboxes", "drills/mail"}),
        manifests=frozenset({"eposta"}),
        metrics=frozenset({"bim_a"}),
        alerts=frozenset({"MailDown"}),
        report_sections=frozenset({"A4"}),
    )


def test_an_empty_checkout_has_nothing(tmp_path: Path) -> None:
    assert repository_facts(tmp_path) == RepositoryFacts()


def test_people_always_exist_and_the_rest_by_name() -> None:
    facts = RepositoryFacts(roles=frozenset({"mail_server"}))
    assert facts.has("people", "Müdür")
    assert facts.has("role", "mail_server")
    assert not facts.has("deploy", "mail_server")
