"""Rules about teams, addresses and signatures that span more than one value."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.model.addresses import addresses
from quantacirc_cdk.model.component import ServingSettings
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import System

Problems = Iterator[Problem]


def check_bounds(system: System, environment: Environment, root: Node) -> Problems:
    """Yield the problems of an environment's teams, addresses and image signatures."""
    yield from _check_teams(system, environment, root)
    yield from _check_addresses(system, environment, root)
    if environment.cluster.addons.kyverno and environment.release.signature is None:
        what = "signed images are required, but no signer is set"
        yield problem_at(root, ("cluster", "addons", "kyverno"), what, "release.signature with issuer and subject")
    if environment.cluster.addons.tracing and not system.trace_collector:
        what = "`tracing` is on, but the system has no trace collector"
        yield problem_at(root, ("cluster", "addons", "tracing"), what, "`trace_collector` in the system")


def _check_addresses(system: System, environment: Environment, root: Node) -> Problems:
    exposed = addresses(system, environment)
    for name, settings in environment.components.items():
        if isinstance(settings, ServingSettings) and (settings.host or settings.path) and name not in exposed:
            yield problem_at(root, ("components", name), "an address of a component that is not exposed", "none")


def _check_teams(system: System, environment: Environment, root: Node) -> Problems:
    longest = 63 - len("team-")
    for name, team in environment.teams.items():
        if len(name) > longest:
            what = f'a team "{name}" of {len(name)} characters'
            yield problem_at(root, ("teams", name), what, f"at most {longest}, for the label of its Role")
        place = ("teams", name, "components")
        for index, component in enumerate(team.components):
            if component not in system.components:
                what = f'no component "{component}"'
                yield problem_at(root, (*place, index), what, nearest(component, system.components))
        if team.components and team.role == "read":
            yield problem_at(
                root, place, "components of a team with the role read", 'no components, or the role "deploy"'
            )
