"""Load a project with changed texts before writing them."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.environment import ENVIRONMENTS_FOLDER, environment_file
from quantacirc_cdk.model.loader import SYSTEM_FILE, Project, load_project


def load_with(root: Path, texts: Mapping[str, str]) -> Project:
    """Load the project at ``root`` with ``texts`` in place of its files, by path below ``root``.

    Raises ``ModelError`` with the problems of the new texts.
    """
    with tempfile.TemporaryDirectory(prefix="qcdk-trial-") as scratch:
        copy = Path(scratch)
        (copy / ENVIRONMENTS_FOLDER).mkdir(parents=True)
        for path in (root / SYSTEM_FILE, *(root / ENVIRONMENTS_FOLDER).glob("*.yaml")):
            shutil.copyfile(path, copy / path.relative_to(root))
        for name, text in texts.items():
            (copy / name).write_text(text, encoding="utf-8", newline="")
        return load_project(copy, Registry(root), files=root)


def check_others_stay(before: Project, after: Project, name: str) -> None:
    """Raise ``ModelError`` if a change of the environment ``name`` also changes an environment that extends it."""
    touched = [
        other for other, was in before.environments.items() if other != name and after.environments[other] != was
    ]
    if touched:
        others = ", ".join(touched)
        file = environment_file(name)
        raise ModelError(
            Problem(
                file=file,
                what=f"the change would also change {others}",
                expected="these environments to set the value in their own files first",
            )
        )
