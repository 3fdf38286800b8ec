"""Write a new project to an empty folder, in one step."""

import shutil
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.problems import check_name
from quantacirc_cdk.text import yaml

MODEL = ("apps/system.yaml", "apps/environments/local.yaml", "apps/environments/prod.yaml")
TESTS = ("tests/conftest.py", "tests/test_output.py")
SERVICE_TESTS = ("tests/test_service.py",)
DOCUMENTS = ("README.md", "gitignore")
_SHOWN = 5


def start(folder: Path, name: str, *, sources: Sequence[Path] = (), bare: bool = False) -> list[str]:
    """Write a project named ``name`` to ``folder``; return its files.

    Without ``sources``, it is a service with a database; else the imported ``sources``, as with ``qcdk import``.
    ``bare`` leaves out tests, README and ``.gitignore``. Raises ``OutputError`` for a folder that is not empty, and
    ``ModelError`` for an invalid name or source. The folder is then unchanged.
    """
    check_name(name, "--name")
    _check_empty(folder)
    with tempfile.TemporaryDirectory(prefix="qcdk-init-") as scratch:
        root = Path(scratch) / "project"
        if sources:
            from quantacirc_cdk.importing import import_project

            import_project(sources, root, name=name)
        names = () if sources else MODEL
        if not bare:
            names = (*names, *TESTS, *DOCUMENTS, *(() if sources else SERVICE_TESTS))
        for one in names:
            _write(root, one, name)
        load_project(root)
        _publish(root, folder)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _check_empty(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(Problem(file=str(folder), what="not a folder", expected="an empty folder, or a new one"))
    held = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if held:
        shown = ", ".join(held[:_SHOWN]) + (f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else "")
        raise OutputError(Problem(file=str(folder), what=f"holds {shown}", expected="an empty folder, or a new one"))


def _write(root: Path, template: str, name: str) -> None:
    text = files(__package__).joinpath("templates", *template.split("/")).read_text(encoding="utf-8")
    text = text.replace(": @NAME@\n", f": {yaml.scalar(name)}\n")  # A name such as null is a text.
    text = text.replace("@NAME@", name).replace("@PREFIX@", name.replace("-", "_").upper())
    target = root / (".gitignore" if template == "gitignore" else template)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _publish(root: Path, folder: Path) -> None:
    """Copy the project beside its place, then move each entry. If that fails, remove all entries again."""
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".qcdk-init-", dir=folder))
        moved: list[Path] = []
        try:
            shutil.copytree(root, staged, dirs_exist_ok=True)
            for path in sorted(staged.iterdir()):
                moved.append(path.rename(folder / path.name))  # noqa: PERF401 - a failure takes back what was moved
            staged.rmdir()
        except BaseException:
            for path in (staged, *moved):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            if new:
                folder.rmdir()
            raise
    except OSError as error:
        raise OutputError(Problem(file=str(folder), what=f"cannot be written: {error.strerror}")) from None
