"""Environment variables of a container in Compose."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.compose.names import endings
from quantacirc_cdk.compose.secrets import VARIABLES, View, made_names
from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.manifests import Data
from quantacirc_cdk.text import compose
from quantacirc_cdk.text.compose import literal

LAPTOP = "127.0.0.1"


@dataclass(kw_only=True)
class Variables:
    """The environment of one service."""

    values: dict[str, str] = field(default_factory=dict)
    """Values in the Compose file, in which ``${NAME}`` is a variable of the user's environment."""
    pairs: list[str] = field(default_factory=list)
    """``NAME=FILE`` for a value of a generated Secret, ``NAME:=TEXT`` for text that refers to one."""
    files: list[Data] = field(default_factory=list)
    """Files with additional variables that you write: whole Secrets and ConfigMaps that are not generated."""
    views: list[View] = field(default_factory=list)


def variables(workload: Workload, container: Data, service: str, manifests: Manifests, user: int) -> Variables:
    """Return the environment of a container. Raises ``PropsError`` for a pod field that does not exist in Compose."""
    plain: dict[str, str] = {}
    found, made = Variables(), made_names(manifests)
    for source in container.get("envFrom", []):
        reference = source.get("configMapRef") or source["secretRef"]
        config = manifests.config(reference["name"]) if "configMapRef" in source else {}
        plain |= {f"{source.get('prefix', '')}{key}": literal(text) for key, text in config.items()}
        if not config:
            found.files.append({"path": f"./given/{reference['name']}.env", "required": False})
    secrets: dict[str, dict[str, str]] = {}
    hidden: set[str] = set()  # Known only when the container starts.
    for entry in container.get("env", []):
        origin, name = entry.get("valueFrom", {}), entry["name"]
        if "secretKeyRef" in origin and origin["secretKeyRef"]["name"] in made:
            secret, key = origin["secretKeyRef"]["name"], origin["secretKeyRef"]["key"]
            secrets.setdefault(secret, {})[key] = key
            found.pairs.append(f"{name}={VARIABLES}/{secret}/{key}")
            hidden.add(name)
        elif "secretKeyRef" in origin:
            plain[name] = _given(origin["secretKeyRef"], "Secret", manifests)
        elif "configMapKeyRef" in origin:
            reference = origin["configMapKeyRef"]
            known = manifests.config(reference["name"])
            there = reference["key"] in known
            plain[name] = literal(known[reference["key"]]) if there else _given(reference, "ConfigMap", manifests)
        elif "fieldRef" in origin:
            plain[name] = literal(_field(origin["fieldRef"]["fieldPath"], service, workload))
        elif "resourceFieldRef" in origin:
            plain[name] = _resource(origin["resourceFieldRef"], container, workload)
        elif hidden & set(_REFERENCE.findall(entry.get("value", ""))):
            found.pairs.append(f"{name}:={_template(entry['value'], hidden | plain.keys())}")
            hidden.add(name)
        else:
            plain[name] = expanded(entry.get("value", ""), plain)
    found.values = _direct(plain, manifests)
    for secret, items in secrets.items():
        view = View(service=service, secret=secret, target=f"{VARIABLES}/{secret}", user=user, items=items)
        found.views.append(view)
    return found


_ADDRESS = re.compile(r"(?:^|(?<=://)|(?<=@))([a-z0-9-]+)((?:\.[a-z0-9-]+)*):([0-9]+)(?=[/?]|$)")


def _direct(values: Mapping[str, str], manifests: Manifests) -> dict[str, str]:
    """Return values in which addresses of Services have the port of the container: URLs, and pairs of ``…_HOST`` and
    ``…_PORT``.
    """

    ports = manifests.container_ports

    def port(name: str, text: str) -> str:
        host = values.get(f"{name.removesuffix('_PORT')}_HOST", "") if name.endswith("_PORT") else ""
        return str(ports.get((host, text), text))

    def address(match: re.Match[str]) -> str:
        known = match[2] in endings(manifests.namespaces.get(match[1], ""))
        return f"{match[1]}{match[2]}:{ports.get((match[1], match[3]), match[3]) if known else match[3]}"

    return {name: _ADDRESS.sub(address, port(name, text)) for name, text in values.items()}


def _given(reference: Data, kind: str, manifests: Manifests) -> str:
    """Return a reference to the variable with which the user sets a value; without one that is not optional, pods of
    Kubernetes do not start either.
    """
    name, key = reference["name"], reference["key"]
    variable = manifests.outside[name, key]
    return (
        compose.variable(variable)
        if reference.get("optional")
        else compose.required(variable, f"the key {key} of the {kind} {name}")
    )


_REFERENCE = re.compile(r"\$\$|\$\(([^)]+)\)")


def expanded(text: str, known: Mapping[str, str]) -> str:
    """Return a value with ``$(NAME)`` replaced by earlier variables, as Kubernetes does."""
    parts, end = [], 0
    for match in _REFERENCE.finditer(text):
        parts.append(literal(text[end : match.start()]))
        name, end = match[1], match.end()
        parts.append(literal("$") if name is None else known.get(name, literal(match[0])))
    return "".join([*parts, literal(text[end:])])


def _template(text: str, known: Collection[str]) -> str:
    """Return a value for ``with-secrets.sh``, which replaces ``$(NAME)`` by a known variable and ``$$`` by ``$``."""

    def kept(match: re.Match[str]) -> str:
        if match[1] is not None and match[1] in known:
            return match[0]
        return ("$" if match[1] is None else match[0]).replace("$", "$$")

    parts, end = [], 0
    for match in _REFERENCE.finditer(text):
        parts += [text[end : match.start()].replace("$", "$$"), kept(match)]
        end = match.end()
    return "".join([*parts, text[end:].replace("$", "$$")])


def _field(path: str, service: str, workload: Workload) -> str:
    simple = {
        "metadata.name": f"{workload.name}-0",
        "metadata.namespace": workload.namespace,
        "metadata.uid": workload.name,
        "spec.nodeName": "localhost",
        "spec.serviceAccountName": str(workload.pod.get("serviceAccountName", "default")),
        "status.hostIP": LAPTOP,
        "status.hostIPs": LAPTOP,
        # Compose assigns the address at the start, so the name replaces it.
        "status.podIP": workload.name,
        "status.podIPs": workload.name,
    }
    if path in simple:
        return simple[path]
    for kind, entries in (("labels", workload.labels), ("annotations", workload.annotations)):
        if match := re.fullmatch(rf"metadata\.{kind}\['(.+)'\]", path):
            return entries.get(match[1], "")
    raise PropsError(Problem(key=f"{service}.env", what=f"the field {path} of a pod", expected=", ".join(simple)))


def _resource(reference: Data, container: Data, workload: Workload) -> str:
    """Return a request or limit in the given unit, rounded up."""
    section, _, resource = reference["resource"].partition(".")
    name = reference.get("containerName", container["name"])
    one = next((each for each in workload.pod["containers"] if each["name"] == name), container)
    stated = one.get("resources", {})
    amount = stated.get(section, {}).get(resource) or stated.get("limits", {}).get(resource) or "0"
    return str(-int(-parse_quantity(amount) // parse_quantity(reference.get("divisor", "1"))))
