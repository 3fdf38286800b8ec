"""What bounds a system in an environment: traffic from outside, people's rights, the namespace's quota."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Name, Quantity


class Traffic(Section):
    """What may come in from outside."""

    requests_per_second: Annotated[int, Field(ge=1, le=100000)] | None = 50
    """Requests a second of one client above which it is refused, with Gateway API of all clients of a proxy; none for
    no limit."""
    body_size: Bytes | None = "8Mi"
    """Size of a request's body above which it is refused; none for no limit."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds after which a request without an answer is given up."""


class Team(Section):
    """People who work with the system in this environment."""

    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_.:@/]{0,252}$")]
    """Their group, as the cluster's identity provider names it."""
    role: Literal["read", "deploy"] = "read"
    """read: see objects and logs, no Secrets. deploy: also change workloads and restart them."""
    components: list[Name] = []
    """Components that they may change; all of them by default."""


class Quota(Section):
    """What the namespace may use at most; what is not said follows from the maximum replicas, with room to spare."""

    cpu: Quantity | None = None
    """CPU cores requested by all pods."""
    memory: Bytes | None = None
    """Memory requested by all pods."""
    memory_limit: Bytes | None = None
    """Memory that all pods may grow to."""
    storage: Bytes | None = None
    """Size of all volumes."""
    pods: Annotated[int, Field(ge=1)] | None = None
    """Number of pods."""
