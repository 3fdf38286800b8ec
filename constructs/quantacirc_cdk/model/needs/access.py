"""Permissions of a component on the Kubernetes API."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import kubernetes_names
from quantacirc_cdk.model.base import Section


class RuleSpec(Section):
    """Verbs on named resources of the namespace, without wildcards."""

    verbs: Annotated[list[kubernetes_names.Verb], Field(min_length=1)]
    """Verbs, such as `get`."""
    resources: Annotated[list[kubernetes_names.ResourceName], Field(min_length=1)]
    """Plural names, such as `pods` or `pods/log`."""
    api_group: str = ""
    """API group; the core's when empty."""
    names: list[str] = []
    """Names of single objects; all when empty."""
