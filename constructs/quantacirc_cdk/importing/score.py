"""Read Score files (https://docs.score.dev/docs/score-specification/score-spec-reference/)."""

import re
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing.data_keys import data_key
from quantacirc_cdk.importing.images import BUILT
from quantacirc_cdk.importing.made import Made, note_claims
from quantacirc_cdk.importing.malformed import well_formed
from quantacirc_cdk.importing.report import Left, shown
from quantacirc_cdk.importing.source import Data, Item, Source
from quantacirc_cdk.model.document import Node, Place, describe

PLACEHOLDER = "A Score provisioner fills it in: set a value or a Secret."
RESOURCE = "A Score provisioner creates it: add a component for it, such as postgresql, and `reaches`."
UNKNOWN = "The import does not support it."
_PLAIN = {"command": "command", "args": "args", "livenessProbe": "livenessProbe", "readinessProbe": "readinessProbe"}


def read(documents: list[Node]) -> Source:
    """Return the workloads of Score files. Raises ``ModelError`` for a file without a name or containers."""
    source, problems = Source(), []
    for node in documents:
        data: Any = node.plain()
        name = (data.get("metadata") or {}).get("name") if isinstance(data.get("metadata"), dict) else None
        containers = data.get("containers")
        if not isinstance(name, str):
            problems.append(
                Problem(
                    file=node.file,
                    line=node.line,
                    key="metadata.name",
                    what=f"found {describe(name)}",
                    expected="a name",
                )
            )
        elif (
            not isinstance(containers, dict)
            or not containers
            or not all(isinstance(one, dict) for one in containers.values())
        ):
            line = node.find(("containers",)).line
            problems.append(
                Problem(
                    file=node.file,
                    line=line,
                    key="containers",
                    what=f"found {describe(containers)}",
                    expected="containers by name",
                )
            )
        else:
            with well_formed(node, f"workload {name}"):
                _Workload(source, node, name, data).read()
    if problems:
        raise ModelError(problems)
    note_claims(source)
    return source


class _Workload:
    def __init__(self, source: Source, node: Node, name: str, data: Data) -> None:
        self.source, self.node, self.name, self.data = source, node, name, data
        self.made = Made(node, f"workload {name}", name)

    def read(self) -> None:
        for number, (key, container) in enumerate(self.data["containers"].items()):
            if number:
                self.made.deployment.data["spec"]["template"]["spec"]["containers"].append({})
            spec = self.made.deployment.data["spec"]["template"]["spec"]["containers"][number]
            spec["name"] = key
            self.container(number, container, ("containers", key))
        service = self.data.get("service") or {}
        for key, port in (service.get("ports") or {}).items():
            self.port(str(key), port, ("service", "ports", key))
        for key in self.data.keys() - {"apiVersion", "metadata", "containers", "service"}:
            self.left((key,), RESOURCE if key == "resources" else UNKNOWN)
        for key in self.data["metadata"].keys() - {"name", "annotations"}:
            self.left(("metadata", key), UNKNOWN)
        for key, value in (self.data["metadata"].get("annotations") or {}).items():
            target = ("spec", "template", "metadata", "annotations", key)
            self.made.put(target, str(value), ("metadata", "annotations", key))
        self.source.items += self.made.items()

    def container(self, number: int, data: Data, base: Place) -> None:
        for key, value in data.items():
            place = (*base, key)
            if key == "image":
                if value == ".":
                    self.made.deployment.data["spec"]["template"]["spec"]["containers"][number]["image"] = (
                        f"{BUILT}{self.name}"
                    )
                    self.left(place, "A pipeline builds the image; the model has its name under `images`.")
                else:
                    self.made.in_container(("image",), str(value), place, number=number)
            elif key in _PLAIN:
                self.made.in_container((_PLAIN[key],), value, place, number=number)
            elif key == "variables":
                for name, text in value.items():
                    self.variable(number, str(name), text, (*place, name))
            elif key == "resources":
                for group in value:
                    for name, amount in value[group].items():
                        self.made.in_container(
                            ("resources", group, name), str(amount), (*place, group, name), number=number
                        )
            elif key == "files":
                self.files(number, value, place)
            elif key == "volumes":
                self.volumes(number, value, place)
            else:
                self.left(place, UNKNOWN)

    def variable(self, number: int, name: str, text: Any, place: Place) -> None:
        if "${" in str(text).replace("$${", ""):
            self.left(place, PLACEHOLDER)
            return
        plain = str(text).replace("$${", "${")
        self.made.append(("env",), {"name": name, "value": plain}, place, number=number)

    def files(self, number: int, value: Any, place: Place) -> None:
        pairs = value.items() if isinstance(value, dict) else [(one.get("target"), one) for one in value]
        for index, (target, one) in enumerate(pairs):
            where = (*place, target) if isinstance(value, dict) else (*place, index)
            text = one.get("content")
            if not isinstance(text, str) or "${" in text.replace("$${", ""):
                self.left(
                    where, PLACEHOLDER if isinstance(text, str) else "Add the file under `files` of the component."
                )
                continue
            name = f"{self.name}-{re.sub(r'[^a-z0-9]+', '-', str(target).lower()).strip('-')}"
            key = data_key(str(target).rpartition("/")[2])
            data = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name},
                "data": {key: text.replace("$${", "${")},
            }
            item = Item(data, self.node, self.made.deployment.title, {("data", key): (*where, "content")})
            self.source.items.append(item)
            self.made.volume(name, {"configMap": {"name": name}}, str(target), where, number=number)
            self.made.deployment.data["spec"]["template"]["spec"]["containers"][number]["volumeMounts"][-1][
                "subPath"
            ] = key
            for more in one.keys() - {"content", "target", "noExpand"}:
                self.left((*where, more), UNKNOWN)

    def volumes(self, number: int, value: Any, place: Place) -> None:
        pairs = value.items() if isinstance(value, dict) else [(one.get("target"), one) for one in value]
        for index, (target, one) in enumerate(pairs):
            where = (*place, target) if isinstance(value, dict) else (*place, index)
            found = re.fullmatch(r"\$\{resources\.([A-Za-z0-9_-]+)\}", str(one.get("source")))
            if found is None:
                self.left(where, PLACEHOLDER)
                continue
            name = f"{self.name}-{found[1].lower().replace('_', '-')}"
            self.made.claim(self.source, name)
            claim = {"persistentVolumeClaim": {"claimName": name}}
            self.made.volume(name, claim, str(target), where, read_only=bool(one.get("readOnly")), number=number)

    def port(self, name: str, port: Any, place: Place) -> None:
        number = port.get("targetPort", port.get("port"))
        self.made.port(
            number, str(port.get("protocol", "TCP")).upper(), (*place, "targetPort" if "targetPort" in port else "port")
        )
        entry = self.made.service.data["spec"]["ports"][-1]
        entry |= {"name": name, "port": port.get("port")}

    def left(self, place: Place, reason: str) -> None:
        for inside, leaf in self.node.find(place).leaves(place):
            path = shown(self.data, inside)
            self.source.left.append(
                Left(file=self.node.file, line=leaf.line, object=f"workload {self.name}", path=path, reason=reason)
            )
