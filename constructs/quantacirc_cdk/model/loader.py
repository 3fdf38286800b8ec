"""Load a system and its environments from files, and report all problems at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem, nearest
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.checks import check_environment, check_system
from quantacirc_cdk.model.component_files import read_components, read_settings
from quantacirc_cdk.model.document import Node, Place, read
from quantacirc_cdk.model.environment import ENVIRONMENTS_FOLDER, Environment
from quantacirc_cdk.model.inherited import of_environments
from quantacirc_cdk.model.patches import unknown_environments
from quantacirc_cdk.model.problems import check_name, problem_at, validate, where_set
from quantacirc_cdk.model.project_files import read_files
from quantacirc_cdk.model.sharing_checks import check_together
from quantacirc_cdk.model.system import System
from quantacirc_cdk.phases import phase

SYSTEM_FILE = Path("apps/system.yaml")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A validated system and its environments."""

    root: Path
    """Folder that holds ``apps/``."""
    system: System
    environments: dict[str, Environment]
    """By name, sorted."""
    sources: dict[str, Node] = field(repr=False)
    """The merged document of each environment, every value with the file and line it came from."""
    system_source: Node | None = field(default=None, repr=False)
    """The document of the system."""

    @cached_property
    def has_known_kinds(self) -> bool:
        """Whether all components are of this package's kinds."""
        kinds: set[type] = {type(section) for section in self.system.components.values()}
        for environment in self.environments.values():
            kinds |= {type(section) for section in environment.components.values()}
        return all(kind.__module__.startswith("quantacirc_cdk.") for kind in kinds)

    def select(self, names: "list[str] | tuple[str, ...] | None" = None) -> dict[str, Environment]:
        """Return the named environments, or all for None. Raises ``ModelError`` for an unknown name."""
        if not names:
            return dict(self.environments)
        unknown = [name for name in names if name not in self.environments]
        if unknown:
            raise ModelError(
                Problem(what=f'no environment "{name}"', expected=nearest(name, self.environments)) for name in unknown
            )
        return {name: self.environments[name] for name in sorted(set(names))}


_loaded: dict[Path, Project] = {}


@contextmanager
def loaded_once(project: Project) -> Iterator[None]:
    """Make ``load_project`` return this project for its root, in this process and in processes forked meanwhile.

    All parts of a run then see the same files, even if one changes during the run.
    """
    root = project.root.absolute()
    before = _loaded.get(root)
    _loaded[root] = project
    try:
        yield
    finally:
        if before is None:
            del _loaded[root]
        else:
            _loaded[root] = before


@phase("load the model")
def load_project(root: Path, kinds: Registry | None = None, *, files: Path | None = None) -> Project:
    """Load ``apps/system.yaml`` and every ``apps/environments/*.yaml`` below ``root``.

    ``kinds`` are the kinds that components can have; by default those of the project, of installed packages and of this
    library. ``files`` is the folder of mounted files, by default ``root``. Raises ``ModelError`` with all problems of
    all files.
    """
    if kinds is None and (known := _loaded.get(root.absolute())):
        return known
    problems: list[Problem] = []
    known_kinds = kinds or Registry(root)
    system, system_source, system_problems = _load_system(root, known_kinds, files or root)
    problems += system_problems
    documents, document_problems = _merged_documents(root)
    problems += document_problems
    loaded: dict[str, tuple[Environment, Node]] = {}
    refused: dict[str, list[Problem]] = {}
    for name, document in documents.items():
        environment, found = _environment(files or root, name, document, system, known_kinds)
        if system_source is not None:
            found = [where_set(problem, document, system_source) for problem in found]
        refused[name] = found
        if environment is not None:
            loaded[name] = (environment, document)
    problems += of_environments(refused)
    problems += check_together(system, loaded, documents.keys(), system_source)
    if system is not None and system_source is not None:
        problems += unknown_environments(system.patches, documents, system_source)
    if system is None or problems:
        raise ModelError(dict.fromkeys(problems))
    environments = {name: environment for name, (environment, _) in loaded.items()}
    return Project(root=root, system=system, environments=environments, sources=documents, system_source=system_source)


def read_documents(root: Path) -> tuple[Node, dict[str, Node]]:
    """Return the document of the system, and of each environment merged with its bases, without checking any value.

    Raises ``ModelError`` for files that cannot be read.
    """
    system = read(root / SYSTEM_FILE, SYSTEM_FILE.as_posix())
    documents, problems = _merged_documents(root)
    if problems:
        raise ModelError(problems)
    return system, documents


def _load_system(root: Path, kinds: Registry, files: Path) -> tuple[System | None, Node | None, list[Problem]]:
    try:
        document = read(root / SYSTEM_FILE, SYSTEM_FILE.as_posix())
    except ModelError as error:
        return None, None, list(error.problems)
    data: object = document.plain()
    components, problems = read_components(document, data, kinds)
    if isinstance(data, dict) and components:
        data = {**data, "components": components}
    system, found = validate(System, document, data)
    problems += found
    if system is None or problems:
        return None, document, problems
    problems += check_system(system, document)
    problems += read_files(files, dict(system.components), document)
    return system, document, problems


def _environment(
    files: Path, name: str, document: Node, system: System | None, kinds: Registry
) -> tuple[Environment | None, list[Problem]]:
    data = document.plain()
    if not isinstance(data, dict):
        return None, []
    problems: list[Problem] = []
    if data.setdefault("name", name) != name:
        problems.append(
            problem_at(document, ("name",), f'the name "{data["name"]}"', f'the name of the file, "{name}"')
        )
        data["name"] = name
    settings, found = read_settings(document, data, system, kinds)
    problems += found
    environment, found = validate(Environment, document, {**data, "components": settings})
    problems += found
    if environment is not None:
        problems += read_files(files, dict(environment.components), document)
    if environment is not None and system is not None and not problems:
        problems += check_environment(system, environment, document)
    return environment, problems


_OTHER_ENDINGS = (".json", ".yaml", ".yml")
"""Endings in any letters of files that look like environments."""


def _merged_documents(root: Path) -> tuple[dict[str, Node], list[Problem]]:
    folder = root / ENVIRONMENTS_FOLDER
    shown = ENVIRONMENTS_FOLDER.as_posix()
    try:
        files = sorted(folder.iterdir())
        paths = [path for path in files if path.name.endswith(".yaml")]
        other = [path for path in files if path.suffix.lower() in _OTHER_ENDINGS and path not in paths]
    except (FileNotFoundError, NotADirectoryError):
        paths, other = [], []
    except OSError as error:
        return {}, [Problem(file=shown, what=f"cannot be read: {error.strerror}", expected="environments' files")]
    problems = [
        Problem(file=f"{shown}/{path.name}", what="a file of another ending", expected=f"{path.stem}.yaml")
        for path in other
    ]
    if not paths and not problems:
        return {}, [Problem(file=shown, what="no environment", expected="at least one file <name>.yaml")]
    documents: dict[str, Node] = {}
    for path in paths:
        try:
            check_name(path.stem, "")
        except ModelError as error:
            problems += [
                replace(one, file=f"{shown}/{path.name}", key="the name of the file") for one in error.problems
            ]
            continue
        try:
            documents[path.stem] = read(path, f"{shown}/{path.name}")
        except ModelError as error:
            problems += error.problems
    merged: dict[str, Node] = {}
    broken = {path.stem for path in paths} - documents.keys()
    for name in documents:
        chain, found = _chain(name, documents, broken)
        problems += found
        if chain:
            merged[name] = _merge_chain(chain)
    return merged, problems


def _chain(name: str, documents: dict[str, Node], broken: set[str]) -> tuple[list[Node], list[Problem]]:
    """Return the documents to merge, the base first. Returns none if one is missing or the chain is a cycle."""
    chain: list[Node] = []
    seen: list[str] = []
    current: object = name
    while isinstance(current, str):
        node = documents[current]
        seen.append(current)
        chain.append(node)
        base = node.find(("extends",))
        following = base.value if base is not node else None
        if isinstance(following, str) and following in seen:
            cycle = " -> ".join([*seen, following])
            problem = Problem(
                file=base.file, line=base.line, key="extends", what=f"a cycle: {cycle}", expected="an end"
            )
            return [], [problem] if following == name else []
        if isinstance(following, str) and following not in documents:
            if following in broken:
                return [], []
            what = f'no environment "{following}"'
            expected = nearest(following, documents.keys() - {current})
            problem = Problem(file=base.file, line=base.line, key="extends", what=what, expected=expected)
            return [], [problem] if current == name else []
        current = following
    return chain[::-1], []


_NOT_INHERITED: tuple[Place, ...] = (
    ("approval",),
    ("audit_trail",),
    ("description",),
    ("disposable",),
    ("extends",),
    ("infrastructure",),
    ("name",),
    ("previews",),
    ("release", "images"),
    ("shares",),
    ("wired",),
)


def _merge_chain(chain: list[Node]) -> Node:
    result = chain[0]
    for node in chain[1:]:
        for place in _NOT_INHERITED:
            result = _without(result, place)
        result = merge(result, node)
    return result


def _without(node: Node, place: Place) -> Node:
    """Return a copy of ``node`` without the value at ``place``."""
    key = str(place[0])
    if not isinstance(node.value, dict) or key not in node.value:
        return node
    rest = {name: value for name, value in node.value.items() if name != key}
    inner = {key: _without(node.value[key], place[1:])} if len(place) > 1 else {}
    return Node({**rest, **inner}, node.file, node.line)


_PATCHES: Place = ("patches",)


def merge(base: Node, heir: Node, place: Place = ()) -> Node:
    """Merge ``heir`` into ``base``: mappings merge by key, null removes, any other value replaces.

    A patch replaces the inherited patch as a whole, because a null in it is part of the patch.
    """
    if not isinstance(base.value, dict) or not isinstance(heir.value, dict) or (place[:1], len(place)) == (_PATCHES, 2):
        return heir
    merged = dict(base.value)
    for key, node in heir.value.items():
        if node.value is None and key in merged:
            del merged[key]
        else:
            merged[key] = merge(merged[key], node, (*place, key)) if key in merged else node
    return Node(merged, heir.file, heir.line)
