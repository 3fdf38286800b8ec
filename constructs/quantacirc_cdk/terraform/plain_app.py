"""An app that writes what CDKTF writes, without Node.js.

The resources of a stack are plain data from the start. What CDKTF adds to them is a fragment for each provider,
backend, variable and output, and metadata. Values that only the engine can resolve need an ``App``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.terraform.stack_manifest import MANIFEST
from quantacirc_cdk.text.javascript import as_in_javascript, number

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.stack import Stack


class Document:
    """The Terraform JSON of one stack."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: dict[str, Any] = {}
        self._overrides: dict[str, Any] = {}
        self._metadata: dict[str, Any] = {"stackName": name, "overrides": {}}
        self._outputs: dict[str, Any] = {}

    def provider(self, type: str, source: str, versions: str, arguments: Mapping[str, Any]) -> None:
        """Add a provider configuration."""
        _merge(self._found, {"terraform": {"required_providers": {type: {"source": source, "version": versions}}}})
        _merge(self._found, {"provider": {type: [dict(arguments)]}})
        _merge(self._metadata, {"overrides": {type: [*arguments]}})

    def backend(self, type: str, arguments: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        """Set the backend; ``extra`` are arguments that CDKTF has no property for."""
        _merge(self._found, {"terraform": {"backend": {type: {**arguments, **extra}}}})
        self._metadata["backend"] = type
        if extra:
            _merge(self._metadata, {"overrides": {"backend": [*extra]}})

    def variable(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Add a variable."""
        _merge(self._found, {"variable": {name: dict(arguments)}})

    def output(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Add an output."""
        _merge(self._found, {"output": {name: dict(arguments)}})
        _merge(self._outputs, {self._name: {name: name}})

    def add_override(self, path: str, value: Any) -> None:
        """Set a value outside of resources, like ``TerraformStack.add_override``."""
        *parents, last = path.split(".")
        place = self._overrides
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value

    def data(self) -> dict[str, Any]:
        """Return what is in the document beside resources, without metadata."""
        found: dict[str, Any] = {}
        _merge(found, self._found)
        _merge(found, self._overrides)
        return found

    def text(self, version: str, paths: Mapping[tuple[str, str, str], str]) -> str:
        """Return the document with the paths of the resources by block, type and name. Raises ``UnusualError``."""
        metadata = {**self._metadata, "version": version}
        metadata["overrides"] = {**metadata["overrides"], "stack": [*self._overrides]}
        found = {"//": {"metadata": metadata, "outputs": self._outputs}}
        for (block, kind, name), path in paths.items():
            _merge(found, {block: {kind: {name: {"//": {"metadata": {"path": path, "uniqueId": name}}}}}})
        _merge(found, self._found)
        _merge(found, self._overrides)
        return text_of(as_in_javascript(found))


class PlainApp:
    """The scope of plain stacks."""

    def __init__(self, *, outdir: Path, version: str) -> None:
        """Begin an app that writes what the release ``version`` of CDKTF writes."""
        self.outdir = outdir
        self.stacks: list[Stack] = []
        self._version = version

    def synth(self) -> None:
        """Write all stacks. Raises ``SchemaError`` with the problems of all of them, and ``UnusualError``."""
        from quantacirc_cdk.terraform.stack import declare_all

        declare_all(self.stacks)
        texts = {stack.id: stack.text(self._version) for stack in self.stacks}
        for name, text in texts.items():
            folder = self.outdir / "stacks" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "cdk.tf.json").write_bytes(text.encode())
        self.outdir.mkdir(parents=True, exist_ok=True)
        (self.outdir / "stacks").mkdir(exist_ok=True)
        stacks = {name: _listed(name) for name in texts}
        (self.outdir / MANIFEST).write_text(text_of({"stacks": stacks, "version": self._version}), encoding="utf-8")


def _listed(name: str) -> dict[str, Any]:
    folder = f"stacks/{name}"
    return {
        "annotations": [],
        "constructPath": name,
        "dependencies": [],
        "name": name,
        "stackMetadataPath": f"{folder}/metadata.json",
        "synthesizedStackPath": f"{folder}/cdk.tf.json",
        "workingDirectory": folder,
    }


def _merge(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    """Merge like CDKTF: maps are merged, and lists joined."""
    for key, value in source.items():
        if isinstance(value, Mapping):
            if not isinstance(target.get(key), dict):
                target[key] = {}
            _merge(target[key], value)
        elif isinstance(value, list | tuple) and isinstance(target.get(key), list):
            target[key] = [*target[key], *value]
        else:
            target[key] = value


def text_of(value: Any, indent: str = "\n") -> str:
    """Return JSON with sorted keys and two blanks for each level, also in empty lists and maps."""
    inner = f"{indent}  "
    if type(value) is dict:
        fields = [f"{inner}{_text(key)}: {text_of(value[key], inner)}" for key in sorted(value)]
        return f"{{{','.join(fields)}{indent}}}"
    if type(value) is list:
        items = [f"{inner}{text_of(item, inner)}" for item in value]
        return f"[{','.join(items)}{indent}]"
    if type(value) is float:
        return number(value)
    return _text(value) if type(value) is str else json.dumps(value)


_text = json.JSONEncoder(ensure_ascii=False).encode
