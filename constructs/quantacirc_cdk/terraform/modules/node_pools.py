"""The variable for node pools, which is the same on all clouds, and the props of a pool of its map."""

from quantacirc_cdk.limits.clouds import CLOUDS
from quantacirc_cdk.terraform.expressions import Flag, Items, Map, Number
from quantacirc_cdk.terraform.interface.cluster import NodePoolProps, Taint
from quantacirc_cdk.terraform.modules.variable import Variable

_EFFECTS = '["NoSchedule", "PreferNoSchedule", "NoExecute"]'
_TAINT = 'object({ key = string, value = optional(string, ""), effect = optional(string, "NoSchedule") })'
_ATTRIBUTES = {
    "machine_type": "string",
    "min_nodes": "optional(number, 3)",
    "max_nodes": "optional(number, 12)",
    "disk_gib": "optional(number, 50)",
    "spot": "optional(bool, false)",
    "spot_machine_types": "optional(list(string), [])",
    "labels": "optional(map(string), {})",
    "taints": f"optional(list({_TAINT}), [])",
    "gpus": "optional(number, 0)",
    "gpu_type": "optional(string)",
}
"""Attributes of a pool: those of ``NodePoolProps`` that a machine type does not imply."""
_TYPE = f"map(object({{ {', '.join(f'{name} = {kind}' for name, kind in _ATTRIBUTES.items())} }}))"


def node_pools(cloud: str, machine_type: str) -> Variable:
    """Return the variable for the node pools of a cluster."""
    longest = CLOUDS[cloud].node_pool
    if cloud == "azure":  # https://learn.microsoft.com/azure/aks/create-node-pools#limitations
        name, named = "^[a-z][a-z0-9]*$", "lower-case letters and digits"
    else:
        name, named = "^[a-z](-?[a-z0-9])*$", "lower-case letters, digits and single dashes"
    also = {
        _all(
            "pool.min_nodes >= 0 && pool.max_nodes >= max(1, pool.min_nodes) && "
            "floor(pool.min_nodes) == pool.min_nodes && floor(pool.max_nodes) == pool.max_nodes"
        ): "min_nodes and max_nodes are whole numbers, the latter at least 1 and at least the former.",
        _all(
            "pool.disk_gib >= 20 && pool.disk_gib <= 16384 && floor(pool.disk_gib) == pool.disk_gib"
        ): "disk_gib is a whole number from 20 to 16384.",
        _all(
            f"alltrue([for taint in pool.taints : contains({_EFFECTS}, taint.effect)])"
        ): "The effect of a taint is NoSchedule, PreferNoSchedule or NoExecute.",
    }
    if cloud == "aws":
        also[_all("pool.spot || length(pool.spot_machine_types) == 0")] = "Only spot pools have spot_machine_types."
    else:
        also[_all("length(pool.spot_machine_types) == 0")] = "Only AWS has spot_machine_types."
    if cloud == "gcp":
        also[_all("(pool.gpus > 0) == (pool.gpu_type != null)")] = "A pool with gpus has a gpu_type, and no other pool."
    else:
        also[_all("pool.gpus == 0 && pool.gpu_type == null")] = (
            "The machine type implies gpus and gpu_type; set neither."
        )
    if cloud != "azure":
        untainted = 'length([for taint in pool.taints : taint if taint.effect != "PreferNoSchedule"]) == 0'
        always = f"anytrue([for pool in values(var.node_pools) : pool.min_nodes > 0 && {untainted}])"
        also[always] = "A pool without taints has min_nodes of at least 1, for the cluster's own pods."
    return Variable(
        type=_TYPE,
        description="Node pools by name. `min_nodes` and `max_nodes` count over all zones. `spot_machine_types` are "
        "for AWS, `gpus` and `gpu_type` for Google Cloud; elsewhere the machine type implies them.",
        example=f'{{ general = {{ machine_type = "{machine_type}" }} }}',
        valid=f'alltrue([for name in keys(var.node_pools) : can(regex("{name}", name)) && length(name) <= {longest}])',
        expected=f"The name of a pool is at most {longest} {named}, a letter first.",
        also=also,
    )


def _all(condition: str) -> str:
    return f"alltrue([for pool in values(var.node_pools) : {condition}])"


def pool_at(place: str) -> NodePoolProps:
    """Return the pool that an expression refers to, such as ``each.value``."""
    return NodePoolProps(
        cpu=0,
        memory_gib=0,
        machine_type=f"${{{place}.machine_type}}",
        min_nodes=Number(f"{place}.min_nodes", 3),
        max_nodes=Number(f"{place}.max_nodes", 12),
        disk_gib=Number(f"{place}.disk_gib", 50),
        spot=Flag(f"{place}.spot", sample=False),  # type: ignore[arg-type]
        spot_machine_types=Items(f"{place}.spot_machine_types"),
        labels=Map(f"{place}.labels"),
        taints=Items(f"{place}.taints", item=_taint),
        gpus=Number(f"{place}.gpus", 0),
        gpu_type=f"${{{place}.gpu_type}}",
    )


def _taint(place: str) -> Taint:
    effect = f"${{{place}.effect}}"
    return Taint(key=f"${{{place}.key}}", value=f"${{{place}.value}}", effect=effect)  # type: ignore[arg-type]
