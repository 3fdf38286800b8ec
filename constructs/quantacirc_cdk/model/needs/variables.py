"""Environment variables of a container."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.limits.quantity import divisor_refusal
from quantacirc_cdk.model.needs.short import Choice, Short, exactly_one, expected


class Variable(Choice):
    """The value of an environment variable: exactly one of these. A plain text is literal, and can be empty."""

    text: str | None = None
    """The value, used literally."""
    expand: str | None = None
    """The value, with `$(NAME)` replaced by another variable of the container."""
    secret: kubernetes.ObjectName | None = None
    """Name of a Secret; `key` selects the key."""
    config_map: kubernetes.ObjectName | None = None
    """Name of a ConfigMap; `key` selects the key."""
    key: kubernetes.DataKey | None = None
    """Key of the Secret or ConfigMap."""
    optional: bool = False
    """Start without the variable if the Secret, the ConfigMap or its key is missing."""
    field: kubernetes.PodField | None = None
    """A field of the pod, such as `status.podIP`."""
    resource: kubernetes.ContainerResource | None = None
    """A request or limit of the container, such as `limits.memory`."""
    divisor: kubernetes.Quantity | None = None
    """Unit of the request or limit, such as `1Mi`."""

    choices: ClassVar[tuple[str, ...]] = ("text", "expand", "secret", "config_map", "field", "resource")

    only_with: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "key": ("secret", "config_map"),
        "optional": ("secret", "config_map"),
        "divisor": ("resource",),
    }

    @model_validator(mode="after")
    def _with_key(self) -> Self:
        if self.secret or self.config_map:
            exactly_one(self, ("key",))
        if self.resource and self.divisor and (known := divisor_refusal(self.resource, self.divisor)):
            raise expected(f"as divisor {known}")
        return self


Value = Annotated[Variable, Short("text")]
"""The value of a variable; the short form is text."""


def literals(environment: Mapping[str, Variable | None]) -> dict[str, str]:
    """Return the variables whose value is literal text."""
    return {name: value.text for name, value in environment.items() if value is not None and value.text is not None}


class VariableSource(Choice):
    """A whole Secret or ConfigMap; each of its keys becomes an environment variable."""

    secret: kubernetes.ObjectName | None = None
    """Name of a Secret."""
    config_map: kubernetes.ObjectName | None = None
    """Name of a ConfigMap."""
    prefix: str = ""
    """Prefix of each variable's name."""
    optional: bool = False
    """Start without the variables if it is missing."""

    choices: ClassVar[tuple[str, ...]] = ("secret", "config_map")
