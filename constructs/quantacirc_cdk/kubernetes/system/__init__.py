"""From the model of a system and an environment to constructs; the only part here that knows the model."""

from quantacirc_cdk.kubernetes.system.chart import SystemChart

__all__ = ["SystemChart"]
