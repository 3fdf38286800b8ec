"""Rules about keys of an environment that would have no effect there: nobody should rely on what is not there.

Which keys a component has follows from its kind.
"""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import System


def check_environment_effects(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield the keys of an environment that would have no effect there."""
    if environment.change_windows and environment.delivery != "argocd":
        what = f"change windows with delivery by {environment.delivery}, which keeps to none"
        yield problem_at(root, ("change_windows",), what, 'delivery "argocd", or no windows')
    elif environment.change_windows and system.source is None:
        what = "change windows without a repository that Argo CD could fetch"
        yield problem_at(root, ("change_windows",), what, "`source` in the system, or no windows")
