"""What a chart's user may set: one declaration for the template, ``values.yaml``, the schema and the documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.helm.expression import Expression, value

if TYPE_CHECKING:
    from quantacirc_cdk.helm.landings import Landing


class _FromEnvironment:
    """The type of ``FROM_ENVIRONMENT``."""

    def __repr__(self) -> str:
        return "FROM_ENVIRONMENT"


FROM_ENVIRONMENT = _FromEnvironment()
"""The default is what the environment has that the chart takes its defaults from."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One value of the chart."""

    path: str
    """Dotted path in ``values.yaml``."""
    description: str
    """What it does, with its unit; a sentence or two."""
    schema: Mapping[str, Any]
    """JSON Schema (draft 7) of the value."""
    default: Any = FROM_ENVIRONMENT
    lands: Sequence["Landing"] = ()
    """Where it stands in the objects."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """Its value by environment, where the model says it rather than the manifests."""
    reason: str = ""
    """Why environments may differ in it."""
    example: Any = None
    """A value to show where the default says little."""
    undeclared: bool = False
    """Whether environments differ in it without a rule or a file that says so; ``qcdk parity --strict`` refuses it."""

    @property
    def expression(self) -> Expression:
        """The value, in a template."""
        return value(self.path)
