"""Sections of the model for a worker."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from quantacirc_cdk.kinds.workload.spec import Scaled
from quantacirc_cdk.model.component import Finding
from quantacirc_cdk.model.system import System


class Worker(Scaled):
    """Takes tasks from the bus."""

    role: ClassVar[str] = "worker"
    shape: ClassVar[tuple[str, str]] = ("([", "])")

    kind: Literal["worker"]
    """Takes tasks from the bus."""

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield a worker without subjects."""
        yield from super().problems(system, name)
        if not self.consumes:
            expected = "at least one subject under `consumes`, or kind `service` if its work does not come from the bus"
            yield (), "a worker without `consumes`", expected


KIND = Worker
