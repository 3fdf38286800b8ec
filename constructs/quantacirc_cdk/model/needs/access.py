"""Permissions of a component on the Kubernetes API."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from quantacirc_cdk.limits import kubernetes_names
from quantacirc_cdk.limits.cluster_resources import refused_resource
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import expected


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

    @model_validator(mode="after")
    def _of_the_namespace(self) -> Self:
        for resource in self.resources:
            if refused := refused_resource(self.api_group, resource, self.verbs):
                what, words = refused
                raise expected(f"{words}; not {what}")
        return self
