"""JavaScript classes for jsii that do in one call what would otherwise take many.

Every jsii call takes some tenths of a millisecond, and the generated Python methods take as long again to check their
arguments. A JavaScript subclass whose constructor takes text does everything at once.

The classes are an ordinary jsii library: a package with its types in ``.jsii``
(https://aws.github.io/jsii/specification/). It is packed when it is loaded, so that the repository contains no binary
files.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.node import folder_until_exit
from quantacirc_cdk.version import __version__

_TEXT = {"primitive": "string"}
_SCOPE = {"name": "scope", "type": {"fqn": "constructs.Construct"}}
_GIVEN = {"name": "text", "type": _TEXT}


@dataclass(frozen=True, kw_only=True)
class JsiiClass:
    """An exported class; its constructor takes a scope, and then texts."""

    name: str
    base: str
    """Fully qualified name of the class it extends."""
    arguments: Sequence[str]
    """Names of the constructor's arguments after the scope, all of them strings."""
    queries: Sequence[str] = ()
    """Names of static methods that take a scope and return a string."""
    commands: Sequence[str] = ()
    """Names of static methods that take a scope and a string, and return a string."""


@dataclass(frozen=True, kw_only=True)
class JsiiModule:
    """A JavaScript module that jsii can load."""

    name: str
    source: Path
    classes: Sequence[JsiiClass]
    libraries: Mapping[str, str]
    """The jsii libraries that it requires, with their versions; load them first."""
    modules: Sequence[Path] = ()
    """JavaScript files that the source requires, which are placed in its folder."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Content of ``data.json`` beside it."""

    def type_name(self, name: str) -> str:
        """Return the fully qualified name of one of its classes, for ``jsii_type``."""
        return f"{self.name}.{name}"

    def load(self) -> None:
        """Register the classes with jsii. The package stays until the process ends: forked processes load it, too."""
        import jsii

        package = folder_until_exit("jsii-module-") / f"{self.name}.tgz"
        package.write_bytes(self.packed())
        jsii.kernel.load(self.name, __version__, str(package))

    def packed(self) -> bytes:
        """Return the package as npm would pack it. The bytes are reproducible, because jsii caches unpacked packages by
        hash.
        """
        library = {"name": self.name, "version": __version__, "dependencies": dict(self.libraries)}
        types = {self.type_name(one.name): self._type(one) for one in self.classes}
        assembly = {"schema": "jsii/0.10.0", "jsiiVersion": "*", "fingerprint": "*", "types": types}
        files = {
            "package.json": json.dumps({**library, "main": self.source.name}),
            ".jsii": json.dumps({**library, **assembly}),
            "data.json": json.dumps(dict(self.data), sort_keys=True),
            **{file.name: file.read_text(encoding="utf-8") for file in (self.source, *self.modules)},
        }
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
            for name, text in files.items():
                entry = tarfile.TarInfo(f"package/{name}")
                entry.size = len(text.encode())
                tar.addfile(entry, io.BytesIO(text.encode()))
        return packed.getvalue()

    def _type(self, one: JsiiClass) -> dict[str, Any]:
        arguments = [_SCOPE, *({"name": name, "type": _TEXT} for name in one.arguments)]
        queries = [
            {"name": name, "static": True, "parameters": parameters, "returns": {"type": _TEXT}}
            for names, parameters in ((one.queries, [_SCOPE]), (one.commands, [_SCOPE, _GIVEN]))
            for name in names
        ]
        return {
            "kind": "class",
            "assembly": self.name,
            "name": one.name,
            "fqn": self.type_name(one.name),
            "base": one.base,
            "initializer": {"parameters": arguments},
            "methods": queries,
        }
