"""Rules of the kinds of components for their own objects."""

from quantacirc_cdk.diff.kubernetes import OwnRules
from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model.system import System


def own_rules(system: System) -> OwnRules:
    """Return the rules of each component whose kind defines some (``diff.rules``)."""
    found = {name: called(component, "diff.rules") for name, component in system.components.items()}
    return {name: rules for name, rules in found.items() if rules}
