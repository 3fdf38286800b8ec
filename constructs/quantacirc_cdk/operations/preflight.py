"""Checks before a release is changed: report all problems at once, and send nothing to a wrong cluster."""

import contextlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.limits.kubernetes_releases import minor
from quantacirc_cdk.model.chart_release import ChartRelease
from quantacirc_cdk.operations import rights
from quantacirc_cdk.operations.helm import Helm, documents
from quantacirc_cdk.operations.kubectl import (
    ForbiddenError,
    Kubectl,
    LoggedOutError,
    OperationError,
    UnreachableError,
    check_known,
    failure,
    require,
)
from quantacirc_cdk.operations.limit_ranges import limit_problems
from quantacirc_cdk.operations.operators import operator_of
from quantacirc_cdk.operations.process import run
from quantacirc_cdk.operations.quota import quota_problems
from quantacirc_cdk.operations.registry import images_of, look_for
from quantacirc_cdk.operations.replies import Versions

Json = dict[str, Any]

OLDEST_HELM = (3, 17)
SKEW = 1
"""Maximum difference of the minor versions of kubectl and API server
(https://kubernetes.io/releases/version-skew-policy/).
"""

_REFUSAL = re.compile(
    r" is invalid: |^Error from server \((?!Timeout|ServiceUnavailable|InternalError|TooManyRequests|Unauthorized)"
)
"""Output of kubectl for an object that the API refuses."""
_SILENT_WEBHOOK = re.compile(r'\bfailed calling webhook "(?P<name>[^"]+)"')
"""The API refuses an object because a webhook with ``failurePolicy: Fail`` does not respond
(https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy).
"""
_WITHOUT_DRY_RUN = re.compile(r'\badmission webhook "(?P<name>[^"]+)" does not support dry run')
"""The API refuses a dry run, and not the object
(https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#side-effects).
"""


@dataclass
class Preflight:
    """Results of the checks."""

    server: str = ""
    """Version of the API server."""
    namespace: bool = True
    """Whether the namespace exists."""
    problems: list[str] = field(default_factory=list)
    """Problems that prevent the deployment."""
    rejected: list[str] = field(default_factory=list)
    """Objects that the API refuses."""
    notes: list[str] = field(default_factory=list)
    """Information that prevents nothing."""
    coming: set[tuple[str, str]] = field(default_factory=set)
    """``apiVersion`` and kind of what the cluster serves once the charts before the system are installed."""


def check_programs() -> None:
    """Raise an error for missing and outdated programs."""
    require("helm", "kubectl")
    done = run(["helm", "version", "--template", "{{.Version}}"], seconds=20)
    version = re.match(r"v?([0-9]+)\.([0-9]+)", done.out)
    if version and (int(version[1]), int(version[2])) < OLDEST_HELM:
        wanted = ".".join(map(str, OLDEST_HELM))
        raise OperationError(Problem(what=f"helm is {done.out.strip()}", expected=f"{wanted} or newer"))


def check_chart(helm: Helm) -> None:
    """Raise an error if the chart was not generated."""
    places = (f"{helm.target.chart}/Chart.yaml", helm.target.values)
    missing = [place for place in places if not (helm.root / place).is_file()]
    if missing:
        expected = "the chart: run `qcdk synth`"
        raise OperationError(Problem(file=place, what="no such file", expected=expected) for place in missing)


def check_context(kubectl: Kubectl) -> None:
    """Raise an error if kubectl's context is not the environment's. Sends nothing to any cluster."""
    current, wanted = kubectl.current_context(), kubectl.target.context
    if current != wanted:
        check_known(kubectl)
        expected = f'"{wanted}"; nothing was sent. To switch: kubectl config use-context {wanted}'
        raise OperationError(Problem(what=f'the kube context is "{current}"', expected=expected))


def check_cluster(kubectl: Kubectl, found: Preflight) -> None:
    """Compare the cluster's version with the declared one. Raises an error if the cluster does not respond."""
    with contextlib.suppress(ForbiddenError):  # Any response except refused credentials is enough.
        found.namespace = kubectl.get("namespace", kubectl.target.namespace) is not None
    versions = kubectl.shaped(kubectl.json("version", "--output", "json"), Versions, "version")
    found.server = str(versions["serverVersion"]["gitVersion"])
    server, client = (minor(versions[side]["gitVersion"]) for side in ("serverVersion", "clientVersion"))
    declared = minor(kubectl.target.kubernetes_version)
    if abs(client - server) > SKEW:
        found.notes.append(f"kubectl is 1.{client} and the cluster 1.{server}: more than {SKEW} minor version apart")
    if server < declared:
        found.problems.append(
            f"the cluster runs Kubernetes 1.{server}, and the manifests are for 1.{declared}: "
            "upgrade it, or set cluster.kubernetes_version"
        )
    elif server > declared:
        found.notes.append(f"the cluster runs Kubernetes 1.{server}, and cluster.kubernetes_version says 1.{declared}")


def check_kinds(
    kubectl: Kubectl, objects: Sequence[Json], found: Preflight, *, first: Sequence[ChartRelease] = ()
) -> None:
    """Find kinds that the cluster does not serve, because a CustomResourceDefinition, and so an operator, is
    missing, and that none of the charts which are installed ``first`` adds.
    """
    brought = {name: chart for chart in first for name in chart.provides}
    wanted: dict[tuple[str, str], list[str]] = {}
    for item in objects:
        wanted.setdefault((item["apiVersion"], item["kind"]), []).append(item["metadata"]["name"])
    for kind in sorted(wanted.keys() - kubectl.served.keys() - rights.defined(objects).keys()):
        names, operator = wanted[kind], operator_of(kind[0].rpartition("/")[0], kind[1])
        if operator and operator.name in brought:
            found.coming.add(kind)
            continue
        which = f", {operator.name} ({operator.url})" if operator else ""
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        found.problems.append(
            f"the cluster has no {kind[1]} ({kind[0]}), wanted for {names[0]}{others}: "
            f"install its operator{which}, or turn it off under cluster.addons"
        )
    if found.coming:
        names = sorted({kind for _, kind in found.coming})
        found.notes.append(f"not validated until their operators are installed: {', '.join(names)}")


def check_rights(kubectl: Kubectl, objects: Sequence[Json], found: Preflight) -> None:
    """Find missing permissions before the deployment needs them."""
    said, notes = rights.problems(kubectl, objects, namespace_there=found.namespace)
    found.problems += said
    found.notes += notes


def check_quota(kubectl: Kubectl, objects: Sequence[Json], found: Preflight) -> None:
    """Find quotas that the release would exceed."""
    kinds = ("resourcequotas", "pods", "persistentvolumeclaims")
    found.problems += _compared(
        kubectl, kinds, found, "quota was", lambda live: quota_problems(objects, live, kubectl.target.release)
    )


def check_limits(kubectl: Kubectl, objects: Sequence[Json], found: Preflight) -> None:
    """Find pods and claims that a LimitRange of others in the namespace refuses. A dry run does not see these, because
    a LimitRange applies to pods and not to the workloads that create them.
    """
    own = kubectl.target.namespace
    inside = [item for item in objects if item["metadata"].get("namespace", own) == own]
    found.rejected += _compared(
        kubectl, ("limitranges",), found, "LimitRanges were", lambda live: limit_problems(inside, live)
    )


def _compared(
    kubectl: Kubectl, kinds: Sequence[str], found: Preflight, what: str, problems: Callable[[list[Json]], list[str]]
) -> list[str]:
    """Return the problems with the live objects of some kinds, or none, with a note, if they cannot be read."""
    try:
        return problems(kubectl.items(kinds))
    except (UnreachableError, LoggedOutError):
        raise
    except (OperationError, ValueError) as error:
        found.notes.append(f"{what} not checked: {error}")
        return []


def check_images(objects: Sequence[Json], found: Preflight) -> None:
    """Find images that do not exist in their registry, and list registries that do not respond."""
    unseen: dict[str, int] = {}
    for image in look_for(images_of(objects)):
        if image.verdict == "missing":
            found.problems.append(f"{image.image}: {image.why}")
        elif image.verdict == "unseen":
            unseen[image.why] = unseen.get(image.why, 0) + 1
    found.notes += [f"images not checked: {count}, because {why}" for why, count in unseen.items()]


def check_with_server(kubectl: Kubectl, objects: Sequence[Json], found: Preflight) -> None:
    """Let the API validate every object as if it was applied: schema, immutable fields, admission."""
    own = kubectl.target.namespace
    groups: dict[str, list[Json]] = {}
    for item in objects:
        if (item.get("apiVersion"), item["kind"]) not in found.coming:
            groups.setdefault(item["metadata"].get("namespace", own), []).append(item)
    if own in groups and not found.namespace:
        found.notes.append(f"the namespace {own} does not exist yet, so the API did not validate its objects")
        del groups[own]
    for namespace, items in groups.items():
        _check_group(replace(kubectl, target=replace(kubectl.target, namespace=namespace)), items, found)


def _check_group(kubectl: Kubectl, items: Sequence[Json], found: Preflight) -> None:
    options = ("--server-side", "--dry-run=server", "--force-conflicts", "--field-manager=helm", "--output=name")
    # YAML from the first character on: kubectl up to 1.32 reads a stream that begins with a brace as a single JSON
    # document.
    manifest = "".join(f"---\n{json.dumps(item, default=str)}\n" for item in items)
    done = kubectl.call("apply", *options, "--filename", "-", input=manifest, seconds=180)
    if done.ok:
        return
    lines = [line.strip() for line in done.error.splitlines()]
    silent = [line for line in lines if _SILENT_WEBHOOK.search(line)]
    unable = [line for line in lines if _WITHOUT_DRY_RUN.search(line)]
    refused = [line for line in lines if _REFUSAL.search(line) and line not in unable]
    if done.status is None or not (refused or silent or unable) or "(Unauthorized)" in done.error:
        raise failure(done, kubectl.target)
    found.rejected += refused
    for name, several in _by_webhook(_SILENT_WEBHOOK, silent).items():
        reason = several[0].rpartition(": ")[2]
        found.rejected.append(
            f'the admission webhook "{name}" does not respond ({reason}), so the API refuses {_counted(several)}: '
            "check its pods, or its ValidatingWebhookConfiguration or MutatingWebhookConfiguration"
        )
    for name, several in _by_webhook(_WITHOUT_DRY_RUN, unable).items():
        found.notes.append(
            f'the admission webhook "{name}" supports no dry run, so the API did not validate {_counted(several)}'
        )


def _by_webhook(sign: re.Pattern[str], lines: Sequence[str]) -> dict[str, list[str]]:
    """Return the lines by the name of the webhook in them."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if named := sign.search(line):
            found.setdefault(named["name"], []).append(line)
    return found


def _counted(lines: Sequence[str]) -> str:
    return "1 object" if len(lines) == 1 else f"{len(lines)} objects"


def rendered(helm: Helm, found: Preflight) -> list[Json]:
    """Return the objects of the release."""
    return documents(helm.render(found.server))
