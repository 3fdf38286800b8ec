"""Limits of an environment: traffic from outside, permissions of teams, quota of the namespace."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes_names
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Name, Quantity


class Traffic(Section):
    """Limits on traffic from outside."""

    requests_per_second: Annotated[int, Field(ge=1, le=100000)] | None = 50
    """Maximum requests per second of one client; with Gateway API, of all clients of one proxy. No limit when null."""
    body_size: Bytes | None = "8Mi"
    """Maximum size of a request body of http and https; no limit when null. With Gateway API, no limit unless you set
    one: Envoy then reads each body whole before it forwards it, so that WebSockets and streams do not work."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds to wait for a response before the request fails."""


class Team(Section):
    """A group of people with access to this environment."""

    group: kubernetes_names.GroupName
    """Name of the group in the cluster's identity provider."""
    role: Literal["read", "deploy"] = "read"
    """read: view objects and logs, but no Secrets. deploy: also change and restart workloads."""
    components: list[Name] = []
    """Components that the team may change; all by default."""


class Quota(Section):
    """Maximum resources of the namespace. Absent values follow from the maximum replicas, with a reserve."""

    cpu: Quantity | None = None
    """Sum of the CPU requests of all pods, in cores."""
    memory: Bytes | None = None
    """Sum of the memory requests of all pods."""
    memory_limit: Bytes | None = None
    """Sum of the memory limits of all pods."""
    storage: Bytes | None = None
    """Sum of the sizes of all volumes."""
    claims: Annotated[int, Field(ge=1)] | None = None
    """Number of volume claims. Claims of a renamed component stay, and count until you delete them."""
    pods: Annotated[int, Field(ge=1)] | None = None
    """Number of pods."""
