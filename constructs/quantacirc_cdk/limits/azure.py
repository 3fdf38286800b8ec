"""Machine sizes of Azure, and the node pools that AKS can run its own pods on."""

from collections.abc import Mapping

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.clusters import Pool


def system_pools(pools: Mapping[str, Pool]) -> list[str]:
    """Return the names of the pools that could be the system pool of a cluster.

    https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools
    """
    return [name for name, pool in pools.items() if not pool.spot and not pool.taints and pool.min_nodes >= 1]


LARGEST_CACHE_GIB = 960
_CACHES = {
    1: 1,
    3: 3,
    6: 5,
    12: 10,
    24: 20,
    60: 50,
    120: 100,
    180: 150,
    240: 250,
    360: 350,
    480: 500,
    720: 700,
    960: 1000,
}
"""Memory in GiB, and number of the balanced size:
https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier.
"""
_CPUS = (2, 4, 8, 16, 32, 48, 64, 96)
_ARM_CPUS = 64
"""Cores of the largest fifth-generation general-purpose Arm size."""


def node_type(cpu: int, memory_gib: int, architecture: str = "amd64") -> str:
    """Return the smallest fifth-generation machine with ``cpu`` cores and ``memory_gib``."""
    if architecture == "arm64":
        if cpu > _ARM_CPUS or memory_gib > _ARM_CPUS * 4:
            raise PropsError(f"no Arm size has {cpu} cores and {memory_gib} GiB; set the machine type explicitly")
        return _smallest(cpu, memory_gib, {"Standard_D{}pls_v5": 2, "Standard_D{}ps_v5": 4})
    return _smallest(cpu, memory_gib, {"Standard_F{}s_v2": 2, "Standard_D{}s_v5": 4, "Standard_E{}s_v5": 8})


def database_sku(cpu: int, memory_gib: int, *, burstable: bool) -> str:
    """Return the smallest PostgreSQL server with ``cpu`` cores and ``memory_gib``. Burstable sizes support neither a
    standby nor read replicas.
    """
    if cpu <= 2 and memory_gib <= 4 and burstable:
        return "B_Standard_B2s"
    return _smallest(cpu, memory_gib, {"GP_Standard_D{}ds_v5": 4, "MO_Standard_E{}ds_v5": 8})


def cache_sku(memory_gib: int) -> str:
    """Return the smallest balanced Azure Managed Redis with ``memory_gib``. Raises ``PropsError`` if there is none."""
    for memory, number in _CACHES.items():
        if memory >= memory_gib:
            return f"Balanced_B{number}"
    raise PropsError(f"no Azure Managed Redis has {memory_gib} GiB; set the instance type explicitly")


def _smallest(cpu: int, memory_gib: int, families: Mapping[str, int]) -> str:
    fitting = [
        (cpus, cpus * gib, form.format(cpus))
        for form, gib in families.items()
        for cpus in _CPUS
        if cpus >= cpu and cpus * gib >= memory_gib
    ]
    if not fitting:
        raise PropsError(f"no size has {cpu} cores and {memory_gib} GiB; set the instance type explicitly")
    return min(fitting)[2]
