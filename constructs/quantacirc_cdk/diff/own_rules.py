"""Rules of the kinds of components for their own objects."""

from quantacirc_cdk.diff.kubernetes import OwnRules
from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model.system import System


def own_rules(system: System) -> OwnRules:
    """Return the rules of each component (``diff.rules``); none for a kind that does not define any."""
    return {name: called(component, "diff.rules") or () for name, component in system.components.items()}
