"""Permissions of a component on the Kubernetes API."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.model.base import Section

Word = Annotated[str, Field(pattern=r"^[a-z0-9][-a-z0-9./]*$")]


class RuleSpec(Section):
    """Verbs on named resources of the namespace, without wildcards."""

    verbs: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]+$")]], Field(min_length=1)]
    """Verbs, such as `get`."""
    resources: Annotated[list[Word], Field(min_length=1)]
    """Plural names, such as `pods` or `pods/log`."""
    api_group: str = ""
    """API group; the core's when empty."""
    names: list[str] = []
    """Names of single objects; all when empty."""
