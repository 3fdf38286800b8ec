"""Environment variables that users add to containers: one replaces the chart's variable of the same name.

The API refuses a list with two variables of one name when Helm 4 applies it, and of two the last one counts otherwise.
"""

from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, argument
from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.node import Variables
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.places import Path, places
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class AddedVariables:
    """Additional environment variables of a container."""

    on: Match
    path: Path
    """The list of variables."""
    chart: str

    def insert(self, spot: Spot) -> list[Any]:
        """Add the parameter's variables; they replace those of a parameter that was inserted before."""
        for container, key in places(spot.tree, self.path):
            items, said = container.get(key, []), spot.parameter.expression
            before = next((item for item in items if isinstance(item, Variables)), None)
            if before:
                said = _joined(before.expression, said)
            container[key] = [*(item for item in items if item is not before), Variables(said, self.chart)]
        return []


def _joined(first: Expression, second: Expression) -> Expression:
    return Expression(
        f"concat {argument(first)} {argument(second)}",
        lambda scope: [*(first.compute(scope) or []), *(second.compute(scope) or [])],
    )


def given(variables: Variables, name: str) -> str:
    """Return the pipeline that renders the users' variable with this name, and nothing if there is none."""
    return f'include "{variables.chart}.variable" (list {quoted(name)} {argument(variables.expression)})'


def others(variables: Variables, names: list[str]) -> str:
    """Return the pipeline that renders the users' variables with other names."""
    own = f"(list {' '.join(map(quoted, names))})" if names else "list"
    return f'include "{variables.chart}.variables" (list {own} {argument(variables.expression)})'


def variables_templates(chart: str) -> str:
    """Return the named templates that render variables of users: one by its name, and all with other names."""
    return f"""\
{{{{/* The variable of users with a name, which replaces the chart's own. */}}}}
{{{{- define "{chart}.variable" -}}}}
{{{{- $name := index . 0 -}}}}
{{{{- $found := list -}}}}
{{{{- range index . 1 -}}}}
{{{{- if eq .name $name -}}}}
{{{{- $found = list . -}}}}
{{{{- end -}}}}
{{{{- end -}}}}
{{{{- with $found }}}}{{{{ toYaml . }}}}{{{{ end -}}}}
{{{{- end -}}}}

{{{{/* The variables of users without those with the names of the chart's own; of equal names the last one. */}}}}
{{{{- define "{chart}.variables" -}}}}
{{{{- $seen := index . 0 -}}}}
{{{{- $last := dict -}}}}
{{{{- range index . 1 -}}}}
{{{{- $_ := set $last .name . -}}}}
{{{{- end -}}}}
{{{{- $found := list -}}}}
{{{{- range index . 1 -}}}}
{{{{- if not (has .name $seen) -}}}}
{{{{- $seen = append $seen .name -}}}}
{{{{- $found = append $found (get $last .name) -}}}}
{{{{- end -}}}}
{{{{- end -}}}}
{{{{- with $found }}}}{{{{ toYaml . }}}}{{{{ end -}}}}
{{{{- end -}}}}
"""
