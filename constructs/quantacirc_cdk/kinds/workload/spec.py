"""Sections of the model for stateless components that run continuously."""

from quantacirc_cdk.model.component import Scaling, Serving


class Workload(Serving):
    """A component with a Deployment."""


class Scaled(Workload, Scaling):
    """A workload with autoscaling."""
