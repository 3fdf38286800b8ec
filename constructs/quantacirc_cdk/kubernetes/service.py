"""A stable name and address for pods."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class ServiceProps:
    """A Service inside the cluster."""

    identity: Identity
    """Whose pods it leads to."""
    ports: Sequence[Port]
    name: str | None = None
    """Name; the identity's when absent."""
    headless: bool = False
    """Give every pod a DNS name instead of one address to all, also before it is ready, so that peers find it."""


def service_spec(props: ServiceProps) -> Data:
    """Return the ``spec`` of a ClusterIP Service; container ports are addressed by name."""
    return {
        **compact(
            clusterIP="None" if props.headless else None,
            publishNotReadyAddresses=props.headless or None,
        ),
        "ports": [
            {"name": port.name, "port": port.port, "protocol": port.protocol, "targetPort": port.name}
            for port in props.ports
        ],
        "selector": props.identity.selector,
        "type": "ClusterIP",
    }


class Service(Manifest):
    """A Service that leads to the pods of an identity."""

    def __init__(self, scope: Construct, id: str, props: ServiceProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="v1",
            kind="Service",
            name=props.name or props.identity.name,
            labels=props.identity.labels,
            spec=service_spec(props),
        )
