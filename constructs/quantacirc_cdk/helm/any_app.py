"""A chart for any cdk8s app, from its objects in several variants and the values that users can set."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.helm.app_values import Value, parameter_of, value_problems
from quantacirc_cdk.helm.artifact_hub import About, about_problems
from quantacirc_cdk.helm.chart_version import has_numbers, semantic
from quantacirc_cdk.helm.definitions import definition_problems, shared, without
from quantacirc_cdk.helm.derive import Derivation, Derived, Release
from quantacirc_cdk.helm.digests import Configurations
from quantacirc_cdk.helm.documents import values_tables
from quantacirc_cdk.helm.expression import NAMESPACE
from quantacirc_cdk.helm.files import ChartFiles, ChartInfo
from quantacirc_cdk.helm.node import Insert
from quantacirc_cdk.helm.objects import key_of
from quantacirc_cdk.helm.parity import parity
from quantacirc_cdk.helm.places import EACH, places
from quantacirc_cdk.helm.plain_yaml import dump
from quantacirc_cdk.manifests import POD_TEMPLATES, Data, items_of, read_files
from quantacirc_cdk.text.english import with_article
from quantacirc_cdk.text.markdown import text

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart that is not written yet. Create it with ``chart``."""

    name: str
    variants: Mapping[str, Sequence[Data]]
    values: Sequence[Value]
    description: str
    version: str
    app_version: str
    maintainers: Sequence[str]
    namespaces: Mapping[str, str]
    about: About = field(default_factory=About)
    definitions: Mapping[str, Data] = field(default_factory=dict)
    """CustomResourceDefinitions of every variant, by name: files of ``crds/``, which are no templates."""

    def files(self) -> dict[str, str]:
        """Return the text of each file by its path in the chart."""
        info = ChartInfo(
            name=self.name,
            description=self.description,
            version=semantic(self.version),
            app_version=self.app_version,
            maintainers=self.maintainers,
            about=self.about,
            images=sorted(set(_images(next(iter(self.variants.values()))))),
        )
        notes = f"{self.name} {{{{ .Chart.AppVersion }}}} is in the namespace {{{{ .Release.Namespace }}}}.\n"
        definitions = {f"crds/{name}.yaml": "\n".join(dump(one)) + "\n" for name, one in self.definitions.items()}
        return (
            definitions
            | ChartFiles(
                info=info,
                derived=self.derived,
                configurations=Configurations(self.name),
                described={},
                namespaces=dict(self.namespaces),
                notes=notes,
                readme=self._readme,
                tests={},
            ).files()
        )

    def write(self, folder: Path) -> None:
        """Write the chart to ``folder/<name>``. Existing files of the chart are replaced, others are kept."""
        for name, content in self.files().items():
            path = folder / self.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="\n")

    def parity(self) -> dict[str, Any]:
        """Return the differences between variants: each parameter with its value in each variant (``qcdk parity``)."""
        return parity(self.derived)

    @property
    def _readme(self) -> str:
        files = ", ".join(f"`values-{name}.yaml`" for name in self.variants)
        said = f"{text(self.description)} " if self.description else ""
        return f"""\
# {self.name} {self.version}

{said}Derived from manifests; do not edit. Without values, it renders the first variant. With the values of a variant,
it renders exactly the objects of that variant: {files}.

## Values

{values_tables(self.derived.parameters, {})}"""

    @cached_property
    def derived(self) -> Derived:
        """The templates and parameters."""
        first = next(iter(self.variants))
        manifests = {name: {key_of(item): item for item in found} for name, found in self.variants.items()}
        releases = {
            name: Release(name=self.name, namespace=self.namespaces[name], managed_by="Helm") for name in self.variants
        }
        derivation = Derivation(
            manifests=manifests,
            base=first,
            releases=releases,
            app_version=self.app_version,
            configurations=Configurations(self.name),
            prepare=lambda name, tree: _with_namespace(tree, self.namespaces[name]),
        )
        derived = derivation.derive([parameter_of(value, self.variants) for value in self.values])
        known = {parameter.path for parameter in derived.parameters}
        lost = [value for value in self.values if value.path not in known]
        if lost:
            expected = "objects whose differences a template can express"
            raise PropsError(
                Problem(key=f"values.{value.path}", what="cannot be inserted at its place", expected=expected)
                for value in lost
            )
        return derived


def chart(
    name: str,
    variants: Mapping[str, Sequence[Data] | Path],
    *,
    values: Sequence[Value] = (),
    description: str = "",
    version: str = "0.1.0",
    app_version: str = "",
    maintainers: Sequence[str] = (),
    namespaces: Mapping[str, str] | None = None,
    about: About | None = None,
) -> Chart:
    """Return a chart that renders each variant of an app exactly.

    ``variants`` contains the objects of each variant: ``chart.to_json()`` of a cdk8s chart, or the path of a folder
    that ``cdk8s synth`` wrote, whose files ``*.yaml`` and ``*.yml`` are read at any depth. The first variant provides
    the defaults. ``values`` declares what users can set. Any other difference between variants becomes an additional
    value, named after its object and place. ``namespaces`` contains the namespace of each variant, by default the
    chart's name. It becomes the namespace of the release. ``about`` contains what ``Chart.yaml`` shows to people who
    search for the chart. A ``version`` that is not semantic becomes so: ``2026.04`` is ``2026.4.0``.

    The function renders every variant and compares it with its objects before it returns. Raises ``PropsError`` for
    invalid names, values or objects, and for a variant without objects; ``ModelError`` for files of a folder that are
    not objects in YAML.
    """
    found = {one: _objects(given) for one, given in variants.items()}
    problems = [*_name_problems(name, variants), *_object_problems(found), *about_problems(about or About())]
    for one, given in variants.items():
        if not found[one]:
            where = f" in {given}" if isinstance(given, Path) else ""
            problems.append(Problem(key=f"variants.{one}", what=f"no objects{where}", expected=_GIVEN))
    problems += [
        Problem(key=f"values[{index}]", what=f"found {with_article(type(value).__name__)}", expected="a Value")
        for index, value in enumerate(values)
        if not isinstance(value, Value)
    ]
    if not has_numbers(version):
        problems.append(Problem(key="version", what=f'found "{version}"', expected="a version such as 1.4.0"))
    if problems:
        raise PropsError(problems)
    spaces = {one: (namespaces or {}).get(one, name) for one in found}
    definitions = shared(found, spaces)
    if problems := [*definition_problems(found, definitions, values)]:
        raise PropsError(problems)
    found = without(found, definitions)
    if problems := [*value_problems(values, found)]:
        raise PropsError(problems)
    made = Chart(
        name=name,
        variants=found,
        values=values,
        description=description,
        version=version,
        app_version=app_version or version,
        maintainers=maintainers,
        namespaces=spaces,
        about=about or About(),
        definitions=definitions,
    )
    made.derived  # noqa: B018 (what cannot be is refused here, not where the chart is written)
    return made


_GIVEN = "a list of objects, or the Path of a folder with their YAML files"


def _objects(given: Sequence[Data] | Path) -> list[Data]:
    """Return the objects of a variant; none for what cannot contain any."""
    if isinstance(given, Path):
        return read_files(sorted(path for path in given.rglob("*") if path.suffix in (".yaml", ".yml")))
    return [] if isinstance(given, str | bytes | Mapping) else [one for item in given for one in items_of(item)]


def _images(objects: Sequence[Data]) -> Iterator[str]:
    """Yield the images of the containers of pods."""
    for item in objects:
        pod = (*POD_TEMPLATES.get(item["kind"], ()), "spec")
        for containers in ("initContainers", "containers") if item["kind"] in {*POD_TEMPLATES, "Pod"} else ():
            for container, key in places(item, (*pod, containers, EACH, "image")):
                if isinstance(container.get(key), str):
                    yield container[key]


def _with_namespace(tree: Any, namespace: str) -> Any:
    """Return a copy of an object with the release's namespace instead of its explicit one."""
    if isinstance(tree, list):
        return [_with_namespace(item, namespace) for item in tree]
    if isinstance(tree, dict):
        return {
            key: Insert(NAMESPACE) if key == "namespace" and item == namespace else _with_namespace(item, namespace)
            for key, item in tree.items()
        }
    return tree


def _name_problems(name: str, variants: Iterable[str]) -> Iterator[Problem]:
    expected = "lower-case letters, digits and dashes, at most 53, the limit of release names"
    if not _NAME.fullmatch(name):
        yield Problem(key="name", what=f'found "{name}"', expected=expected)
    if not variants:
        yield Problem(key="variants", what="no variant", expected="at least one")
    for variant in variants:
        if not _NAME.fullmatch(variant):
            yield Problem(key="variants", what=f'found "{variant}"', expected=expected)


def _object_problems(variants: Mapping[str, Sequence[Data]]) -> Iterator[Problem]:
    for variant, objects in variants.items():
        seen: set[tuple[str, str, str]] = set()
        for index, item in enumerate(objects):
            place = f"variants.{variant}[{index}]"
            metadata = item.get("metadata") if isinstance(item, Mapping) else None
            if not isinstance(metadata, Mapping) or not all(
                isinstance(each, str) and each
                for each in (item.get("apiVersion"), item.get("kind"), metadata.get("name"))
            ):
                expected = "an object of Kubernetes with apiVersion, kind and metadata.name"
                yield Problem(key=place, what="no such object", expected=expected)
                continue
            key = key_of(dict(item))
            identity = (key.group, key.kind, key.name)
            if identity in seen:
                what = f"a duplicate {key.kind} {key.name}"
                yield Problem(
                    key=place,
                    what=what,
                    expected="one object of each kind and name, because a release has one namespace",
                )
            seen.add(identity)
