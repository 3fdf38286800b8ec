"""The files of a chart."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from quantacirc_cdk.helm.artifact_hub import About, annotations
from quantacirc_cdk.helm.derive import Derived, Template
from quantacirc_cdk.helm.digests import FIELDS, Configurations, digest_template
from quantacirc_cdk.helm.expression import Expression
from quantacirc_cdk.helm.image import image_template
from quantacirc_cdk.helm.name_templates import own_name_template, own_rules_template, prefix_template
from quantacirc_cdk.helm.node import Insert
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.helm.plain_yaml import dump
from quantacirc_cdk.helm.preview import NAME as PREVIEW
from quantacirc_cdk.helm.preview import host_template
from quantacirc_cdk.helm.quota_template import COUNTED, HARD, LIMITS, admission, quantity_template, quota_templates
from quantacirc_cdk.helm.refusals import Refusal, refusals, refusals_template
from quantacirc_cdk.helm.rules.configuration import bytes_template
from quantacirc_cdk.helm.rules.kept_replicas import kept_replicas_templates
from quantacirc_cdk.helm.rules.replicas import for_each_template
from quantacirc_cdk.helm.rules.system import EXTRA_OBJECTS, extra_objects_template
from quantacirc_cdk.helm.schema_file import schema_file
from quantacirc_cdk.helm.service_templates import outside_template
from quantacirc_cdk.helm.values_file import environment_file, values_file
from quantacirc_cdk.helm.variables import variables_templates
from quantacirc_cdk.helm.yaml_text import document, mapping

KUBERNETES = ">=1.27.0-0"
"""Kubernetes versions whose schemas the objects are validated against."""

KINDS = (
    "Namespace",
    "PriorityClass",
    "StorageClass",
    "ResourceQuota",
    "LimitRange",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Service",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "Job",
)
"""Order of kinds within a file; other kinds follow by name."""


@dataclass(frozen=True, kw_only=True)
class ChartInfo:
    """Content of ``Chart.yaml``."""

    name: str
    description: str
    version: str
    app_version: str
    maintainers: Sequence[str]
    """E-mail addresses of the maintainers."""
    about: About = field(default_factory=About)
    images: Sequence[str] = ()
    """Images of its containers with the default values."""


@dataclass(frozen=True, kw_only=True)
class ChartFiles:
    """A chart as files."""

    info: ChartInfo
    derived: Derived
    configurations: Configurations
    described: Mapping[str, str]
    """A description for sections of the values, by path."""
    namespaces: Mapping[str, str]
    """By environment."""
    notes: str
    readme: str
    tests: Mapping[str, str]
    """Templates of ``templates/tests``, by name."""
    refusals: Sequence[Refusal] = ()
    """What Helm refuses besides what follows from the parameters alone."""

    def files(self) -> dict[str, str]:
        """Return the text of every file, by its path in the chart."""
        parameters = self.derived.parameters
        found = {
            ".helmignore": "*.orig\n*.swp\n*.tgz\n.git/\n",
            "Chart.yaml": self._chart(),
            "README.md": self.readme,
            "values.yaml": values_file(self.info.name, parameters, self.described),
            "values.schema.json": schema_file(self.info.name, parameters, self.described),
            "templates/NOTES.txt": self.notes,
        }
        if any(parameter.path == EXTRA_OBJECTS for parameter in parameters):
            found["templates/extra-objects.yaml"] = extra_objects_template(EXTRA_OBJECTS)
        if any(parameter.path.startswith("global.") for parameter in parameters):
            refused = [*refusals(parameters), *self.refusals]
            text = refusals_template(self.info.name, refused, parameters)
            found["templates/refusals.yaml"] = text + (admission(self.info.name) if self._counts else "")
        for name, namespace in self.namespaces.items():
            found[f"values-{name}.yaml"] = environment_file(
                name, self.info.name, namespace, self.derived.defaults, self.derived.values(name)
            )
        for name, text in self._templates():
            path = f"templates/{name}.yaml"
            found[path] = found.get(path, "") + text  # A component can have the name extra-objects or refusals.
        found["templates/_helpers.tpl"] = self._helpers("".join(found.values()))
        return found | {f"templates/tests/{name}": text for name, text in self.tests.items()}

    def write(self, folder: Path) -> None:
        """Write the chart to a folder."""
        for name, text in self.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _chart(self) -> str:
        info, about = self.info, self.info.about
        data: dict[str, Any] = {
            "apiVersion": "v2",
            "name": info.name,
            "description": info.description,
            "type": "application",
            "version": info.version,
            "appVersion": info.app_version,
            "kubeVersion": KUBERNETES,
            "icon": _icon(info.name),
            **({"keywords": list(about.keywords)} if about.keywords else {}),
            **({"home": about.home, "sources": [about.home]} if about.home else {}),
            "maintainers": [{"name": address.partition("@")[0], "email": address} for address in info.maintainers],
        }
        return "\n".join([*dump(data), *annotations(about, version=info.version, images=info.images)]) + "\n"

    def _helpers(self, templates: str) -> str:
        """Return the named templates that other templates include."""
        chart = self.info.name
        known: dict[str, Callable[[str], str]] = {
            f"{chart}.image": partial(image_template, previews=self._has_previews),
            f"{chart}.digest": digest_template,
            f"{chart}.prefix": self._prefix,
            f"{chart}.ownName": lambda name: own_name_template(name, f"{chart}.prefix"),
            f"{chart}.ownRules": lambda name: own_rules_template(name, f"{chart}.ownName"),
            f"{chart}.bytes": bytes_template,
            f"{chart}.forEach": for_each_template,
            f"{chart}.host": host_template,
            f"{chart}.outside": outside_template,
            f"{chart}.quantity": quantity_template,
        }
        quota = quota_templates(chart, list(self._counted.values())) if self._counts else ""
        if f'include "{chart}.ownRules"' in templates:
            templates += own_rules_template(f"{chart}.ownRules", f"{chart}.ownName")
        found = [make(name) for name, make in known.items() if f'include "{name}"' in templates + quota]
        if f'include "{chart}.variable' in templates:
            found.append(variables_templates(chart))
        if f'include "{chart}.keptReplicas"' in templates:
            found.append(kept_replicas_templates(chart))
        return "\n".join([*found, quota] if quota else found)

    def _prefix(self, name: str) -> str:
        return prefix_template(name, self.info.name, [template.key for template in self.derived.templates])

    def _templates(self) -> Iterator[tuple[str, str]]:
        grouped: dict[str, list[Template]] = {}
        for template in self.derived.templates:
            # Helm does not render files whose name begins with an underscore or a dot.
            name = template.key.component.lstrip("_.") or template.key.kind.lower()
            grouped.setdefault(name, []).append(template)
        for name, templates in sorted(grouped.items()):
            yield name, "\n".join(part for each in sorted(templates, key=_order) for part in self._parts(each))

    def _parts(self, template: Template) -> Iterator[str]:
        node = template.node
        named = self.configurations.names.get(template.key)
        if named:
            what = FIELDS[template.key.kind]
            said = f"The {what} of the {template.key.kind} {template.key.name}, for its hash in another object."
            head = f"{{{{/* {said} */}}}}"
            body = "\n".join(mapping(node[what], 0))
            yield f'{head}\n{{{{- define "{named}" -}}}}\n{body}\n{{{{- end -}}}}\n'
            expression = Expression(f'include "{named}" .', lambda _: None)
            node = {**node, what: Insert(expression, "include")}
        text = document(node, template.conditions)
        if template.key in self._counted:
            name = self._counted[template.key]
            opening = "-}}" if template.conditions else "}}"  # Without a condition, the text needs its own line.
            yield f'{{{{- define "{name}" {opening}\n{text}{{{{- end -}}}}\n\n{{{{ include "{name}" . }}}}\n'
        else:
            yield text

    @property
    def _has_previews(self) -> bool:
        """Return whether the chart is also that of previews."""
        return any(parameter.path == PREVIEW for parameter in self.derived.parameters)

    @cached_property
    def _counts(self) -> bool:
        """Return whether the chart raises a quota or limits to what its objects use."""
        return any(parameter.path in (HARD, LIMITS) for parameter in self.derived.parameters)

    @cached_property
    def _counted(self) -> Mapping[Key, str]:
        """Return the named templates of objects that count towards the quota, if the chart has one."""
        if not self._counts:
            return {}
        keys = [template.key for template in self.derived.templates if template.key.kind in COUNTED]
        return {key: f"{self.info.name}.object.{key.kind}.{key.name}" for key in keys}


def _order(template: Template) -> tuple[int, str, str]:
    kind = template.key.kind
    return KINDS.index(kind) if kind in KINDS else len(KINDS), kind, template.key.name


def _icon(name: str) -> str:
    """Return an image of the chart's first letter as a data URL."""
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="30" fill="#1f3a5f"/>'
        '<text x="32" y="43" font-family="sans-serif" font-size="32" fill="#fff" text-anchor="middle">'
        f"{name[0].upper()}</text></svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
