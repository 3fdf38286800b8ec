"""Argo CD and Flux objects that deliver the committed output.

``write_gitops`` writes them for every environment without manual delivery. Pure data: no jsii.
"""

from quantacirc_cdk.gitops.output import write_gitops

__all__ = ["write_gitops"]
