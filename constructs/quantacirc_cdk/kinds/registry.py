"""Find kinds by their name in YAML, and their hooks by the names of a module and a function.

A kind comes from this library, from an installed package (entry points of the group ``quantacirc_cdk.kinds``, each the
path of a package), or from the project (``apps/kinds/<kind>/`` or ``apps/kinds/<kind>.py``). The project's kinds take
precedence, then those of this library, then those of installed packages. Only the ``spec`` of the kinds in use is
loaded with the model. Other modules are loaded on first use.
"""

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache, cached_property, wraps
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem, QuantacircError
from quantacirc_cdk.kinds.hooks import HOOKS, misnamed, names_in

GROUP = "quantacirc_cdk.kinds"
FOLDER = Path("apps/kinds")
BUILT_IN: Mapping[str, str] = {
    name: f"{__package__}.{name.replace('-', '_')}"
    for name in (
        "chart",
        "daemon",
        "job",
        "monitor",
        "nats",
        "object-store",
        "operator",
        "postgresql",
        "service",
        "stateful",
        "valkey",
        "worker",
    )
}
"""Package of each kind of this library."""

Hook = Callable[..., Any]


@dataclass(frozen=True)
class Registry:
    """The kinds that a project can use."""

    root: Path | None = None
    """Folder of the project; None for the kinds of this library and of installed packages only."""
    _loaded: dict[str, type[Any]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _own(self) -> Mapping[str, str]:
        folder = self.root / FOLDER if self.root else None
        if folder is None or not folder.is_dir():
            return {}
        package = _package(folder.resolve())
        found = {
            path.stem
            for path in folder.iterdir()
            if path.stem.isidentifier() and (path.suffix == ".py" or (path / "spec.py").is_file())
        }
        return {name.replace("_", "-"): f"{package}.{name}" for name in sorted(found)}

    @cached_property
    def _installed(self) -> Mapping[str, str]:
        return {point.name: point.value for point in sorted(entry_points(group=GROUP))}

    def names(self) -> list[str]:
        """Return the names of all kinds, sorted."""
        return sorted({*self._own, *self._installed, *BUILT_IN})

    def find(self, name: str) -> type[Any] | None:
        """Return the model of the system's section for the kind ``name``; None for an unknown kind.

        Raises ``ModelError`` for a kind that cannot be loaded.
        """
        if name not in self._loaded:
            # Search installed packages last, because reading their metadata is slow.
            place = self._own.get(name) or BUILT_IN.get(name) or self._installed.get(name)
            if place is None:
                return None
            self._loaded[name] = _kind(name, place, self.root if name in self._own else None)
        return self._loaded[name]

    def all(self) -> dict[str, type[Any]]:
        """Return the model of the system's section for each kind."""
        return {name: kind for name in self.names() if (kind := self.find(name))}


def hook(component: object, path: str) -> Hook | None:
    """Return a hook of a component's kind, such as ``offers.endpoints``; None if the kind does not define it.

    Looks in the kind's own folder first, then in those of its base kinds. In a kind with a single file,
    ``offers.endpoints`` is the function ``offers_endpoints``.
    """
    return _hook(component if isinstance(component, type) else type(component), path)


def called(component: object, path: str, *arguments: Any) -> Any:
    """Call a hook and return its result; None if the component's kind does not define it."""
    found = hook(component, path)
    return found(*arguments) if found else None


@cache
def defines(kind: type[object], path: str) -> bool:
    """Return whether a kind or one of its base kinds defines a hook, if possible without loading the module of it."""
    module, _, function = path.rpartition(".")
    for base in kind.__mro__:
        package, dot, last = base.__module__.rpartition(".")
        if dot and last == "spec":
            found = importlib.util.find_spec(f"{package}.{module}")
            if found is not None and found.origin and function in names_in(Path(found.origin)):
                return True
        elif hasattr(sys.modules.get(base.__module__), path.replace(".", "_")):
            return True
    return hook(kind, path) is not None  # It may be defined in another way than by a statement at the top level.


def place_of_hook(kind: type[object], path: str) -> str:
    """Return where a kind defines a hook, for messages: ``the function offers_told in apps/kinds/cache.py``."""
    package, _, last = kind.__module__.rpartition(".")
    module, _, function = path.rpartition(".")
    if last == "spec":
        return f"the function `{function}` in {_shown(package)}/{module.replace('.', '/')}.py"
    return f"the function `{path.replace('.', '_')}` in {_shown(kind.__module__)}.py"


@cache
def _hook(kind: type[object], path: str) -> Hook | None:
    module, _, function = path.rpartition(".")
    for base in kind.__mro__:
        package, dot, last = base.__module__.rpartition(".")
        if dot and last == "spec":
            found = _submodule(f"{package}.{module}")
            if found is not None and hasattr(found, function):
                return _own(found, function, path)
        elif getattr(sys.modules.get(base.__module__), name := path.replace(".", "_"), None):
            return _own(sys.modules[base.__module__], name, path)
    return None


def _own(module: ModuleType, name: str, path: str) -> Hook:
    """Return the hook ``path``, which has this name in a module.

    One of a project reports its errors, and results of another type, at their place, or at the statement that defines
    or imports it.
    """
    function: Hook = getattr(module, name)
    if not module.__name__.startswith(_PREFIX) or module.__file__ is None:
        return function
    signature = HOOKS[path]
    defined = _shown_file(module.__file__, module.__name__), names_in(Path(module.__file__)).get(name, 0)

    @wraps(function)
    def reported(*arguments: Any) -> Any:
        try:
            result = function(*arguments)
            items = list(result or ()) if signature.several else [result]
        except QuantacircError:
            raise
        except (Exception, SystemExit) as error:  # The code is not ours.
            file, line = _place(error, module.__name__) or defined
            what = f"`{name}` failed: {type(error).__name__}: {error}"
            raise ModelError(Problem(file=file, line=line, what=what)) from error
        for item in items if signature.returns else ():
            if item is not None and signature.returns not in {base.__name__ for base in type(item).__mro__}:
                what = f"`{name}` returns {item!r}"
                file, line = defined
                raise ModelError(Problem(file=file, line=line, what=what, expected=signature.expected))
        return items if signature.several else result

    return reported


def _place(error: BaseException, module: str) -> tuple[str, int] | None:
    """Return the file and line of a project's kinds where an error comes from, if it comes from there."""
    places = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 0))
    folder = _folder(module)
    own = [place for place in places if folder and Path(place[0]).is_relative_to(folder)]
    return (_shown_file(own[-1][0], module), own[-1][1]) if own else None


def _folder(module: str) -> Path | None:
    """Return the folder of the kinds that a module of a project belongs to."""
    return Path(sys.modules[module.partition(".")[0]].__path__[0]) if module.startswith(_PREFIX) else None


def _shown_file(file: str, module: str) -> str:
    """Return a file of a project's kinds as it is shown in messages."""
    folder = _folder(module)
    return (FOLDER / Path(file).relative_to(folder)).as_posix() if folder else file


@cache
def _submodule(name: str) -> ModuleType | None:
    """Return a module, or None if it does not exist. Errors inside the module are raised."""
    package, _, _ = name.rpartition(".")
    try:
        if not hasattr(importlib.import_module(package), "__path__"):
            return None  # A kind with a single file.
    except ModuleNotFoundError as error:
        if error.name and (package == error.name or package.startswith(f"{error.name}.")):
            return None
        raise
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def _kind(name: str, place: str, root: Path | None) -> type[Any]:
    """Load a kind; ``root`` is the folder of the project that it belongs to."""
    shown = _shown(place)
    try:
        with redirect_stdout(sys.stderr):  # What it prints is no part of a command's output.
            module = _submodule(f"{place}.spec") or importlib.import_module(place)
        problems = list(misnamed(root / shown, shown)) if root else []
    except QuantacircError:
        raise
    except (Exception, SystemExit) as error:  # The code is not ours.
        file, line = _place(error, place) or (shown, 0)
        if isinstance(error, SyntaxError):
            what = f'the kind "{name}" is not Python: {error.msg}'
        else:
            what = f'the kind "{name}" cannot be loaded: {type(error).__name__}: {error}'
        raise ModelError(Problem(file=file, line=line, what=what)) from error
    if problems:
        raise ModelError(problems)
    kind = getattr(module, "KIND", None)
    if not isinstance(kind, type):
        what = f'the kind "{name}" has no `KIND`'
        raise ModelError(Problem(file=shown, what=what, expected="the class of its section in the system"))
    return kind


def _shown(place: str) -> str:
    """Return the module or package of a kind as it is shown in messages: a project's by its path."""
    return place if not place.startswith(_PREFIX) else f"{FOLDER.as_posix()}/{place.rpartition('.')[2]}"


_PREFIX = "quantacirc_kinds_of_"


@cache
def _package(folder: Path) -> str:
    """Return a unique package name for a project's folder."""
    name = _PREFIX + hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return name
