"""Settings of pods and containers, for every kind that runs pods: one module for each subject, combined in ``Needs``.

A component in `apps/system.yaml` and its section of an environment have the same keys. The environment's value takes
precedence (``merge.effective``).
"""

from quantacirc_cdk.model.needs.merge import effective
from quantacirc_cdk.model.needs.needs import ContainerNeeds, Needs

__all__ = ["ContainerNeeds", "Needs", "effective"]
