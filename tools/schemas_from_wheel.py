"""Trim the jsii assembly inside a provider's prebuilt bindings (https://aws.github.io/jsii/specification/).

The bindings' Go-style names are turned back into Terraform's by the documentation link of each property, which ends in
``#argument_name``.
"""

import io
import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

LINK = re.compile(r"\{@link https://registry\.terraform\.io/providers/[^#}]*#(\w+)")
BLOCK = re.compile(r"^(\w+) block\.")
PROVIDER = re.compile(r"(?:registry\.terraform\.io/)?([\w-]+/[\w-]+)$")


def read_wheel(path: Path, used: set[str]) -> dict[str, Any]:
    """Return the types in ``used`` that the bindings in the wheel at ``path`` have."""
    assembly, package = load(path)
    reader = Reader(assembly)
    provider = (package.get("cdktn") or package["cdktf"])["provider"]
    source = PROVIDER.search(provider["name"])
    assert source, provider
    return {"source": source[1], "version": provider["version"], **reader.document(used)}


def load(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the assembly and the ``package.json`` of the bindings in a wheel."""
    with zipfile.ZipFile(path) as wheel:
        archive = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
        data = io.BytesIO(wheel.read(archive))
    with tarfile.open(fileobj=data, mode="r:gz") as bindings:
        files = {name: bindings.extractfile(f"package/{name}") for name in (".jsii", "package.json")}
        contents = {name: file.read() for name, file in files.items() if file}
    return json.loads(contents[".jsii"]), json.loads(contents["package.json"])


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Reader:
    """Reads blocks out of an assembly."""

    def __init__(self, assembly: dict[str, Any]) -> None:
        self.types: dict[str, Any] = assembly["types"]

    def document(self, used: set[str]) -> dict[str, Any]:
        found: dict[str, Any] = {"provider": {}, "resources": {}, "data": {}}
        for fqn, declared in self.types.items():
            base = str(declared.get("base", "")).partition(".")[2]
            if base == "TerraformProvider":
                found["provider"] = self.element(fqn)
            elif base in ("TerraformResource", "TerraformDataSource"):
                name = self.terraform_type(declared)
                if name in used or "all" in used:
                    found["resources" if base == "TerraformResource" else "data"][name] = self.element(fqn)
        return found

    def terraform_type(self, type: dict[str, Any]) -> str:
        """Return the type's name, from the link in its documentation: ``resources/eks_cluster aws_eks_cluster``."""
        link = re.search(r"\s(\w+)\}", type.get("docs", {}).get("summary", ""))
        assert link, type["fqn"]
        return link[1]

    def element(self, fqn: str) -> dict[str, Any]:
        block = self.block(fqn + "Config")
        inputs = {self.argument(p) for p in self.properties(fqn + "Config")}
        own = {snake_case(p["name"]) for p in self.types[fqn].get("properties", ()) if p.get("immutable")}
        computed = {n for n in own if not n.endswith("_input") and n not in inputs and n != "tf_resource_type"}
        if computed:
            block["computed"] = sorted(computed)
        return block

    def properties(self, fqn: str) -> list[dict[str, Any]]:
        return list(self.types[fqn].get("properties", ()))

    def argument(self, property: dict[str, Any]) -> str:
        docs = property.get("docs", {})
        text = f"{docs.get('summary', '')} {docs.get('remarks', '')}"
        block, link = BLOCK.match(text), LINK.search(text)
        found = block or link
        return found[1] if found else snake_case(property["name"])

    def block(self, fqn: str) -> dict[str, Any]:
        arguments, required = {}, []
        for member in self.properties(fqn):
            name = self.argument(member)
            is_block = BLOCK.match(member.get("docs", {}).get("summary", ""))
            arguments[name] = self.kind(member["type"], "block" if is_block else "object")
            if not member.get("optional"):
                required.append(name)
        block = {"arguments": arguments, "required": sorted(required)}
        return {key: value for key, value in block.items() if value}

    def kind(self, type: dict[str, Any], nested: str) -> Any:
        if "union" in type:
            # X | IResolvable: what the engine resolves later may stand in for any X.
            plain = [t for t in type["union"]["types"] if not t.get("fqn", "").endswith(".IResolvable")]
            return self.kind(plain[0], nested) if len(plain) == 1 else "any"
        if "primitive" in type:
            return {"boolean": "bool", "json": "any"}.get(type["primitive"], type["primitive"])
        if "fqn" in type:
            return {nested: self.block(type["fqn"])} if type["fqn"] in self.types else "any"
        element = self.kind(type["collection"]["elementtype"], nested)
        if type["collection"]["kind"] == "map":
            return {"map": element}
        if isinstance(element, dict) and nested in element:
            return {nested + "s": element[nested]}
        return {"list": element}
