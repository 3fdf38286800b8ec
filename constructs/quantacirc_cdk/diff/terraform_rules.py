"""What changes of Terraform resources do: the rules of Terraform itself."""

from typing import Any

from quantacirc_cdk.diff.fields import look_up
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.diff.terraform_types import REGISTRY

LANGUAGE = "https://developer.hashicorp.com/terraform/language"

NO_ARGUMENTS = ("//", "depends_on", "provider", "lifecycle", "provisioner", "connection")
"""What Terraform reads itself and does not hand to the provider."""

# fmt: off
FORCES_NEW = rule("forces-new", Impact.REPLACE, source=REGISTRY,
     says="a change of this argument forces a new resource")
UPDATED = rule("updated", Impact.IN_PLACE, source=REGISTRY,
     says="the provider updates the resource where it is")
UNKNOWN_TYPE = rule("unknown-type", Impact.REPLACE, source=REGISTRY,
     says="no table tells which arguments of this type force a new resource; counted as replaced until somebody looks")
READS = rule("reads", Impact.IN_PLACE, source=f"{LANGUAGE}/data-sources",
     says="the next plan reads another value, and what refers to it follows; the plan shows it")
CREATED = rule("created", Impact.NO_OP, source=f"{LANGUAGE}/resources/behavior",
     says="a new resource; what is there stays")
DESTROYED = rule("destroyed", Impact.DESTROY, source=f"{LANGUAGE}/resources/behavior",
     says="the resource is destroyed")
MOVED = rule("moved", Impact.NO_OP, source=f"{LANGUAGE}/moved",
     says="only the address in the state changes")
FORGOTTEN = rule("forgotten", Impact.NO_OP, source=f"{LANGUAGE}/resources/syntax#removing-resources",
     says="a removed block takes it out of the state and leaves it in the cloud")
FOLLOWS = rule("follows-replaced", Impact.REPLACE, source=f"{LANGUAGE}/resources/behavior",
     says="an argument that forces a new resource refers to one that is replaced")
IGNORED = rule("ignored", Impact.NO_OP, source=f"{LANGUAGE}/meta-arguments/lifecycle#ignore_changes",
     says="ignore_changes tells Terraform to leave this argument as it is")
SETTINGS = rule("meta-argument", Impact.NO_OP, source=f"{LANGUAGE}/meta-arguments/lifecycle",
     says="read by Terraform itself; the resource is not touched")
INSTANCES = rule("instances", Impact.REPLACE, source=f"{LANGUAGE}/meta-arguments/count",
     says="the addresses of the instances change; those that no longer exist are destroyed")
OTHER_PROVIDER = rule("other-provider", Impact.REPLACE, source=f"{LANGUAGE}/meta-arguments/resource-provider",
     says="another provider configuration is another region or account, where Terraform makes a new one")
PLACE = rule("other-place", Impact.STATEFUL_DESTROY, source=f"{LANGUAGE}/providers/configuration",
     says="the provider looks in another region or account: Terraform finds nothing there and makes all of it anew")
BACKEND = rule("backend", Impact.REPLACE, source=f"{LANGUAGE}/backend#change-configuration",
     says="the state moves: `terraform init -migrate-state` must take it along, or everything is created a second time")
PROVIDER = rule("provider-settings", Impact.IN_PLACE, source=f"{LANGUAGE}/providers/configuration",
     says="applies to every resource of this provider when it is next updated")
VERSIONS = rule("versions", Impact.NO_OP, source=f"{LANGUAGE}/providers/requirements",
     says="`terraform init -upgrade` chooses other versions; the resources stay")
OUTPUT = rule("output", Impact.NO_OP, source=f"{LANGUAGE}/values/outputs",
     says="an output; no resource is touched")
# fmt: on

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
