"""The sections of components that run all the time and hold no state."""

from quantacirc_cdk.model.component import Scaling, Serving


class Workload(Serving):
    """A component with a Deployment."""


class Scaled(Workload, Scaling):
    """A workload whose replicas follow the load."""
