"""Translate Services and Ingresses to keys of a component."""

import re
from collections.abc import Sequence

from quantacirc_cdk.importing.comparison import DEFAULTS
from quantacirc_cdk.importing.plan import IDENTITY, Translation
from quantacirc_cdk.importing.source import Data, Item, Source


def service(spec: Data, metadata: Data) -> Data:
    """Return the keys of a component for its own Service."""
    found: Data = {}
    if spec.get("type") in ("LoadBalancer", "NodePort"):
        found["type"] = spec["type"]
    if spec.get("clusterIP") == "None":
        found["headless"] = True
    for key, ours in (
        ("loadBalancerClass", "load_balancer_class"),
        ("loadBalancerSourceRanges", "source_ranges"),
        ("externalTrafficPolicy", "external_traffic"),
        ("internalTrafficPolicy", "internal_traffic"),
        ("ipFamilyPolicy", "ip_family_policy"),
        ("ipFamilies", "ip_families"),
    ):
        if spec.get(key) and spec[key] not in DEFAULTS.get(key, ()):
            found[ours] = spec[key]
    if spec.get("sessionAffinity") == "ClientIP":
        found["client_affinity"] = True
    labels = {key: str(one) for key, one in (metadata.get("labels") or {}).items() if key not in IDENTITY}
    annotations = {key: str(one) for key, one in (metadata.get("annotations") or {}).items()}
    found |= {"labels": labels} if labels else {}
    found |= {"annotations": annotations} if annotations else {}
    return {"service": found} if found else {}


def served_ports(services: Sequence[Item], *, own: bool) -> list[Data]:
    """Return the ports of Services, without their own numbers if they stay objects beside that of the component."""
    ports = [one for each in services for one in each.data["spec"].get("ports") or []]
    return ports if own else [{**one, "targetPort": one.get("targetPort", one["port"]), "port": None} for one in ports]


def with_served_ports(main: Data, pod: Data, served: Sequence[Data]) -> Data:
    """Return the main container with the ports that a Service leads to by number and no container declares.

    Kubernetes needs no declaration; a component has a Service only for ports that it declares.
    """
    containers = [*(pod.get("containers") or []), *(pod.get("initContainers") or [])]
    known = {
        (one.get("containerPort"), one.get("protocol", "TCP")) for each in containers for one in each.get("ports") or []
    }
    more: list[Data] = []
    for one in served:
        port = (one.get("targetPort", one.get("port")), one.get("protocol", "TCP"))
        if isinstance(port[0], int) and port not in known:
            known.add(port)
            more.append({"containerPort": port[0], "protocol": port[1]})
    return {**main, "ports": [*(main.get("ports") or []), *more]} if more else main


def ways_in(source: Source, plan: Translation, name: str, services: list[Item]) -> set[tuple[str, str]]:
    """Add public routes: other Services with a load balancer, and Ingresses of this component only."""
    part = plan.system["components"][name]
    found: set[tuple[str, str]] = set()
    routes: Data = {}
    ports = {port["port"]: port["name"] for port in part.get("ports", [])}
    named = {port["name"]: port["name"] for port in part.get("ports", [])}
    for one in services:
        spec = one.data["spec"]
        title = one.name.removeprefix(f"{name}-")
        if spec.get("type") != "LoadBalancer" or title == one.name or len(spec.get("ports") or []) != 1:
            continue
        port = spec["ports"][0]
        target = {**ports, **named}.get(port.get("targetPort", port.get("port")))
        if target is None or port.get("protocol", "TCP") not in ("TCP", "UDP"):
            continue
        routes[title] = {
            "protocol": port.get("protocol", "TCP").lower(),
            "port": target,
            "external_port": port["port"],
        }
        if spec.get("loadBalancerSourceRanges"):
            routes[title]["source_ranges"] = spec["loadBalancerSourceRanges"]
        found.add(one.key)
    served = {one.name for one in services}
    for one in source.of("Ingress"):
        rules = (one.data.get("spec") or {}).get("rules") or []
        paths = [path for rule in rules for path in (rule.get("http") or {}).get("paths") or []]
        backends = {(path.get("backend") or {}).get("service", {}).get("name") for path in paths}
        if not paths or len(backends) != 1 or not backends <= served or not all(rule.get("host") for rule in rules):
            continue
        annotations = one.data["metadata"].get("annotations") or {}
        title = re.sub(r"[^a-z0-9]+", "-", one.name.lower()).strip("-").removeprefix(f"{name}-")
        title = "site" if title == name or not title[:1].isalpha() else title
        port = paths[0]["backend"]["service"].get("port") or {}
        numbers = {entry.get("service_port", entry["port"]): entry["name"] for entry in part.get("ports", [])}
        for entry in (more for each in part.get("ports", []) for more in each.get("additional_service_ports", [])):
            numbers[entry["port"]] = named[entry["name"]] = entry["name"]
        wanted = numbers.get(port.get("number")) or named.get(port.get("name"))
        routes[title] = {
            "hosts": list(dict.fromkeys(rule["host"] for rule in rules)),
            "paths": list(dict.fromkeys(path.get("path") or "/" for path in paths)),
            **({"port": wanted} if wanted else {}),
            **({"annotations": {key: str(value) for key, value in annotations.items()}} if annotations else {}),
        }
        known = plan.environment["cluster"].get("ingress_class", "nginx")
        ingress_class = one.data["spec"].get("ingressClassName") or annotations.get("kubernetes.io/ingress.class")
        plan.environment["cluster"]["ingress_class"] = ingress_class or known
        plan.counterparts[one.key] = ("Ingress", f"{name}-{title}")
        found.add(one.key)
    if routes:
        part["routes"] = routes
    return found
