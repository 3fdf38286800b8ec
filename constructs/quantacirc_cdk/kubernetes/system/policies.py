"""Network policies from the declared graph."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.network_policy import Edge, NetworkPolicyProps, Pods


def policies(identities: Sequence[Identity], edges: Sequence[Edge]) -> list[NetworkPolicyProps]:
    """Return one policy for each of these identities, with the edges that start or end at its pods."""
    found = []
    for identity in identities:
        pods = Pods(labels=identity.selector)
        found.append(
            NetworkPolicyProps(
                name=identity.name,
                pods=identity.selector,
                labels=identity.labels,
                incoming=[edge for edge in edges if edge.target == pods],
                outgoing=[edge for edge in edges if edge.source == pods],
            )
        )
    return found
