"""Sections of the model for a service."""

from typing import ClassVar, Literal

from quantacirc_cdk.kinds.workload.spec import Scaled


class WebService(Scaled):
    """Answers HTTP."""

    role: ClassVar[str] = "web"
    imports: ClassVar[str] = "Deployment"

    kind: Literal["service"]
    """Answers HTTP."""


KIND = WebService
