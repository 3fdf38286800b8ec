"""Templates about the Services of a component: what the API refuses, and who may connect from outside the cluster."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope, argument, value
from quantacirc_cdk.text.go_template import quoted

_CHANGES = ("externalTrafficPolicy", "loadBalancerSourceRanges", "type")
"""Fields that change which clients reach a Service, and with which addresses."""


@dataclass(frozen=True, kw_only=True)
class CheckedPort:
    """A port of a Service; the numbers are arguments of a template."""

    name: str
    protocol: str
    port: str
    node_port: str
    apart: Sequence[str] = ()
    """Names of the ports that no environment has beside it: they can have the same number."""


@dataclass(frozen=True, kw_only=True)
class ServiceCheck:
    """What the API refuses of a Service: a check of a parameter."""

    section: str
    """Path of its values."""
    type: Expression
    ports: Sequence[CheckedPort]
    limited: bool
    """Whether the chart itself limits the clients of its load balancer."""

    def lines(self, chart: str, path: str) -> Iterator[str]:  # noqa: ARG002
        """Yield the action that fails."""
        ports = " ".join(
            f'(dict "name" {quoted(one.name)} "protocol" {quoted(one.protocol)} "port" {one.port} '
            f'"nodePort" {one.node_port}{_apart(one)})'
            for one in self.ports
        )
        yield (
            f'{{{{- include "{chart}.checkedService" (dict "path" {quoted(self.section)} "type" {argument(self.type)} '
            f'"service" {value(self.section).helm} "ports" (list {ports}) "limited" {str(self.limited).lower()}) }}}}'
        )

    def template(self, chart: str) -> list[str]:
        """Return the lines of the named template that the action includes."""
        return [f'{{{{- define "{chart}.checkedService" }}}}', *_CHECKS.splitlines(), "{{- end }}"]


def _apart(port: CheckedPort) -> str:
    return f' "apart" (list {" ".join(map(quoted, port.apart))})' if port.apart else ""


_CHECKS = """\
{{- $path := .path }}
{{- $type := .type }}
{{- $spec := .service.spec }}
{{- $seen := dict }}
{{- range $index, $port := concat .ports .service.extraPorts }}
{{- $extra := ge $index (len $.ports) }}
{{- $protocol := $port.protocol | default "TCP" }}
{{- $found := dict "spec" (printf "name %s" $port.name) "ports" (printf "%s port %v" $protocol $port.port) }}
{{- if $port.nodePort }}
{{- $_ := set $found "nodePorts" (printf "%s node port %v" $protocol $port.nodePort) }}
{{- if eq $type "ClusterIP" }}
{{- $where := ternary "extraPorts" "nodePorts" $extra }}
{{- fail (printf "%s.%s needs spec.type NodePort or LoadBalancer for a node port" $path $where) }}
{{- end }}
{{- end }}
{{- range $field, $what := $found }}
{{- range $other := get $seen $what | default list }}
{{- if not (has $other ($port.apart | default list)) }}
{{- fail (printf "%s.%s must not have the %s twice" $path (ternary "extraPorts" $field $extra) $what) }}
{{- end }}
{{- end }}
{{- $_ := set $seen $what (append (get $seen $what | default list) $port.name) }}
{{- end }}
{{- end }}
{{- if and (hasKey $spec "externalTrafficPolicy") (eq $type "ClusterIP") }}
{{- fail (printf "%s.spec.externalTrafficPolicy needs spec.type NodePort or LoadBalancer" $path) }}
{{- end }}
{{- if ne $type "LoadBalancer" }}
{{- range $field, $what := $spec }}
{{- $balanced := or (hasPrefix "loadBalancer" $field) (eq $field "allocateLoadBalancerNodePorts") }}
{{- if and $balanced (ne (toString $what) "[]") }}
{{- fail (printf "%s.spec.%s needs spec.type LoadBalancer" $path $field) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .limited (eq $type "NodePort") (not (hasKey $spec "loadBalancerSourceRanges")) }}
{{- fail (printf "%s.spec.type must be LoadBalancer, which admits only some clients; to admit all, set \
loadBalancerSourceRanges to []" $path) }}
{{- end }}
{{- if gt (len ($spec.ipFamilies | default list)) 1 }}
{{- if eq ($spec.ipFamilyPolicy | default "SingleStack") "SingleStack" }}
{{- fail (printf "%s.spec.ipFamilies needs ipFamilyPolicy PreferDualStack or RequireDualStack for two" $path) }}
{{- end }}
{{- end }}
"""


@dataclass(frozen=True, kw_only=True)
class OutsideClients:
    """Clients of a Service from outside the cluster, where users change its type, its ranges or its traffic policy.

    The model does the same: a Service of type LoadBalancer or NodePort admits all addresses, or the ranges of its load
    balancer if pods see the address of the client.
    """

    chart: str
    section: str
    """Path of the Service's values."""
    type: Expression
    ports: Sequence[tuple[int | str, str]]
    """Port of the pods, and protocol, of each of its ports."""
    own: Mapping[str, Any]
    """Fields that the chart sets itself."""

    @property
    def rules(self) -> Expression:
        """The rules of a network policy that allow their connections."""
        ports = " ".join(
            f'(dict "port" {port if isinstance(port, int) else quoted(port)} "protocol" {quoted(protocol)})'
            for port, protocol in self.ports
        )
        ranges = "".join(f" {quoted(one)}" for one in self.own.get("loadBalancerSourceRanges", ()))
        traffic = self.own.get("externalTrafficPolicy", "Cluster")
        own = f'(dict "externalTrafficPolicy" {quoted(traffic)} "loadBalancerSourceRanges" (list{ranges}))'
        return Expression(
            f'include "{self.chart}.outside" (dict "type" {argument(self.type)} "service" {value(self.section).helm} '
            f'"own" {own} "ports" (list {ports})) | fromYamlArray',
            self._compute,
        )

    def _compute(self, scope: Scope) -> list[Any]:
        service = scope.value(self.section)
        said = service["spec"]
        if self.type.compute(scope) == "ClusterIP" or not any(name in said for name in _CHANGES):
            return []
        effective = {**self.own, **said}
        local = effective.get("externalTrafficPolicy") == "Local"
        ranges = (effective.get("loadBalancerSourceRanges") if local else None) or ["0.0.0.0/0", "::/0"]
        ports = [{"port": port, "protocol": protocol} for port, protocol in self.ports]
        for extra in service["extraPorts"]:
            port = extra.get("targetPort", extra["port"])
            ports.append({"port": port, "protocol": extra.get("protocol", "TCP")})
        return [{"from": [{"ipBlock": {"cidr": cidr}} for cidr in ranges], "ports": ports}]


def outside_template(name: str) -> str:
    """Return the named template of the rules for clients from outside the cluster."""
    return f"""\
{{{{/* Rules of a network policy for clients from outside, if values change who reaches a Service. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $said := .service.spec -}}}}
{{{{- $changed := or {" ".join(f'(hasKey $said "{field}")' for field in _CHANGES)} -}}}}
{{{{- if and $changed (ne .type "ClusterIP") -}}}}
{{{{- $ranges := list -}}}}
{{{{- if eq ($said.externalTrafficPolicy | default .own.externalTrafficPolicy) "Local" -}}}}
{{{{- $ranges = ternary $said .own (hasKey $said "loadBalancerSourceRanges") | dig "loadBalancerSourceRanges" list -}}}}
{{{{- end -}}}}
- from:
    {{{{- range $ranges | default (list "0.0.0.0/0" "::/0") }}}}
    - ipBlock:
        cidr: {{{{ . | quote }}}}
    {{{{- end }}}}
  ports:
    {{{{- toYaml .ports | nindent 4 }}}}
    {{{{- range .service.extraPorts }}}}
    - port: {{{{ .targetPort | default .port | toJson }}}}
      protocol: {{{{ .protocol | default "TCP" }}}}
    {{{{- end }}}}
{{{{- end -}}}}
{{{{- end -}}}}
"""
