"""Machine types of managed databases and caches, as data.

Each family has fixed sizes; a cloud adds families. A family that is none of these and no misspelling of one, and one of
a later generation than all of its letter, is accepted with any size that a cloud has.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from quantacirc_cdk.errors import alike, nearest
from quantacirc_cdk.text.terraform import has_expression

Store = Literal["aurora", "cache", "database"]

_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_TO_24 = (*_TO_16, "24xlarge")
_TO_32 = (*_TO_24, "32xlarge")
_TO_48 = (*_TO_24, "48xlarge")
_CACHE_5 = ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")
_SMALL = ("micro", "small", "medium")
_BURSTABLE = (*_SMALL, "large", "xlarge", "2xlarge")
_OLD_R = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")

_AWS: Mapping[Store, Mapping[str, tuple[str, ...]]] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html
    "database": {
        **dict.fromkeys(("m7g", "m6g", "m6gd", "r7g", "r6g", "r6gd", "x2g"), _TO_16),
        **dict.fromkeys(("m5", "m5d", "r5", "r5b", "r5d"), _TO_24),
        **dict.fromkeys(("m6i", "m6id", "m6idn", "m6in", "r6i", "r6id", "r6idn", "r6in"), _TO_32),
        **dict.fromkeys(("m7i", "m8g", "m8gd", "r7i", "r8g", "r8gd"), _TO_48),
        **dict.fromkeys(("t2", "t3", "t4g"), _BURSTABLE),
        "m3": ("medium", "large", "xlarge", "2xlarge"),
        "m4": ("large", "xlarge", "2xlarge", "4xlarge", "10xlarge", "16xlarge"),
        "r3": _OLD_R,
        "r4": (*_OLD_R, "16xlarge"),
        "x2idn": ("16xlarge", "24xlarge", "32xlarge"),
        "x2iedn": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge"),
    },
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
    "aurora": {
        **dict.fromkeys(("r7g", "r6g", "x2g"), _TO_16),
        **dict.fromkeys(("r7i", "r8g", "r8gd"), _TO_48),
        **dict.fromkeys(("t3", "t4g"), ("medium", "large")),
        "r4": (*_OLD_R, "16xlarge"),
        "r5": _TO_24,
        "r6gd": _TO_16[1:],
        "r6i": _TO_32,
        "r6id": ("24xlarge", "32xlarge"),
    },
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
    "cache": {
        **dict.fromkeys(("c7gn", "m6g", "m7g", "r6g", "r7g"), _TO_16),
        **dict.fromkeys(("m5", "r5"), _CACHE_5),
        **dict.fromkeys(("t2", "t3", "t4g"), _SMALL),
        "m4": ("large", "xlarge", "2xlarge", "4xlarge", "10xlarge"),
        "r4": (*_OLD_R, "16xlarge"),
        "r6gd": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    },
}
_NUMBER = re.compile(r"[0-9]+")
AWS_SIZE = r"(nano|micro|small|medium|[0-9]*x?large|metal(-[0-9]+xl)?)"
"""What the names of sizes look like on AWS."""
_AWS_TYPE = re.compile(r"(db|cache)\.(?P<family>(?P<letters>[a-z]+)(?P<generation>[0-9]+)[a-z]*)\.(?P<size>.+)")

_REDIS: Mapping[str, tuple[int, ...]] = {
    "Balanced_B": (0, 1, 3, 5, 10, 20, 50, 100, 150, 250, 350, 500, 700, 1000),
    "ComputeOptimized_X": (3, 5, 10, 20, 50, 100, 150, 250, 350, 500, 700),
    "FlashOptimized_A": (250, 500, 700, 1000, 1500, 2000, 4500),
    "MemoryOptimized_M": (10, 20, 50, 100, 150, 250, 350, 500, 700, 1000, 1500, 2000),
}
"""https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier."""
_BURSTABLE_FLEXIBLE = ("1ms", "2s", "2ms", "4ms", "8ms", "12ms", "16ms", "20ms")
_CORES = (2, 4, 8, 16, 32, 48, 64)
_FLEXIBLE: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(("GP_Standard_D{}s_v3", "GP_Standard_D{}ds_v4"), _CORES),
    **dict.fromkeys(("GP_Standard_D{}ds_v5", "GP_Standard_D{}ads_v5"), (*_CORES, 96)),
    **dict.fromkeys(("MO_Standard_E{}s_v3", "MO_Standard_E{}ds_v4"), (*_CORES, 20)),
    **dict.fromkeys(("MO_Standard_E{}ds_v5", "MO_Standard_E{}ads_v5"), (*_CORES, 20, 96)),
}
"""Cores of the sizes of a Flexible Server (https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-compute)."""
_PERFORMANCE = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
"""Cores of Cloud SQL Enterprise Plus (https://cloud.google.com/sql/docs/postgres/instance-settings)."""


def refused_type(cloud: str, store: Store, name: str) -> tuple[str, str] | None:
    """Return what was found and what was expected of a name that looks like a machine type, and is none; or None."""
    if has_expression(name):
        return None
    match cloud, store:
        case "aws", _:
            return _refused_class(store, name)
        case "azure", "cache":
            return _refused_of([f"{family}{size}" for family, sizes in _REDIS.items() for size in sizes], name)
        case "azure", _:
            return None if re.search(r"_v([6-9]|[1-9][0-9])$", name) else _refused_of(list(_flexible()), name)
        case "gcp", _:
            return _refused_tier(name)
    return None


def _flexible() -> Iterator[str]:
    yield from (f"B_Standard_B{size}" for size in _BURSTABLE_FLEXIBLE)
    yield from (form.format(cores) for form, sizes in _FLEXIBLE.items() for cores in sizes)


def _refused_class(store: Store, name: str) -> tuple[str, str] | None:
    families, found = _AWS[store], _AWS_TYPE.fullmatch(name)
    if found is None:
        return None  # Its form is checked before.
    prefix = name.partition(".")[0]
    family, size = found["family"], found["size"]
    if family in families:
        if size in families[family]:
            return None
        last = f"{prefix}.{family}.{families[family][-1]}"
        meant = _meant(name, [f"{prefix}.{family}.{one}" for one in families[family]])
        return f'"{name}", which does not exist', f"{meant}; the largest of {prefix}.{family} is {last}"
    if newest := max(_generations(families, found["letters"]), default=0):
        is_new = int(found["generation"]) > newest
    else:  # Neither Aurora nor a cache has the letters of other classes.
        others = _generations(_AWS["database"], found["letters"])
        is_new = not others and alike(family, families) is None
    if is_new and re.fullmatch(AWS_SIZE, size):
        return None
    return _refused_of([f"{prefix}.{one}.{each}" for one, sizes in families.items() for each in sizes], name)


def _generations(families: Iterable[str], letters: str) -> list[int]:
    return [int(match[1]) for one in families if (match := re.match(rf"{letters}([0-9]+)", one))]


def _refused_tier(name: str) -> tuple[str, str] | None:
    """https://cloud.google.com/sql/docs/postgres/instance-settings."""
    if name.startswith("db-perf-optimized-N-"):
        return _refused_of([f"db-perf-optimized-N-{cores}" for cores in _PERFORMANCE], name)
    if not (found := re.fullmatch(r"db-custom-([0-9]+)-([0-9]+)", name)):
        return None
    cores, mib = int(found[1]), int(found[2])
    fits = (cores == 1 or (2 <= cores <= 96 and cores % 2 == 0)) and mib % 256 == 0 and mib >= 3840
    if fits and cores * 9216 <= mib * 10 <= cores * 66560:
        return None
    expected = "1 core, or an even number up to 96; a multiple of 256 MiB, at least 3840, and 0.9 to 6.5 GiB per core"
    return f'"{name}", which does not exist', expected


def _refused_of(names: Sequence[str], name: str) -> tuple[str, str] | None:
    return None if name in names else (f'"{name}", which does not exist', _meant(name, names))


def _meant(name: str, names: Sequence[str]) -> str:
    """Return the nearest name: one whose numbers alone differ, by the least, if there is any."""
    same = [one for one in names if _NUMBER.sub("0", one) == _NUMBER.sub("0", name)]
    if not same:
        return nearest(name, names)
    numbers = [int(one) for one in _NUMBER.findall(name)]
    closest = min(
        same, key=lambda one: sum(abs(int(a) - b) for a, b in zip(_NUMBER.findall(one), numbers, strict=True))
    )
    return f'"{closest}"'
