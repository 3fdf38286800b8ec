"""Public addresses of components."""

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import system_in, way_paths, ways_in
from quantacirc_cdk.model.system import System


def addresses(system: System, environment: Environment) -> dict[str, tuple[str, str]]:
    """Return the first public host and path of each exposed component, in file order."""
    found: dict[str, tuple[str, str]] = {}
    for way in ways_in(system_in(system, environment), environment):
        if way.hosts:
            found.setdefault(way.component, (way.hosts[0], way_paths(way, environment)[0]))
    return found
