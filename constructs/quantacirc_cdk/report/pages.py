"""The pages of a report, each from data of all environments."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.topology import as_mermaid
from quantacirc_cdk.text.markdown import code, table, text

Json = dict[str, Any]


def topology_page(system: System, environments: Mapping[str, Environment]) -> str:
    """Return the declared connections, and the kind and purpose of each component."""
    sites = [Site(system, one) for one in environments.values()]
    rows = [
        [code(name), part.kind, text(part.description), *(runs(name, site) for site in sites)]
        for name, part in sorted(system.components.items())
    ]
    return f"""\
# Topology

Who opens connections to whom, as declared. Network policies allow exactly this, and DNS, metrics and health checks:
see [reachability.md](reachability.md).

```mermaid
{as_mermaid(system)}```

{table(["component", "kind", "what it does", *environments], rows)}"""


def runs(name: str, site: Site) -> str:
    """Return where a component runs in an environment, and its number of replicas."""
    provider = site.provider(name)
    if provider != "embedded":
        return f"managed by {site.environment.target}" if provider == "managed" else "existing"
    if not site.system.components[name].scales:
        return "in the cluster"
    replicas = site.replicas(name)
    return f"{replicas.min}" if replicas.min == replicas.max else f"{replicas.min} to {replicas.max}"


def reachability_page(matrices: Sequence[Json]) -> str:
    """Return all pairs that can connect, with the environments in which they can."""
    names = [matrix["environment"] for matrix in matrices]
    pairs: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for matrix in matrices:
        for one in matrix["open"]:
            pairs[one["source"], one["target"], ", ".join(one["ports"])].append(matrix["environment"])
    rows = [
        [source, target, ports, "all" if found == names else ", ".join(found)]
        for (source, target, ports), found in sorted(pairs.items())
    ]
    counts = [[one["environment"], str(one["pairs"]), str(len(one["open"])), str(one["denied"])] for one in matrices]
    around = sorted({name for one in matrices for name in one["endpoints"]["around"]})
    return f"""\
# Reachability

Computed from the network policies of the manifests, for every ordered pair of workloads, and of workloads and the
peers outside the namespace. A pair that is not listed cannot connect. [reachability.json](reachability.json) contains
the same data for programs.

Peers outside the namespace: {", ".join(around)}.

{table(["environment", "pairs", "open", "denied"], counts)}
{table(["from", "to", "ports", "environments"], rows)}"""


def images_page(images: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """Return all images, with the workloads and environments that use them."""
    where: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for environment, found in images.items():
        for image, users in found.items():
            where[image, tuple(users)].append(environment)
    rows = [
        [code(image), ", ".join(users), "all" if names == list(images) else ", ".join(names), _pinned(image)]
        for (image, users), names in sorted(where.items())
    ]
    return f"""\
# Images in use

Of every container of the manifests. [images-in-use.json](images-in-use.json) has the same for programs. `qcdk release`
pins the images that are built with the system.

{table(["image", "run by", "environments", "pinned"], rows)}"""


def exceptions_page(found: Mapping[str, Sequence[tuple[str, str, str, str]]]) -> str:
    """Return all exceptions to *restricted*, with reasons and environments."""
    where: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for environment, exceptions in found.items():
        for one in exceptions:
            where[one].append(environment)
    rows = [
        [code(workload), text(subject), text(allows), text(reason), "all" if names == list(found) else ", ".join(names)]
        for (workload, subject, allows, reason), names in sorted(where.items())
    ]
    shown = table(["workload", "for", "allows", "why", "environments"], rows) if rows else "There are none.\n"
    return f"""\
# Exceptions to *restricted*

What workloads do that Pod Security Standards *restricted* or a read-only root file system forbid, as declared, with the
reason that the declaration gives. A namespace admits the strictest level that all its pods have.

{shown}"""


def _pinned(image: str) -> str:
    return "by digest" if "@sha256:" in image else "by tag"


_MORE = {
    "by-hand.md": "patches, and objects that are added in Python",
    "left-out.md": "what an output cannot carry",
    "prerequisites.md": "what a cluster needs before the first deployment",
}
"""Optional pages, which exist only if they have content."""


def index_page(system: System, environments: Mapping[str, Environment], more: Collection[str] = ()) -> str:
    """Return an overview of pages and environments; ``more`` are the optional pages that exist."""
    others = "".join(f"| [{page}]({page}) | {what} |\n" for page, what in _MORE.items() if page in more)
    rows = [
        [name, text(one.description), one.target, text(one.release.version), one.domain]
        for name, one in environments.items()
    ]
    return f"""\
# {system.name}: report

{text(system.description or f"The system {system.name}.")}

| page | what it tells |
| --- | --- |
| [index.html](index.html) | everything in one page with filters, also capacity, cost, cloud resources and waivers |
| [parity.md](parity.md) | in which declared parameters the environments differ, and why; they differ in nothing else |
| [topology.md](topology.md) | the components and the connections they declare |
| [reachability.md](reachability.md) | who can connect to whom by the network policies |
| [images-in-use.md](images-in-use.md) | which image runs where |
| [exceptions.md](exceptions.md) | what workloads do that Pod Security Standards *restricted* forbid, and why |
{others}
{table(["environment", "", "target", "version", "domain"], rows)}"""
