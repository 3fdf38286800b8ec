"""Argo CD and Flux objects that deliver the output as it is committed.

``write_gitops`` writes them for every environment that somebody delivers. Pure data: no jsii.
"""

from quantacirc_cdk.gitops.output import write_gitops

__all__ = ["write_gitops"]
