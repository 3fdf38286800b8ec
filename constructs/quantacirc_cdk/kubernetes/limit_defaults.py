"""Apply the defaults of a LimitRange to containers without resources, as the API server's admission does."""

from collections.abc import Iterable

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.patch import merged
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.manifests import PODS, pod_template


def with_defaults(objects: Iterable[Data], default: Resources) -> list[Data]:
    """Return the objects with the resources that their containers get from a LimitRange with these defaults."""
    return [_completed(item, default) for item in objects]


def _completed(item: Data, default: Resources) -> Data:
    template = pod_template(item)
    if template is None:
        return item
    spec = template["spec"]
    lists = {
        key: [_container(one, default) for one in spec[key]]
        for key in ("containers", "initContainers")
        if spec.get(key)
    }
    if all(spec[key] == found for key, found in lists.items()):
        return item
    change: Data = {"spec": lists}
    for step in reversed(PODS[item["kind"]]):
        change = {step: change}
    made: Data = merged(item, change)
    return made


def _container(container: Data, default: Resources) -> Data:
    stated = container.get("resources") or {}
    requests, limits = stated.get("requests") or {}, stated.get("limits") or {}
    most = {"ephemeral-storage": default.ephemeral_storage, "memory": default.memory_limit}
    usual = {"cpu": default.cpu, "ephemeral-storage": default.ephemeral_storage, "memory": default.memory}
    # A limit without a request also sets the request.
    found = {**stated, "limits": {**most, **limits}, "requests": {**usual, **limits, **requests}}
    complete = most.keys() <= limits.keys() and usual.keys() <= requests.keys()
    return container if complete else {**container, "resources": found}
