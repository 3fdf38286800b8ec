"""Report pages about patches, objects that you add or create, and what an output cannot represent."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from quantacirc_cdk.given import Given, Need
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.manifests import is_added
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.report.operators import NeededOperator
from quantacirc_cdk.text.markdown import code, table, text

Json = dict[str, Any]


def by_hand_page(
    system: System, environments: Mapping[str, Environment], objects: Mapping[str, Sequence[Json]]
) -> str | None:
    """Return a page with all patches and all objects that are added in Python; None if there are none."""
    patches = [
        [code(title), code(f"{one.kind} {one.name}"), _shown(one.environments, environments), text(one.reason)]
        for title, one in sorted(system.patches.items())
    ]
    patches += [
        [code(title), code(f"{one.kind} {one.name}"), name, text(one.reason)]
        for name, environment in environments.items()
        for title, one in sorted(environment.patches.items())
    ]
    where: dict[str, list[str]] = {}
    for name, found in objects.items():
        for item in found:
            if is_added(item):
                where.setdefault(f"{item['kind']} {item['metadata']['name']}", []).append(name)
    added = [[code(item), _shown(names, environments)] for item, names in sorted(where.items())]
    if not patches and not added:
        return None
    changed = table(["patch", "object", "environments", "why"], patches) if patches else "There are none.\n"
    more = table(["object", "environments"], added) if added else "There are none.\n"
    return f"""\
# By hand

What the components of the model do not say. It counts in the quota, the capacity, the chart and all other outputs like
the rest.

## Patches

{changed}
## Objects added in Python

{more}"""


def prerequisites_page(
    system: System,
    found: Mapping[str, Mapping[Given, Need]],
    operators: Mapping[str, Sequence[NeededOperator]] | None = None,
    environments: Mapping[str, Environment] | None = None,
    gateways: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
) -> str | None:
    """Return a page with what you create before the first deployment, by environment; None if there is nothing."""
    pages = [_for_pods(found)] if found else []
    if system.source and system.git_secret:
        keys = ("identity", "known_hosts") if system.source.url.startswith("ssh:") else ("username", "password")
        pages.append(f"""\
## For Flux

{table(["object", "namespace", "keys"], [[code(f"Secret {system.git_secret}"), code("flux-system"), _codes(keys)]])}
Flux fetches `{system.source.url}` with it. Argo CD has its own credentials of repositories.
""")
    previews = {name: one for name, one in (environments or {}).items() if one.previews}
    if previews:
        pages.append(_for_previews(system, previews))
    if any((operators or {}).values()):
        pages.append(_operators(operators or {}))
    if any((gateways or {}).values()):
        pages.append(_gateways(gateways or {}))
    return "# Prerequisites\n\n" + "\n".join(pages) if pages else None


def _for_previews(system: System, found: Mapping[str, Environment]) -> str:
    rows = [
        [name, code(f"Secret {one.previews.secret}"), code("argocd"), code("token")]
        for name, one in found.items()
        if one.previews and one.previews.secret
    ]
    requests = table(["environment", "object", "namespace", "keys"], rows) if rows else ""
    selectors = _codes([f"{system.name}.preview-of: {name}" for name in found])
    return f"""\
## For previews

{requests}The namespace of each preview also needs the objects that the pods of its environment use. Its label
{selectors} lets an operator copy them into it.
"""


def _operators(found: Mapping[str, Sequence[NeededOperator]]) -> str:
    rows = [
        [
            name,
            f"[{one.name}]({one.url})" if one.url else code(one.name),
            _codes(one.kinds),
            f"its component {code(one.component)}, before the system" if one.component else "you",
        ]
        for name, several in found.items()
        for one in several
    ]
    return f"""\
## Operators

The API refuses objects of these kinds until the cluster has their operators. A component of kind `operator` installs
one with the system; `qcdk doctor --for ENV` compares the list with a cluster.

{table(["environment", "operator", "kinds", "installed by"], rows)}"""


def _gateways(found: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    rows = [
        [name, code(gateway), _codes(needed)] for name, several in found.items() for gateway, needed in several.items()
    ]
    return f"""\
## Gateways

Routes attach to these listeners by name, and stay without traffic until the Gateway has them: `http` for HTTP, `https`
for HTTPS, `tls` for TLS with the mode `Passthrough`, and `tls-PORT` for the same at another port. Each must admit
routes of the environment's namespace. TLSRoutes need the definitions of the experimental channel of Gateway API.

{table(["environment", "Gateway", "listeners"], rows)}"""


def _for_pods(found: Mapping[str, Mapping[Given, Need]]) -> str:
    rows = [
        [
            name,
            code(f"{one.kind} {one.name}"),
            code(one.namespace) if one.namespace else "",
            _codes(need.keys),
            _codes(need.components),
            "start" if need.optional else "do not start",
        ]
        for name, needs in found.items()
        for one, need in needs.items()
    ]
    return f"""\
Pods use these objects, and nothing in the output creates them. Create them before the first deployment, with at least
these keys. With the add-on `external_secrets`, the Secrets of managed and existing stores come from the cloud's secret
store instead; with the system's `toolbox`, a Job generates those of stores in the cluster.

{table(["environment", "object", "namespace", "keys", "used by", "without it, the pods"], rows)}"""


def prerequisites(found: Mapping[str, Mapping[Given, Need]]) -> Iterator[LeftOut]:
    """Yield a sentence for each environment and kind of object without which pods do not start."""
    why = "nothing in the output creates it, so create it before you deploy (report/prerequisites.md)"
    for name, needs in found.items():
        required = [one for one, need in needs.items() if not need.optional]
        for kind, each in groupby(required, lambda one: one.kind):
            yield LeftOut(output=f"kubernetes/{name}", subject=f"{kind} {', '.join(one.name for one in each)}", why=why)


def closed(found: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[LeftOut]:
    """Yield a sentence for each environment whose public routes close paths."""
    why = "public routes close paths of probes and metrics; to open one, add it to the route's `paths`"
    for name, components in found.items():
        shown = ", ".join(f"{path} of {component}" for component, paths in components.items() for path in paths)
        if shown:
            yield LeftOut(output=f"kubernetes/{name}", subject=f"way in to {shown}", why=why)


def _codes(names: Sequence[str]) -> str:
    return ", ".join(map(code, names))


def left_out_page(found: Sequence[LeftOut]) -> str:
    """Return a page with what the outputs cannot represent."""
    rows = [[text(one.output), code(one.subject), text(one.why)] for one in sorted(found)]
    return f"""\
# Left out

What an output cannot carry. The other outputs have it.

{table(["output", "without", "why"], rows)}"""


def _shown(names: Sequence[str], environments: Mapping[str, Environment]) -> str:
    return "all" if not names or list(names) == list(environments) else ", ".join(names)
