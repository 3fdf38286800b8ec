"""``qcdk diff`` says of each change what a real API server and its controllers did with it."""

import json
from typing import Any

from quantacirc_cdk.diff import Impact, compare_objects
from support.recorded import recorded

LOSES_DATA_LATER = {"STS replicas down, whenScaled Delete", "STS ordinals start"}
"""Changes that the API takes and that are not harmless: their claims go, or others are made."""


def impact(change: dict[str, Any]) -> Impact:
    """Return the worst that is said of a change."""
    found = compare_objects([change["before"], {"kind": "Other"}], [change["after"], {"kind": "Other"}])
    return max((finding.impact for findings in found.values() for finding in findings), default=Impact.NO_OP)


def agrees(change: dict[str, Any]) -> bool:
    """Whether what is said is what happened."""
    said = impact(change)
    match change["api"]:
        case "rejected":
            return said is Impact.RECREATE
        case "new-pods":
            return said in (Impact.ROLLING_RESTART, Impact.UNAVAILABILITY)
        case _:
            resets = change.get("replicas_after") == 1 != change["before"].get("spec", {}).get("replicas")
            if change["change"] in LOSES_DATA_LATER:
                return said is Impact.DATA_LOSS
            if resets:
                return said is Impact.UNAVAILABILITY
            return said in (Impact.NO_OP, Impact.WIDENS_ACCESS, Impact.UNAVAILABILITY)


def test_every_recorded_change_is_judged_as_it_went() -> None:
    changes = recorded("facts/kubernetes-changes.json")["changes"]
    wrong = {change["change"]: (change["api"], impact(change).value) for change in changes if not agrees(change)}
    assert wrong == {}, json.dumps(wrong, indent=1)
    assert len(changes) >= 97
