"""Find the services of a Compose project: several files, `include`, `extends` and profiles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing.compose.merging import merged, settled
from quantacirc_cdk.importing.compose.shell import Shell, UnsetError
from quantacirc_cdk.importing.compose.values import slug
from quantacirc_cdk.importing.documents import read_documents
from quantacirc_cdk.importing.report import Left
from quantacirc_cdk.model.document import Node, describe

RESOURCES = ("configs", "networks", "secrets", "volumes")
_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A service, after all merges."""

    name: str
    root: Node
    """A document in which only this service is stated."""
    shell: Shell

    @property
    def node(self) -> Node:
        """The service itself."""
        return self.root.find(("services", self.name))


@dataclass
class Project:
    """A Compose project."""

    name: str = ""
    services: dict[str, Stated] = field(default_factory=dict)
    resources: dict[str, dict[str, Node]] = field(default_factory=lambda: {key: {} for key in RESOURCES})
    """Top-level elements by key and name."""
    others: list[tuple[str, Node]] = field(default_factory=list)
    """Other top-level keys."""
    folders: dict[str, Path] = field(default_factory=dict)
    """Directory of the relative paths in each file."""
    shells: dict[str, Shell] = field(default_factory=dict)
    """Variables for each file."""
    left: list[Left] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def folder(self, node: Node) -> Path:
        """Return the directory of relative paths at a node."""
        return self.folders.get(node.file, Path(node.file).parent)


def default_files(folder: Path) -> list[Path]:
    """Return the files that Compose reads in a folder without ``--file``; none if it is not a Compose project."""
    first = next((folder / one for one in _FILES if (folder / one).is_file()), None)
    if first is None:
        return []
    overrides = (first.with_name(f"{first.stem}.override{suffix}") for suffix in (".yml", ".yaml"))
    return [first, *(one for one in overrides if one.is_file())]


def load(documents: Sequence[Node], profiles: Sequence[str]) -> Project:
    """Return the project of Compose documents with the services of active profiles.

    Raises ``ModelError`` for files that cannot be read and services that are not stated.
    """
    project = Project()
    first = Path(documents[0].file)
    folder = first.parent if first.is_file() else Path()
    shell = Shell.beside(folder / ".env")
    _Loader(project).add(documents, folder, shell, ())
    active = {*profiles, *filter(None, shell.values.get("COMPOSE_PROFILES", "").split(","))}
    _leave_inactive(project, active)
    project.name = project.name or slug(folder.resolve().name)
    return project


@dataclass
class _Loader:
    project: Project

    def add(self, documents: Sequence[Node], folder: Path, shell: Shell, above: tuple[str, ...]) -> None:
        """Add the services of documents that extend one another, and those that they include."""
        problems: list[Problem] = []
        for node in documents:
            self.project.folders.setdefault(node.file, folder)
            self.project.shells.setdefault(node.file, shell)
            if not isinstance(node.value, dict) or not any(
                isinstance(node.value[key].value, dict if key == "services" else list) and node.value[key].value
                for key in ("services", "include") & node.value.keys()
            ):
                expected = "`services` with a service"
                problems.append(Problem(file=node.file, line=node.line, what="no services", expected=expected))
        if problems:
            raise ModelError(problems)
        whole = documents[0]
        for node in documents[1:]:
            whole = merged(whole, node)
        whole = settled(whole)
        top = whole.value
        assert isinstance(top, dict)  # noqa: S101 (otherwise there is a problem)
        name = top["name"].value if "name" in top else None
        if isinstance(name, str) and "$" not in name:
            self.project.name = self.project.name or slug(name)
        for one in _items(top.get("include")):
            self.include(one, folder, shell, above)
        services = top["services"].value if "services" in top else {}
        for key, node in services.items():  # type: ignore[union-attr]
            service = self.extended(whole, key, node, shell, ())
            self.known(self.project.services, key, node)
            root = Node({"services": Node({key: service}, node.file, node.line)}, node.file, node.line)
            if problem := _fault(key, service):
                problems.append(problem)
            self.project.services[key] = Stated(name=key, root=root, shell=shell)
        for key, node in top.items():
            if key in RESOURCES:
                for each, one in (node.value if isinstance(node.value, dict) else {}).items():
                    self.project.resources[key].setdefault(each, one)
            elif key not in ("services", "name", "version", "include"):
                self.project.others.append((key, node))
        if problems:
            raise ModelError(problems)

    def known(self, found: dict[str, Stated], name: str, node: Node) -> None:
        if name in found:
            first = found[name].node
            what = f"service {name} is also in {first.file}:{first.line}"
            raise ModelError(Problem(file=node.file, line=node.line, what=what, expected="each service once"))

    def include(self, node: Node, folder: Path, shell: Shell, above: tuple[str, ...]) -> None:
        data: Any = self.replaced(node, shell)
        stated = data if isinstance(data, dict) else {"path": data}
        paths = [folder / str(one) for one in _list(stated.get("path"))]
        if not paths or len(above) > 8:
            expected = "a `path`" if not paths else "at most eight levels of `include`"
            raise ModelError(Problem(file=node.file, line=node.line, what="`include`", expected=expected))
        own = folder / str(stated["project_directory"]) if stated.get("project_directory") else paths[0].parent
        files = [folder / str(one) for one in _list(stated.get("env_file"))] or [own / ".env"]
        values = {key: value for one in files for key, value in Shell.beside(one).values.items()}
        self.add(self.read(paths, node), own, Shell(values={**values, **shell.values}), (*above, str(paths[0])))

    def read(self, paths: Sequence[Path], node: Node) -> list[Node]:
        found = []
        for path in paths:
            if not path.is_file():
                what = f"the file {path} does not exist"
                raise ModelError(Problem(file=node.file, line=node.line, what=what, expected="a Compose file"))
            found += read_documents(path)
        return found

    def extended(self, whole: Node, name: str, node: Node, shell: Shell, above: tuple[tuple[str, str], ...]) -> Node:
        """Return a service with the keys of the services that it extends."""
        keys = node.value if isinstance(node.value, dict) else {}
        if "extends" not in keys:
            return node
        extends = keys["extends"]
        data = self.replaced(extends, shell)
        stated = data if isinstance(data, dict) else {"service": data}
        other, file = str(stated.get("service")), stated.get("file")
        if file:
            path = self.project.folder(extends) / str(file)
            documents = self.read([path], extends)
            for one in documents:
                self.project.folders.setdefault(one.file, path.parent)
                self.project.shells.setdefault(one.file, shell)
            whole = documents[0]
            for one in documents[1:]:
                whole = merged(whole, one)
            whole = settled(whole)
        key = (whole.file, other)
        base = whole.find(("services", other))
        services = whole.find(("services",)).value
        if key in above or not isinstance(services, dict) or other not in services:
            what = f"service {name} extends {other}"
            expected = "a service that does not extend itself" if key in above else f"a service of {whole.file}"
            raise ModelError(Problem(file=extends.file, line=extends.line, what=what, expected=expected))
        base = self.extended(whole, other, base, shell, (*above, key))
        return settled(merged(base, Node({k: one for k, one in keys.items() if k != "extends"}, node.file, node.line)))

    def replaced(self, node: Node, shell: Shell) -> Any:
        """Return the plain value of a node, with its variables replaced."""
        try:
            return shell.filled(node.plain())
        except UnsetError as error:
            what = f"the variable {error.name} has no value"
            expected = "a value in `.env`, or a default"
            raise ModelError(Problem(file=node.file, line=node.line, what=what, expected=expected)) from None


def _fault(name: str, node: Node) -> Problem | None:
    """Return why a node is not a service; None if it is."""
    data = node.plain()
    if isinstance(data, dict) and (data.get("image") or data.get("build")):
        return None
    what = "neither `image` nor `build`" if isinstance(data, dict) else f"found {describe(data)}"
    return Problem(file=node.file, line=node.line, key=f"services.{name}", what=what, expected="a service")


def _items(node: Node | None) -> Iterator[Node]:
    yield from node.value if node is not None and isinstance(node.value, list) else ()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _leave_inactive(project: Project, active: set[str]) -> None:
    """Remove the services that Compose does not start without a profile."""
    inactive: dict[str, list[str]] = {}
    for name, stated in project.services.items():
        own = stated.node.plain()
        profiles = [str(one) for one in _list(own.get("profiles"))] if isinstance(own, dict) else []
        if profiles and not active & {*profiles, "*"}:
            inactive[name] = profiles
    for name, profiles in inactive.items():
        place = ("services", name)
        stated = project.services.pop(name)
        reason = f"Compose starts it only with a profile: import with `--profile {profiles[0]}`."
        for path, leaf in stated.node.leaves(place):
            shown = ".".join(map(str, path))
            one = Left(file=leaf.file, line=leaf.line, object=f"service {name}", path=shown, reason=reason)
            project.left.append(one)
    if inactive and not project.services:
        node = stated.node
        expected = f"`--profile {next(iter(inactive.values()))[0]}`"
        raise ModelError(Problem(file=node.file, line=node.line, what="every service has a profile", expected=expected))
    if inactive:
        names = ", ".join(inactive)
        profiles = sorted({one for each in inactive.values() for one in each})
        project.notes.append(
            f"{names}: Compose starts these only with profiles ({', '.join(profiles)}): import with `--profile`."
        )
