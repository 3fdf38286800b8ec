"""Read the project's files that components mount."""

from collections.abc import Iterator
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.needs.needs import ContainerNeeds, Needs
from quantacirc_cdk.model.needs.storage import ProjectFile
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.reading import read_file


def read_files(root: Path, components: "dict[str, Section]", document: Node) -> Iterator[Problem]:
    """Read the mounted files of ``components`` into the model. Yield each file that cannot be read."""
    for name, component in components.items():
        if not isinstance(component, Needs):
            continue
        containers: list[tuple[Place, ContainerNeeds]] = [((), component)]
        for key in ("init_containers", "side_cars"):
            containers += [((key, index), one) for index, one in enumerate(getattr(component, key))]
        for place, container in containers:
            for path, file in container.files.items():
                if file is not None and file.file is not None:
                    for what, expected in _read(root, file):
                        yield problem_at(document, ("components", name, *place, "files", path), what, expected)


def _read(root: Path, file: ProjectFile) -> Iterator[tuple[str, str]]:
    base = root.resolve()
    target = (base / str(file.file)).resolve()
    if not target.is_relative_to(base):
        yield f"{file.file} is outside the project", "a path in the project"
        return
    if target.is_dir():
        found = {path.name: path for path in sorted(target.iterdir()) if not path.is_dir()}
    elif target.is_file():
        found = {target.name: target}
    else:
        what = f"{file.file} is neither a file nor a folder" if target.exists() else f"no file or folder {file.file}"
        yield what, "a path in the project"
        return
    content: dict[str, str] = {}
    for name, path in found.items():
        if not path.resolve().is_relative_to(base):
            yield f"{path.relative_to(base)} links to a file outside the project", "a file in the project"
            continue
        try:
            content[name] = read_file(path, "", expected="", limit=kubernetes.DATA_BYTES).decode("utf-8")
        except ModelError as error:
            yield (
                f"{path.relative_to(base)}: {error.problems[0].what}",
                f"text of at most {kubernetes.DATA_BYTES} bytes",
            )
        except UnicodeDecodeError:
            yield f"{path.relative_to(base)} is not UTF-8 text", "text; to mount binary files, use a Secret or an image"
    size = sum(len(text.encode()) for text in content.values())
    if size > kubernetes.DATA_BYTES:
        yield f"{file.file} has {size} bytes", f"at most {kubernetes.DATA_BYTES}: the limit of a ConfigMap"
    file.keep(content, folder=target.is_dir())
