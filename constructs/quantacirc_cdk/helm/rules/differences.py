"""The differences between environments that rules permit without a declared parameter."""

from collections.abc import Iterator
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.derived_names import place_key, value_path
from quantacirc_cdk.helm.ingress_variant import OF_ROUTES
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.permitted_differences import PermittedDifference
from quantacirc_cdk.helm.places import EACH, Named, Path, shown
from quantacirc_cdk.helm.settings import entry_key, section
from quantacirc_cdk.manifests import POD_TEMPLATES, is_built_in

CONFIGURED = "it is part of the environment's configuration"


def permitted_differences() -> Iterator[PermittedDifference]:
    """Yield the places that can differ: configuration, scratch space, and settings for add-ons."""
    for kind, template in POD_TEMPLATES.items():
        for containers in ("containers", "initContainers"):
            variables: Path = (*template, "spec", containers, EACH, "env", EACH)
            for path in (variables, (*variables, "value")):
                yield PermittedDifference(
                    on=Match(kinds=(kind,)),
                    path=path,
                    name=lambda key, path: f"{_section(key)}.env.{_variable_key(path)}",
                    description=lambda _, path: f"Environment variable `{_variable(path)}`; empty to leave it out.",
                    schema={"type": "string"},
                    reason=CONFIGURED,
                )
        claim: Path = (*template, "spec", "volumes", EACH, "ephemeral", "volumeClaimTemplate", "spec")
        for path in ((*claim, "resources", "requests", "storage"), claim):
            yield PermittedDifference(
                on=Match(kinds=(kind,)),
                path=path,
                below=path == claim,
                name=lambda key, path: f"{_section(key)}.scratch.{place_key(path[-2:])}",
                description=lambda *_: "Size of a pod's temporary volume.",
                schema=None if path == claim else schemas.SIZE,
                reason="environments have different amounts of data",
            )
    yield PermittedDifference(
        on=Match(kinds=("ConfigMap",)),
        path=("data", EACH),
        name=lambda key, path: f"{_section(key)}.config.{entry_key(path[-1])}",
        description=lambda _, path: f"Configuration entry `{path[-1]}`; empty to leave it out.",
        schema={"type": "string"},
        reason=CONFIGURED,
        personal=True,
    )
    yield PermittedDifference(
        on=lambda key: not is_built_in(key.group) and key.group not in OF_ROUTES,
        path=("spec",),
        below=True,
        name=value_path,
        description=lambda key, path: f"`{shown(path)}` of the {key.kind} {key.name}.",
        reason="it depends on the cluster and its cloud",
    )


def _section(key: Key) -> str:
    """Return the section of an object: its component's, or that of a workload with a separate section."""
    return section(key.name.removesuffix("-<hash>") if key.kind in POD_TEMPLATES else key.component or key.kind)


def _variable(path: tuple[Any, ...]) -> str:
    return next(step.name for step in reversed(path) if isinstance(step, Named))


def _variable_key(path: tuple[Any, ...]) -> str:
    return entry_key(_variable(path))
