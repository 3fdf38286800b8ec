"""Machine sizes of Google Cloud."""

from quantacirc_cdk.errors import PropsError

_MACHINE_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
_ARM_CPUS = (2, 4, 8, 16, 32, 48)
_MACHINE_GIB_PER_CPU = {"highcpu": 1, "standard": 4, "highmem": 8}
_DATABASE_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)


PLUS_FROM_DAYS = 8
"""Enterprise keeps logs for point-in-time recovery for 7 days, Enterprise Plus for 35."""


def node_type(cpu: int, memory_gib: int, architecture: str = "amd64") -> str:
    """Return the smallest N2 machine, or T2A machine for arm64, with ``cpu`` cores and ``memory_gib``."""
    if architecture == "arm64":
        for cpus in _ARM_CPUS:
            if cpus >= cpu and cpus * _MACHINE_GIB_PER_CPU["standard"] >= memory_gib:
                return f"t2a-standard-{cpus}"
        raise PropsError(f"no T2A machine has {cpu} cores and {memory_gib} GiB; set the machine type explicitly")
    fitting = [
        (cpus, cpus * gib, f"n2-{kind}-{cpus}")
        for kind, gib in _MACHINE_GIB_PER_CPU.items()
        for cpus in _MACHINE_CPUS
        if cpus >= cpu and cpus * gib >= memory_gib
    ]
    if not fitting:
        raise PropsError(f"no N2 machine has {cpu} cores and {memory_gib} GiB; set the machine type explicitly")
    return min(fitting)[2]


def database_tier(cpu: int, memory_gib: int, *, plus: bool) -> str:
    """Return the smallest Cloud SQL tier with ``cpu`` cores and ``memory_gib``.

    Enterprise allows 1 or an even number of cores up to 96, with 0.9 to 6.5 GiB each, and at least 3.75 GiB
    (https://cloud.google.com/sql/docs/postgres/instance-settings). Enterprise Plus has machine types with 8 GiB per
    core.
    """
    if plus:
        for cpus in _DATABASE_CPUS:
            if cpus >= cpu and cpus * 8 >= memory_gib:
                return f"db-perf-optimized-N-{cpus}"
    else:
        cores = max(cpu, -(-memory_gib * 10 // 65))
        cores = cores if cores == 1 else cores + cores % 2
        mib = max(memory_gib * 1024, 3840, -(-cores * 9216 // 10 // 256) * 256)
        if cores <= 96:
            return f"db-custom-{cores}-{mib}"
    raise PropsError(f"no Cloud SQL tier has {cpu} cores and {memory_gib} GiB; set the instance type explicitly")
