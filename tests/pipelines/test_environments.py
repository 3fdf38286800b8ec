"""An environment's file is all it takes: its job, its approval and its place in the order follow."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.model import load_project
from quantacirc_cdk.pipelines import cluster_access, deployment_access, platforms
from support.pipelines.github import read_github
from support.pipelines.gitlab import read_gitlab
from support.pipelines.jenkins import read_jenkins, stages
from support.pipelines.jobs import ReadJob
from support.project import Project
from support.tools import ROOT, require
from support.unseen import unseen_project

pytestmark = pytest.mark.slow

Write = Callable[[Path], Path]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of this project's model."""
    shutil.copytree(ROOT / "apps", tmp_path / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def read_all(out: Path) -> list[list[ReadJob]]:
    return [read_github(out / "github"), read_gitlab(out / "gitlab"), read_jenkins(out / "jenkins" / "Jenkinsfile")]


def deployments(jobs: list[ReadJob]) -> dict[str, ReadJob]:
    return {job.environment: job for job in jobs if job.environment}


def test_releases_go_from_environment_to_environment(github: list[ReadJob]) -> None:
    found = deployments(github)
    assert {name: sorted(job.waits_for) for name, job in found.items()} == {
        "dev": ["release-images"],
        "staging": ["deploy-dev"],
        "prod": ["deploy-staging"],
    }
    assert {name: job.approval for name, job in found.items()} == {"dev": False, "staging": False, "prod": True}


def test_a_new_file_gives_a_job_with_an_approval_and_nothing_else_changes(copy: Path, write: Write) -> None:
    before = read_all(write(copy))
    text = (ROOT / "apps" / "environments" / "prod.yaml").read_text()
    number = {
        "333333333333": "444444444444",
        "33333333-3333-4333-8333-333333333333": "44444444-4444-4444-8444-444444444444",
    }
    for old, new in (number | {"quantacirc-prod": "quantacirc-asia", "quantacircprod": "quantacircasia"}).items():
        text = text.replace(old, new)
    text = text.replace("approval: true\n", "").replace("domain: quantacirc", "domain: asia.quantacirc")
    (copy / "apps" / "environments" / "asia.yaml").write_text(text.replace("10.30.", "10.40."))
    for old, new in zip(before, read_all(write(copy)), strict=True):
        added = [job for job in new if job.name not in {job.name for job in old}]
        assert [job.name for job in added] == ["deploy-asia"]
        assert added[0].approval
        assert added[0].environment == "asia"
        assert "deploy-staging" in added[0].waits_for
        assert added[0].fixed["SOURCE"] == "staging"
        kept = {job.name: job.scripts for job in new}
        assert all(kept[job.name] == job.scripts for job in old)


def test_an_approval_is_waived_for_one_environment_and_never_inherited(
    project: Callable[[], Project], write: Write
) -> None:
    made = project()
    made.replace_in_environment("home", "target: local", "target: local\napproval: false")
    made.write_environment("street", "extends: home\ndomain: street.example\nshares: [home]\n")
    found = deployments(read_github(write(made.root) / "github"))
    assert {name: job.approval for name, job in found.items()} == {"home": False, "street": True}
    assert found["street"].waits_for == {"deploy-home"}


def test_what_people_deploy_by_hand_has_no_job(project: Callable[[], Project], write: Write) -> None:
    made = project()
    made.replace_in_environment("home", "target: local", "target: local\ndelivery: manual")
    made.write_environment("street", "extends: home\ndomain: street.example\ndelivery: helm\nshares: [home]\n")
    found = deployments(read_github(write(made.root) / "github"))
    assert found.keys() == {"street"}
    assert found["street"].waits_for == {"release-images"}


def test_an_environment_may_extend_one_that_people_deploy_by_hand(copy: Path, write: Write) -> None:
    """Its job counts the deployments before it, not the files."""
    trial = "extends: local\ndelivery: argocd\ndomain: trial.quantacirc.example\ncluster: { context: trial }\n"
    (copy / "apps" / "environments" / "trial.yaml").write_text(trial)
    for jobs in read_all(write(copy)):
        found = deployments(jobs)
        assert list(found) == ["dev", "staging", "trial", "prod"]
        assert "deploy-dev" in found["trial"].waits_for


def test_argo_cd_gets_a_commit_where_helm_gets_a_deployment(github: list[ReadJob]) -> None:
    labels = {name: [script.label for script in job.scripts] for name, job in deployments(github).items()}
    assert labels["dev"][-3:] == ["Commit the release for Argo CD", "Wait until the cluster has it", "Check health"]
    assert labels["prod"][-3:] == ["Deploy", "Check health", "Record the release"]
    ends = {name: [script.label for script in job.cleanup] for name, job in deployments(github).items()}
    end = "Remove the kubeconfig"
    assert (ends["dev"], ends["prod"]) == ([end], [end, "Log out of the registry"])


@pytest.mark.parametrize(
    ("target", "command", "variables"),
    [
        ("aws", "aws eks update-kubeconfig", {"AWS_ROLE_ARN"}),
        ("gcp", "gcloud container clusters get-credentials", {"GCP_IDENTITY_PROVIDER", "GCP_SERVICE_ACCOUNT"}),
        ("azure", "az aks get-credentials", {"AZURE_CLIENT_ID", "AZURE_TENANT_ID"}),
    ],
)
def test_each_cloud_is_reached_with_a_token(
    target: str, command: str, variables: set[str], tmp_path: Path, write: Write
) -> None:
    made = unseen_project(tmp_path)
    made.replace_in_environment("north", "target: aws", f"target: {target}")
    job = deployments(read_github(write(made.root) / "github"))["north"]
    [reach] = [script.text for script in job.scripts if script.label == "Connect to the cluster"]
    assert command in reach
    assert job.asked == variables
    assert any(name.endswith("_TOKEN_FILE") for name in job.tokens)
    assert job.fixed["CLUSTER"] == "plant-north"


CLIENT = """\
#!/usr/bin/env bash
set -euo pipefail
case "${0##*/} $*" in
gcloud\\ auth*) mkdir "$CLOUDSDK_CONFIG" && touch "$CLOUDSDK_CONFIG/login" ;;
az\\ login*) mkdir "$AZURE_CONFIG_DIR" && touch "$AZURE_CONFIG_DIR/login" ;;
esac
case "${0##*/} $*" in
gcloud\\ container*) context=gke_${GCP_PROJECT}_${GCP_REGION}_$CLUSTER ;;
aws\\ eks* | az\\ aks*) context=$CONTEXT ;;
*) exit 0 ;;
esac
kubectl config set-cluster "$CLUSTER" --server=https://cluster.example
kubectl config set-context "$context" --cluster="$CLUSTER"
kubectl config use-context "$context"
"""


@pytest.mark.parametrize("target", ["aws", "gcp", "azure", "local"])
def test_each_job_on_a_runner_that_keeps_its_files_has_a_separate_kubeconfig(target: str, tmp_path: Path) -> None:
    project = load_project(ROOT)
    prod = project.environments["prod"]
    local = {"cloud": None} if target == "local" else {}
    access = cluster_access(project.system, prod.model_copy(update={"target": target, **local}))
    for name in ("aws", "az", "gcloud", "gke-gcloud-auth-plugin", "kubelogin"):
        (tmp_path / name).write_text(CLIENT)
        (tmp_path / name).chmod(0o755)
    kubectl = require("kubectl")
    shared = tmp_path / ".kube" / "config"
    shared.parent.mkdir()
    for arguments in (
        ["set-cluster", "c", "--server=https://c.example"],
        ["set-context", "shop", "--cluster=c"],
        ["set-context", "another", "--cluster=c"],
        ["use-context", "another"],
    ):
        subprocess.run([kubectl, "config", *arguments, f"--kubeconfig={shared}"], check=True, capture_output=True)
    before = shared.read_text()
    folder = {"gcp": "CLOUDSDK_CONFIG", "azure": "AZURE_CONFIG_DIR"}.get(target)
    assert access.files.keys() == {"KUBECONFIG", *filter(None, [folder])}
    own = tmp_path / "workspace" / access.files["KUBECONFIG"]
    own.parent.mkdir(parents=True)
    environment = {
        **access.environment,
        **dict.fromkeys((*access.variables, *access.identity_tokens), "/dev/null"),
        "CONTEXT": "shop",
        "HOME": str(tmp_path),
        **{name: str(tmp_path / "workspace" / path) for name, path in access.files.items()},
        "PATH": f"{tmp_path}:{Path(kubectl).parent}:{os.environ['PATH']}",
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            command, env=environment, cwd=own.parent.parent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    for _ in range(2):  # The second run finds what a job that was stopped has left.
        run("bash", "-euo", "pipefail", "-c", access.steps[0].run)
        assert run("kubectl", "config", "get-contexts", "--output=name") == "shop"
        assert run("kubectl", "config", "current-context") == "shop"
        if folder:
            assert sorted(path.name for path in Path(environment[folder]).iterdir()) == ["login"]
            Path(environment[folder], "stale").touch()
    for step in access.cleanup:
        run("bash", "-euo", "pipefail", "-c", step.run)
    assert list(own.parent.iterdir()) == []
    assert shared.read_text() == before


@pytest.mark.parametrize(("target", "program"), [("gcp", "gke-gcloud-auth-plugin"), ("azure", "kubelogin")])
def test_a_runner_without_the_program_of_a_kubeconfig_says_what_to_install(
    target: str, program: str, tmp_path: Path
) -> None:
    project = load_project(ROOT)
    access = cluster_access(project.system, project.environments["prod"].model_copy(update={"target": target}))
    for name in ("mkdir", "rm"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    environment = {"PATH": str(tmp_path), "KUBECONFIG": str(tmp_path / "kubeconfig")}
    command = ["/bin/bash", "-euo", "pipefail", "-c", access.steps[0].run]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {program} is not on the PATH of the runner")
    assert ", or run: " in line


def test_jobs_side_by_side_have_a_login_to_a_registry_each(written: Path, tmp_path: Path) -> None:
    for jobs in read_all(written):
        logins = [(job, script) for job in jobs for script in job.scripts if script.label == "Log in to the registry"]
        names = {"release-images", "release-chart", "deploy-staging", "deploy-prod"}
        assert {job.name for job, _ in logins} == names
        for job, script in logins:
            assert job.fixed["DOCKER_CONFIG"].endswith("/build/docker")
            # What a job left that was killed.
            config = tmp_path / job.fixed["DOCKER_CONFIG"].replace("<workspace>/", "") / "config.json"
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text("old\n")
            (tmp_path / "token").touch()
            (tmp_path / "docker").write_text('#!/bin/sh\necho "$1" >>"$DOCKER_CONFIG/config.json"\n')
            (tmp_path / "docker").chmod(0o755)
            environment = {
                "PATH": f"{tmp_path}:/usr/bin:/bin",
                "DOCKER_CONFIG": str(config.parent),
                "REGISTRY_HOST": "x",
                "REGISTRY_USER": "x",
                "REGISTRY_TOKEN_FILE": "token",
            }
            run = partial(subprocess.run, cwd=tmp_path, env=environment, check=True)
            run(["bash", "-euo", "pipefail", "-c", script.text])
            assert config.read_text() == "login\n"
            (end,) = [script.text for script in job.cleanup if script.label == "Log out of the registry"]
            run(["bash", "-euo", "pipefail", "-c", end])
            assert not config.exists()


def test_a_failed_rollback_leaves_no_kubeconfig(written: Path, tmp_path: Path) -> None:
    """GitHub runs each step that says so; Groovy and bash show it for the others."""
    ours, theirs, jenkins = ({job.name: job for job in jobs} for jobs in read_all(written))
    labels = ["Remove the kubeconfig", "Log out of the registry"]
    for jobs in (ours, theirs, jenkins):  # The reader of the Jenkinsfile lets the rollback fail.
        assert [script.label for script in jobs["deploy-prod"].cleanup] == labels
        assert not {script.label for script in jobs["deploy-prod"].on_failure} & set(labels)
    data = yaml.safe_load((written / "gitlab" / ".gitlab-ci.yml").read_text())["deploy-prod"]
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rollback.sh").write_text("#!/bin/sh\necho rolled back >&2\nexit 3\n")
    (tmp_path / "scripts" / "rollback.sh").chmod(0o755)
    for status in ("success", "failed", "canceled"):
        config = tmp_path / "kubeconfig"
        config.touch()
        environment = {
            "PATH": "/usr/bin:/bin",
            "KUBECONFIG": str(config),
            "DOCKER_CONFIG": str(tmp_path / "docker"),
            "CI_JOB_STATUS": status,
            "ENVIRONMENT": "prod",
            "REGISTRY_HOST": "registry.example",
        }
        done = subprocess.run(
            ["bash", "-c", "\n".join(data["after_script"])],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == (0 if status == "success" else 3)
        assert ("rolled back" in done.stderr) is (status != "success")
        assert not config.exists()


def test_jenkins_rolls_back_before_it_releases_the_lock(written: Path) -> None:
    found = [stage for group in stages(written / "jenkins" / "Jenkinsfile") for stage in group]
    deploying = [stage for stage in found if stage["name"].startswith("deploy-")]
    assert len(deploying) == 3
    for stage in deploying:
        assert stage["steps"]["undo"]
        assert stage["steps"]["undoLock"] == stage["name"]
        assert "post" not in stage


@pytest.mark.parametrize(
    ("registry", "login"),
    [
        ("444455556666.dkr.ecr.eu-north-1.amazonaws.com/plant", "aws ecr get-login-password"),
        ("europe-north1-docker.pkg.dev/plant/images", "gcloud auth print-access-token"),
        ("plantimages.azurecr.io", "az acr login"),
        ("registry.plant.example/plant", "docker login"),
    ],
)
def test_each_registry_is_logged_in_to_its_own_way(registry: str, login: str, tmp_path: Path, write: Write) -> None:
    made = unseen_project(tmp_path)
    made.replace_in_environment("north", "registry: registry.plant.example/plant", f"registry: {registry}")
    jobs = {job.name: job for job in read_github(write(made.root) / "github")}
    [found] = [script for script in jobs["release-images"].scripts if script.label == "Log in to the registry"]
    assert login in found.text
    assert jobs["release-images"].fixed["REGISTRY"] == registry


def test_the_branch_that_is_deployed_comes_from_the_model(tmp_path: Path, write: Write) -> None:
    out = write(unseen_project(tmp_path).root)
    assert "      - trunk\n" in (out / "github" / ".github" / "workflows" / "cd.yml").read_text()
    assert "branch 'trunk'" in (out / "jenkins" / "Jenkinsfile").read_text()


@pytest.mark.parametrize(
    ("registry", "login"),
    [
        ("registry.example/team", 'docker login "$REGISTRY_HOST"'),
        ("333333333333.dkr.ecr.eu-west-1.amazonaws.com/team", 'aws ecr get-login-password --region "$REGISTRY_REGION"'),
        ("europe-docker.pkg.dev/project/team", "gcloud auth print-access-token"),
        ("team.azurecr.io", "az acr login"),
    ],
)
@pytest.mark.parametrize("target", ["aws", "gcp", "azure"])
def test_a_job_that_verifies_images_logs_in_to_their_registry_from_each_cloud(
    registry: str, login: str, target: str
) -> None:
    project = load_project(ROOT)
    prod = project.environments["prod"]
    there = prod.model_copy(update={"registry": registry, "target": target})
    access, cluster = deployment_access(project.system, there), cluster_access(project.system, there)
    assert access.tools == ("cosign",)
    assert login in access.steps[-1].run
    assert access.steps[:-1] == cluster.steps
    assert access.environment.items() >= cluster.environment.items()
    assert access.identity_tokens.items() >= cluster.identity_tokens.items()
    assert set(access.steps[-1].proves) <= access.identity_tokens.keys()
    assert len(set(access.variables)) == len(access.variables)


def test_a_job_that_verifies_nothing_needs_no_registry() -> None:
    project = load_project(ROOT)
    prod = project.environments["prod"]
    unsigned = prod.model_copy(update={"release": prod.release.model_copy(update={"signature": None})})
    assert deployment_access(project.system, unsigned) == cluster_access(project.system, unsigned)


def test_images_are_built_for_the_architectures_of_all_node_pools(copy: Path, write: Write) -> None:
    assert platforms(load_project(copy)) == ("linux/amd64",)
    prod = copy / "apps" / "environments" / "prod.yaml"
    pool = "    batch: { cpu: 8, memory: 32Gi, min_nodes: 0, max_nodes: 4, architecture: arm64 }\n"
    prod.write_text(prod.read_text().replace("  node_pools:\n", f"  node_pools:\n{pool}"))
    out = write(copy)
    for jobs in read_all(out):
        (build,) = [job for job in jobs if job.name == "release-images"]
        assert build.fixed["PLATFORMS"] == "linux/amd64,linux/arm64"
    workflow = (out / "github" / ".github" / "workflows" / "cd.yml").read_text()
    assert "docker/setup-qemu-action@" in workflow
    assert "docker/setup-qemu-action@" not in (ROOT / ".github" / "workflows" / "cd.yml").read_text()
