"""Changes of an environment that gets the release of another one."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model import Environment, Project, System
from quantacirc_cdk.model.component import Contained
from quantacirc_cdk.model.document import Place, Plain
from quantacirc_cdk.model.edit import Changes
from quantacirc_cdk.model.environment import ImageRelease, Release
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.pipelines.delivery import source_of

SHORT_DIGEST = len("sha256:") + 12


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """The promotion of a release from one environment to another."""

    source: str
    target: str
    version: str
    subject: str
    """First line of the commit message."""
    changes: Changes
    """Changes of the target's file, by place."""
    lines: tuple[str, ...]
    """The changes as text, a line each."""
    restarts: tuple[str, ...]
    """Components whose containers restart, in the order of the system."""
    reach: tuple[str, ...] = ()
    """Effects other than rolling restarts, a line each."""
    health: str = ""
    """Health of the source, or why it was not checked."""

    @property
    def message(self) -> str:
        """A commit message with the changes and their effects."""
        restarts = f"Restarts {', '.join(self.restarts)}." if self.restarts else ""
        after = [line for line in (restarts, *self.reach, self.health) if line]
        paragraphs = [self.subject, "\n".join(self.lines), "\n".join(after)]
        return "\n\n".join(filter(None, paragraphs)) + "\n"


def promotion(project: Project, source: str, target: str, *, skipping: bool = False) -> Promotion:
    """Return the promotion of the release of ``source`` to ``target``.

    Raises ``ModelError`` if an image of the source has no digest, if the target uses another registry, and, unless
    ``skipping``, if the target gets its releases from another environment.
    """
    chosen = project.select([source, target])
    ours, theirs = chosen[source], chosen[target]
    problems = list(_problems(project, ours, theirs, skipping))
    if problems:
        raise ModelError(problems)
    changes, lines, restarts = moved(project.system, ours.release, theirs.release)
    return Promotion(
        source=source,
        target=target,
        version=ours.release.version,
        subject=f"Promote {ours.release.version} from {source} to {target}",
        changes=changes,
        lines=lines,
        restarts=restarts,
    )


def moved(system: System, ours: Release, theirs: Release) -> tuple[Changes, tuple[str, ...], tuple[str, ...]]:
    """Return the changes that give an environment with the release ``theirs`` the release ``ours``, the changes as
    text, and the components that restart.
    """
    changes: dict[Place, Plain] = {}
    lines: list[str] = []
    if ours.version != theirs.version:
        changes["release", "version"] = ours.version
        lines.append(f"version: {theirs.version} -> {ours.version}")
    before = theirs.images
    changed = {name: image for name, image in sorted(ours.images.items()) if image != before.get(name)}
    for name, image in changed.items():
        changes["release", "images", name] = image.model_dump(exclude_none=True)
        lines.append(f"{name}: {_shown(before.get(name))} -> {_shown(image)}")
    # The configuration of every pod of the system contains the version.
    images_touched = system.released_images if ("release", "version") in changes else changed
    restarts = tuple(name for name, part in system.having(Contained).items() if part.image in images_touched)
    return changes, tuple(lines), restarts


def _problems(project: Project, ours: Environment, theirs: Environment, skipping: bool) -> Iterator[Problem]:
    if ours.name == theirs.name:
        yield Problem(what=f'"{ours.name}" to itself', expected="two environments")
        return
    document = project.sources[ours.name]
    for name in project.system.released_images:
        image = ours.release.images.get(name)
        if image is None or image.digest is None:
            place: Place = ("release", "images", name)
            what = f"{ours.name} runs no released {name}"
            yield problem_at(document, place, what, f"a digest; run `qcdk release {ours.name}` first")
    if ours.registry != theirs.registry:
        what = f'{theirs.name} pulls from "{theirs.registry}"'
        place = ("registry",)
        yield problem_at(project.sources[theirs.name], place, what, f'"{ours.registry}", where the images are')
    usual = source_of(project, theirs)
    if not skipping and usual is not None and usual.name != ours.name:
        what = f"{theirs.name} gets its releases from {usual.name}, not from {ours.name}"
        yield Problem(what=what, expected=f'"{usual.name}", or --skip to bypass it')


def _shown(image: ImageRelease | None) -> str:
    if image is None:
        return "none"
    return " ".join(part for part in (image.tag, (image.digest or "")[:SHORT_DIGEST]) if part) or "none"
