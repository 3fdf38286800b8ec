"""Previews of pull requests: values with which a chart is installed beside the environment that it belongs to.

In a preview, public hosts have other names, and the chart leaves out what a pull request must not change or what people
would be alerted by: objects outside of its namespace, quota and limits of the namespace, and monitors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.derive import Template
from quantacirc_cdk.helm.expression import Expression, Scope, negated, printed, value
from quantacirc_cdk.helm.ingress_variant import CERTIFICATE
from quantacirc_cdk.helm.node import Choice, Extended, Insert, Text, parts_of, text_of
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.substitution import NAMESPACE
from quantacirc_cdk.manifests import DASHBOARD, cluster_scoped

NAME = "preview.name"
DOMAIN = "preview.domain"
TAG = "preview.imageTag"

GUARDS = ("LimitRange", "ResourceQuota")
"""Kinds of a namespace's limits, which the deployed branch sets for previews."""
MONITORING = "monitoring.coreos.com"
_HOSTS = {
    "GRPCRoute": (("spec", "hostnames"),),
    "HTTPRoute": (("spec", "hostnames"),),
    "Ingress": (("spec", "rules", "host"), ("spec", "tls", "hosts")),
    "TLSRoute": (("spec", "hostnames"),),
}
"""Paths of public hosts by kind, through all items of lists."""
_CERTIFICATE_HOSTS = (("spec", "dnsNames"),)


def parameters() -> Iterator[Parameter]:
    """Yield the values of a preview."""
    yield Parameter(
        path=NAME,
        description=(
            "Name of a preview of a pull request, such as `pr-12`; empty for the environment itself. With it, public "
            "hosts have names of the preview, and there are no monitors, no quota and no objects outside of the "
            "namespace. Argo CD sets it."
        ),
        schema={"type": "string", "maxLength": 20, "pattern": "^([a-z]([-a-z0-9]*[a-z0-9])?)?$"},
        default="",
        example="pr-12",
    )
    yield Parameter(
        path=DOMAIN,
        description=(
            "Domain of a preview's hosts: with the name `pr-12`, `shop.example` becomes `pr-12.shop.example` and "
            "`api.shop.example` becomes `pr-12-api.shop.example`. Other hosts get the name as their first label."
        ),
        schema={"type": "string", "pattern": r"^[-a-z0-9.]*$"},
        default="",
        example="shop.example",
    )
    yield Parameter(
        path=TAG,
        description=(
            "Tag of a preview's images, as far as they are built with the system, in place of their tags and digests."
        ),
        schema=schemas.TAG,
        default="",
    )


@dataclass(frozen=True)
class Previewed:
    """Prepares the templates of a chart for previews."""

    chart: str

    def templates(self, templates: Sequence[Template]) -> list[Template]:
        """Return the templates with the hosts of previews, and with what previews leave out."""
        return [self._template(each) for each in templates]

    def _template(self, template: Template) -> Template:
        node = template.node
        for path in _host_paths(template.key):
            node = self._hosts(node, path)
        conditions = template.conditions
        if _left_out(template):
            conditions = (*conditions, negated(value(NAME)))
        return replace(template, node=node, conditions=conditions)

    def _hosts(self, node: Any, path: Sequence[str]) -> Any:
        """Return a node in which each leaf at a path is the host of the preview."""
        match node:
            case list():
                return [self._hosts(item, path) for item in node]
            case Choice():
                return Choice(node.condition, self._hosts(node.yes, path), self._hosts(node.no, path))
            case dict() if path and path[0] in node:
                return {**node, path[0]: self._hosts(node[path[0]], path[1:])}
            case str() | Text() | Insert(style="text") if not path:
                return Insert(self._host(node))
        return node

    def _host(self, node: str | Text | Insert) -> Expression:
        parts = parts_of(node) or ()

        def compute(scope: Scope) -> str:
            return preview_host(scope.value(NAME) or "", scope.value(DOMAIN) or "", text_of(parts, scope))

        return Expression(f'include "{self.chart}.host" (list . {printed(parts)})', compute)


def preview_host(name: str, domain: str, host: str) -> str:
    """Return a host in a preview; in the environment itself (an empty name), it is the same."""
    if not name:
        return host
    wild, bare = ("*.", host.removeprefix("*.")) if host.startswith("*.") else ("", host)
    return f"{wild}{name}{'-' if bare.endswith(f'.{domain}') else '.'}{bare}"


def host_template(name: str) -> str:
    """Return the named template of a public host."""
    return f"""\
{{{{/* A public host, in a preview that of the preview: root, host. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $preview := (index . 0).Values.preview -}}}}
{{{{- $host := index . 1 | toString -}}}}
{{{{- $bare := trimPrefix "*." $host -}}}}
{{{{- if $preview.name -}}}}
{{{{- if ne $bare $host }}}}*.{{{{ end -}}}}
{{{{- $preview.name }}}}{{{{ hasSuffix (print "." $preview.domain) $bare | ternary "-" "." }}}}{{{{ $bare -}}}}
{{{{- else -}}}}
{{{{- $host -}}}}
{{{{- end -}}}}
{{{{- end -}}}}
"""


def _host_paths(key: Key) -> Sequence[tuple[str, ...]]:
    if key.kind == "Certificate":
        return _CERTIFICATE_HOSTS if key.name.endswith(CERTIFICATE) else ()
    return _HOSTS.get(key.kind, ())


def _left_out(template: Template) -> bool:
    key, metadata = template.key, template.node["metadata"]
    group = f"{key.group}/v1" if key.group else "v1"
    if cluster_scoped({"apiVersion": group, "kind": key.kind, "metadata": metadata}):
        return True
    elsewhere = metadata.get("namespace") not in (None, Insert(NAMESPACE))
    return elsewhere or key.kind in GUARDS or key.group == MONITORING or DASHBOARD in _labels(metadata)


def _labels(metadata: Any) -> Any:
    labels = metadata.get("labels") or {}
    return labels.base if isinstance(labels, Extended) else labels
