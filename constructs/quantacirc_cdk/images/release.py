"""Set built images in an environment's file."""

from collections.abc import Iterator

from quantacirc_cdk.errors import ModelError, Problem, nearest
from quantacirc_cdk.images.built import BuiltImages
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.document import Node, Place, Plain
from quantacirc_cdk.model.problems import problem_at


def release_changes(
    system: System, environment: Environment, built: BuiltImages, source: Node, *, with_version: bool = False
) -> dict[Place, Plain]:
    """Return the changes of the environment's file: one for each image with another tag or digest.

    ``with_version`` also sets ``release.version``. Raises ``ModelError``, with places in the document ``source``, if
    the images are not in a registry, are in another registry than the environment's, or are not images of the system.
    """
    problems = list(_problems(system, environment, built, source))
    if problems:
        raise ModelError(problems)
    changes: dict[Place, Plain] = {}
    if with_version and built.version != environment.release.version:
        changes["release", "version"] = built.version
    for name, image in sorted(built.images.items()):
        released = environment.release.images.get(name)
        if released is None or (released.tag, released.digest) != (image.tag, image.digest):
            changes["release", "images", name] = {"tag": image.tag, "digest": image.digest}
    return changes


def _problems(system: System, environment: Environment, built: BuiltImages, source: Node) -> Iterator[Problem]:
    if not built.pushed:
        yield problem_at(source, ("pushed",), "images that are in no registry", "images of a build with --push")
    for name, image in built.images.items():
        place = ("images", name)
        if name not in system.released_images:
            what = f'no image "{name}" is built with the system'
            yield problem_at(source, place, what, nearest(name, system.released_images))
            continue
        pulled = f"{environment.registry}/{system.images[name].repository}"
        if image.repository != pulled:
            what = f'found "{image.repository}"'
            yield problem_at(
                source, (*place, "repository"), what, f'"{pulled}", where {environment.name} pulls it from'
            )
