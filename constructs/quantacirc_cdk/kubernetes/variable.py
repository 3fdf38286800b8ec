"""Environment variables of a container, and the sources of their values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import ContainerResource, DataKey, DnsLabel, ObjectName, PodField, Quantity
from quantacirc_cdk.limits.quantity import divisor_refusal


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A variable's value from a key of a Secret in the same namespace."""

    secret: ObjectName
    key: DataKey
    optional: bool = False
    """Start without the variable if the Secret or its key is missing."""


@dataclass(frozen=True, kw_only=True)
class ConfigKey:
    """A variable's value from a key of a ConfigMap in the same namespace."""

    config_map: ObjectName
    key: DataKey
    optional: bool = False
    """Start without the variable if the ConfigMap or its key is missing."""


@dataclass(frozen=True, kw_only=True)
class FieldPath:
    """A variable's value from a field of the pod, such as ``metadata.name``."""

    path: PodField


@dataclass(frozen=True, kw_only=True)
class ResourceField:
    """A variable's value from a request or limit of a container, such as ``limits.memory``."""

    resource: ContainerResource
    container: DnsLabel | None = None
    """Name of the container; the container of the variable when absent."""
    divisor: Quantity | None = None
    """Unit of the value, such as ``1Mi``; cores or bytes when absent."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a unit that the API does not know for this resource."""
        if self.divisor is not None and (expected := divisor_refusal(self.resource, self.divisor)):
            yield Refusal("divisor", describe(self.divisor), expected)


Value = str | SecretKey | ConfigKey | FieldPath | ResourceField
"""A literal, in which Kubernetes replaces ``$(NAME)`` by another variable of the container, or a source."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentSource:
    """A whole ConfigMap or Secret; each of its keys becomes an environment variable."""

    config_map: ObjectName | None = None
    """Name of the ConfigMap; exactly one of this and ``secret``."""
    secret: ObjectName | None = None
    """Name of the Secret."""
    prefix: str = ""
    """Prefix of each variable's name."""
    optional: bool = False
    """Start without the variables if it is missing."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a missing source, or two sources."""
        if (self.config_map is None) == (self.secret is None):
            yield Refusal("", f"config_map {self.config_map!r} and secret {self.secret!r}", "one of the two")


def variables(environment: Mapping[str, Value]) -> list[Data]:
    """Return a container's ``env``, sorted by name, except that a variable follows those that it references.

    Kubernetes replaces ``$(NAME)`` only by earlier variables
    (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
    """
    ordered: dict[str, None] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        value = environment[name]
        for other in references(value) if isinstance(value, str) else ():
            if other in environment and other not in ordered and other not in above:
                add(other, (*above, name))
        ordered.setdefault(name)

    for name in sorted(environment):
        add(name, ())
    return [_variable(name, environment[name]) for name in ordered]


def references(text: str) -> list[str]:
    """Return the names of variables that Kubernetes replaces in a value, sorted; ``$$(NAME)`` is a literal
    ``$(NAME)``.
    """
    return sorted({match[1] for match in _REFERENCE.finditer(text) if match[1]})


def literal(text: str) -> str:
    """Return a value with escapes, so that Kubernetes replaces nothing in it."""
    return text.replace("$(", "$$(")


_REFERENCE = re.compile(r"\$\$|\$\(([^)]+)\)")


def environment_sources(sources: Sequence[EnvironmentSource]) -> list[Data]:
    """Return a container's ``envFrom``. If two sources have the same key, the later one takes precedence."""
    found = []
    for source in sources:
        kind = "secretRef" if source.secret else "configMapRef"
        reference = compact(name=source.secret or source.config_map, optional=source.optional or None)
        found.append({kind: reference, **compact(prefix=source.prefix)})
    return found


def _variable(name: str, value: Value) -> Data:
    match value:
        case str():
            return {"name": name, "value": value}
        case SecretKey():
            source = {"secretKeyRef": compact(name=value.secret, key=value.key, optional=value.optional or None)}
        case ConfigKey():
            source = {"configMapKeyRef": compact(name=value.config_map, key=value.key, optional=value.optional or None)}
        case FieldPath():
            source = {"fieldRef": {"apiVersion": "v1", "fieldPath": value.path}}
        case ResourceField():
            source = {
                "resourceFieldRef": compact(
                    containerName=value.container, divisor=value.divisor, resource=value.resource
                )
            }
    return {"name": name, "valueFrom": source}
