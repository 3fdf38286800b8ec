"""Authentication of a pipeline to clouds, clusters and registries: short-lived tokens, never keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.pipelines.model import Step, Tool
from quantacirc_cdk.text import shell


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a job needs to access a service."""

    steps: tuple[Step, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Files and folders of the job, which no other job on the runner reads or writes, by their variable."""
    variables: tuple[str, ...] = ()
    """Environment variables that you set in the CI server: names of roles, no secrets."""
    identity_tokens: Mapping[str, str] = field(default_factory=dict)
    """Audience of each identity token, by the variable with the token's file."""
    tools: tuple[Tool, ...] = ()
    again: tuple[Step, ...] = ()
    """Steps that get the access to the cluster again, for what comes late in a job: a session lasts one hour."""
    cleanup: tuple[Step, ...] = ()
    """Steps that end the access, at the end of the job: a runner may serve other jobs after it."""


# A runner may run several jobs at once, and keeps its files: one kubeconfig for all would change under a deployment.
_KUBECONFIG = {"KUBECONFIG": "build/kubeconfig"}
_NEW_KUBECONFIG = """\
mkdir -p "${KUBECONFIG%/*}"
rm -f "$KUBECONFIG"
"""
_NO_KUBECONFIG = (Step(name="Remove the kubeconfig", run='rm -f "$KUBECONFIG"\n'),)
# The login of a cloud is in a folder of its command line, which all jobs of a runner share by default.
_GCP_FOLDER = {"CLOUDSDK_CONFIG": "build/gcloud"}
_AZURE_FOLDER = {"AZURE_CONFIG_DIR": "build/azure"}
_END_OF_LOGIN = 'rm -rf "${folder}"\n'
_LOCAL_CLUSTER = """\
install -m 600 /dev/null "$KUBECONFIG"
kubectl --kubeconfig "${RUNNER_KUBECONFIG:-$HOME/.kube/config}" --context "$CONTEXT" \\
  config view --raw --flatten --minify >"$KUBECONFIG"
"""
_AWS_CLUSTER = 'aws eks update-kubeconfig --name "$CLUSTER" --region "$AWS_REGION" --alias "$CONTEXT"\n'
_GCP_LOGIN = """\
rm -rf "$CLOUDSDK_CONFIG"
gcloud iam workload-identity-pools create-cred-config "$GCP_IDENTITY_PROVIDER" \\
  --service-account="$GCP_SERVICE_ACCOUNT" --credential-source-file="$GCP_TOKEN_FILE" --output-file=build/gcp.json
gcloud auth login --quiet --cred-file=build/gcp.json
"""
_GCP_CLUSTER = """\
gcloud container clusters get-credentials "$CLUSTER" --region "$GCP_REGION" --project "$GCP_PROJECT"
kubectl config rename-context "gke_${GCP_PROJECT}_${GCP_REGION}_$CLUSTER" "$CONTEXT"
"""
_AZURE_LOGIN = """\
rm -rf "$AZURE_CONFIG_DIR"
az login --output none --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID" \\
  --federated-token "$(cat "$AZURE_FEDERATED_TOKEN_FILE")"
"""
_AZURE_CLUSTER = """\
az aks get-credentials --name "$CLUSTER" --resource-group "$CLUSTER" --context "$CONTEXT" --file "$KUBECONFIG"
# It reads the token when it needs one: a login of az lasts one hour.
kubelogin convert-kubeconfig --login workloadidentity --kubeconfig "$KUBECONFIG"
"""
# The login to a registry is in a folder of docker, which cosign and helm read, too.
_DOCKER_FOLDER = {"DOCKER_CONFIG": "build/docker"}
_NEW_LOGIN = """\
mkdir -p "$DOCKER_CONFIG"
rm -f "$DOCKER_CONFIG/config.json"
"""
# The registry must trust the pipeline's issuer; the token is valid for some minutes.
_PLAIN_LOGIN = 'docker login "$REGISTRY_HOST" --username "$REGISTRY_USER" --password-stdin <"$REGISTRY_TOKEN_FILE"\n'
_ECR_LOGIN = """\
aws ecr get-login-password --region "$REGISTRY_REGION" |
  docker login "$REGISTRY_HOST" --username AWS --password-stdin
"""
_ARTIFACT_REGISTRY_LOGIN = """\
gcloud auth print-access-token |
  docker login "$REGISTRY_HOST" --username oauth2accesstoken --password-stdin
"""
_ACR_LOGIN = 'az acr login --name "${REGISTRY_HOST%%.*}"\n'
# A job that has deployed must not fail, and be rolled back, because of its end. A credential helper may hold the login.
_LOGOUT = """\
docker logout "$REGISTRY_HOST" || true
rm -f "$DOCKER_CONFIG/config.json"
"""

_AWS_TOKEN = {"AWS_WEB_IDENTITY_TOKEN_FILE": "sts.amazonaws.com"}  # The AWS command line reads it automatically.
_AZURE_TOKEN = {"AZURE_FEDERATED_TOKEN_FILE": "api://AzureADTokenExchange"}
_GCP_TOKEN = ("GCP_TOKEN_FILE",)
_GCP_VARIABLES = ("GCP_IDENTITY_PROVIDER", "GCP_SERVICE_ACCOUNT")
_AZURE_VARIABLES = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID")


# kubectl calls these programs: without them, the first command that asks the cluster fails and does not say why.
_GKE_PLUGIN = (
    "gke-gcloud-auth-plugin",
    "the package of that name, or run: gcloud components install gke-gcloud-auth-plugin",
)
_AKS_PLUGIN = "kubelogin", "a release of https://github.com/Azure/kubelogin, or run: az aks install-cli"


def _required(program: str, get: str) -> str:
    """Return commands that end with 2 if the runner lacks a program."""
    message = f"error: {program} is not on the PATH of the runner, and kubectl needs it for this cluster: install {get}"
    return f"if ! command -v {program} >/dev/null; then\n  echo {shell.quoted(message)} >&2\n  exit 2\nfi\n"


def _logged_in(access: Access, folder: Mapping[str, str]) -> Access:
    """Return an access whose login to a cloud is in a folder of the job, which is removed at its end."""
    (variable,) = folder
    end = Step(name="Remove the login to the cloud", run=_END_OF_LOGIN.format(folder=variable))
    return replace(access, files={**access.files, **folder}, cleanup=(*access.cleanup, end))


def cluster_access(system: System, environment: Environment) -> Access:
    """Return the access to the environment's kubectl context, in a kubeconfig of this job. For a cluster outside the
    clouds, the runner has the context.
    """
    access = _cluster_access(system, environment)
    connect = replace(access.steps[0], run=_NEW_KUBECONFIG + access.steps[0].run)
    files, cleanup = {**_KUBECONFIG, **access.files}, (*_NO_KUBECONFIG, *access.cleanup)
    again = (replace(connect, name="Connect to the cluster again"),) if access.identity_tokens else ()
    return replace(access, steps=(connect,), files=files, again=again, cleanup=cleanup)


def _cluster_access(system: System, environment: Environment) -> Access:
    cloud = environment.cloud
    if cloud is None:
        return Access(steps=(Step(name="Connect to the cluster", run=_LOCAL_CLUSTER),))
    cluster = {"CLUSTER": contract_of(system, environment).name}
    if environment.target == "aws":
        return Access(
            steps=(Step(name="Connect to the cluster", run=_AWS_CLUSTER, proves=tuple(_AWS_TOKEN)),),
            environment={"AWS_REGION": cloud.region, **cluster},
            variables=("AWS_ROLE_ARN",),
            identity_tokens=_AWS_TOKEN,
        )
    if environment.target == "gcp":
        run = _required(*_GKE_PLUGIN) + _GCP_LOGIN + _GCP_CLUSTER
        access = Access(
            steps=(Step(name="Connect to the cluster", run=run, proves=_GCP_TOKEN),),
            environment={"GCP_PROJECT": cloud.account, "GCP_REGION": cloud.region, **cluster},
            variables=_GCP_VARIABLES,
            identity_tokens={"GCP_TOKEN_FILE": f"https://{system.name}.gcp.workload-identity"},
        )
        return _logged_in(access, _GCP_FOLDER)
    run = _required(*_AKS_PLUGIN) + _AZURE_LOGIN + _AZURE_CLUSTER
    access = Access(
        steps=(Step(name="Connect to the cluster", run=run, proves=tuple(_AZURE_TOKEN)),),
        environment={"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/", **cluster},
        variables=_AZURE_VARIABLES,
        identity_tokens=_AZURE_TOKEN,
    )
    return _logged_in(access, _AZURE_FOLDER)


_AWS_TERRAFORM = """\
AWS_WEB_IDENTITY_TOKEN_FILE=$(realpath "$AWS_WEB_IDENTITY_TOKEN_FILE")
export AWS_WEB_IDENTITY_TOKEN_FILE
"""
_GCP_TERRAFORM = """\
gcloud iam workload-identity-pools create-cred-config "$GCP_IDENTITY_PROVIDER" \\
  --service-account="$GCP_SERVICE_ACCOUNT" --credential-source-file="$(realpath "$GCP_TOKEN_FILE")" \\
  --output-file=build/gcp.json
export GOOGLE_APPLICATION_CREDENTIALS="$PWD/build/gcp.json"
"""
_AZURE_TERRAFORM = """\
ARM_OIDC_TOKEN_FILE_PATH=$(realpath "$AZURE_FEDERATED_TOKEN_FILE")
export ARM_OIDC_TOKEN_FILE_PATH ARM_USE_OIDC=true ARM_CLIENT_ID="$AZURE_CLIENT_ID" ARM_TENANT_ID="$AZURE_TENANT_ID"
"""


def terraform_access(system: System, environment: Environment, step: Step) -> Access:
    """Return the access of a job that runs Terraform for an environment in a cloud, with ``step``, which runs it.

    Terraform, its providers and its backend read the token themselves, from a folder that is not the step's.
    """
    by_target = {
        "aws": (_AWS_TERRAFORM, ("AWS_ROLE_ARN",), _AWS_TOKEN),
        "gcp": (_GCP_TERRAFORM, _GCP_VARIABLES, {"GCP_TOKEN_FILE": f"https://{system.name}.gcp.workload-identity"}),
        "azure": (_AZURE_TERRAFORM, _AZURE_VARIABLES, _AZURE_TOKEN),
    }
    prepare, variables, tokens = by_target[environment.target]
    return Access(
        steps=(replace(step, run=prepare + step.run, proves=tuple(tokens)),),
        variables=variables,
        identity_tokens=tokens,
        tools=("terraform",),
    )


_LOGINS_OF_THE_CLOUD = {
    "aws": _ECR_LOGIN,
    "gcp": _ARTIFACT_REGISTRY_LOGIN,
    "azure": _ACR_LOGIN,
}
"""Logins to a cloud's registry where the job is logged in to the cloud."""


def deployment_access(system: System, environment: Environment) -> Access:
    """Return the access of a job that deploys the environment: its cluster and, where the deployment verifies the
    signatures of images, their registry.
    """
    cluster = cluster_access(system, environment)
    if environment.release.signature is None or environment.delivery == "argocd":
        return cluster
    registry = registry_access(environment.registry)
    steps = registry.steps
    if cloud_of(environment.registry) == environment.target:
        proves = tuple(_AWS_TOKEN) if environment.target == "aws" else ()  # The others keep their login.
        steps = (_login(_LOGINS_OF_THE_CLOUD[environment.target], *proves),)
        registry = replace(registry, variables=(), identity_tokens={})
    own = {name: value for name, value in registry.environment.items() if name != "REGISTRY"}
    return Access(
        steps=(*cluster.steps, *steps),
        environment={**cluster.environment, **own},
        files={**cluster.files, **registry.files},
        variables=(*cluster.variables, *registry.variables),
        identity_tokens={**cluster.identity_tokens, **registry.identity_tokens},
        tools=("cosign",),
        again=cluster.again,
        cleanup=tuple(dict.fromkeys((*cluster.cleanup, *registry.cleanup))),
    )


def cloud_of(registry: str) -> str | None:
    """Return the target whose cloud serves the registry; None for a registry outside the clouds."""
    host = registry.split("/")[0]
    if ".dkr.ecr." in host:
        return "aws"
    if host.endswith("-docker.pkg.dev"):
        return "gcp"
    return "azure" if host.endswith(".azurecr.io") else None


def registry_access(registry: str) -> Access:
    """Return the registry login of a job that pushes images: with its cloud's method, or with the token itself."""
    host, cloud = registry.split("/")[0], cloud_of(registry)
    if cloud == "aws":
        access = Access(
            steps=(_login(_ECR_LOGIN, *_AWS_TOKEN),),
            environment={"REGISTRY_REGION": host.split(".")[3]},
            variables=("AWS_ROLE_ARN",),
            identity_tokens=_AWS_TOKEN,
        )
    elif cloud == "gcp":
        access = Access(
            steps=(_login(_GCP_LOGIN + _ARTIFACT_REGISTRY_LOGIN, *_GCP_TOKEN),),
            variables=_GCP_VARIABLES,
            identity_tokens={"GCP_TOKEN_FILE": f"https://{host}"},
        )
        access = _logged_in(access, _GCP_FOLDER)
    elif cloud == "azure":
        access = Access(
            steps=(_login(_AZURE_LOGIN + _ACR_LOGIN, *_AZURE_TOKEN),),
            variables=_AZURE_VARIABLES,
            identity_tokens=_AZURE_TOKEN,
        )
        access = _logged_in(access, _AZURE_FOLDER)
    else:
        access = Access(
            steps=(_login(_PLAIN_LOGIN, "REGISTRY_TOKEN_FILE"),),
            variables=("REGISTRY_USER",),
            identity_tokens={"REGISTRY_TOKEN_FILE": f"https://{host}"},
        )
    return replace(
        access,
        environment={"REGISTRY": registry, "REGISTRY_HOST": host, **access.environment},
        files={**_DOCKER_FOLDER, **access.files},
        cleanup=(Step(name="Log out of the registry", run=_LOGOUT), *access.cleanup),
    )


def _login(run: str, *proves: str) -> Step:
    return Step(name="Log in to the registry", run=_NEW_LOGIN + run, proves=proves)
