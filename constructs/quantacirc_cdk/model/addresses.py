"""Where components answer from outside."""

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import System


def addresses(system: System, environment: Environment) -> dict[str, tuple[str, str]]:
    """Return host and path of every exposed component.

    The only one answers at the domain itself, several each at their name below it, unless the environment says where.
    """
    exposed = [name for name, component in system.components.items() if component.exposed]
    found = {}
    for name in exposed:
        override = environment.override(name)
        host = environment.domain if len(exposed) == 1 else f"{name}.{environment.domain}"
        found[name] = (override.host or host, override.path or "/")
    return found
