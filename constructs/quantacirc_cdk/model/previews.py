"""Previews of pull requests: where Argo CD finds the requests, and which environments can have previews."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Environment, Previews
from quantacirc_cdk.model.pinned import Pinned
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import Source, System

Problems = Iterator[Problem]

HOSTS: Mapping[str, Literal["github", "gitlab"]] = {"github.com": "github", "gitlab.com": "gitlab"}
"""Hosts of repositories, and their software."""
INFIX = "-pr-"
"""Between the name of what a preview is of, and the number of the pull request."""
_LONGEST_NUMBER = 7
_LONGEST = 63 - len(INFIX) - _LONGEST_NUMBER


def software_of(source: Source, previews: Previews) -> Literal["github", "gitlab"] | None:
    """Return the software of the host of a repository; None if it is unknown."""
    return previews.host or HOSTS.get(source.host)


def check_previews(site: Site, root: Node) -> Problems:
    """Yield why an environment cannot have previews."""
    environment, system = site.environment, site.system
    if environment.previews is None:
        return
    place = ("previews",)
    if system.source is None:
        yield problem_at(root, place, "previews without a repository for Argo CD", "`source` in the system")
    else:
        yield from _check_source(system.source, environment.previews, root)
    if environment.delivery != "argocd":
        what = f"previews of an environment with the delivery {environment.delivery}, which Argo CD does not apply"
        yield problem_at(root, place, what, "delivery: argocd")
    if environment.approval:
        what = "previews of an environment whose deployments need an approval; a preview needs none"
        yield problem_at(root, place, what, "approval: false, in an environment for previews")
    if environment.target != "local":
        what = f"previews in {environment.target}, whose identities and stores belong to one namespace"
        yield problem_at(root, place, what, "target: local, which is any existing cluster, also in a cloud")
    namespace = environment.namespace_for(system.name)
    if len(namespace) > _LONGEST:
        what = f'the namespace "{namespace}" of {len(namespace)} characters, which previews make longer'
        yield problem_at(root, place, what, f"a `namespace` of at most {_LONGEST} characters")
    for name, component in site.system.components.items():
        provider = component.provider(site.settings(name))
        if provider != "embedded" and not isinstance(component, Pinned):
            what = f'the {provider} store "{name}", which all previews would share with "{environment.name}"'
            yield problem_at(root, ("components", name), what, "provider: embedded, or no `previews`")
        if component.installs_into(site, name) is not None and (clients := site.clients(name)):
            what = f'the chart "{name}", which previews do not install and {clients[0]} reaches'
            yield problem_at(root, ("components", name), what, "another environment for `previews`")


def _check_source(source: Source, previews: Previews, root: Node) -> Problems:
    software = software_of(source, previews)
    if software is None:
        what = f'previews of a repository on "{source.host}", whose software is unknown'
        yield problem_at(root, ("previews",), what, "previews.host: github or gitlab")
    if previews.host and HOSTS.get(source.host, previews.host) != previews.host:
        what = f"{previews.host} as the software of {source.host}"
        yield problem_at(root, ("previews", "host"), what, "none: the address of the repository says it")
    parts = source.path.split("/")
    if software and not (all(parts) and (len(parts) == 2 or (software == "gitlab" and len(parts) > 2))):
        what = f'the repository "{source.path}" of {software}'
        yield problem_at(root, ("previews",), what, "a `source.repository` that ends in owner/name")


def check_preview_namespaces(system: System, environments: Mapping[str, tuple[Environment, Node]]) -> Problems:
    """Yield environments whose previews would have the namespace or the application of something else."""
    for name, (environment, root) in environments.items():
        if environment.previews is None:
            continue
        context, namespace = environment.cluster.context, environment.namespace_for(system.name)
        for other, (one, _) in environments.items():
            theirs = one.namespace_for(system.name)
            same = other != name and one.cluster.context == context
            if (same and _is_preview(theirs, namespace)) or _is_preview(other, name):
                what = f'previews whose names can be those of the environment "{other}"'
                yield problem_at(root, ("previews",), what, "another name and `namespace` for one of them")
            if same and one.previews and theirs == namespace and other < name:
                what = f'previews in the same namespaces as those of the environment "{other}"'
                yield problem_at(root, ("previews",), what, "another `namespace` or `cluster.context`")


def _is_preview(name: str, of: str) -> bool:
    return re.fullmatch(re.escape(of + INFIX) + "[0-9]+", name) is not None
