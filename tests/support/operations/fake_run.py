"""A deployment whose helm, kubectl and clock are fakes that a test decides about."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.diff import Impact
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations import deploy as deploy_module
from quantacirc_cdk.operations import rollback as rollback_module
from quantacirc_cdk.operations.helm import Revision
from quantacirc_cdk.operations.lock import Lock
from quantacirc_cdk.operations.preflight import Preflight
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.release import Options, Run, Voice
from quantacirc_cdk.operations.rollout import Baseline
from support.project import Project

OK = Done(status=0, out="", error="")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def revision(number: int, status: str = "superseded", description: str = "", age: float | None = None) -> Revision:
    updated = LONG_AGO if age is None else datetime.now(UTC) - timedelta(seconds=age)
    return Revision(number=number, status=status, updated=updated, description=description, version="1")


@dataclass
class Fake:
    """A helm, a kubectl and a clock that a test decides about, and what was asked of them."""

    revisions: list[Revision]
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    lease: dict[str, Any] | None = None
    seconds: float = 0
    """Seconds that helm takes for a change."""
    left: list[list[str]] = field(default_factory=lambda: [[]])
    """What each wait returns."""
    clock: float = 1000
    calls: list[tuple[str, ...]] = field(default_factory=list)
    locked: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    baselines: list[Baseline] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answer: Done = OK
    target: Any = None

    # helm

    def history(self) -> list[Revision]:
        return self.revisions

    def manifest(self, number: int) -> list[dict[str, Any]]:
        return []

    def upgrade(self, *, seconds: float, description: str) -> Done:
        self.calls.append(("upgrade", str(seconds)))
        self.clock += self.seconds
        self.revisions.append(revision(len(self.revisions) + 1, "deployed"))
        return self.answer

    def roll_back(self, number: int, *, seconds: float) -> Done:
        self.calls.append(("rollback", str(number), str(seconds)))
        self.clock += self.seconds
        return self.answer

    # kubectl

    def call(self, *arguments: str, **_: Any) -> Done:
        self.calls.append(arguments)
        return self.answer

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        return {"lease/bakery-deployment": self.lease}.get(f"{kind}/{name}")

    def labels_of_revisions(self, label: str) -> Mapping[int, str]:
        return self.labels.get(label, {})

    @property
    def marked(self) -> list[tuple[str, str]]:
        """The revision and the label of each mark."""
        return [(one[2].rpartition(".")[2], one[3]) for one in self.calls if one[:2] == ("label", "secret")]


Make = Callable[..., tuple[Run, Fake]]


def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a maker of runs of ten minutes, whose plans are made already."""
    root = Project.small(tmp_path / "project").root

    def made(*revisions: Revision, **more: Any) -> tuple[Run, Fake]:
        fake = Fake(list(revisions), **more)
        run = Run(load_project(root), "home", Options(seconds=600), Voice(say=fake.said.append), "test")
        run.helm = run.kubectl = fake  # type: ignore[assignment]
        run.expected = SimpleNamespace(site=None)  # type: ignore[assignment]
        fake.target = run.target

        def rollout(since: Baseline, seconds: float) -> Any:
            fake.waited.append(seconds)
            fake.baselines.append(since)
            return SimpleNamespace(wait=lambda: fake.left.pop(0))

        @contextmanager
        def held(_: Lock, seconds: float) -> Iterator[None]:
            fake.locked.append(seconds)
            yield

        monkeypatch.setattr(Lock, "held", held)
        monkeypatch.setattr(run, "rollout", rollout)
        monkeypatch.setattr(run, "write_record", lambda outcome, **kept: {"outcome": outcome, **kept})
        monkeypatch.setattr(run, "change_owners", lambda _: None)
        for module in (deploy_module, rollback_module):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: fake.clock))
            monkeypatch.setattr(module, "baseline", lambda *_: Baseline(failing=frozenset(["before"])))
        monkeypatch.setattr("quantacirc_cdk.operations.release.chart_releases", lambda _: [])
        changes = SimpleNamespace(impact=Impact.NO_OP, objects=[])
        monkeypatch.setattr(
            deploy_module,
            "plan",
            lambda _: deploy_module.Plan(objects=[], history=fake.revisions, changes=changes, found=Preflight()),
        )
        target, current = fake.revisions[0], fake.revisions[-1]
        monkeypatch.setattr(
            rollback_module, "plan", lambda *_: rollback_module.Plan(current=current, target=target, changes=changes)
        )
        return run, fake

    return made
