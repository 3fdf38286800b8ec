"""Chart values for the groups that Roles are bound to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.insertions import At, Presence
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.schema_parts import closed, list_of, may_be_empty, of
from quantacirc_cdk.helm.settings import camel
from quantacirc_cdk.limits.kubernetes_names import GroupName
from quantacirc_cdk.manifests import Data

GROUP = may_be_empty(of(GroupName))
_WORDS = list_of(schemas.TEXT)
_SOME = list_of(schemas.TEXT, minItems=1)
RULES = list_of(
    closed(("apiGroups", "resources", "verbs"), apiGroups=_SOME, resourceNames=_WORDS, resources=_SOME, verbs=_SOME)
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
