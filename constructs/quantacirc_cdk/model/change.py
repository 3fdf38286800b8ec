"""Change a project's files by key. A file is replaced only after the project has loaded with its new text."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from quantacirc_cdk.errors import ModelError, OutputError, Problem, nearest
from quantacirc_cdk.model.document import Place, Plain, parse, read_text
from quantacirc_cdk.model.edit import REMOVED, Changes, Removed, edited, replace
from quantacirc_cdk.model.environment import ENVIRONMENTS_FOLDER, environment_file
from quantacirc_cdk.model.loader import SYSTEM_FILE, Project
from quantacirc_cdk.model.trial import load_with


def tried(root: Path, shown: str, changes: Changes) -> tuple[str, str, Project]:
    """Return the current text of the file ``shown``, the text after ``changes``, and the changed project. Writes
    nothing.

    Raises ``ModelError`` if the changed project is not valid.
    """
    old = read_text(root / shown, shown)
    new = edited(old, shown, changes)
    return old, new, load_with(root, {shown: new})


def change(root: Path, shown: str, changes: Changes, *, check: bool = False) -> bool:
    """Apply ``changes`` to the file ``shown`` of the project at ``root``. Return whether the text changes.

    With ``check``, writes nothing. Raises ``ModelError`` if the changed project is not valid, and then leaves the file
    unchanged.
    """
    old, new, _ = tried(root, shown, changes)
    if new != old and not check:
        replace(root / shown, new)
    return new != old


def change_files(root: Path, changes: Mapping[str, Changes]) -> None:
    """Apply the changes of several files of the project at ``root``, by their path below it.

    Raises ``ModelError`` if the changed project is not valid, and then leaves all files unchanged.
    """
    texts = {shown: edited(read_text(root / shown, shown), shown, wanted) for shown, wanted in changes.items()}
    load_with(root, texts)
    for shown, text in texts.items():
        replace(root / shown, text)


def create(root: Path, shown: str, text: str) -> Project:
    """Create the file ``shown`` in the project at ``root``, and return the project with it.

    Raises ``OutputError`` if the file exists, and ``ModelError`` if the project is not valid with it. In both cases,
    writes nothing.
    """
    target = root / shown
    if target.exists() or target.is_symlink():
        raise OutputError(Problem(file=shown, what="the file exists", expected="another name"))
    project = load_with(root, {shown: text})
    with target.open("x", encoding="utf-8", newline="") as file:
        try:
            file.write(text)
            file.flush()
        except BaseException:
            target.unlink()
            raise
    return project


def assignments(words: Sequence[str], document: Plain) -> dict[Place, "Plain | Removed"]:
    """Parse ``KEY=VALUE`` words into changes. A value is YAML; ``KEY=`` without a value removes the key.

    ``document`` is the current content of the file, because an existing key may contain dots. Raises ``ModelError``
    with every word that cannot be parsed.
    """
    changes: dict[Place, Plain | Removed] = {}
    problems: list[Problem] = []
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            problems.append(Problem(what=f'found "{word}"', expected="KEY=VALUE, such as replicas.min=2"))
            continue
        try:
            place = _place(key, document)
            if other := next((one for one in changes if place[: len(one)] == one or one[: len(place)] == place), None):
                expected = "each key once, and none with a key inside it"
                problems.append(Problem(key=key, what=f"given beside {'.'.join(map(str, other))}", expected=expected))
            changes[place] = REMOVED if not value else _value(value)
        except ModelError as error:
            problems += [Problem(key=key, what=one.what, expected=one.expected) for one in error.problems]
    if problems:
        raise ModelError(problems)
    return changes


_QUOTED = re.compile(r'"([^"]*)"(?=\.|$)')


def _value(text: str) -> Plain:
    found = parse(f"value: {text}\n", "").plain()
    if not isinstance(found, dict) or found.keys() != {"value"}:
        raise ModelError(Problem(what=f'found "{text}"', expected="a YAML value"))
    return found["value"]


def _place(key: str, document: Plain) -> Place:
    """Return the place of a dotted key. A name with dots is in quotes, or one of ``document``."""
    if "[" in key:
        raise ModelError(Problem(what="an item of a list", expected="the key of the list, with all its items"))
    steps: list[str] = []
    while key:
        known = document if isinstance(document, Mapping) else {}
        fitting = [name for name in known if key == name or key.startswith(f"{name}.")]
        quoted = _QUOTED.match(key)
        step = quoted[1] if quoted else max(fitting, key=len) if fitting else key.partition(".")[0]
        if not step:
            raise ModelError(Problem(what="an empty name between dots", expected="a key such as replicas.min"))
        steps.append(step)
        document = known.get(step)
        key = key[quoted.end() if quoted else len(step) :].removeprefix(".")
    return tuple(steps)


def document_of(root: Path, shown: str) -> Plain:
    """Return the content of a file of the project. Raises ``ModelError`` if it cannot be read."""
    return parse(read_text(root / shown, shown), shown).plain()


def holds(document: Plain, place: Place) -> bool:
    """Return whether the document has a value at the place, also one that the model does not know."""
    for part in place:
        match document, part:
            case dict(), str() if part in document:
                document = document[part]
            case list(), int() if 0 <= part < len(document):
                document = document[part]
            case _:
                return False
    return True


def file_of(root: Path, environment: str | None) -> str:
    """Return the path of an environment's file, or of the system's file for None. Raises ``ModelError`` for an unknown
    environment.
    """
    if environment is None:
        return SYSTEM_FILE.as_posix()
    names = [path.stem for path in (root / ENVIRONMENTS_FOLDER).glob("*.yaml")]
    if environment not in names:
        raise ModelError(Problem(what=f'no environment "{environment}"', expected=nearest(environment, names)))
    return environment_file(environment)
