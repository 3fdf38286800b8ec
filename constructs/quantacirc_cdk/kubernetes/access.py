"""Least-privilege permissions of people and programs on the Kubernetes API of a namespace."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.role import Role, RoleBinding, Rule
from quantacirc_cdk.limits.check import Checked
from quantacirc_cdk.limits.kubernetes_names import GroupName

READ = ("get", "list", "watch")
CHANGE = ("patch", "update")

_READABLE = {
    "": (
        "configmaps",
        "endpoints",
        "events",
        "limitranges",
        "persistentvolumeclaims",
        "pods",
        "pods/log",
        "resourcequotas",
        "serviceaccounts",
        "services",
    ),
    "apps": ("deployments", "replicasets", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "discovery.k8s.io": ("endpointslices",),
    "events.k8s.io": ("events",),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
    "policy": ("poddisruptionbudgets",),
}


_ROLLOUTS = "argoproj.io"


def reader_rules(*, rollouts: bool = False) -> list[Rule]:
    """Return the rules for viewing a system: objects and logs, but no Secrets, no Roles and no shell in a pod.

    ``rollouts`` includes the objects of Argo Rollouts.
    """
    groups = {**_READABLE, **({_ROLLOUTS: ("analysisruns", "analysistemplates", "rollouts")} if rollouts else {})}
    return [Rule(verbs=READ, resources=resources, api_group=group) for group, resources in groups.items()]


def deployer_rules(workloads: Sequence[str] = (), *, rollouts: bool = False) -> list[Rule]:
    """Return the rules for rolling a release out and back, in addition to ``reader_rules``.

    They allow changing Deployments, StatefulSets, their scale, CronJobs and ConfigMaps, restarting and evicting pods,
    and starting Jobs. ``workloads`` restricts the changes to the named workloads. The names of Pods and Jobs are
    generated, so rules on them cannot be restricted by name: they would allow deleting any pod, and starting a Job
    under any ServiceAccount of the namespace. A deployer restricted to some workloads therefore gets neither.
    ``rollouts`` also allows changing Rollouts, and ending or retrying their releases.
    """
    rules = [
        *reader_rules(rollouts=rollouts),
        Rule(verbs=CHANGE, resources=["deployments", "statefulsets"], api_group="apps", names=workloads),
        Rule(verbs=CHANGE, resources=["deployments/scale", "statefulsets/scale"], api_group="apps", names=workloads),
        Rule(verbs=CHANGE, resources=["cronjobs"], api_group="batch", names=workloads),
        Rule(verbs=CHANGE, resources=["configmaps"], names=workloads),
    ]
    if rollouts:
        resources = ["rollouts", "rollouts/scale", "rollouts/status"]
        rules.append(Rule(verbs=CHANGE, resources=resources, api_group=_ROLLOUTS, names=workloads))
    if not workloads:
        rules += [
            Rule(verbs=["delete"], resources=["pods"]),
            Rule(verbs=["create"], resources=["pods/eviction"]),
            Rule(verbs=["create", "delete"], resources=["jobs"], api_group="batch"),
        ]
    return rules


def watcher_rules() -> list[Rule]:
    """Return the rules for a component that observes other components: pods and Deployments, read-only."""
    return [
        Rule(verbs=READ, resources=["pods"]),
        Rule(verbs=READ, resources=["deployments"], api_group="apps"),
    ]


class Access(Checked, Construct):
    """A Role with these rules, bound to a ServiceAccount of the namespace or to a group of users.

    Creates a Role and a RoleBinding, both named ``name``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        identity: Identity,
        rules: Sequence[Rule],
        service_account: str | None = None,
        group: GroupName | None = None,
    ) -> None:
        super().__init__(scope, id)
        Role(self, "role", name=name, identity=identity, rules=rules)
        RoleBinding(self, "binding", name=name, identity=identity, service_account=service_account, group=group)
