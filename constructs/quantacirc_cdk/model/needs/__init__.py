"""What the containers of a component need, in any kind that runs pods: one module a subject, put together in ``Needs``.

The same keys stand in a component of `apps/system.yaml` and in its section of an environment, where they win
(``merge.effective``).
"""

from quantacirc_cdk.model.needs.merge import effective
from quantacirc_cdk.model.needs.needs import ContainerNeeds, Needs

__all__ = ["ContainerNeeds", "Needs", "effective"]
