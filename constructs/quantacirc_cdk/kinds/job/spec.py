"""Sections of the model for a job."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.model.component import Finding, Program, ProgramSettings, Settings, Tier
from quantacirc_cdk.model.needs.needs import JobNeeds, Needs
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Cron, Name

_CRON_JOB = 52
"""https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/: the name of each run has a suffix of eleven
characters.
"""
_SUNDAYS = "0 5 * * 0"
"""Default schedule of restore rehearsals."""
_NOT_FOR_BACKUPS = frozenset(
    {"api_access", "api_token", "consumes", "delivery", "publishes", *Needs.model_fields, *JobNeeds.model_fields}
)
"""Keys that have no effect on a job with `backs_up`, which runs this library's program."""


class JobSettings(ProgramSettings, JobNeeds):
    """Settings of a job in an environment."""


class Job(Program, JobNeeds):
    """Runs to completion: on a schedule, or when you start it from a template."""

    settings: ClassVar[type[Settings]] = JobSettings
    role: ClassVar[str] = "task"
    imports: ClassVar[str] = "CronJob"
    tier: ClassVar[Tier] = "tasks"
    always_runs: ClassVar[bool] = False
    unused: ClassVar[frozenset[str]] = frozenset(
        {
            "autoscaling", "contract", "metrics", "ports", "probes", "routes", "service", "share_processes",
            "side_cars", "update", "workload",
        }
    )  # fmt: skip
    shape: ClassVar[tuple[str, str]] = ("{{", "}}")

    kind: Literal["job"]
    """Runs to completion."""
    schedule: Cron | None = None
    """Cron schedule, in UTC; a job without a schedule is a template that you start yourself."""
    backs_up: Name | None = None
    """Store that this job backs up to an object store; the job must reach both. Its image needs a shell
    and `rclone`, such as `rclone/rclone`. A database is dumped in its own image, a bus in that of `stream_tool`."""
    rehearsal: Cron | Literal["never"] | None = None
    """Cron schedule, in UTC, of a job that loads the newest backup beside the store, a database's into a scratch
    database and a bus's into a scratch account, and deletes it again; Sundays at 05:00 by default. `never` creates no
    such job."""

    @property
    def makes_backups(self) -> bool:
        """Whether it backs up a store."""
        return self.backs_up is not None

    def rehearsal_schedule(self, system: System) -> str | None:
        """Return the schedule of restore rehearsals; None without rehearsals."""
        if self.backs_up is None or self.rehearsal == "never" or not system.components[self.backs_up].rehearses:
            return None
        return self.rehearsal or _SUNDAYS

    @property
    def unused_keys(self) -> frozenset[str]:
        """Return the keys that have no effect on it: a backup has a fixed program."""
        return self.unused | _NOT_FOR_BACKUPS if self.makes_backups else self.unused

    @property
    def on_laptop(self) -> bool:
        """Whether Compose includes it; backups run only in clusters."""
        return not self.makes_backups

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of a CronJob's name, less the suffix of its restore job."""
        if self.backs_up:
            return _CRON_JOB - len("-restore"), "a CronJob with a restore job"
        return _CRON_JOB, "a CronJob"

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield the problems of a backup: its store, its target, its schedule."""
        yield from super().problems(system, name)
        if self.shared_by_one_node and (self.parallelism or 1) > 1:
            volume = self.shared_by_one_node[0]
            what = f'{self.parallelism} pods share the volume "{volume}", which only one node can mount'
            yield ("parallelism",), what, "1, or `access: ReadWriteMany` of the volume"
        if self.rehearsal is not None and not (self.backs_up and _rehearses(system, self.backs_up)):
            yield (
                ("rehearsal",),
                "a rehearsal on a job that does not back up a database or a bus",
                "none, or `backs_up: STORE`",
            )
        if self.backs_up is None:
            return
        for key in sorted(self.model_fields_set & _NOT_FOR_BACKUPS - self.unused):
            what = f"`{key}` on a job that backs up, where it has no effect"
            yield (key,), what, "none, or a job without `backs_up`"
        place, parts = ("backs_up",), system.components
        stores = {other: part for other, part in parts.items() if part.dumps}
        if self.backs_up not in stores:
            yield place, f'no store "{self.backs_up}" that can be backed up', nearest(self.backs_up, stores)
        else:
            yield from ((place, what, expected) for what, expected in stores[self.backs_up].dump_problems(system))
        if not self.schedule:
            yield place, "a backup by a job without a schedule", "a job with a schedule"
        if self.backs_up not in self.reaches:
            yield place, f"a backup that does not reach {self.backs_up}", f"{self.backs_up} under `reaches`"
        targets = [other for other, part in parts.items() if part.keeps_objects]
        if not set(targets) & set(self.reaches):
            what = f"a backup that does not reach {' or '.join(targets) or 'an object store'}"
            yield place, what, "the object store of the backups under `reaches`"


def _rehearses(system: System, store: str) -> bool:
    return store in system.components and system.components[store].rehearses


KIND = Job
