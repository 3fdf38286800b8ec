"""Refuse items of users with equal names, or with the name of an item of the chart: the API would refuse them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class Unique:
    """Each item of a list that users set needs its own name: a check of a parameter."""

    field: str = "name"
    """The field that identifies an item, or several with commas between them. An item without it is not compared."""
    at: str = ""
    """Field of the value that has the list; by default, the value is the list."""
    taken: Sequence[str] = ()
    """Names that the chart's own items have, in any environment."""
    beside: str = ""
    """Path of another value whose items share the names."""

    def lines(self, chart: str, path: str) -> Iterator[str]:
        """Yield the actions that fail for the list at this path of the values."""
        items = value(path).helm
        if self.at:
            items, path = f"({items}.{self.at} | default list)", f"{path}.{self.at}"
        if self.beside:
            items = f"(concat {value(self.beside).helm} {items})"
        taken = f"(list {' '.join(map(quoted, self.taken))})" if self.taken else "list"
        yield f'{{{{- include "{chart}.unique" (list {quoted(path)} {quoted(self.field)} {items} {taken}) }}}}'

    def template(self, chart: str) -> list[str]:
        """Return the named template that the actions include."""
        return _template(chart)


def _template(chart: str) -> list[str]:
    return [
        f'{{{{- define "{chart}.unique" }}}}',
        "{{- $path := index . 0 }}",
        "{{- $field := index . 1 }}",
        "{{- $taken := index . 3 }}",
        "{{- $seen := list }}",
        "{{- range $item := index . 2 }}",
        "{{- $parts := list }}",
        '{{- range splitList "," $field }}',
        '{{- $parts = append $parts (get $item . | default (ternary "TCP" "" (eq . "protocol")) | toString) }}',
        "{{- end }}",
        '{{- $name := join "," $parts }}',
        '{{- if eq $field "mountPath" }}',
        "{{- $name = clean $name }}",
        "{{- end }}",
        "{{- if has $name $taken }}",
        '{{- fail (printf "%s must not have the %s %s, which the component has already" $path $field $name) }}',
        "{{- end }}",
        "{{- if and $name (has $name $seen) }}",
        '{{- fail (printf "%s must not have the %s %s twice" $path $field $name) }}',
        "{{- end }}",
        "{{- $seen = append $seen $name }}",
        "{{- end }}",
        "{{- end }}",
    ]
