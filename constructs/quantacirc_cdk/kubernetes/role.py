"""Permissions of a workload on the Kubernetes API."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.cluster_resources import refused_resource
from quantacirc_cdk.limits.kubernetes import ObjectName
from quantacirc_cdk.limits.kubernetes_names import GroupName, ResourceName, Verb


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Verbs on resources; wildcards are refused."""

    verbs: Sequence[Verb]
    resources: Sequence[ResourceName]
    """Plural names, such as ``pods`` or ``pods/log``."""
    api_group: str = ""
    """API group; empty for the core group."""
    names: Sequence[str] = ()
    """Names of single objects; all when empty. Kubernetes cannot restrict ``create`` by name."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a wildcard, and resources that no namespace contains."""
        if "*" in self.api_group:
            yield Refusal("api_group", describe(self.api_group), "a group by name")
        for index, resource in enumerate(self.resources):
            if refused := refused_resource(self.api_group, resource, self.verbs):
                yield Refusal(f"resources[{index}]", *refused)


def rule_data(rule: Rule) -> Data:
    """Return an entry of a Role's ``rules``."""
    return {
        "apiGroups": [rule.api_group],
        **compact(resourceNames=sorted(rule.names)),
        "resources": sorted(rule.resources),
        "verbs": sorted(rule.verbs),
    }


class Role(Manifest):
    """A Role. Raises ``PropsError`` for a wildcard, and for resources that no namespace contains."""

    def __init__(
        self, scope: Construct, id: str, *, name: ObjectName, identity: Identity, rules: Sequence[Rule]
    ) -> None:
        super().__init__(
            scope,
            id,
            api_version="rbac.authorization.k8s.io/v1",
            kind="Role",
            name=name,
            labels=identity.labels,
            rules=[rule_data(rule) for rule in rules],
        )


class RoleBinding(Manifest):
    """A RoleBinding of the Role with the same name to a ServiceAccount of the namespace or to a group of users."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: ObjectName,
        identity: Identity,
        service_account: ObjectName | None = None,
        group: GroupName | None = None,
    ) -> None:
        subjects: list[Data] = []
        if service_account:
            subjects.append({"kind": "ServiceAccount", "name": service_account})
        if group:
            subjects.append({"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group})
        super().__init__(
            scope,
            id,
            api_version="rbac.authorization.k8s.io/v1",
            kind="RoleBinding",
            name=name,
            labels=identity.labels,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            subjects=subjects,
        )
