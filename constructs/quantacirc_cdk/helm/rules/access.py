"""Chart values for the groups that Roles are bound to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.insertions import At, Presence
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.settings import camel
from quantacirc_cdk.manifests import Data

GROUP: dict[str, Any] = {"type": "string", "pattern": r"^([A-Za-z0-9][-A-Za-z0-9_.:@/]{0,252})?$"}
_WORDS: dict[str, Any] = {"type": "array", "items": schemas.TEXT}
RULES: dict[str, Any] = schemas.list_of(
    schemas.closed(
        ("verbs",), apiGroups=_WORDS, resourceNames=_WORDS, resources=_WORDS, verbs={**_WORDS, "minItems": 1}
    )
)


@dataclass(frozen=True, kw_only=True)
class AccessRules:
    """Chart values of groups: each environment can have a different one, or none."""

    manifests: Manifests

    def parameters(self) -> Iterator[Parameter]:
        """Yield the group of every Role that is bound to one."""
        names = {key.name for objects in self.manifests.values() for key in objects if key.kind == "RoleBinding"}
        for name in sorted(names):
            found = {environment: _group(objects, name) for environment, objects in self.manifests.items()}
            if None in found.values() or not any(found.values()):
                continue
            section, both = f"access.{camel(name)}", Match(kinds=("Role", "RoleBinding"), names=(name,))
            yield Parameter(
                path=f"{section}.group",
                description=f"Group that the Role `{name}` is bound to; when empty, the Role is not created.",
                schema=GROUP,
                default="",
                known=found,
                insertions=[
                    Presence(on=both),
                    At(on=Match(kinds=("RoleBinding",), names=(name,)), path=("subjects", 0, "name"), style="text"),
                ],
                reason="environments have different teams",
            )
            yield Parameter(
                path=f"{section}.rules",
                description="Permissions of the group: rules of a Role.",
                schema=RULES,
                insertions=[At(on=Match(kinds=("Role",), names=(name,)), path=("rules",))],
                reason="teams have different permissions in each environment",
            )


def _group(objects: Mapping[Key, Data], name: str) -> str | None:
    """Return the group of a RoleBinding; empty without a binding, None if its subject is not a single group."""
    for key, binding in objects.items():
        if key.kind == "RoleBinding" and key.name == name:
            subjects = binding.get("subjects", [])
            return str(subjects[0]["name"]) if [each["kind"] for each in subjects] == ["Group"] else None
    return ""
