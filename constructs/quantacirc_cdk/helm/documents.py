"""Documents of a chart: ``README.md`` and ``NOTES.txt``."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from quantacirc_cdk.helm.derive import Derived
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.substitution import NAMESPACE
from quantacirc_cdk.helm.values_file import Section, allowed_values, sections
from quantacirc_cdk.text import go_template
from quantacirc_cdk.text.markdown import code, table, text
from quantacirc_cdk.text.terminal import printable

_LONG = 60
"""Maximum length of a default in a table."""


@dataclass(frozen=True, kw_only=True)
class HandMade:
    """A Secret that you create if there is no external secret store."""

    name: str
    keys: Sequence[str]
    what: str


def readme(name: str, description: str, version: str, derived: Derived, described: Mapping[str, str]) -> str:
    """Return the README of a chart: installation and all values."""
    files = ", ".join(f"`values-{each}.yaml`" for each in sorted(derived.found))
    return f"""\
# {name} {version}

{text(description)} Derived from the manifests of every environment; do not edit.

```text
helm install {name} oci://<registry>/charts/{name} --version {version} --namespace {name} --create-namespace
helm test {name} --namespace {name}
```

Without values, this installs a small system with all components in the cluster. `values.schema.json` refuses invalid
values and unknown keys.

With the values of an environment, the chart renders exactly the objects of that environment's manifests. These values
are in {files}.

```text
helm template {name} . --namespace {name} --skip-tests --values values-<environment>.yaml
```

Selectors and volume claims cannot be changed in place; the descriptions of their values say so. Jobs cannot be changed
either: the name of a Job ends in a hash of its content, so a change creates another Job.

## Values

{values_tables(derived.parameters, described)}"""


def values_tables(parameters: Sequence[Parameter], described: Mapping[str, str]) -> str:
    """Return a table of every section of the values."""
    root = sections(parameters)
    general: Section = {key: item for key, item in root.items() if isinstance(item, Parameter)}
    parts = [_table("General", "", general)]
    parts += [
        _table(key, described.get(key, ""), item) for key, item in root.items() if not isinstance(item, Parameter)
    ]
    return "\n".join(parts)


def _table(title: str, said: str, section: Section) -> str:
    rows = [_row(parameter) for parameter in _flat(section)]
    intro = f"{text(said)}\n\n" if said else ""
    return f"### {title}\n\n{intro}{table(('value', 'what it does', 'default'), rows)}"


def _flat(section: Section) -> list[Parameter]:
    found: list[Parameter] = []
    for item in section.values():
        found += [item] if isinstance(item, Parameter) else _flat(item)
    return found


def _row(parameter: Parameter) -> list[str]:
    allowed = allowed_values(parameter.schema)
    said = parameter.description + (f" ({allowed})" if allowed and allowed != "true, false" else "")
    default = json.dumps(parameter.default, ensure_ascii=False)
    return [
        code(parameter.path),
        said.replace("|", "\\|"),
        code(default) if len(default) <= _LONG else "see `values.yaml`",
    ]


SHOWN = ("enabled", "ingress.enabled", "ingress.host", "ingress.tls")
"""The fields of an exposed component's values that the notes use."""


def notes(
    name: str,
    exposed: Mapping[str, tuple[str, str]],
    secrets: Sequence[HandMade],
    shown: Callable[[str, str], str],
    *,
    copied: bool,
) -> str:
    """Return the notes that Helm prints after an installation; ``exposed`` has section, Service and port of public
    components, and ``shown`` returns how a template prints the name of an object, by its kind and name. ``copied`` says
    whether External Secrets can create Secrets.
    """
    version = "{{ .Values.image.tag | default .Chart.AppVersion }}"
    namespace = f"{{{{ {NAMESPACE.helm} }}}}"
    lines = [
        f"{name} {version} is in the namespace {namespace}.",
        "",
        "Wait until the pods are ready, then test every component:",
        "",
        f"  kubectl --namespace {namespace} wait pods --all --for=condition=Ready --timeout=10m \\",
        "    --selector app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component!=task",
        "  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }}",
    ]
    if secrets:
        lines += ["{{- if not .Values.addons.externalSecrets }}"] if copied else []
        lines += ["", "Create these Secrets:", ""]
        for secret in secrets:
            literals = " \\\n    ".join(f"--from-literal={key}=..." for key in secret.keys)
            lines += [
                *(f"  # {go_template.literal(printable(line))}" for line in secret.what.splitlines()),
                f"  kubectl --namespace {namespace} create secret generic {shown('Secret', secret.name)} \\",
                f"    {literals}",
            ]
        lines += ["{{- end }}"] if copied else []
    for section, (service, port) in exposed.items():
        scheme = f'{{{{ ternary "https" "http" .Values.{section}.ingress.tls }}}}'
        lines += [
            f"{{{{- if .Values.{section}.enabled }}}}",
            "",
            f"{service}:",
            "",
            f"{{{{- if .Values.{section}.ingress.enabled }}}}",
            f"  {scheme}://{{{{ .Values.{section}.ingress.host }}}}/",
            "{{- else }}",
            f"  kubectl --namespace {namespace} port-forward service/{shown('Service', service)} {port}",
            f"  http://localhost:{port}/",
            "{{- end }}",
            "{{- end }}",
        ]
    return "\n".join(lines) + "\n"
