"""Networks: one for each service that others reach, so that a service reaches what it declares and little else."""

from collections.abc import Iterable, Sequence

from quantacirc_cdk.manifests import Data

OUTSIDE = "outside"
"""The network with a way out, for those who call the world."""
FRONT = "front"
"""The network with a way in, for those with a port on the laptop."""


def memberships(
    services: Sequence[str], edges: Iterable[tuple[str, str | None]], exposed: Sequence[str]
) -> dict[str, list[str]]:
    """Return the networks of each service, sorted.

    Whoever is reached has a network of its name, and all who reach it are on it, so that these also see one another: a
    network for each pair would be more than an engine has addresses for.
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
    """Return the networks' declarations; only two lead anywhere else."""
    names = sorted({name for joined in members.values() for name in joined})
    return {name: {} if name in (OUTSIDE, FRONT) else {"internal": True} for name in names}
