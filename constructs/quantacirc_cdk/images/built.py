"""Output of ``docker/build.sh``: the digests of built images."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.limits.rule import matching
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import Node, read
from quantacirc_cdk.model.problems import validate
from quantacirc_cdk.model.values import Digest, Name, Registry, Tag, Version


class BuiltImage(Section):
    """One image."""

    repository: Registry
    """Registry and repository, without a tag."""
    tag: Tag
    """Tag that names the version."""
    digest: Digest
    """Digest of the manifest, or of the index of several platforms, as the registry serves it."""


class BuiltImages(Section):
    """The images of one build: ``dist/images.json``."""

    version: Version
    """Version they were built as; ends in ``-dirty`` when the work tree had changes."""
    revision: Annotated[
        str,
        matching(
            r"[0-9a-f]{40}([0-9a-f]{24})?(-dirty)?",
            "a commit of 40 or 64 hexadecimal digits",
            source="https://git-scm.com/docs/gitglossary#Documentation/gitglossary.txt-objectname",
            schema=True,
        ),
    ]
    """Git commit they were built from."""
    pushed: bool
    """Whether a registry has them."""
    images: Annotated[dict[Name, BuiltImage], Field(min_length=1)]
    """The images by their name in the model."""
    base: BuiltImage | None = None
    """The image that the others start from, which no environment runs."""


def read_built(path: Path) -> tuple[BuiltImages, Node]:
    """Return the images in the file at ``path``, and the document, for the places of problems.

    Raises ``ModelError`` with all problems of the file.
    """
    document = read(path, str(path), pipes=True)  # JSON is a subset of YAML, and this parser reports lines.
    built, problems = validate(BuiltImages, document, document.plain())
    if built is None:
        raise ModelError(problems)
    return built, document
