"""Refuse items of users with equal names, or with the name of an item of the chart: the API would refuse them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class Unique:
    """Each item of a list that users set needs its own name: a check of a parameter."""

    field: str = "name"
    """The field that identifies an item."""
    taken: Sequence[str] = ()
    """Names that the chart's own items have, in any environment."""
    beside: str = ""
    """Path of another value whose items share the names."""
    inside: Sequence[tuple[str, str]] = ()
    """Lists in each item, each with the field that identifies its items."""

    def lines(self, chart: str, path: str) -> Iterator[str]:
        """Yield the actions that fail for the list at this path of the values."""
        items = value(path).helm
        if self.beside:
            items = f"(concat {value(self.beside).helm} {items})"
        taken = f"(list {' '.join(map(quoted, self.taken))})" if self.taken else "list"
        yield f'{{{{- include "{chart}.unique" (list {quoted(path)} {quoted(self.field)} {items} {taken}) }}}}'
        if self.inside:
            yield f"{{{{- range {items} }}}}"
            for key, field in self.inside:
                where = f'(printf "{path} (%s of %s)" {quoted(key)} .name)'
                yield f'{{{{- include "{chart}.unique" (list {where} {quoted(field)} (.{key} | default list) list) }}}}'
            yield "{{- end }}"

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
        "{{- range index . 2 }}",
        "{{- $name := get . $field }}",
        '{{- if eq $field "mountPath" }}',
        "{{- $name = clean $name }}",
        "{{- end }}",
        "{{- if has $name $taken }}",
        '{{- fail (printf "%s must not have the %s %s, which the component has already" $path $field $name) }}',
        "{{- end }}",
        "{{- if has $name $seen }}",
        '{{- fail (printf "%s must not have the %s %s twice" $path $field $name) }}',
        "{{- end }}",
        "{{- $seen = append $seen $name }}",
        "{{- end }}",
        "{{- end }}",
    ]
