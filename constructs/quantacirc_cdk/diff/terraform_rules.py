"""Effects of changes of Terraform resources: the rules of Terraform itself."""

from typing import Any

from quantacirc_cdk.diff.fields import look_up
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.diff.terraform_types import REGISTRY

LANGUAGE = "https://developer.hashicorp.com/terraform/language"

NO_ARGUMENTS = ("//", "depends_on", "provider", "lifecycle", "provisioner", "connection")
"""Meta-arguments, which Terraform reads itself and does not pass to the provider."""

# fmt: off
FORCES_NEW = rule("forces-new", Impact.REPLACE, source=REGISTRY,
     says="a change of this argument forces a new resource")
UPDATED = rule("updated", Impact.IN_PLACE, source=REGISTRY,
     says="the provider updates the resource in place")
UNKNOWN_TYPE = rule("unknown-type", Impact.REPLACE, source=REGISTRY,
     says="it is unknown which arguments force a new resource; counts as replaced until you have checked it")
READS = rule("reads", Impact.IN_PLACE, source=f"{LANGUAGE}/data-sources",
     says="the next plan reads another value and changes what refers to it")
CREATED = rule("created", Impact.NO_OP, source=f"{LANGUAGE}/resources/behavior",
     says="a new resource; existing ones stay")
DESTROYED = rule("destroyed", Impact.DESTROY, source=f"{LANGUAGE}/resources/behavior",
     says="the resource is destroyed")
MOVED = rule("moved", Impact.NO_OP, source=f"{LANGUAGE}/moved",
     says="only the address in the state changes")
FORGOTTEN = rule("forgotten", Impact.NO_OP, source=f"{LANGUAGE}/resources/syntax#removing-resources",
     says="a removed block takes it out of the state and leaves it in the cloud")
FOLLOWS = rule("follows-replaced", Impact.REPLACE, source=f"{LANGUAGE}/resources/behavior",
     says="an argument that forces a new resource refers to one that is replaced")
IGNORED = rule("ignored", Impact.NO_OP, source=f"{LANGUAGE}/meta-arguments/lifecycle#ignore_changes",
     says="ignore_changes: Terraform does not change this argument")
SETTINGS = rule("meta-argument", Impact.NO_OP, source=f"{LANGUAGE}/meta-arguments/lifecycle",
     says="read by Terraform itself; the resource is not changed")
INSTANCES = rule("instances", Impact.REPLACE, source=f"{LANGUAGE}/meta-arguments/count",
     says="the addresses of the instances change; those that no longer exist are destroyed")
OTHER_PROVIDER = rule("other-provider", Impact.REPLACE, source=f"{LANGUAGE}/meta-arguments/resource-provider",
     says="the new provider configuration has another region or account, in which Terraform creates a new resource")
PLACE = rule("other-place", Impact.STATEFUL_DESTROY, source=f"{LANGUAGE}/providers/configuration",
     says="the provider uses another region or account: Terraform finds no resources and creates all again")
BACKEND = rule("backend", Impact.REPLACE, source=f"{LANGUAGE}/backend#change-configuration",
     says="the state moves: run `terraform init -migrate-state`, or Terraform creates everything a second time")
NEW_STACK = rule("new-stack", Impact.NO_OP, source=f"{LANGUAGE}/resources/behavior",
     says="a new stack; existing ones stay")
PROVIDER = rule("provider-settings", Impact.IN_PLACE, source=f"{LANGUAGE}/providers/configuration",
     says="applies to every resource of this provider when it is next updated")
VERSIONS = rule("versions", Impact.NO_OP, source=f"{LANGUAGE}/providers/requirements",
     says="`terraform init -upgrade` selects other versions; the resources stay")
IMPORTED = rule("imported", Impact.NO_OP, source=f"{LANGUAGE}/import",
     says="an import block takes the resource, which exists, into the state")
REPLACED = rule("replaced", Impact.REPLACE, source=f"{LANGUAGE}/resources/behavior",
     says="the provider replaces the resource")
TAINTED = rule("tainted", Impact.REPLACE, source="https://developer.hashicorp.com/terraform/cli/state/taint",
     says="an earlier apply left the resource half done: it is tainted, and replaced")
REQUESTED = rule("requested", Impact.REPLACE, source="https://developer.hashicorp.com/terraform/cli/commands/plan",
     says="the plan was made with -replace for this resource")
TRIGGERED = rule("triggered", Impact.REPLACE,
     source=f"{LANGUAGE}/meta-arguments/lifecycle#replace_triggered_by",
     says="replace_triggered_by names a resource that changes")
UNKNOWN_ACTION = rule("unknown-action", Impact.REPLACE,
     source="https://developer.hashicorp.com/terraform/internals/json-format#change-representation",
     says="an action that is not known; counts as replaced until you have checked it")
SAME_VERSION = rule("same-version", Impact.NO_OP, source=f"{LANGUAGE}/resources/terraform-data",
     says="the same number as before, which changes from now on with the names of the service and its secret, too")
OUTPUT = rule("output", Impact.NO_OP, source=f"{LANGUAGE}/values/outputs",
     says="an output; no resource is changed")
# fmt: on

PLACES = ("region", "project", "subscription_id", "allowed_account_ids", "tenant_id", "zone")
"""Provider arguments that determine the account and region."""


def is_guarded(arguments: dict[str, Any]) -> str:
    """Return what prevents the destruction of a resource with these arguments; empty if nothing does."""
    if look_up(arguments, "lifecycle", "prevent_destroy") is True:
        return "prevent_destroy refuses the plan"
    for name in ("deletion_protection", "deletion_protection_enabled"):
        if arguments.get(name) is True:
            return f"{name} refuses the deletion"
    return ""
