"""An app that writes what ``cdk8s.App`` with one file for each object writes, without Node.js.

Its objects are plain data from the start, so that a tree of cdk8s would only hold them. Code that adds constructs of
cdk8s needs a ``cdk8s.App``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.plain import Plain, path_of, place_of
from quantacirc_cdk.text.cdk8s_yaml import document
from quantacirc_cdk.text.javascript import as_in_javascript

_NOT_IN_FILE_NAMES = re.compile(r"[^0-9a-zA-Z_.-]")


@dataclass(frozen=True)
class Taken:
    """An object that has a kind and name."""

    path: str
    part: str
    """Label ``app.kubernetes.io/name``."""


class PlainApp(Plain):
    """The root of charts with plain objects."""

    def __init__(self, outdir: Path) -> None:
        super().__init__()
        self._outdir = outdir
        self._namespaces: dict[str, str | None] = {}
        self._taken: dict[str, Taken] = {}
        self._objects: dict[str, tuple[tuple[int, ...], Data]] = {}

    def add_chart(self, chart: Any, namespace: str | None) -> None:
        """Add a chart, with the default namespace of its objects."""
        self._namespaces[path_of(chart)] = namespace

    def claim(self, scope: Any, id: str, data: Data) -> Taken | None:
        """Reserve the kind and name of an object; return the other one that has them."""
        kind, metadata = data["kind"], data["metadata"]
        group, slash, _ = data["apiVersion"].rpartition("/")
        namespace = metadata.get("namespace") or self._namespace(path_of(scope)) or ""
        # As cdk8s names the file: two objects of one kind and name overwrite each other, even in two namespaces.
        keys = ("/".join((group if slash else "", kind, namespace, metadata["name"])), _file_name(data))
        for key in keys:
            if key in self._taken:
                return self._taken[key]
        part = metadata.get("labels", {}).get("app.kubernetes.io/name", "")
        self._taken |= dict.fromkeys(keys, Taken(f"{path_of(scope)}/{id}", part))
        return None

    def add(self, item: Any, data: Data) -> None:
        """Add the data of an object. Raises ``UnusualError``."""
        path = path_of(item)
        metadata = data["metadata"]
        namespace = None if "namespace" in metadata else self._namespace(path)
        if namespace:
            data = {**data, "metadata": {**metadata, "namespace": namespace}}
        self._objects[path] = (place_of(item), _ordered(data))

    def objects(self) -> dict[str, Data]:
        """Return all objects by path."""
        return {path: data for path, (_, data) in sorted(self._objects.items(), key=lambda item: item[1][0])}

    def settle(self, objects: Mapping[str, Data]) -> None:
        """Replace the objects at these paths. Raises ``UnusualError``."""
        for path, data in objects.items():
            self._objects[path] = (self._objects[path][0], _ordered(data))

    def to_be_written(self) -> str:
        """Return the JSON text of all objects, by kind and name."""
        found = {f"{item['kind']}.{item['metadata']['name']}": item for item in self.objects().values()}
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    def synth(self) -> None:
        """Write all objects. Raises ``UnusualError``, and then has written nothing."""
        texts = {f"{_file_name(data)}.k8s.yaml": document(data) for _, data in self._objects.values()}
        self._outdir.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (self._outdir / name).write_bytes(text.encode())

    def _namespace(self, path: str) -> str | None:
        """Return the namespace of the chart around a construct."""
        while path not in self._namespaces:
            path = path.rpartition("/")[0]
        return self._namespaces[path]


def _file_name(data: Data) -> str:
    return _NOT_IN_FILE_NAMES.sub("", f"{data['kind']}.{data['metadata']['name']}")


def _ordered(data: Data) -> Data:
    found = as_in_javascript(data)
    first = {key: found[key] for key in ("apiVersion", "kind", "metadata")}
    return {**first, **found}
