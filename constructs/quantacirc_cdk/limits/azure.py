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
_COMPUTE_CPUS = (2, 4, 8, 16, 32, 48, 64, 72)
"""Cores of the sizes of the Fsv2 series (https://learn.microsoft.com/azure/virtual-machines/sizes/compute-optimized/fsv2-series)."""
_MEMORY_GIB = {96: 672}
"""Memory of a size of the fifth-generation E series that has not 8 GiB per core
(https://learn.microsoft.com/azure/virtual-machines/sizes/memory-optimized/esv5-series)."""
_ARM_CPUS = 64
"""Cores of the largest fifth-generation general-purpose Arm size."""
_ARM_GIB = 208
"""Memory of the largest such size
(https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/dpsv5-series)."""


def node_type(cpu: int, memory_gib: int, architecture: str = "amd64") -> str:
    """Return the smallest fifth-generation machine with ``cpu`` cores and ``memory_gib``."""
    if architecture == "arm64":
        if cpu > _ARM_CPUS or memory_gib > _ARM_GIB:
            largest = f"the largest is Standard_D64ps_v5 with {_ARM_CPUS} cores and {_ARM_GIB} GiB"
            what = f"no Arm size has {cpu} cores and {memory_gib} GiB"
            raise PropsError(f"{what}; set the machine type explicitly, {largest}")
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
    sizes = [
        (cpus, _MEMORY_GIB.get(cpus, cpus * gib) if gib == 8 else cpus * gib, form.format(cpus))
        for form, gib in families.items()
        for cpus in (_COMPUTE_CPUS if "_F" in form else _CPUS)
    ]
    fitting = [size for size in sizes if size[0] >= cpu and size[1] >= memory_gib]
    if not fitting:
        cpus, gib, name = max(sizes)
        what = f"no size has {cpu} cores and {memory_gib} GiB"
        raise PropsError(
            f"{what}; set the instance type explicitly, the largest is {name} with {cpus} cores and {gib} GiB"
        )
    return min(fitting)[2]
