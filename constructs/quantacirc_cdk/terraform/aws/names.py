"""Allowed values of AWS settings: log retention."""

import json

from quantacirc_cdk.terraform.expressions import Number

_LOG_RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)


def log_retention_days(days: int) -> int:
    """Return the shortest retention of CloudWatch Logs of at least ``days``."""
    if isinstance(days, Number):
        steps = json.dumps(_LOG_RETENTION_DAYS)
        return Number(f"[for step in {steps} : step if step >= {days.expression}][0]", days)
    return next(offered for offered in _LOG_RETENTION_DAYS if offered >= days)
