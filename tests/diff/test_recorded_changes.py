"""``qcdk diff`` says of each change what a real API server and its controllers did with it."""

import json
from typing import Any

from quantacirc_cdk.diff import Impact, compare_objects
from support.recorded import recorded

LOSES_DATA_LATER = {"STS replicas down, whenScaled Delete", "STS ordinals start"}
"""Changes that the API takes and that are not harmless: their claims go, or others are made."""

INTERRUPTS = {
    "Deployment replicas removed", "Deployment replicas to 0", "STS replicas down", "Job suspend", "Pod image",
    "Service type NodePort", "Service type LoadBalancer", "Service type ExternalName", "Service port number",
    "Service port name", "Service loadBalancerClass on LB", "Ingress class", "Ingress host", "HTTPRoute hostname",
    "NetworkPolicy port", "NetworkPolicy podSelector", "ResourceQuota hard", "LimitRange", "Certificate secretName",
}  # fmt: skip
"""Changes that the API takes and that keep somebody out for a while, or that stop pods without replacing them."""


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
            if change["change"] in LOSES_DATA_LATER:
                return said is Impact.DATA_LOSS
            if change["change"] in INTERRUPTS:
                return said is Impact.UNAVAILABILITY
            return said in (Impact.NO_OP, Impact.WIDENS_ACCESS)


def test_every_recorded_change_is_judged_as_it_went() -> None:
    changes = recorded("facts/kubernetes-changes.json")["changes"]
    wrong = {change["change"]: (change["api"], impact(change).value) for change in changes if not agrees(change)}
    assert wrong == {}, json.dumps(wrong, indent=1)
    assert len(changes) >= 97
    counted = [one for one in changes if "replicas_after" in one]
    fewer = {one["change"] for one in counted if one["replicas_after"] < one["before"]["spec"].get("replicas", 1)}
    assert fewer <= INTERRUPTS
