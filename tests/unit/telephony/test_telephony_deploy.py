"""The deploy of the exchange tells in one line what it cannot write, before it looks at any host."""

import importlib
from collections.abc import Mapping
from datetime import date
from types import ModuleType, SimpleNamespace

import pytest
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_host

from estate.declared.estate import Estate
from estate.runs.environment import Environment
from tests.unit.telephony.conftest import TODAY

TRUNKS = {"ana": "x", "yedek": "y"}


@pytest.fixture
def deploy() -> ModuleType:
    """The deploy as a host sees it that is no exchange."""
    with ctx_host.use(SimpleNamespace(groups=[])):
        return importlib.import_module("pyinfra_deploys.telephony")


def _given(
    deploy: ModuleType, estate: Estate, trunks: Mapping[str, str], patch: pytest.MonkeyPatch, today: date
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    vault = {
        "vault_telephone_exchange_secret_key": "invented key",
        "vault_telephone_trunk_passwords": trunks,
        "vault_directory_passwords": {},
        "vault_certificate_authority_certificate": "",
    }
    patch.setattr(deploy, "secret", lambda _, name: vault[name])
    found: tuple[Mapping[str, str], Mapping[str, str]] = deploy.texts(
        Environment.chosen("lab"), estate, today
    )
    return found


def test_all_that_can_be_written_is(
    deploy: ModuleType, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, sets = _given(deploy, estate, TRUNKS, monkeypatch, TODAY)
    assert "pjsip.conf" in files and "prompts.json" in files and sets


def test_a_trunk_without_a_password_is_told_in_a_line(
    deploy: ModuleType, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PyinfraError, match=r"^trunk yedek: there is no password for it; [^\n]+$"):
        _given(deploy, estate, {"ana": "x"}, monkeypatch, TODAY)


def test_a_label_no_set_can_show_is_told_in_a_line(
    deploy: ModuleType, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = estate.telephony.phones[0]
    keys = (phone.keys[0].model_copy(update={"label": "a %EMPTY%"}),)
    told = estate.telephony.model_copy(update={"phones": (phone.model_copy(update={"keys": keys}),)})
    odd = Estate(**{**estate.__dict__, "telephony": told})
    with pytest.raises(PyinfraError, match=r"^telephone set 00:53:4e:24:01:01: [^\n]+$"):
        _given(deploy, odd, TRUNKS, monkeypatch, TODAY)
