"""Names and sizes that Azure allows."""

import json

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model.regions import PAIRS
from quantacirc_cdk.terraform.expressions import Number
from quantacirc_cdk.terraform.interface.rules import Rules

_STORAGE_GIB = (32, 64, 128, 256, 512, 1024, 2048, 4095, 8192, 16384, 32767)


def check_pair(rules: Rules, region: str, recovery_region: str | None, what: str) -> None:
    """Refuse a recovery region other than the paired region, to which Azure copies ``what``."""
    pair = PAIRS.get(region)
    if recovery_region and recovery_region != pair:
        expected = f"its pair, {pair}" if pair else f"none: {region} has no pair"
        rules.refuse("recovery_region", f"{recovery_region}, but Azure copies {what} to the paired region", expected)


def storage_mb(gib: int) -> int:
    """Return the smallest disk size of PostgreSQL servers with at least ``gib``, in MiB."""
    if isinstance(gib, Number):
        steps = json.dumps(_STORAGE_GIB)
        return Number(f"[for step in {steps} : step * 1024 if step >= {gib.expression}][0]", 32768)
    fitting = next((step for step in _STORAGE_GIB if step >= gib), None)
    if fitting is None:
        raise PropsError(f"no disk of a PostgreSQL server has {gib} GiB, expected at most {_STORAGE_GIB[-1]}")
    return fitting * 1024
