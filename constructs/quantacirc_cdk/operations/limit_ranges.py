"""Check pods and claims against LimitRanges of others in the namespace, as the API server's admission does
(https://kubernetes.io/docs/concepts/policy/limit-range/).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quantacirc_cdk.given import claims
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.manifests import pod_template, running_together

Json = dict[str, Any]


@dataclass(frozen=True)
class _Amounts:
    """Requests and limits of a container, a pod or a claim, by resource."""

    requests: Mapping[str, Fraction]
    limits: Mapping[str, Fraction]


def limit_problems(rendered: Sequence[Json], live: Sequence[Json]) -> list[str]:
    """Return the containers, pods and claims of a release that a LimitRange outside of the release refuses."""
    own = [item for item in rendered if item.get("kind") == "LimitRange"]
    names = {item["metadata"]["name"] for item in own}
    others = [item for item in live if item.get("kind") == "LimitRange" and item["metadata"]["name"] not in names]
    usual = _defaults([*own, *others])
    found: dict[str, None] = {}
    for item in rendered:
        what = f"{item['kind']} {item['metadata']['name']}"
        for other in others:
            for limit in other["spec"].get("limits") or ():
                for line in _refused(item, usual, limit):
                    found[f"LimitRange {other['metadata']['name']} refuses {what}: {line}"] = None
    return list(found)


def _defaults(ranges: Iterable[Json]) -> Json:
    """Return the limits and requests that containers get which state none."""
    found: Json = {"default": {}, "defaultRequest": {}}
    for item in ranges:
        for limit in item["spec"].get("limits") or ():
            if limit.get("type") == "Container":
                for key, values in found.items():
                    values.update(limit.get(key) or {})
    return found


def _refused(item: Json, usual: Json, limit: Json) -> Iterator[str]:
    spec = (pod_template(item) or {}).get("spec") or {}
    match limit.get("type"):
        case "Container":
            for one in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
                yield from _outside(f"its container {one['name']}", _of_container(one, usual), limit)
        case "Pod" if spec:
            yield from _outside("its pod", _of_pod(spec, usual), limit)
        case "PersistentVolumeClaim":
            for claim in filter(None, claims(item)):
                size = _parsed((claim.get("resources") or {}).get("requests") or {})
                yield from _outside("its claim", _Amounts(requests=size, limits=size), limit)


def _outside(what: str, given: _Amounts, limit: Json) -> Iterator[str]:
    """Yield each bound that these amounts do not meet. An amount that is missing meets no bound."""
    for resource, least in (limit.get("min") or {}).items():
        if given.requests.get(resource, -1) < parse_quantity(str(least)):
            yield f"{what} requests less {resource} than the minimum of {least}"
    for resource, most in (limit.get("max") or {}).items():
        if resource not in given.limits:
            yield f"{what} has no limit of {resource}, and {most} is the maximum"
        elif given.limits[resource] > parse_quantity(str(most)):
            yield f"{what} may use more {resource} than the maximum of {most}"
    for resource, ratio in (limit.get("maxLimitRequestRatio") or {}).items():
        request, most = given.requests.get(resource), given.limits.get(resource)
        if not request or most is None or most > request * parse_quantity(str(ratio)):
            yield f"{what} may use more than {ratio} times its request of {resource}"


def _of_container(container: Json, usual: Json) -> _Amounts:
    stated = container.get("resources") or {}
    limits = stated.get("limits") or {}
    # A limit of the container without a request also sets the request.
    requests = {**usual["defaultRequest"], **limits, **(stated.get("requests") or {})}
    return _Amounts(requests=_parsed(requests), limits=_parsed({**usual["default"], **limits}))


def _of_pod(spec: Json, usual: Json) -> _Amounts:
    """Return the most that containers have together at any time."""
    groups = [[_of_container(one, usual) for one in containers] for containers in running_together(spec)]
    return _Amounts(
        requests=_largest(_sum(one.requests for one in group) for group in groups),
        limits=_largest(_sum(one.limits for one in group) for group in groups),
    )


def _sum(amounts: Iterable[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for one in amounts:
        for resource, amount in one.items():
            found[resource] = found.get(resource, Fraction(0)) + amount
    return found


def _largest(amounts: Iterable[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for one in amounts:
        for resource, amount in one.items():
            found[resource] = max(found.get(resource, amount), amount)
    return found


def _parsed(amounts: Mapping[str, Any]) -> dict[str, Fraction]:
    return {resource: parse_quantity(str(amount)) for resource, amount in amounts.items()}
