"""A host holds a key it made itself and a certificate of the internal authority for it."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.landing import RefusedError, make_directories, remember_paths
from ansible.module_utils.promises import of_tree
from ansible.module_utils.wanted import Wanted, compare, land, owner_of

DOCUMENTATION = r"""
module: issued_certificate
short_description: Hold a certificate of the internal authority
description:
  - The key is made on the host and stays there. The authority's key stays on the controller (in the vault); only a
    signing request and the certificate travel.
  - Issues when there is none, when names or authority differ, when key and certificate do not belong together, and
    when fewer than O(renew_before_days) are left. Each issue makes a new key.
  - Does not restart anything. Let `service_state` watch the certificate's path.
options:
  name: {description: "Common name, also the only alternative name unless more are given.", type: str, required: true}
  subject_alt_names: {description: "Host names and addresses.", type: list, elements: str}
  certificate: {description: "Path of the certificate.", type: path, required: true}
  key: {description: "Path of the key.", type: path, required: true}
  chain: {description: "Path for the authority's certificate, where a service wants it.", type: path}
  owner: {description: "Owner of the files.", type: str, default: root}
  group: {description: "Group of the files.", type: str, default: root}
  mode: {description: "Mode of the key; certificates are 0644.", type: str, default: "0640"}
  valid_days: {description: "Days a new certificate is valid.", type: int, default: 397}
  renew_before_days: {description: "Days left at which a new one is issued.", type: int, default: 30}
"""

EXAMPLES = r"""
- name: Hold the certificate of the mail service
  issued_certificate:
    name: "{{ estate_mail.service_name }}"
    certificate: /etc/estate/tls/mail.crt
    key: /etc/estate/tls/mail.key
    group: ssl-cert
"""

RETURN = r"""
reason: {description: "Why one was issued; empty when the one there still serves.", returned: always, type: str}
paths: {description: "What was (check mode: would be) changed.", returned: always, type: list}
promised: {description: "What a receipt says of it; never content.", returned: not in check mode, type: list}
"""

ARGUMENTS: dict[str, dict[str, Any]] = {
    "step": {"type": "str", "choices": ["inspect", "predict", "request", "install"], "required": True},
    "name": {"type": "str", "required": True},
    "certificate": {"type": "path", "required": True},
    "certificate_content": {"type": "str", "default": ""},
    "key": {"type": "path", "required": True, "no_log": False},
    "chain": {"type": "path"},
    "chain_content": {"type": "str", "required": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0640"},
    "predicted": {"type": "dict", "default": {}},
}


def openssl(*arguments: str) -> str:
    """Gives the answer of openssl; refuses with its own words when it fails."""
    try:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RefusedError("This host has no openssl. Install it in an earlier task.") from None
    if done.returncode:
        raise RefusedError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def belongs(key: str, certificate: str) -> bool:
    """Says whether the key at one path is the key of the certificate at another."""
    try:
        return openssl("pkey", "-in", key, "-pubout") == openssl(
            "x509", "-in", certificate, "-noout", "-pubkey"
        )
    except RefusedError:
        return False


def _file(parameters: dict[str, Any], path: str, content: bytes, mode: str) -> Wanted:
    encoded = base64.b64encode(content).decode()
    owner, group = parameters["owner"], parameters["group"]
    return Wanted("file", path, owner, group, mode, content=encoded, sensitive=path == parameters["key"])


def settle(wanted: list[Wanted], check_mode: bool) -> list[str]:
    """Lands the files that differ and gives their paths."""
    changes = [change for change in map(compare, wanted) if change]
    if not check_mode:
        for change in changes:
            owner_of(change.wanted)
        for change in changes:
            land(change)
    return [change.wanted.path for change in changes]


def _authority(parameters: dict[str, Any]) -> list[Wanted]:
    if not parameters["chain"]:
        return []
    return [_file(parameters, parameters["chain"], parameters["chain_content"].encode(), "0644")]


def inspect(parameters: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Gives the certificate that is there, corrects owner and mode of files that stay, leaves their content."""
    key, certificate = Path(parameters["key"]), Path(parameters["certificate"])
    if not (key.is_file() and certificate.is_file()):
        return {"changed": False, "paths": [], "certificate_content": "", "key_matches": False}
    wanted = [
        _file(parameters, str(certificate), certificate.read_bytes(), "0644"),
        _file(parameters, str(key), key.read_bytes(), parameters["mode"]),
        *_authority(parameters),
    ]
    paths = settle(wanted, check_mode)
    content = certificate.read_text(encoding="utf-8", errors="replace")
    matches = belongs(str(key), str(certificate))
    found = {"changed": bool(paths), "paths": paths, "certificate_content": content, "key_matches": matches}
    return found if check_mode else found | {"promised": of_tree(wanted)}


def request(parameters: dict[str, Any]) -> dict[str, Any]:
    """Makes a new key beside the old one, for its owner only, and gives a signing request for it."""
    aside = Path(parameters["key"] + ".new")
    make_directories(str(aside.parent), 0o755)
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    text = openssl(
        "req", "-new", *curve, "-keyout", str(aside), "-subj", f"/CN={parameters['name']}", "-batch"
    )
    return {"changed": False, "request": text}


def install(parameters: dict[str, Any]) -> dict[str, Any]:
    """Puts the new key and its certificate in place of the old ones."""
    aside = Path(parameters["key"] + ".new")
    wanted = [
        _file(parameters, parameters["key"], aside.read_bytes(), parameters["mode"]),
        _file(parameters, parameters["certificate"], parameters["certificate_content"].encode(), "0644"),
        *_authority(parameters),
    ]
    paths = settle(wanted, check_mode=False)
    aside.unlink()
    if not belongs(parameters["key"], parameters["certificate"]):
        raise RefusedError("The new certificate does not belong to the new key. Run again.")
    return {"changed": True, "paths": paths, "promised": of_tree(wanted)}


def main() -> None:
    """Answers one step of the action plugin."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    parameters = module.params
    try:
        if parameters["step"] == "inspect":
            result = inspect(parameters, module.check_mode)
        elif parameters["step"] == "predict":
            paths = [parameters[name] for name in ("key", "certificate", "chain") if parameters[name]]
            result = {"changed": True, "paths": paths}
        else:
            result = request(parameters) if parameters["step"] == "request" else install(parameters)
    except RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}")
    if module.check_mode and result.get("paths"):
        predicted = remember_paths(parameters["predicted"], result["paths"])
        result["ansible_facts"] = {"estate_predicted": predicted}
    if module._diff and result.get("changed"):
        header = f"certificate {parameters['certificate']}"
        after = "".join(f"changed: {path}\n" for path in result["paths"])
        result["diff"] = {"before_header": header, "after_header": header, "before": "", "after": after}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
