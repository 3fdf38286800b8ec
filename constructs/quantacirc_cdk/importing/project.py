"""Import a source as a project: translate it, validate the model, synthesize, and patch missing properties."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import ModelError, OutputError, Problem, PropsError
from quantacirc_cdk.importing.documents import read_documents
from quantacirc_cdk.importing.formats import read_format
from quantacirc_cdk.importing.namespaces import divided
from quantacirc_cdk.importing.outcome import Objects, patches, report
from quantacirc_cdk.importing.plan import Translation
from quantacirc_cdk.importing.report import Report
from quantacirc_cdk.importing.source import Data, Item, Source
from quantacirc_cdk.importing.translation import translate
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.problems import check_name
from quantacirc_cdk.text import yaml

OBJECTS = "apps/objects"
REPORT = "import.md"
_ROUNDS = 60
_APP = '''\
"""The manifests of the system, with the objects in `objects/`."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.apps import workloads

OBJECTS = Path(__file__).parent / "objects"


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:
    """Write the manifests of these environments."""
    workloads.synthesize(project_root, outdir, environments, after=workloads.objects_in(OBJECTS))
'''


@dataclass
class _Work:
    """A project under construction."""

    source: Source
    system: str
    environment: str
    root: Path
    translation: Translation = field(init=False)
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Problems that the model refuses, by component."""
    patches: dict[tuple[str, str], list[Data]] = field(default_factory=dict)
    objects: frozenset[tuple[str, str]] = frozenset()
    """Workloads that cannot be components."""

    def translate(self) -> None:
        """Translate the source again."""
        kinds = frozenset(Registry().names())
        self.translation = translate(self.source, self.system, self.environment, kinds, self.objects)
        if not self.translation.components:
            raise ModelError(self._nothing())

    def _nothing(self) -> Iterator[Problem]:
        """Yield why there is no component."""
        expected = "a workload that a component can be, such as a Deployment, with a valid image"
        for item in self.source.items[:1]:
            yield Problem(file=item.node.file, line=item.node.line, what="no component", expected=expected)
        for item, image in self.translation.unnamed:
            what = f"{item.kind} {item.name}: {image} is not the name of an image"
            yield Problem(file=item.node.file, line=item.node.line, what=what)


def import_project(
    sources: Sequence[Path],
    out: Path,
    *,
    name: str | None = None,
    environment: str = "local",
    form: str | None = None,
    profiles: Sequence[str] = (),
    namespace: str | None = None,
) -> Report:
    """Write a project to ``out`` for ``sources``, and return the outcome for each property.

    The sources are Compose files, Kubernetes manifests or Score files. ``form`` is ``compose``, ``kubernetes`` or
    ``score``, by default detected from the content, ``profiles`` are active profiles of Compose, and ``namespace`` is
    the only namespace to import. Raises ``ModelError`` for files that cannot be read, or with workloads of several
    namespaces, and ``OutputError`` for a folder that is not empty.
    """
    wanted = [namespace] if namespace else []
    found = _parts(sources, out, form, profiles, wanted)
    if len(found) > 1:
        what = f"workloads of {len(found)} namespaces: {', '.join(found)}"
        expected = "`namespace`, or `import_projects`, which writes a project for each"
        raise ModelError(Problem(file=", ".join(map(str, sources)), what=what, expected=expected))
    (source,) = found.values()
    return _written({out: (_only(name, source), source)}, environment)[out]


def import_projects(
    sources: Sequence[Path],
    out: Path,
    *,
    name: str | None = None,
    environment: str = "local",
    form: str | None = None,
    profiles: Sequence[str] = (),
    namespaces: Sequence[str] = (),
) -> dict[Path, Report]:
    """Write a project for each namespace with workloads, or each of ``namespaces``, and return their outcomes.

    The projects are folders of ``out`` with the names of their namespaces; ``out`` itself is the project of a single
    one. The name of each system is that of its namespace, after ``name`` and a hyphen if there is one. Everything else
    is as in ``import_project``.
    """
    check_name(environment, "--environment")
    if name is not None:
        check_name(name, "--name")
    found = _parts(sources, out, form, profiles, namespaces)
    if len(found) == 1:
        (source,) = found.values()
        return _written({out: (_only(name, source), source)}, environment)
    systems = {out / one: (f"{name}-{one}" if name else one, source) for one, source in found.items()}
    return _written(systems, environment)


def _only(name: str | None, source: Source) -> str:
    """Return the name of the only system."""
    return name or source.name or "imported"


def _written(systems: Mapping[Path, tuple[str, Source]], environment: str) -> dict[Path, Report]:
    """Write the project of each system to its path, after all of them have been made; return their outcomes."""
    with tempfile.TemporaryDirectory(prefix="qcdk-import-") as folder:
        done = {
            path: _project(source, system, environment, Path(folder) / str(number))
            for number, (path, (system, source)) in enumerate(systems.items())
        }
        for path, (root, _) in done.items():
            _publish(root, path)
    return {path: report for path, (_, report) in done.items()}


def _parts(
    sources: Sequence[Path], out: Path, form: str | None, profiles: Sequence[str], namespaces: Sequence[str]
) -> dict[str, Source]:
    """Return the sources of the systems, by namespace."""
    if out.is_symlink() or (out.exists() and not out.is_dir()) or (out.is_dir() and any(out.iterdir())):
        raise OutputError(
            Problem(file=str(out), what="the folder is not empty", expected="an empty folder, or a new one")
        )
    return divided(read_format(list(sources), form, profiles), namespaces)


def _project(source: Source, system: str, environment: str, folder: Path) -> tuple[Path, Report]:
    """Write a project below ``folder``; return its folder and the outcome for each property."""
    work = _Work(source, system, environment, folder / "project")
    work.translate()
    _write(work)
    _settle(work)
    objects = _render(work)
    for _ in range(3):  # A patched field can require another one, such as the volume of a mount.
        if not _patch(work, objects):
            break
        _write(work)
        objects = _render(work)
    found = report(source, work.translation, objects, work.refused)
    (work.root / REPORT).write_text(found.markdown(), encoding="utf-8")
    return work.root, found


def _write(work: _Work) -> None:
    """Write the files of the project."""
    shutil.rmtree(work.root, ignore_errors=True)
    apps, found = work.root / "apps", work.translation
    (apps / "environments").mkdir(parents=True)
    stated = {}
    for (kind, name), steps in sorted(work.patches.items()):
        title = f"{kind.lower()}-{name}".replace(".", "-")[:63].rstrip("-")
        stated[title] = {"kind": kind, "name": name, "reason": "The imported source sets it.", "operations": steps}
    system = {**found.system, **({"patches": stated} if stated else {})}
    environment = {key: value for key, value in found.environment.items() if key != "name"}
    (apps / "system.yaml").write_text(yaml.dump(system), encoding="utf-8")
    (apps / "environments" / f"{work.environment}.yaml").write_text(yaml.dump(environment), encoding="utf-8")
    if found.objects:
        (work.root / OBJECTS).mkdir()
        (apps / "workloads.py").write_text(_APP, encoding="utf-8")
        for item in found.objects:
            file = f"{item.kind}.{item.data['metadata']['name']}.yaml".replace("/", "_").replace(":", "_")
            (work.root / OBJECTS / file).write_text(yaml.dump(_kept(item, environment["namespace"])), encoding="utf-8")


def _kept(item: Item, namespace: str) -> Data:
    """Return an object without fields that the cluster writes, and without the ``namespace`` of the environment."""
    data = {key: value for key, value in item.data.items() if key != "status"}
    metadata = {key: value for key, value in data["metadata"].items() if key in ("annotations", "labels", "name")}
    if item.namespace not in ("", namespace):
        metadata["namespace"] = item.namespace
    if isinstance(metadata.get("annotations"), dict):
        last = "kubectl.kubernetes.io/last-applied-configuration"
        metadata["annotations"] = {key: one for key, one in metadata["annotations"].items() if key != last}
    if item.kind == "Service" and data.get("spec", {}).get("clusterIP") != "None":
        given = ("clusterIP", "clusterIPs", "healthCheckNodePort")
        data["spec"] = {key: one for key, one in data["spec"].items() if key not in given}
    return {**data, "metadata": {key: one for key, one in metadata.items() if one}}


def _settle(work: _Work) -> None:
    """Remove refused parts from the project until it is valid."""
    for _ in range(_ROUNDS):
        try:
            load_project(work.root)
            return
        except ModelError as error:
            problems = error.problems
        if not sum(_take_out(work, problem) for problem in problems):
            raise ModelError(problems)
        _write(work)
    raise ModelError(problems)


_NEEDED = {"kind", "image", "name"}


def _take_out(work: _Work, problem: Problem) -> bool:
    """Remove the smallest part of the project with a problem; return whether there was one."""
    document: Any = work.translation.system if problem.file == "apps/system.yaml" else work.translation.environment
    steps = _steps(document, problem.key)
    for length in range(len(steps), 2, -1):
        holder = document
        for step in steps[: length - 1]:
            holder = holder[step]
        if (isinstance(holder, dict) and steps[length - 1] in _NEEDED) or not _holds(holder, steps[length - 1]):
            continue
        del holder[steps[length - 1]]
        if steps[0] == "components":
            said = f"{problem.what}, expected {problem.expected}" if problem.expected else problem.what
            work.refused.setdefault(str(steps[1]), []).append(f"{problem.key}: {said}")
        return True
    return False


def _holds(holder: Any, step: str | int) -> bool:
    return step in holder if isinstance(holder, dict) else isinstance(step, int) and step < len(holder)


def _steps(document: Any, key: str) -> list[str | int]:
    """Return the place in a document of a problem's key, as far as it exists."""
    found: list[str | int] = []
    while key:
        if isinstance(document, dict):
            fitting = [one for one in document if key == one or key.startswith((f"{one}.", f"{one}["))]
            if not fitting:
                break
            step: str | int = max(fitting, key=len)
            key = key[len(str(step)) :]
        elif isinstance(document, list) and key.startswith("["):
            number, _, key = key[1:].partition("]")
            step = int(number)
            if step >= len(document):
                break
        else:
            break
        found.append(step)
        document = document[step]
        key = key.removeprefix(".")
    return found


def _render(work: _Work) -> dict[tuple[str, str], Data]:
    """Return the synthesized objects by kind and name. Parts that a construct refuses are removed first."""
    from quantacirc_cdk.apps import workloads

    problems: Sequence[Problem] = ()
    for number in range(_ROUNDS):
        out = work.root.parent / f"out-{number}" / "kubernetes"
        try:
            after = workloads.objects_in(work.root / OBJECTS)
            workloads.synthesize(work.root, out, None, after=after)
        except PropsError as error:
            problems = error.problems
            if not sum(_take_back(work, problem) for problem in problems):
                raise
            _write(work)
            _settle(work)
            shutil.rmtree(out.parent, ignore_errors=True)
            continue
        found = {}
        for path in sorted((out / work.environment).glob("*.yaml")):
            for node in read_documents(path):
                item = node.plain()
                found[item["kind"], item["metadata"]["name"]] = item  # type: ignore[index, call-overload]
        shutil.rmtree(out.parent)
        return found  # type: ignore[return-value]
    raise PropsError(problems)


def _take_back(work: _Work, problem: Problem) -> bool:
    """Remove the patch, the part of a component or the object that a construct refuses."""
    for key in list(work.patches):
        title = f"{key[0].lower()}-{key[1]}".replace(".", "-")[:63].rstrip("-")
        if problem.key.startswith(f"patches.{title}"):
            steps = work.patches[key]
            index = _steps({"operations": steps}, problem.key.removeprefix(f"patches.{title}").lstrip("."))
            del steps[index[1] if len(index) > 1 and isinstance(index[1], int) else -1]
            if not steps:
                del work.patches[key]
            return True
    if problem.file and _take_out(work, problem):
        return True
    path, _, name = problem.key.partition(":")[0].rpartition("/")
    component = work.translation.components.get(name)
    if component is not None and path.endswith("components"):
        work.objects |= {component.key}
        work.refused.setdefault(name, []).append(f"{problem.what}, expected {problem.expected}")
        work.patches.clear()
        work.translate()
        return True
    for item in work.translation.objects:
        if problem.key.endswith(f"/{item.kind}.{item.data['metadata']['name']}"):
            work.translation.objects.remove(item)
            said = f"{problem.what}, expected {problem.expected}" if problem.expected else problem.what
            work.refused.setdefault(f"{item.kind}/{item.name}", []).append(said)
            return True
    return False


def _patch(work: _Work, objects: Objects) -> bool:
    """Add patches for missing properties; return whether there are new ones."""
    new = False
    for key, steps in patches(work.source, work.translation, objects).items():
        known = work.patches.setdefault(key, [])
        more = [one for one in steps if one not in known]
        known += more
        new |= bool(more)
    work.patches = {key: steps for key, steps in work.patches.items() if steps}
    return new


def _publish(root: Path, out: Path) -> None:
    """Move the finished project to its place in one step."""
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        if out.is_dir():
            out.rmdir()
        staged = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        shutil.copytree(root, staged / "project")
        (staged / "project").replace(out)
        staged.rmdir()
    except OSError as error:
        raise OutputError(Problem(file=str(out), what=f"cannot be written: {error.strerror}")) from None
