"""Effects of changes of how an environment is delivered: approval, change windows, target, signatures, its end."""

import shlex
from collections.abc import Mapping

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, Json
from quantacirc_cdk.diff.impact import Finding, Impact, Rule, rule
from quantacirc_cdk.diff.terraform import normal
from quantacirc_cdk.diff.terraform_types import data_of
from quantacirc_cdk.text.english import counted

KIND = "Delivery"
"""Not a kind of Kubernetes: how an environment is delivered, from ``operations/<environment>.env``."""
APPROVALS = "https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments"
WINDOWS = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/"
RELEASES = "https://helm.sh/docs/helm/helm_upgrade/"
SIGNATURES = "https://docs.sigstore.dev/cosign/verifying/verify/"
_FIELDS = {
    "APPROVAL": "approval", "WINDOWS": "changeWindows", "CONTEXT": "context", "NAMESPACE": "namespace",
    "RELEASE": "release", "REGISTRY": "signedRegistry", "SIGNER_ISSUER": "signerIssuer", "SIGNER": "signer",
    "ATTESTATIONS": "attestations",
}  # fmt: skip
_LISTS: Mapping[str, str | None] = {"changeWindows": ";", "attestations": None}
"""Fields with several values, and what separates these; None for white space."""


def delivery(environment: str, text: str) -> Json:
    """Return how an environment is delivered as an object to compare."""
    lines = (word.partition("=") for word in shlex.split(text, comments=True))
    spec = {_FIELDS[name]: _value(_FIELDS[name], value) for name, _, value in lines if name in _FIELDS and value}
    return {"apiVersion": "quantacirc-cdk/v1", "kind": KIND, "metadata": {"name": environment}, "spec": spec}


def _value(field: str, value: str) -> str | list[str] | bool:
    if field == "approval":
        return value == "true"
    return sorted(value.split(_LISTS[field])) if field in _LISTS else value


def _added(change: FieldChange) -> bool:
    return change.added


def _stricter_windows(change: FieldChange) -> bool:
    return change.added or (not change.removed and set(change.after) < set(change.before))


def _more_attestations(change: FieldChange) -> bool:
    return change.added or (not change.removed and set(change.after) > set(change.before))


# fmt: off
RULES = (
    rule("approval-removed", Impact.WEAKER_DELIVERY, KIND, "spec.approval",
         when=lambda change: change.after is not True,
         says="the next deployments change the environment without an approval", source=APPROVALS),
    rule("windows-stricter", Impact.NO_OP, KIND, "spec.changeWindows", when=_stricter_windows,
         says="the environment can be changed at fewer times", source=WINDOWS),
    rule("windows-wider", Impact.WEAKER_DELIVERY, KIND, "spec.changeWindows",
         says="the environment can be changed at times that no change window allowed before", source=WINDOWS),
    rule("target-changed", Impact.WEAKER_DELIVERY, KIND, "spec.context spec.namespace spec.release",
         when=lambda change: not change.added,
         says="the next deployments go to another cluster, namespace or release; what runs in the old one stays there, "
              "and nothing updates or deletes it: remove it with `helm uninstall` or `argocd app delete`",
         source=RELEASES),
    rule("signatures-added", Impact.NO_OP, KIND,
         "spec.signedRegistry spec.signerIssuer spec.signer", when=_added,
         says="deployments verify the signatures of images", source=SIGNATURES),
    rule("attestations-added", Impact.NO_OP, KIND, "spec.attestations", when=_more_attestations,
         says="deployments verify more attestations", source=SIGNATURES),
    rule("signatures-changed", Impact.WEAKER_DELIVERY, KIND,
         "spec.signedRegistry spec.signerIssuer spec.signer spec.attestations",
         says="deployments accept images that they refused before, or no longer verify them", source=SIGNATURES),
    rule("delivery", Impact.NO_OP, KIND, says="applies to the next deployment", source=RELEASES),
)
# fmt: on
ENVIRONMENT_LEFT = rule(
    "environment-left",
    Impact.WEAKER_DELIVERY,
    source="https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/",
    says="without its file, nothing updates or deletes what runs: remove it with `argocd app delete --cascade` or "
    "`helm uninstall`, then delete the namespace with its claims",
)  # fmt: skip
STACK_LEFT = rule(
    "stack-left", Impact.WEAKER_DELIVERY, source="https://developer.hashicorp.com/terraform/cli/commands/destroy",
    says="nothing applies or destroys a stack without its file: its resources stay, and cost money; to remove them, "
         "run `terraform destroy` in this folder of the last revision that has it",
)  # fmt: skip


def left(rule: Rule, old: Json, note: str) -> Finding:
    """Return a finding about an environment or stack that stays although its files are gone."""
    return Finding(rule=rule, change=FieldChange(path=(), before=old, after=ABSENT, old=old, new={}), note=note)


def resources_left(stack: Json) -> str:
    """Return how many resources a stack leaves, and which of them hold data."""
    found = stack.get("resource") or {}
    stateful = sorted(kind for kind in found if any(data_of(kind, normal(one)) for one in found[kind].values()))
    with_data = f", with data: {', '.join(stateful)}" if stateful else ""
    return f"{counted(sum(map(len, found.values())), 'resource')}{with_data}"
