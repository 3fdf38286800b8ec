"""The matrix of faults: each on each CI system, with what ran, what the cluster holds and what the record says.

``make faults`` prints it. A fault before the deployment runs all jobs, with stand-ins for the scripts; a fault of the
deployment runs the job's own commands with the real scripts, helm and kubectl against a cluster. Jobs are read from the
files of each system: Jenkins' by its Groovy, GitLab's by its rules, GitHub's also by act (``test_act.py``).
"""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cluster.server import Cluster
from support.operations import cosign
from support.operations.bakery import Bakery
from support.pipelines.faults import FAULTS, SYSTEMS, Deployment, Process, kill
from support.pipelines.harness import Server
from support.pipelines.jobs import ReadJob

pytestmark = pytest.mark.slow

RELEASE = ("release-images", "deploy-dev", "deploy-staging", "deploy-prod")
OLD, NEW = "oven:1", "oven:2"
Tell = Callable[[str, str, str], None]
Run = Callable[..., dict[str, str]]


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def jobs(request: pytest.FixtureRequest, system: str) -> list[ReadJob]:
    found: list[ReadJob] = request.getfixturevalue(system)
    return found


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.fixture
def deployment(system: str, jobs: list[ReadJob], tmp_path: Path) -> Iterator[Deployment]:
    """Return a job whose version ``oven:1`` is deployed, and that would deploy ``oven:2``."""
    (job,) = [job for job in jobs if job.name == "deploy-staging"]
    with Cluster().running() as cluster:
        bakery = Bakery(tmp_path, cluster).set_up()
        bakery.scripts()
        bakery.install()
        bakery.values(baker={"image": f"registry.invalid/{NEW}"})
        yield Deployment(system, job, bakery)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Return what writes a cell of the table: what ran, what the cluster holds, what the record says."""

    def record(ran: str, cluster: str, said: str) -> None:
        for name, text in (("ran", ran), ("cluster", cluster), ("record", said)):
            record_property(name, text)

    return record


@pytest.fixture
def run(system: str, jobs: list[ReadJob], server: Server) -> Callable[..., dict[str, str]]:
    """Return what runs the jobs with some names as the system does."""
    asked = {variable for job in jobs for variable in job.asked} | {"REGISTRY_USER", "AWS_ROLE_ARN"}

    def call(*names: str, **options: Any) -> dict[str, str]:
        wanted = [job for job in jobs if job.name in names]
        return server.run(wanted, asked=asked, one_shell=system == "gitlab", **options)

    return call


def told(server: Server, results: dict[str, str], tell: Tell) -> None:
    """Write a cell about jobs whose scripts are stand-ins."""
    ran = ", ".join(f"{name} {result}" for name, result in results.items() if result != "skipped")
    called = [call.split()[1] for call in server.called(program="deploy.sh")]
    recorded = [name for name in ("dev", "staging", "prod") if server.digests(name)]
    tell(
        ran,
        f"deployed to {', '.join(called)}" if called else "as before",
        f"released to {', '.join(recorded) or 'none'}",
    )


def ended(found: Deployment, tell: Tell, ran: str, image: str, *, recorded: bool) -> None:
    """Write a cell about a deployment, and fail where it ended otherwise; the lock is never left."""
    tell(", ".join(found.ran), found.cluster(), "recorded" if recorded else "not recorded")
    assert re.fullmatch(ran, ", ".join(found.ran)), found.output
    assert found.cluster().startswith(f"{image} ("), found.output
    assert "deployed), no lock" in found.cluster(), found.output
    assert found.recorded is recorded


@pytest.mark.fault("test fails")
def test_a_failed_test_releases_nothing(server: Server, run: Run, tell: Tell) -> None:
    results = run("tests (3.14)", *RELEASE, fail=r"^tests \(3.14\) \| make check")
    told(server, results, tell)
    assert results == {"tests (3.14)": "failed", **dict.fromkeys(RELEASE, "skipped")}, server.output
    assert server.digests("dev") == set()


@pytest.mark.fault("build fails")
def test_a_failed_build_deploys_nothing(server: Server, run: Run, tell: Tell) -> None:
    results = run(*RELEASE, fail=r"^release-images \| build.sh .*--push")
    told(server, results, tell)
    assert results == {"release-images": "failed", **dict.fromkeys(RELEASE[1:], "skipped")}, server.output
    assert server.called(program="deploy.sh") == []


@pytest.mark.fault("registry down")
def test_a_registry_that_is_down_stops_the_release(server: Server, run: Run, tell: Tell) -> None:
    results = run(*RELEASE, fail=r"^release-images \| docker login")
    told(server, results, tell)
    assert results == {"release-images": "failed", **dict.fromkeys(RELEASE[1:], "skipped")}, server.output
    assert server.called("release-images", "cosign") == server.called(program="deploy.sh") == []
    assert not any("--push" in call for call in server.called("release-images", "build.sh"))


@pytest.mark.fault("two merges")
def test_a_merge_during_a_release_loses_no_record(server: Server, run: Run, tell: Tell) -> None:
    run(*RELEASE[:-1])
    server.merge_at_next_push("Meanwhile", {"docs/more.md": "More.\n"})
    results = run("deploy-prod")
    told(server, results, tell)
    assert results == {"deploy-prod": "success"}, server.output
    assert server.log()[-2:] == ["Meanwhile", "Promote 0.1.0 from staging to prod"]
    assert server.digests("prod") == server.digests("staging") != set()


@pytest.mark.fault("approval late")
def test_a_late_approval_deploys_nothing_over_a_newer_change(server: Server, run: Run, tell: Tell) -> None:
    run(*RELEASE, approved=())
    tested = server.branch()
    server.merge("Newer", {"apps/workloads.py": "raise SystemExit('nothing has tested this')\n"})
    results = run("deploy-prod", commit=tested)
    told(server, results, tell)
    assert results == {"deploy-prod": "failed"}
    assert "main has moved on to" in server.output
    assert (server.called("deploy-prod", "deploy.sh"), server.digests("prod")) == ([], set())


@pytest.mark.fault("approval refused")
def test_without_an_approval_nothing_of_the_job_runs(server: Server, run: Run, tell: Tell) -> None:
    results = run(*RELEASE, approved=())
    told(server, results, tell)
    assert results == {**dict.fromkeys(RELEASE[:3], "success"), "deploy-prod": "waiting"}, server.output
    assert (server.called("deploy-prod"), server.digests("prod")) == ([], set())


@pytest.mark.fault("health fails")
def test_a_version_that_never_gets_ready_is_taken_back(deployment: Deployment, tell: Tell) -> None:
    deployment.bakery.values(baker={"image": "registry.invalid/broken"})
    deployment.run()
    ended(deployment, tell, "Deploy 1, Roll back 0", OLD, recorded=False)


@pytest.mark.fault("crash after ready")
def test_a_version_that_crashes_after_it_was_ready_is_taken_back(deployment: Deployment, tell: Tell) -> None:
    cluster = deployment.bakery.cluster

    def crash() -> None:
        cluster.slow_down(600)
        for pod in cluster.list("Pod", labels="app.kubernetes.io/name=baker"):
            cluster.store.delete(cluster.kinds["Pod"], "bakery", pod["metadata"]["name"])

    deployment.run(before={"Check health": crash, "Roll back": lambda: cluster.slow_down(0)})
    ended(deployment, tell, "Deploy 0, Check health 1, Roll back 0", OLD, recorded=False)


@pytest.mark.fault("cancelled")
def test_a_cancelled_job_is_taken_back(deployment: Deployment, tell: Tell) -> None:
    bakery = deployment.bakery
    bakery.cluster.slow_down(600)

    def cancel(process: Process) -> None:
        bakery.until(lambda: bakery.image("baker").endswith(NEW))
        bakery.cluster.break_down("PATCH", "hang")
        deployment.cancel(process)
        bakery.cluster.mend()

    deployment.run(before={"Roll back": lambda: bakery.cluster.slow_down(0)}, during={"Deploy": cancel})
    ended(deployment, tell, "Deploy -?[0-9]+, Roll back 0", OLD, recorded=False)


@pytest.mark.fault("timed out")
def test_a_deployment_takes_itself_back_before_the_time_of_its_job_is_over(deployment: Deployment, tell: Tell) -> None:
    cluster = deployment.bakery.cluster
    cluster.slow_down(600)
    assert deployment.job.minutes >= 2 * 10 + 10, "the script, its rollback and the health check end before the job"
    deployment.run(before={"Roll back": lambda: cluster.slow_down(0)})
    ended(deployment, tell, "Deploy [13], Roll back 0", OLD, recorded=False)


@pytest.mark.fault("runner killed")
def test_what_a_killed_runner_leaves_is_repaired_by_the_next_release(deployment: Deployment, tell: Tell) -> None:
    bakery = deployment.bakery
    bakery.cluster.break_down("PATCH .*deployments", "hang")
    asked = len(bakery.cluster.requests)

    def die(process: Process) -> None:
        bakery.until(lambda: any(re.search("PATCH .*deployments", one) for one in bakery.cluster.requests[asked:]))
        kill(process)

    deployment.run(during={"Deploy": die}, runner_lives=False)
    assert (deployment.ran, deployment.recorded) == (["Deploy -9"], False)
    bakery.cluster.mend()
    assert bakery.history()[-1][1].startswith("pending")
    deployment.run()
    ended(deployment, tell, "Deploy -9, Deploy 0, Check health 0", NEW, recorded=True)


@pytest.mark.fault("window closed")
def test_outside_of_a_change_window_nothing_is_sent(deployment: Deployment, tell: Tell) -> None:
    bakery, month = deployment.bakery, (datetime.now(UTC).month + 5) % 12 + 1
    window = f'change_windows: [{{ schedule: "0 12 15 {month} *", hours: 1 }}]\ndomain:'
    bakery.project.replace_in_environment("home", "domain:", window)
    shutil.rmtree(bakery.project.root / "scripts")
    bakery.scripts()
    sent = len(bakery.cluster.changes)
    deployment.run()
    ended(deployment, tell, "Deploy 2, Roll back 0", OLD, recorded=False)
    assert bakery.cluster.changes[sent:] == []
    assert "no change window" in deployment.output


def list_chart(dist: Path) -> None:
    """Write the hashes of the chart's files, as `qcdk synth` does: with a signer, a deployment checks them."""
    files = sorted(path for path in (dist / "helm").rglob("*") if path.is_file())
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(dist).as_posix()}\n" for path in files]
    (dist / ".qcdk.sha256").write_text("".join(lines))


@pytest.mark.fault("signature wrong")
def test_an_image_that_somebody_else_has_signed_is_refused(deployment: Deployment, tell: Tell, tmp_path: Path) -> None:
    bakery, digest = deployment.bakery, f"sha256:{'1' * 64}"
    image = f"registry.invalid/oven@{digest}"
    with (bakery.project.root / "dist" / "operations" / "home.env").open("a") as file:
        file.write(
            "REGISTRY=registry.invalid\nSIGNER_ISSUER=https://token.example\nSIGNER='^https://git\\.example/cd$'\n"
        )
    cosign.install(tmp_path / "bin")
    bakery.environment["COSIGN_SIGNED"] = str(tmp_path / "signed")
    (tmp_path / "signed").write_text(f"{image} https://token.example https://git.example/cd-of-a-stranger\n")
    bakery.values(baker={"image": image}, shop={"image": image}, bus={"image": "nats:2"})
    list_chart(bakery.project.root / "dist")
    sent = len(bakery.cluster.changes)
    deployment.run()
    ended(deployment, tell, "Deploy 2, Roll back 0", OLD, recorded=False)
    assert bakery.cluster.changes[sent:] == []
    assert f"{image}: no signature of" in deployment.output


@pytest.mark.fault("API lost")
def test_an_api_that_is_lost_midway_is_taken_back_when_it_answers_again(deployment: Deployment, tell: Tell) -> None:
    bakery = deployment.bakery
    bakery.cluster.slow_down(600)

    def lose(process: Process) -> None:
        bakery.until(lambda: bakery.image("baker").endswith(NEW))
        bakery.cluster.break_down(".", "close")

    def mend() -> None:
        bakery.cluster.mend()
        bakery.cluster.slow_down(0)

    deployment.run(before={"Roll back": mend}, during={"Deploy": lose})
    ended(deployment, tell, "Deploy [13], Roll back 0", OLD, recorded=False)


def test_every_fault_has_a_test_on_every_system() -> None:
    marks = [mark for one in globals().values() if callable(one) for mark in getattr(one, "pytestmark", [])]
    assert sorted(mark.args[0] for mark in marks if mark.name == "fault") == sorted(FAULTS)
