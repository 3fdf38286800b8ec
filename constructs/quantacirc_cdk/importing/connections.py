"""Detect connections in a source: Service names in texts, NetworkPolicies, and roles in the Kubernetes API."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from quantacirc_cdk.importing.plan import Translation, peers_of
from quantacirc_cdk.importing.report import Connection
from quantacirc_cdk.importing.selectors import selected
from quantacirc_cdk.importing.source import Data, Item, Source, selects

_OTHER = re.compile(
    r"(?i)(?<![a-z0-9])(db|database|dialect|driver|engine|env|environment|group|mode|namespace|pass|password|project|role"
    r"|schema|tier|type|user|username)$|(?<!host)name$"
)
"""Ends of the names of variables whose values are words other than hosts."""
_ASKED = r"(?:(?<![A-Za-z0-9-])(?:-h|--host|--hostname)|\b(?:nslookup|getent hosts))"
"""What comes before the name of a host in a command."""
_NETWORK_POLICY = "a NetworkPolicy"


def connect(source: Source, plan: Translation) -> None:
    """Add `reaches` for Services that variables, arguments or mounted configuration name, and for connections that
    NetworkPolicies allow; add `api_token` for service accounts with a role.
    """
    parts = plan.system["components"]
    addresses = {name: _Address(name, _numbers(parts[name]["ports"])) for name in parts if parts[name].get("ports")}
    for service in source.of("Service"):
        for name, item in plan.components.items():
            labels = (item.template.get("metadata") or {}).get("labels") or {}
            spec = service.data.get("spec") or {}
            if selects(spec.get("selector"), labels) and parts[name].get("ports"):
                pods = item.name if item.kind == "StatefulSet" and spec.get("clusterIP") == "None" else ""
                addresses[service.name] = _Address(name, _numbers(spec.get("ports") or []), pods)
    admitted = _admitted(source, plan)
    own = str(plan.environment["namespace"]) if source.namespace else ""
    bound = {
        str(subject.get("name"))
        for one in source.of("ClusterRoleBinding", "RoleBinding")
        for subject in one.data.get("subjects") or []
        if subject.get("kind") == "ServiceAccount"
    }
    for name, item in plan.components.items():
        found: dict[str, str] = {}
        for address, known in addresses.items():
            target = known.target
            if target not in found and (target != name or peers_of(str(parts[name]["kind"])) == "declared"):
                origin = (
                    _NETWORK_POLICY
                    if target in admitted[name]
                    else "the dependencies of the source"
                    if address in source.reaches.get(item.name, ())
                    else _named(source, item, address, known, own, itself=target == name)
                )
                found |= {target: origin} if origin else {}
        if found:
            parts[name]["reaches"] = sorted(found)
            plan.connections += [
                Connection(component=name, target=target, origin=found[target]) for target in sorted(found)
            ]
        if _has_token(source, item.template["spec"], bound):
            parts[name]["api_token"] = True
    alone = [name for name, part in parts.items() if not part.get("reaches") and not part.get("api_token")]
    if alone:
        plan.notes.append(
            f"Pods connect only to what `reaches` lists. {len(alone)} of {len(parts)} components reach nothing: add "
            "connections that the import cannot see, and `externals`."
        )


class _Address(NamedTuple):
    """What a Service leads to."""

    target: str
    """The component."""
    ports: Collection[int]
    pods: str = ""
    """StatefulSet whose pods have names below that of the Service."""


def _numbers(ports: Sequence[Data]) -> Collection[int]:
    return [one["port"] for one in ports if isinstance(one.get("port"), int)]


def _named(source: Source, item: Item, address: str, leads: _Address, namespace: str, *, itself: bool) -> str:
    """Return the text of a workload that contains the name of a Service; empty if none does.

    The name of the workload ``itself`` is in many variables, and addresses of all workloads in shared ConfigMaps.
    """
    known = [
        one
        for one in _texts(source, item)
        if mentions(one.text, address, alone=one.whole, namespace=namespace, ports=leads.ports, pods=leads.pods)
    ]
    if itself:
        known = [one for one in known if one.text != address and not one.shared]
    best = next((one for one in known if one.text != address), known[0] if known else None)
    if best is None:
        return ""
    return f"{best.origin}, whose whole value is the word {address}" if best.text == address else best.origin


def _has_token(source: Source, spec: Data, bound: set[str]) -> bool:
    """Return whether a pod has a token of its service account, and uses it because the account has a role."""
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    stated = spec.get("automountServiceAccountToken")
    if stated is None:
        own = (
            one.data.get("automountServiceAccountToken") for one in source.of("ServiceAccount") if one.name == account
        )
        return account in bound and next(own, None) is not False
    return bool(stated)


def _admitted(source: Source, plan: Translation) -> dict[str, set[str]]:
    """Return the components that each component may connect to by the NetworkPolicies of the source."""
    found: dict[str, set[str]] = {name: set() for name in plan.components}
    for item in source.of("NetworkPolicy"):
        spec = item.data.get("spec") or {}
        own = selected(plan, spec.get("podSelector") or {})
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction) or []:
                for peer in (rule or {}).get(peers) or []:
                    if "podSelector" not in peer or "namespaceSelector" in peer:
                        continue
                    others = selected(plan, peer["podSelector"] or {})
                    for client in own if direction == "egress" else others:
                        found[client] |= set(others if direction == "egress" else own)
    return found


def _can_be_host(variable: str) -> bool:
    """Return whether the value of a variable can be the name of a host."""
    return not _OTHER.search(variable)


class _Text(NamedTuple):
    """A text of a workload that can contain names of hosts."""

    text: str
    whole: bool
    """Whether the whole text can be a name."""
    origin: str
    """What contains it, in words."""
    shared: bool = False
    """Whether other workloads can have it too."""


def texts(source: Source, item: Item) -> Iterator[str]:
    """Yield the texts of a workload that can contain names of hosts."""
    yield from (one.text for one in _texts(source, item))


def _texts(source: Source, item: Item) -> Iterator[_Text]:
    spec = item.template.get("spec") or {}
    for one in (*(spec.get("initContainers") or []), *(spec.get("containers") or [])):
        for variable in one.get("env") or []:
            if "value" in variable:
                name = str(variable.get("name"))
                yield _Text(str(variable.get("value")), _can_be_host(name), f"the variable {name}")
        for key in ("command", "args"):
            words = one.get(key) or []
            yield from (_Text(str(word), False, f"`{key}`") for word in (*words, " ".join(map(str, words))))
    for name, text in source.texts.get(item.name, ()):
        yield _Text(text, _can_be_host(name), f"the variable {name} of a Secret")
    whole = json.dumps(spec)
    for one in source.of("ConfigMap"):
        if f'"{one.name}"' in whole:
            for key, text in (one.data.get("data") or {}).items():
                yield _Text(str(text), False, f"{key} of the ConfigMap {one.name}", shared=True)


def mentions(
    text: str, host: str, *, alone: bool, namespace: str = "", ports: Collection[int] = (), pods: str = ""
) -> bool:
    """Return whether a text contains a host: before a port or a cluster domain, in a URL, as an option, or alone.

    ``ports`` are those that can follow it after a space, as in ``nc -z db 5432``. ``pods`` is the StatefulSet whose
    pods have names below it, such as ``db-0.db``. With ``namespace``, a domain of another namespace is another host.
    """
    within = re.escape(namespace) if namespace else "[a-z0-9-]+"
    start, name = r"(?<![A-Za-z0-9._-])", re.escape(host)
    one = rf"{re.escape(pods)}-[0-9]+\.{name}" if pods else ""
    after = [":[0-9]", rf"(\.{within})?\.svc(?![A-Za-z0-9-])", *([rf"\.{within}:[0-9]"] if namespace else [])]
    patterns = [
        rf"{start}{name}(?={'|'.join(after)})",
        rf"(//|@){name}(?![A-Za-z0-9.-])",
        rf"{_ASKED}[ =]+[\"']?{name}(?![A-Za-z0-9._-])",
        *([rf"{start}{name}[\"']?\s+[\"']?(?:{'|'.join(map(str, ports))})(?![A-Za-z0-9.-])"] if ports else []),
        *([rf"{start}{one}(?![A-Za-z0-9.-])", rf"{start}{one}(?={'|'.join(after)})"] if one else []),
    ]
    return (alone and text == host) or any(re.search(pattern, text) for pattern in patterns)
