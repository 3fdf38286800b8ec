"""A value of a chart: one declaration for the template, ``values.yaml``, the schema and the documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from quantacirc_cdk.helm.expression import Expression, value

if TYPE_CHECKING:
    from quantacirc_cdk.helm.insertions import Insertion


class _FromEnvironment:
    """The type of ``FROM_ENVIRONMENT``."""

    def __repr__(self) -> str:
        return "FROM_ENVIRONMENT"


FROM_ENVIRONMENT = _FromEnvironment()
"""The default is the value of the environment that provides the chart's defaults."""


class Check(Protocol):
    """A check of a value in Helm's template language."""

    def lines(self, chart: str, path: str) -> Iterable[str]:
        """Return the actions that fail for the value at this path."""
        ...

    def template(self, chart: str) -> Iterable[str]:
        """Return the lines of the named template that the actions include."""
        ...


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A value of the chart."""

    path: str
    """Dotted path in ``values.yaml``."""
    description: str
    """Meaning of the value, with its unit, in one or two sentences."""
    schema: Mapping[str, Any]
    """JSON Schema (draft 7) of the value."""
    default: Any = FROM_ENVIRONMENT
    insertions: Sequence["Insertion"] = ()
    """Its places in the objects."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """Values of the environments that come from the model instead of the manifests."""
    reason: str = ""
    """Reason why environments can differ in it."""
    example: Any = None
    """Example, for a default that shows little."""
    refused: Sequence[tuple[Expression, str]] = ()
    """Conditions under which rendering fails, each with the message, which begins with the path of a value."""
    checks: Sequence["Check"] = ()
    """Checks that can fail when Helm renders the chart, with a message that begins with the path of a value."""
    if_used: bool = False
    """Leave it out of the chart if no template depends on it."""
    undeclared: bool = False
    """Whether environments differ in it without a rule or a file that explains it; ``qcdk parity --strict`` refuses it.

    """

    @cached_property
    def expression(self) -> Expression:
        """The value as an expression."""
        return value(self.path)
