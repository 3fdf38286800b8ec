"""What changes of Terraform resources do: the rules of Terraform itself."""

from typing import Any

from quantacirc_cdk.diff.fields import look_up
from quantacirc_cdk.diff.impact import Impact, Rule
from quantacirc_cdk.diff.terraform_types import REGISTRY

LANGUAGE = "https://developer.hashicorp.com/terraform/language"

NO_ARGUMENTS = ("//", "depends_on", "provider", "lifecycle", "provisioner", "connection")
"""What Terraform reads itself and does not hand to the provider."""


FORCES_NEW = Rule(
    id="forces-new", impact=Impact.REPLACE, says="a change of this argument forces a new resource", source=REGISTRY
)
UPDATED = Rule(
    id="updated", impact=Impact.IN_PLACE, says="the provider updates the resource where it is", source=REGISTRY
)
UNKNOWN_TYPE = Rule(
    id="unknown-type",
    impact=Impact.REPLACE,
    source=REGISTRY,
    says="no table tells which arguments of this type force a new resource; counted as replaced until somebody looks",
)
CREATED = Rule(
    id="created",
    impact=Impact.NO_OP,
    says="a new resource; what is there stays",
    source=f"{LANGUAGE}/resources/behavior",
)
DESTROYED = Rule(
    id="destroyed", impact=Impact.DESTROY, says="the resource is destroyed", source=f"{LANGUAGE}/resources/behavior"
)
MOVED = Rule(id="moved", impact=Impact.NO_OP, says="only the address in the state changes", source=f"{LANGUAGE}/moved")
FORGOTTEN = Rule(
    id="forgotten",
    impact=Impact.NO_OP,
    says="a removed block takes it out of the state and leaves it in the cloud",
    source=f"{LANGUAGE}/resources/syntax#removing-resources",
)
FOLLOWS = Rule(
    id="follows-replaced",
    impact=Impact.REPLACE,
    source=f"{LANGUAGE}/resources/behavior",
    says="an argument that forces a new resource refers to one that is replaced",
)
IGNORED = Rule(
    id="ignored",
    impact=Impact.NO_OP,
    says="ignore_changes tells Terraform to leave this argument as it is",
    source=f"{LANGUAGE}/meta-arguments/lifecycle#ignore_changes",
)
SETTINGS = Rule(
    id="meta-argument",
    impact=Impact.NO_OP,
    says="read by Terraform itself; the resource is not touched",
    source=f"{LANGUAGE}/meta-arguments/lifecycle",
)
INSTANCES = Rule(
    id="instances",
    impact=Impact.REPLACE,
    says="the addresses of the instances change; those that no longer exist are destroyed",
    source=f"{LANGUAGE}/meta-arguments/count",
)
OTHER_PROVIDER = Rule(
    id="other-provider",
    impact=Impact.REPLACE,
    source=f"{LANGUAGE}/meta-arguments/resource-provider",
    says="another provider configuration is another region or account, where Terraform makes a new one",
)
PLACE = Rule(
    id="other-place",
    impact=Impact.STATEFUL_DESTROY,
    source=f"{LANGUAGE}/providers/configuration",
    says="the provider looks in another region or account: Terraform finds nothing there and makes all of it anew",
)
BACKEND = Rule(
    id="backend",
    impact=Impact.REPLACE,
    source=f"{LANGUAGE}/backend#change-configuration",
    says="the state moves: `terraform init -migrate-state` must take it along, or everything is created a second time",
)
PROVIDER = Rule(
    id="provider-settings",
    impact=Impact.IN_PLACE,
    says="applies to every resource of this provider when it is next updated",
    source=f"{LANGUAGE}/providers/configuration",
)
VERSIONS = Rule(
    id="versions",
    impact=Impact.NO_OP,
    says="`terraform init -upgrade` chooses other versions; the resources stay",
    source=f"{LANGUAGE}/providers/requirements",
)
OUTPUT = Rule(
    id="output", impact=Impact.NO_OP, says="an output; no resource is touched", source=f"{LANGUAGE}/values/outputs"
)

PLACES = ("region", "project", "subscription_id", "allowed_account_ids", "tenant_id", "zone")
"""Provider arguments that say where everything is."""


def is_guarded(arguments: dict[str, Any]) -> str:
    """Return what refuses the destruction of a resource with these arguments, or the empty text."""
    if look_up(arguments, "lifecycle", "prevent_destroy") is True:
        return "prevent_destroy refuses the plan"
    for name in ("deletion_protection", "deletion_protection_enabled"):
        if arguments.get(name) is True:
            return f"{name} refuses the deletion"
    return ""
