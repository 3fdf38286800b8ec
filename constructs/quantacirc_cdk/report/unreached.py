"""Components that a variable, an argument or a file of another one names, and that it cannot connect to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.given import uses
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.kubernetes.system.hosts import elsewhere, hosts
from quantacirc_cdk.kubernetes.system.missing_services import texts
from quantacirc_cdk.manifests import pod_template
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.document import Place
from quantacirc_cdk.model.site import Site

Json = dict[str, Any]
_PORT = re.compile(r"(?:\.[a-z0-9.-]+)?:([0-9]{1,5})(?![0-9])")


def unreached(site: Site, objects: Sequence[Json], matrix: Json) -> Iterator[LeftOut]:
    """Yield each connection that a component names and its network policies deny, and each port that is not there.

    ``matrix`` is the result of ``reachability_matrix`` for these objects.
    """
    output = f"kubernetes/{site.environment.name}"
    allowed = {(one["source"], one["target"]) for one in matrix["open"]}
    services = _services(site, objects)
    data = {item["metadata"]["name"]: item.get("data") or {} for item in objects if item["kind"] == "ConfigMap"}
    for item in objects:
        client = str((item["metadata"].get("labels") or {}).get("app.kubernetes.io/name"))
        component, template = site.present.get(client), pod_template(item)
        if template is None or not isinstance(component, Program):
            continue
        found: dict[str, str] = {}
        for place, text, alone in texts(client, component, template["spec"], data):
            for host in hosts(text, services.keys() - {client}, site.namespace, alone=alone):
                target, ports = services[host.service]
                port = _PORT.match(text, host.end)
                if target == client:
                    continue
                if (client, target) not in allowed:
                    found.setdefault(f"connection from {client} to {target}", f"{_origin(place)} names it")
                elif port and int(port[1]) not in ports:
                    known = " and ".join(map(str, sorted(ports)))
                    found.setdefault(
                        f"port {port[1]} of {host.service}", f"{_origin(place)} of {client} names it, not {known}"
                    )
            for service, namespace in elsewhere(text, services.keys(), site.namespace):
                subject = f"host {service} in the namespace {namespace}"
                found.setdefault(
                    subject, f"{_origin(place)} of {client} names it, and {output} has it in {site.namespace}"
                )
        for target in _stores(site, client, item):
            found.setdefault(f"connection from {client} to {target}", "it reads the Secret")
        for subject, why in found.items():
            more = f", and `reaches` of {client} does not list it" if subject.startswith("connection") else ""
            yield LeftOut(output=output, subject=subject, why=f"{why}{more}")


def _services(site: Site, objects: Sequence[Json]) -> Mapping[str, tuple[str, set[int]]]:
    """Return the component and the ports of each Service."""
    found: dict[str, tuple[str, set[int]]] = {}
    for item in objects:
        spec = item.get("spec") or {}
        target = str((spec.get("selector") or {}).get("app.kubernetes.io/name"))
        if item["kind"] == "Service" and target in site.present:
            found[item["metadata"]["name"]] = (target, {one["port"] for one in spec.get("ports") or ()})
    return found


def _stores(site: Site, client: str, item: Json) -> Iterator[str]:
    """Yield the stores whose Secrets a component reads, and which it does not reach."""
    named = {use.name for use in uses(item) if use.kind == "Secret"}
    for name, component in site.system.components.items():
        if component.secret_keys and name != client and name not in site.reached(client) and site.secret(name) in named:
            yield name


def _origin(place: Place) -> str:
    return f"the variable {place[-1]}" if "environment" in place else f"`{place[-1]}`"
