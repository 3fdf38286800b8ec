"""Networks: one for each service that others connect to, so that a service can reach little besides its declared
targets.
"""

from collections.abc import Iterable, Sequence

from quantacirc_cdk.manifests import Data

OUTSIDE = "outside"
"""Network with access to the outside, for services that connect to it."""
FRONT = "front"
"""Network for services with a published port."""


def memberships(
    services: Sequence[str], edges: Iterable[tuple[str, str | None]], exposed: Sequence[str]
) -> dict[str, list[str]]:
    """Return the networks of each service, sorted.

    Each target has a network with its name, and all its clients are on it, so clients of the same target can reach each
    other. A network for each pair would exceed the address pools of container engines.
    """
    found: dict[str, set[str]] = {service: set() for service in services}
    for source, target in edges:
        if source in found and target is None:
            found[source].add(OUTSIDE)
        elif source in found and target in found:
            found[source].add(target)
            found[target].add(target)
    for service in exposed:
        found[service].add(FRONT)
    return {service: sorted(networks) for service, networks in found.items()}


def networks(members: dict[str, list[str]]) -> Data:
    """Return the declarations of the networks; only two are not internal."""
    names = sorted({name for joined in members.values() for name in joined})
    return {name: {} if name in (OUTSIDE, FRONT) else {"internal": True} for name in names}
