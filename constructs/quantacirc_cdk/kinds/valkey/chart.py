"""Chart values of a cache in the chart or an external one."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path
from quantacirc_cdk.helm.rules.replicas import NumberIn
from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject

_KIND = StoreKind(ports=(6379, 6378, 10000), keys="`host`, `port`, `password`", words="REDISCLI_AUTH")
_ARGS: Path = ("spec", "template", "spec", "containers", 0, "args")


@dataclass(frozen=True, kw_only=True)
class MemoryRules:
    """Chart value for the maximum memory of keys."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the number of bytes."""
        sets = self.subject.of_kind("StatefulSet")
        for args in [found for key in sets for found in self.subject.samples(key, _ARGS)][:1]:
            index = args.index("--maxmemory") + 1
            yield Parameter(
                path=f"{self.subject.values}.maxMemory",
                description="Maximum memory for keys in bytes; less than the container's memory limit.",
                schema={"type": "integer", "minimum": 1},
                insertions=[NumberIn(on=self.subject.on("StatefulSet"), path=(*_ARGS, index), pattern="^([0-9]+)$")],
                reason="environments have different values",
            )

    def conditions(self) -> Iterator[Condition]:
        """Yield nothing: the value applies wherever the server runs."""
        yield from ()


def rules(subject: Subject, manifests: Manifests) -> list[StoreRules | MemoryRules]:
    """Return the chart values and conditions of a cache."""
    return [StoreRules(subject=subject, kind=_KIND, manifests=manifests), MemoryRules(subject=subject)]
