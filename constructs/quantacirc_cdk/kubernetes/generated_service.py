"""A web service from a short specification."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.kubernetes.autoscaler import Scaling
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import LARGE, MEDIUM, SMALL
from quantacirc_cdk.kubernetes.web_service import WebService
from quantacirc_cdk.kubernetes.workload import WorkloadProps

SIZES = {"small": SMALL, "medium": MEDIUM, "large": LARGE}


@dataclass(frozen=True, kw_only=True)
class GeneratedServiceProps:
    """What must be known about a service to deploy it."""

    name: str
    image: str
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    port: int = 8080
    """Port that answers HTTP."""
    size: Literal["small", "medium", "large"] = "small"
    min_replicas: int = 2
    max_replicas: int = 4
    health_path: str = "/"
    """Answers 200 while the service is well."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Configuration; a change rolls the pods."""


def generated_workload(props: GeneratedServiceProps) -> WorkloadProps:
    """Return the whole workload that a short specification stands for."""
    path = props.health_path
    return WorkloadProps(
        identity=Identity(name=props.name, component="web"),
        image=props.image,
        ports=[Port(name="http", port=props.port)],
        resources=SIZES[props.size],
        scaling=Scaling(min_replicas=props.min_replicas, max_replicas=props.max_replicas),
        probes=Probes(startup_path=path, liveness_path=path, readiness_path=path),
        environment=props.environment,
        # Nothing is known about the image: it may have no `sleep`.
        drain_seconds=0,
    )


class GeneratedService(WebService):
    """A hardened, scaled, spread web service from its image and port."""

    def __init__(self, scope: Construct, id: str, props: GeneratedServiceProps) -> None:
        if props.size not in SIZES:
            place = f"{scope.node.path}/{id}"
            raise PropsError(Problem(key=place, what=f'size "{props.size}"', expected=nearest(props.size, SIZES)))
        super().__init__(scope, id, generated_workload(props))
