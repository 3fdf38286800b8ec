"""Take back the last promotion: give an environment the release that its file had before."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.change import tried
from quantacirc_cdk.model.document import Place, Plain, parse, read_text
from quantacirc_cdk.model.edit import REMOVED, Removed
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.problems import dotted
from quantacirc_cdk.pipelines.delivery import source_of
from quantacirc_cdk.pipelines.promotion import Promotion, moved

OF_A_PROMOTION = ("version", "images")
"""Keys of ``release`` that a promotion writes."""


def taken_back(project: Project, target: str) -> Promotion:
    """Return the change that takes back the last promotion, or release, of the environment ``target``.

    It is the change of the environment's file that is not committed yet, or else the file's last commit. Raises
    ``ModelError`` if that change touches more than the release's version and images, because the file was then changed
    since, if there is nothing before it, and if it has taken a release back itself.
    """
    environment = project.select([target])[target]
    shown = environment_file(target)
    now = parse(read_text(project.root / shown, shown), shown).plain()
    before, change, earlier = _before(project.root, shown, now)
    differences = dict(_differences(before, now))
    others = [dotted(place) for place in differences if not _of_a_promotion(place, before, now)]
    if others or not differences:
        what = f"{change} is no promotion" + (f": it changes {', '.join(others)}" if others else "")
        expected = "a change of release.version and release.images alone; change the file by hand"
        raise ModelError(Problem(file=shown, what=what, expected=expected))
    _, _, after = tried(project.root, shown, differences)
    restored = after.environments[target].release
    if earlier is not None and _release(earlier) == _release(now):
        source = source_of(project, environment)
        again = f"qcdk promote {source.name} {target}" if source else f"qcdk release {target}"
        what = f"{change} took {restored.version} back already, and --undo would deploy it again"
        raise ModelError(Problem(file=shown, what=what, expected=f"a promotion; to deploy it on purpose: `{again}`"))
    changes, lines, restarts = moved(project.system, restored, environment.release)
    return Promotion(
        source=target,
        target=target,
        version=restored.version,
        subject=f"Take back {environment.release.version} in {target}: {restored.version} again",
        changes=differences if changes else {},
        lines=lines,
        restarts=restarts,
    )


def _before(root: Path, shown: str, now: Plain) -> tuple[Plain, str, Plain]:
    """Return the content of the file before its last change, what that change is, and the content before the change
    before it; None if no commit has that.
    """
    committed = _content(root, "HEAD", shown)
    if committed is None:
        raise ModelError(Problem(file=shown, what="no commit has this file", expected="a promotion to take back"))
    commit, *others = (_git(root, "log", "-2", "--format=%h", "--", shown) or "").split()
    earlier = _content(root, f"{commit}^", shown)
    if committed != now:
        return committed, "the change that is not committed", earlier
    subject = (_git(root, "log", "-1", "--format=%s", "--", shown) or "").strip()
    if earlier is None:
        what = f'its only known commit is {commit}, "{subject}"'
        raise ModelError(Problem(file=shown, what=what, expected="a promotion to take back, and the history before it"))
    return (
        earlier,
        f'its last commit {commit}, "{subject}",',
        _content(root, f"{others[0]}^", shown) if others else None,
    )


def _release(document: Plain) -> Plain:
    """Return what a promotion writes of a file."""
    release = document.get("release") if isinstance(document, dict) else None
    return {key: release.get(key) for key in OF_A_PROMOTION} if isinstance(release, dict) else None


def _content(root: Path, revision: str, shown: str) -> Plain:
    text = _git(root, "show", f"{revision}:./{shown}")
    return None if text is None else parse(text, f"{revision}:{shown}").plain()


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise ModelError(
            Problem(what="git is not installed", expected="git on PATH, which knows the promotion")
        ) from None
    return done.stdout if done.returncode == 0 else None


def _differences(before: Plain, now: Plain, place: Place = ()) -> Iterator[tuple[Place, "Plain | Removed"]]:
    """Yield each place with another value, and its value before; an image is one value."""
    image = place[:2] == ("release", "images") and len(place) > len(("release", "images"))
    if image or not isinstance(before, dict) or not isinstance(now, dict):
        if before != now:
            yield place, before
        return
    for key in dict.fromkeys((*before, *now)):
        if key not in before:
            yield (*place, key), REMOVED
        elif key not in now:
            yield (*place, key), before[key]
        else:
            yield from _differences(before[key], now[key], (*place, key))


def _of_a_promotion(place: Place, before: Plain, now: Plain) -> bool:
    if place == ("release",):  # The whole section came, or went, with the change.
        sections = [document.get("release") for document in (before, now) if isinstance(document, dict)]
        return all(not isinstance(section, dict) or set(section) <= set(OF_A_PROMOTION) for section in sections)
    return len(place) > 1 and place[0] == "release" and place[1] in OF_A_PROMOTION
