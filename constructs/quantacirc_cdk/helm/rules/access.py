"""Groups of people that a namespace's Roles are bound to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.landings import At, Presence
from quantacirc_cdk.helm.objects import Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.settings import camel

GROUP: dict[str, Any] = {"type": "string", "pattern": r"^([A-Za-z0-9][-A-Za-z0-9_.:@/]{0,252})?$"}


@dataclass(frozen=True, kw_only=True)
class AccessRules:
    """The parameters of the groups: each may be another in every environment, or none."""

    manifests: Manifests

    def parameters(self) -> Iterator[Parameter]:
        """Yield the group of every Role that is bound to one."""
        keys = {key for objects in self.manifests.values() for key in objects if key.kind == "RoleBinding"}
        for key in sorted(keys):
            found = {name: _group(objects[key]) for name, objects in self.manifests.items() if key in objects}
            if not all(found.values()):
                continue
            bound = Match(kinds=("RoleBinding",), names=(key.name,))
            yield Parameter(
                path=f"access.{camel(key.name)}",
                description=f"Group of people that has the Role `{key.name}`; empty for none, and no such Role.",
                schema=GROUP,
                default="",
                known={name: found.get(name, "") for name in self.manifests},
                lands=[
                    Presence(on=Match(kinds=("Role", "RoleBinding"), names=(key.name,), components=(key.component,))),
                    At(on=bound, path=("subjects", 0, "name"), style="text"),
                ],
                reason="environments have different people",
            )


def _group(binding: dict[str, Any]) -> str:
    subjects = binding.get("subjects", [])
    return str(subjects[0]["name"]) if len(subjects) == 1 and subjects[0].get("kind") == "Group" else ""
