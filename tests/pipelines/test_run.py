"""The pipelines run: every job's commands, in a clean clone, on the real Git; and each stage is made to fail."""

import re
from functools import partial
from pathlib import Path

import pytest

from support.pipelines.harness import Server, git
from support.pipelines.jobs import ReadJob

pytestmark = pytest.mark.slow

Jobs = list[ReadJob]
CHECKS = ("lint", "output", "chart", "infrastructure", "policy", "images", "system", "tests (3.11)", "tests (3.14)")
RELEASE = ("release-images", "deploy-dev", "deploy-staging", "deploy-prod")
CHART = "release-chart"
UNDO = "rollback.sh {} --undo-file build/undo"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.fixture(params=["github", "gitlab", "jenkins"])
def dialect(request: pytest.FixtureRequest) -> tuple[str, Jobs]:
    jobs: Jobs = request.getfixturevalue(request.param)
    return request.param, jobs


@pytest.fixture
def cd(github: Jobs) -> Jobs:
    return [job for job in github if job.name in RELEASE]


def test_a_merged_change_is_released_to_every_environment(
    server: Server, dialect: tuple[str, Jobs], github: Jobs
) -> None:
    name, jobs = dialect
    asked = {variable for job in github for variable in job.asked}
    results = server.run(jobs, asked=asked, one_shell=name == "gitlab")
    assert results == dict.fromkeys((*CHECKS, *RELEASE, CHART), "success"), server.output
    assert server.log()[-3:] == [
        f"Release {git(server.origin, 'rev-parse', '--short', 'main~3').strip()} to dev",
        "Promote 0.1.0 from dev to staging",
        "Promote 0.1.0 from staging to prod",
    ]
    assert len(server.digests("dev")) == 3
    assert server.digests("dev") == server.digests("staging") == server.digests("prod")
    assert server.called("deploy-prod", "deploy.sh") == ["deploy.sh prod --undo-file build/undo"]
    assert server.called("deploy-dev", "deploy.sh") == []
    assert server.called(program="rollback.sh") == []


def test_an_approval_is_for_the_release_that_its_run_has_deployed(
    server: Server, dialect: tuple[str, Jobs], github: Jobs
) -> None:
    name, every = dialect
    jobs = [job for job in every if job.name in RELEASE]
    run = partial(
        server.run,
        asked={variable for job in github for variable in job.asked},
        one_shell=name == "gitlab",
        commit=server.branch(),
    )
    (last,) = [job for job in jobs if job.name == "deploy-prod"]
    assert run(jobs, approved=(), number=1)["deploy-prod"] == "waiting", server.output
    first = server.digests("staging")
    # The same commit again, with images of another build, which nobody has approved for prod.
    assert run(jobs, approved=(), release="2", number=2)["deploy-prod"] == "waiting"
    assert server.digests("staging") != first
    assert run([last], number=1) == {"deploy-prod": "failed"}
    assert "another run has changed the release of staging since this run deployed it" in server.output
    assert server.called("deploy-prod", "deploy.sh") == []
    assert run([last], number=2) == {"deploy-prod": "success"}, server.output
    assert server.digests("prod") == server.digests("staging")


def test_a_release_is_a_commit_that_starts_no_pipeline(server: Server, cd: Jobs) -> None:
    server.run(cd)
    body = git(server.origin, "show", "--no-patch", "--format=%B%n%an", "main")
    assert "Released-by: pipeline\n[skip ci]\n" in body
    assert "Restarts planck-forge," in body
    assert "The health of staging was not checked: the job deploy-staging found it healthy\n" in body
    changed = git(server.origin, "show", "--format=", "--name-only", "main").split()
    assert changed == ["apps/environments/prod.yaml"]


def test_every_image_is_signed_by_its_digest(server: Server, cd: Jobs) -> None:
    server.run(cd)
    signed = server.called("release-images", "cosign sign")
    images = [
        re.findall(r"registry\.quantacirc\.example/quantacirc/(\w+)@sha256:[0-9a-f]{64}$", call) for call in signed
    ]
    assert images == [["agents"], ["cli"], ["monitoring"], ["base"]]
    attested = server.called("release-images", "cosign attest")
    bills = [call for call in attested if "--type cyclonedx" in call]
    assert [call.split()[-1] for call in bills] == [call.split()[-1] for call in signed]
    assert [re.findall(r"--predicate build/sbom/(\w+)\.cdx\.json", call) for call in bills] == images
    origins = [call for call in attested if "--type slsaprovenance1 --predicate build/provenance.json" in call]
    assert [call.split()[-1] for call in origins] == [call.split()[-1] for call in signed]
    assert len(attested) == len(bills) + len(origins)


def test_the_chart_is_released_as_a_version_of_the_commit_and_signed_by_its_digest(
    server: Server, github: Jobs
) -> None:
    assert server.run([job for job in github if job.name == CHART]) == {CHART: "success"}, server.output
    (pushed,) = server.called(CHART, "helm push")
    assert re.fullmatch(
        r"helm push build/chart/quantacirc-0\.1\.0\+[0-9a-f]{12}\.tgz oci://registry\.quantacirc\.example/quantacirc/charts",
        pushed,
    )
    digest = r"registry\.quantacirc\.example/quantacirc/charts/quantacirc@sha256:[0-9a-f]{64}"
    (signed,) = server.called(CHART, "cosign sign")
    (attested,) = server.called(CHART, "cosign attest")
    assert re.search(rf"{digest}$", signed)
    assert re.search(rf"--type slsaprovenance1 --predicate build/chart\.predicate\.json {digest}$", attested)


def test_a_chart_that_cannot_be_pushed_is_not_signed(server: Server, github: Jobs) -> None:
    jobs = [job for job in github if job.name == CHART]
    assert server.run(jobs, fail=rf"^{CHART} \| helm push") == {CHART: "failed"}
    assert server.called(CHART, "cosign") == []


def test_nobody_sees_the_token_in_an_argument(server: Server, cd: Jobs) -> None:
    server.run(cd)
    assert "a-token" not in server.calls.read_text()
    assert "a-token" not in server.output


@pytest.mark.parametrize(
    ("fail", "failed", "skipped"),
    [
        (r"^lint \| make check", "lint", RELEASE),
        (r"^tests \(3.14\) \| make check", "tests (3.14)", RELEASE),
        (r"^release-images \| build.sh .*--push", "release-images", RELEASE[1:]),
        (r"^release-images \| cosign sign", "release-images", RELEASE[1:]),
        (r"^deploy-dev \| make synth", "deploy-dev", RELEASE[2:]),
        (r"^deploy-staging \| aws", "deploy-staging", RELEASE[3:]),
        (r"^deploy-staging \| deploy.sh", "deploy-staging", RELEASE[3:]),
        (r"^deploy-prod \| deploy.sh", "deploy-prod", ()),
    ],
)
def test_what_comes_after_a_failure_does_not_run(
    server: Server, github: Jobs, fail: str, failed: str, skipped: tuple[str, ...]
) -> None:
    results = server.run([job for job in github if job.name in (*RELEASE, failed)], fail=fail)
    assert results[failed] == "failed", server.output
    assert {name for name, result in results.items() if result == "skipped"} == set(skipped)
    assert not {name for name in skipped if server.called(name)}
    undone = [call for call in server.called(program="rollback.sh") if "--undo-file" not in call]
    assert undone == []  # what deploy.sh has taken back itself, its file does not name


def test_an_unhealthy_release_by_helm_is_rolled_back_and_not_recorded(server: Server, cd: Jobs) -> None:
    server.run(cd, release="1")
    good = server.digests("prod")
    results = server.run(cd, release="2", fail=r"^deploy-staging \| health-check.sh")
    assert results == {
        "release-images": "success",
        "deploy-dev": "success",
        "deploy-staging": "failed",
        "deploy-prod": "skipped",
    }
    assert server.called("deploy-staging")[-3:] == [
        "health-check.sh staging --timeout 10m",
        UNDO.format("staging"),
        "docker logout registry.quantacirc.example",
    ]
    assert server.digests("staging") == server.digests("prod") == good
    assert server.digests("dev") != good


def test_an_unhealthy_release_by_argo_cd_is_taken_back_by_a_commit(server: Server, cd: Jobs) -> None:
    server.run(cd, release="1")
    good = server.digests("dev")
    results = server.run(cd, release="2", fail=r"^deploy-dev \| health-check.sh")
    assert results["deploy-dev"] == "failed"
    assert server.log()[-1] == "Take back the release to dev: it was not healthy"
    assert server.digests("dev") == good
    assert {results[name] for name in RELEASE[2:]} == {"skipped"}
    # The next change is released: what took the release back does not count as one that nobody tested.
    server.merge("The mend")
    assert set(server.run(cd, release="3").values()) == {"success"}, server.output


def test_prod_waits_for_somebody(server: Server, cd: Jobs) -> None:
    results = server.run(cd, approved=())
    assert results["deploy-prod"] == "waiting"
    assert server.called("deploy-prod") == []
    assert server.digests("prod") == set()
    assert len(server.digests("staging")) == 3


def test_a_late_approval_does_not_deploy_over_a_newer_change(server: Server, cd: Jobs) -> None:
    server.run(cd, approved=())
    tested = server.branch()
    server.merge("Newer", {"apps/workloads.py": "raise SystemExit('nothing has tested this')\n"})
    late = [job for job in cd if job.name == "deploy-prod"]
    assert server.run(late, commit=tested) == {"deploy-prod": "failed"}
    assert "main has moved on to" in server.output
    assert server.called("deploy-prod", "deploy.sh") == []


def test_an_approval_is_good_after_a_change_that_touches_nothing_of_the_release(server: Server, cd: Jobs) -> None:
    server.run(cd, approved=())
    tested = server.branch()
    server.merge("Explain it", {"docs/more.md": "More.\n"})
    late = [job for job in cd if job.name == "deploy-prod"]
    assert server.run(late, commit=tested) == {"deploy-prod": "success"}, server.output
    assert server.log()[-2:] == ["Explain it", "Promote 0.1.0 from staging to prod"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"constructs/quantacirc_cdk/new.py": "raise SystemExit\n"}, "main has moved on to"),
        ({"apps/workloads.py": "raise SystemExit\n"}, "main has moved on to"),
        ({"dist/operations/mine.env": "MINE=1\n"}, "dist/operations/mine.env is not what the sources give"),
        (
            {"dist/cicd/github/.github/workflows/cd": "the beginning of a name\n"},
            "dist/cicd/github/.github/workflows/cd is not what the sources give",
        ),
    ],
)
def test_the_line_of_a_release_excuses_nothing_but_a_release(
    server: Server, cd: Jobs, files: dict[str, str], why: str
) -> None:
    server.run(cd, approved=())
    tested = server.branch()
    server.merge("Release 1 to dev\n\nReleased-by: pipeline", files)
    late = [job for job in cd if job.name == "deploy-prod"]
    assert server.run(late, commit=tested) == {"deploy-prod": "failed"}
    assert why in server.output
    assert server.called("deploy-prod", "deploy.sh") == []


def test_a_merge_while_a_release_is_recorded_does_not_lose_the_record(server: Server, cd: Jobs) -> None:
    server.run([job for job in cd if job.name != "deploy-prod"])
    server.merge_at_next_push("Meanwhile", {"docs/more.md": "More.\n"})
    assert server.run([job for job in cd if job.name == "deploy-prod"]) == {"deploy-prod": "success"}, server.output
    assert server.log()[-2:] == ["Meanwhile", "Promote 0.1.0 from staging to prod"]
    assert server.digests("prod") == server.digests("staging")
    assert server.called(program="rollback.sh") == []


def test_a_release_that_cannot_be_recorded_is_rolled_back(server: Server, cd: Jobs) -> None:
    hook = server.origin / "hooks" / "pre-receive"
    server.run([job for job in cd if job.name != "deploy-prod"])
    hook.write_text("#!/bin/sh\necho refused >&2\nexit 1\n")
    hook.chmod(0o755)
    assert server.run([job for job in cd if job.name == "deploy-prod"]) == {"deploy-prod": "failed"}
    assert "if the branch is protected, see docs/pipelines.md" in server.output
    assert UNDO.format("prod") in server.called("deploy-prod")
    assert server.digests("prod") == set()


def test_argo_cd_that_does_not_apply_the_release_fails_the_job(server: Server, cd: Jobs) -> None:
    slow = [job for job in cd if job.name in RELEASE[:2]]
    results = server.run(slow, fail=r"^deploy-dev \| kubectl .* diff")
    assert results["deploy-dev"] == "failed"
    assert "Argo CD has not applied the release in time" in server.output
    assert len(server.called("deploy-dev", "kubectl")) > 2
    assert server.log()[-1].startswith("Take back the release to dev")


def test_a_pull_request_gets_its_difference_told(server: Server, github: Jobs, tmp_path: Path) -> None:
    jobs = [job for job in github if job.name in ("difference", "comment")]
    results = server.run(jobs, condition=("always", "pull-request"))
    assert results["difference"] == "success", server.output
    assert [job.name for job in jobs if job.takes] == ["comment"]
    assert (tmp_path / "artifacts-0" / "build" / "difference.md").is_file()


def test_checks_are_for_pull_requests_too_and_releases_are_not(github: Jobs) -> None:
    by_condition: dict[str, set[str]] = {}
    for job in github:
        by_condition.setdefault(job.condition, set()).add(job.name)
    assert by_condition == {
        "always": set(CHECKS),
        "pull-request": {"difference", "comment"},
        "default-branch": {*RELEASE, CHART},
        "schedule": {"waivers", "refresh-base"},
    }


def test_a_schedule_runs_the_jobs_that_look_at_dates_and_at_the_base_image_and_nothing_else(
    server: Server, dialect: tuple[str, Jobs]
) -> None:
    _, jobs = dialect
    results = server.run(jobs, condition=("schedule",))
    assert results == {"waivers": "success", "refresh-base": "success"}, server.output
    assert server.called("waivers", "make") == ["make waivers"]
    assert server.run(jobs, condition=("schedule",), fail="make waivers")["waivers"] == "failed"


def test_images_with_a_known_vulnerability_are_neither_pushed_nor_deployed(server: Server, cd: Jobs) -> None:
    results = server.run(cd, fail=r"^release-images \| python tools/scan.py build/sbom")
    assert results["release-images"] == "failed", server.output
    assert [call for call in server.called("release-images", "build.sh") if "--push" in call] == []
    assert server.called("deploy-dev") == []


def test_images_are_built_for_the_nodes_of_every_environment(server: Server, cd: Jobs) -> None:
    server.run(cd)
    builds = server.called("release-images", "build.sh")
    assert len(builds) == 2
    assert all("--platform linux/amd64 " in call for call in builds)


def test_a_newer_base_image_is_proposed_once(server: Server, dialect: tuple[str, Jobs]) -> None:
    name, jobs = dialect
    git(server.origin, "config", "receive.advertisePushOptions", "true")
    hook = server.origin / "hooks" / "post-receive"
    hook.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$GIT_PUSH_OPTION_0" "$GIT_PUSH_OPTION_1" "$GIT_PUSH_OPTION_2" >options\n'
    )
    hook.chmod(0o755)
    weekly = [job for job in jobs if job.name == "refresh-base"]
    settings = {"GITLAB_CI": "true"} if name == "gitlab" else {}
    for _ in range(2):
        results = server.run(weekly, condition=["schedule"], one_shell=name == "gitlab", settings=settings)
        assert results == {"refresh-base": "success"}, server.output
    (branch,) = git(server.origin, "for-each-ref", "--format=%(refname:short)", "refs/heads/refresh-base-*").split()
    assert git(server.origin, "show", "--format=%s", "--name-only", branch).split("\n") == [
        "Start the images from the base image of today",
        "",
        "docker/Dockerfile.base",
        "",
    ]
    title = "Start the images from the base image of today"
    if name == "gitlab":
        options = (server.origin / "options").read_text().splitlines()
        assert options == ["merge_request.create", "merge_request.target=main", f"merge_request.title={title}"]
    else:
        (opened,) = server.called("refresh-base", "gh")
        assert opened.startswith(f"gh pr create --base main --head {branch} --title {title}")
