"""Refuse mounts of users whose volume the pods do not have: the API would refuse the pods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """Each mount that users set is of a volume of the pods: a check of a parameter."""

    volumes: Sequence[str]
    """Names of the chart's own volumes, in any environment."""
    added: str
    """Path of the volumes that users add."""
    of_containers: bool = False
    """Whether the value has containers, and each of them mounts."""

    def lines(self, chart: str, path: str) -> Iterator[str]:
        """Yield the actions that fail for the mounts at this path of the values."""
        known = f"(list {' '.join(map(quoted, self.volumes))})" if self.volumes else "list"
        rest = f"{known} {value(self.added).helm} {quoted(self.added)} {str(self.of_containers).lower()}"
        yield f'{{{{- include "{chart}.mounted" (list {quoted(path)} {value(path).helm} {rest}) }}}}'

    def template(self, chart: str) -> list[str]:
        """Return the lines of the named template that the actions include."""
        return [
            f'{{{{- define "{chart}.mounted" }}}}',
            "{{- $path := index . 0 }}",
            "{{- $known := index . 2 }}",
            "{{- $added := index . 4 }}",
            "{{- $ofContainers := index . 5 }}",
            "{{- range index . 3 }}",
            "{{- $known = append $known .name }}",
            "{{- end }}",
            "{{- range $item := index . 1 }}",
            "{{- range ternary ($item.volumeMounts | default list) (list $item) $ofContainers }}",
            "{{- if not (has .name $known) }}",
            '{{- fail (printf "%s mounts the volume %s, which the pods lack: add it to %s" $path .name $added) }}',
            "{{- end }}",
            "{{- end }}",
            "{{- end }}",
            "{{- end }}",
        ]
