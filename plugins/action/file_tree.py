"""Renders a role's template tree on the controller and hands it to the module in one call."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

REPOSITORY = Path(__file__).resolve().parents[2]
ARGUMENTS: dict[str, dict[str, Any]] = {
    "root": {"type": "str", "default": "root"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
    "dir_mode": {"type": "str", "default": "0755"},
    "modes": {"type": "dict", "default": {}},
    "extra_files": {"type": "dict", "default": {}},
    "contents": {"type": "dict", "default": {}},
    "links": {"type": "dict", "default": {}},
    "absent": {"type": "list", "elements": "str", "default": []},
    "validate": {"type": "list", "elements": "dict", "default": []},
    "sensitive": {"type": "list", "elements": "str", "default": []},
}


def checked_path(path: str) -> str:
    """Gives the path without a slash at its end; refuses one that is not absolute and plain."""
    plain = path.rstrip("/")
    parts = PurePosixPath(plain).parts
    if not path.startswith("/") or plain != str(PurePosixPath(plain)) or ".." in parts or len(parts) < 3:
        raise AnsibleActionFail(
            f"file_tree: `{path}` is not a path it writes. Give an absolute path without `..`, at least two "
            "levels deep, such as /etc/hosts."
        )
    return plain


def checked_mode(path: str, mode: object) -> str:
    """Gives a mode as quoted octal text; refuses numbers, which YAML reads in its own way."""
    if not isinstance(mode, str) or not mode or set(mode) - set("01234567"):
        raise AnsibleActionFail(
            f'file_tree: the mode {mode!r} of {path} is not octal text. Write it as "0640", quoted.'
        )
    return mode


class ActionModule(ActionBase):  # type: ignore[misc]
    """Collects, renders, packs and sends."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Gives the module's result."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        _, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        entries = self._entries(options, variables)
        facts = variables.get("ansible_facts") or {}
        arguments = {
            "tree": base64.b64encode(zlib.compress(json.dumps(entries).encode())).decode(),
            "validate": options["validate"],
            "predicted": facts.get("estate_predicted", {}) if self._task.check_mode else {},
        }
        result: dict[str, Any] = self._execute_module("file_tree", module_args=arguments, task_vars=variables)
        return result

    def _entries(self, options: dict[str, Any], variables: dict[str, Any]) -> list[dict[str, Any]]:
        contents = self._contents(options, variables)
        modes = {
            checked_path(key): (value or {}, key.endswith("/")) for key, value in options["modes"].items()
        }
        sensitive = {checked_path(path) for path in options["sensitive"]}
        for kind, named in (
            ("modes", {p for p, (_, made) in modes.items() if not made}),
            ("sensitive", sensitive),
        ):
            if stray := sorted(named - set(contents)):
                raise AnsibleActionFail(
                    f"file_tree: {kind} names {', '.join(stray)}, which this task does not write. "
                    "Correct the path, or end it with a slash when a directory is meant."
                )
        entries = [
            {"kind": "directory", "path": path, **self._attributes(path, options, own, "dir_mode")}
            for path, (own, made) in sorted(modes.items())
            if made
        ]
        for path, content in sorted(contents.items()):
            attributes = self._attributes(path, options, modes.get(path, ({}, False))[0], "mode")
            encoded = base64.b64encode(content).decode()
            entries.append(
                {
                    "kind": "file",
                    "path": path,
                    "content": encoded,
                    "sensitive": path in sensitive,
                    **attributes,
                }
            )
        links = {checked_path(path): str(target) for path, target in options["links"].items()}
        entries += [{"kind": "link", "path": path, "target": links[path]} for path in sorted(links)]
        entries += [{"kind": "absent", "path": checked_path(path)} for path in sorted(options["absent"])]
        self._refuse_twice(entries)
        return entries

    def _attributes(
        self, path: str, options: dict[str, Any], own: dict[str, Any], mode: str
    ) -> dict[str, Any]:
        if unknown := sorted(set(own) - {"owner", "group", "mode"}):
            raise AnsibleActionFail(
                f"file_tree: modes of {path} has {unknown}; it knows owner, group and mode."
            )
        return {
            "owner": own.get("owner", options["owner"]),
            "group": own.get("group", options["group"]),
            "mode": checked_mode(path, own.get("mode", options[mode])),
            "dir_mode": checked_mode(path, options["dir_mode"]),
        }

    def _refuse_twice(self, entries: list[dict[str, Any]]) -> None:
        paths = [entry["path"] for entry in entries]
        if twice := sorted({path for path in paths if paths.count(path) > 1}):
            raise AnsibleActionFail(
                f"file_tree: {', '.join(twice)} is wanted in two ways. Leave one of them."
            )

    def _contents(self, options: dict[str, Any], variables: dict[str, Any]) -> dict[str, bytes]:
        contents: dict[str, bytes] = {}
        for path, content in (*self._rendered(options, variables), *self._plain(options)):
            if path in contents:
                raise AnsibleActionFail(f"file_tree: {path} has two sources. Leave one of them.")
            contents[path] = content
        return contents

    def _role_path(self) -> Path:
        return Path(self._task._role._role_path if self._task._role else self._loader.get_basedir())

    def _rendered(self, options: dict[str, Any], variables: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        """Yields path and content of every file of the template tree."""
        folder = self._role_path() / "templates" / options["root"]
        others = any(options[key] for key in ("extra_files", "contents", "links", "absent"))
        if not folder.is_dir():
            if others and "root" not in self._task.args:
                return
            raise AnsibleActionFail(
                f"file_tree: there is no folder {folder}. Make it, or name another with `root`."
            )
        searchpath = [str(folder), str(folder.parent)]
        templar = self._templar.copy_with_new_env(searchpath=searchpath, available_variables=variables)
        for source in sorted(folder.rglob("*")):
            if source.is_dir():
                continue
            path = checked_path("/" + source.relative_to(folder).as_posix().removesuffix(".j2"))
            if source.suffix != ".j2":
                yield path, source.read_bytes()
                continue
            yield path, self._render(templar, source).encode()

    def _render(self, templar: Any, source: Path) -> str:
        try:
            text = templar.template(
                trust_as_template(source.read_text(encoding="utf-8")),
                escape_backslashes=False,
                overrides={"trim_blocks": True, "lstrip_blocks": False, "newline_sequence": "\n"},
            )
        except AnsibleError as error:
            raise AnsibleActionFail(f"file_tree: {source} does not render: {error}") from error
        if not isinstance(text, str):
            raise AnsibleActionFail(
                f"file_tree: {source} renders to a {type(text).__name__}, not to text. "
                "Add a filter such as to_nice_json."
            )
        return text

    def _plain(self, options: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        """Yields path and content of plain copies and of texts given in the task."""
        for source, path in options["extra_files"].items():
            places = [self._role_path() / "files" / source, self._role_path() / source, REPOSITORY / source]
            found = next((place for place in places if place.is_file()), None)
            if found is None:
                raise AnsibleActionFail(
                    f"file_tree: there is no {source}; looked for {', '.join(map(str, places))}."
                )
            yield checked_path(path), found.read_bytes()
        for path, text in options["contents"].items():
            if not isinstance(text, str):
                raise AnsibleActionFail(
                    f"file_tree: contents of {path} is a {type(text).__name__}, not text."
                )
            yield checked_path(path), str(text).encode()
