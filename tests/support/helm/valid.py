"""What Kubernetes, old and new, or Pod Security's *restricted* would refuse of rendered objects."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from quantacirc_cdk.limits.finished import finished_refusals
from quantacirc_cdk.limits.pod_spec import workload_refusals
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, pod_templates
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors


def wrong(objects: Iterable[Object]) -> list[str]:
    """Return all that is wrong; of objects that are equal the question is asked once."""
    texts = (json.dumps(item, sort_keys=True) for item in objects if item["apiVersion"] in CORE)
    return [what for text in texts for what in _wrong(text)]


@cache
def _wrong(text: str) -> tuple[str, ...]:
    item: Object = json.loads(text)
    found = [problem for version in (OLDEST, NEWEST) for problem in errors(item, version)]
    found += [
        f"{item['kind']} {item['metadata']['name']}: {what}"
        for _, pod in pod_templates([item])
        for what in violations(pod)
    ]
    refused = [
        *finished_refusals(item),
        *(one for _, pod in pod_templates([item]) for one in workload_refusals(item, pod)),
    ]
    found += [f"{item['kind']} {item['metadata']['name']}: {what}, expected {expected}" for what, expected in refused]
    return (*found, *_repeated(item))


def _repeated(item: Object) -> Iterator[str]:
    """Yield the items of lists with equal names, which a JSON Schema cannot refuse."""
    for _, pod in pod_templates([item]):
        spec = pod["spec"]
        beside = [*spec.get("initContainers", []), *spec["containers"]]
        yield from _equal(item, "volumes", [volume["name"] for volume in spec.get("volumes", [])])
        yield from _equal(item, "containers", [container["name"] for container in beside])
        for container in beside:
            yield from _equal(item, "env", [each["name"] for each in container.get("env", [])])
            yield from _equal(item, "volumeMounts", [each["mountPath"] for each in container.get("volumeMounts", [])])
    if item["kind"] == "Service":
        ports = item["spec"].get("ports", [])
        yield from _equal(item, "port names", [port.get("name") for port in ports])
        for field in ("port", "nodePort"):
            numbers = [(port.get("protocol", "TCP"), port[field]) for port in ports if field in port]
            yield from _equal(item, f"{field}s", numbers)


def _equal(item: Object, what: str, names: list[Any]) -> Iterator[str]:
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        yield f"{item['kind']} {item['metadata']['name']}: {what} have {name} twice"
