"""Authentication of a pipeline to clouds, clusters and registries: short-lived tokens, never keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.pipelines.model import Step


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a job needs to access a service."""

    steps: tuple[Step, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    """Environment variables that you set in the CI server: names of roles, no secrets."""
    identity_tokens: Mapping[str, str] = field(default_factory=dict)
    """Audience of each identity token, by the variable with the token's file."""


_AWS_CLUSTER = 'aws eks update-kubeconfig --name "$CLUSTER" --region "$AWS_REGION" --alias "$CONTEXT"\n'
_GCP_LOGIN = """\
gcloud iam workload-identity-pools create-cred-config "$GCP_IDENTITY_PROVIDER" \\
  --service-account="$GCP_SERVICE_ACCOUNT" --credential-source-file="$GCP_TOKEN_FILE" --output-file=build/gcp.json
gcloud auth login --quiet --cred-file=build/gcp.json
"""
_GCP_CLUSTER = """\
gcloud container clusters get-credentials "$CLUSTER" --region "$GCP_REGION" --project "$GCP_PROJECT"
kubectl config rename-context "gke_${GCP_PROJECT}_${GCP_REGION}_$CLUSTER" "$CONTEXT"
"""
_AZURE_LOGIN = """\
az login --output none --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID" \\
  --federated-token "$(cat "$AZURE_FEDERATED_TOKEN_FILE")"
"""
_AZURE_CLUSTER = """\
az aks get-credentials --name "$CLUSTER" --resource-group "$CLUSTER" --context "$CONTEXT" --overwrite-existing
kubelogin convert-kubeconfig --login azurecli
"""
# The registry must trust the pipeline's issuer; the token is valid for some minutes.
_PLAIN_LOGIN = 'docker login "$REGISTRY_HOST" --username "$REGISTRY_USER" --password-stdin <"$REGISTRY_TOKEN_FILE"\n'

_AWS_TOKEN = {"AWS_WEB_IDENTITY_TOKEN_FILE": "sts.amazonaws.com"}  # The AWS command line reads it automatically.
_AZURE_TOKEN = {"AZURE_FEDERATED_TOKEN_FILE": "api://AzureADTokenExchange"}
_GCP_TOKEN = ("GCP_TOKEN_FILE",)
_GCP_VARIABLES = ("GCP_IDENTITY_PROVIDER", "GCP_SERVICE_ACCOUNT")
_AZURE_VARIABLES = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID")


def cluster_access(system: System, environment: Environment) -> Access:
    """Return the access to the environment's kubectl context. For a cluster outside the clouds, the runner has the
    context.
    """
    cloud = environment.cloud
    if cloud is None:
        return Access(steps=(Step(name="Connect to the cluster", run='kubectl config use-context "$CONTEXT"\n'),))
    cluster = {"CLUSTER": contract_of(system, environment).name}
    if environment.target == "aws":
        return Access(
            steps=(Step(name="Connect to the cluster", run=_AWS_CLUSTER, proves=tuple(_AWS_TOKEN)),),
            environment={"AWS_REGION": cloud.region, **cluster},
            variables=("AWS_ROLE_ARN",),
            identity_tokens=_AWS_TOKEN,
        )
    if environment.target == "gcp":
        return Access(
            steps=(Step(name="Connect to the cluster", run=_GCP_LOGIN + _GCP_CLUSTER, proves=_GCP_TOKEN),),
            environment={"GCP_PROJECT": cloud.account, "GCP_REGION": cloud.region, **cluster},
            variables=_GCP_VARIABLES,
            identity_tokens={"GCP_TOKEN_FILE": f"https://{system.name}.gcp.workload-identity"},
        )
    return Access(
        steps=(Step(name="Connect to the cluster", run=_AZURE_LOGIN + _AZURE_CLUSTER, proves=tuple(_AZURE_TOKEN)),),
        environment=cluster,
        variables=_AZURE_VARIABLES,
        identity_tokens=_AZURE_TOKEN,
    )


def registry_access(registry: str) -> Access:
    """Return the registry login of a job that pushes images: with its cloud's method, or with the token itself."""
    host = registry.split("/")[0]
    environment = {"REGISTRY": registry, "REGISTRY_HOST": host}
    name = "Log in to the registry"
    if ".dkr.ecr." in host:
        login = 'aws ecr get-login-password | docker login "$REGISTRY_HOST" --username AWS --password-stdin\n'
        return Access(
            steps=(Step(name=name, run=login, proves=tuple(_AWS_TOKEN)),),
            environment=environment | {"AWS_REGION": host.split(".")[3]},
            variables=("AWS_ROLE_ARN",),
            identity_tokens=_AWS_TOKEN,
        )
    if host.endswith("-docker.pkg.dev"):
        login = 'gcloud auth configure-docker --quiet "$REGISTRY_HOST"\n'
        return Access(
            steps=(Step(name=name, run=_GCP_LOGIN + login, proves=_GCP_TOKEN),),
            environment=environment,
            variables=_GCP_VARIABLES,
            identity_tokens={"GCP_TOKEN_FILE": f"https://{host}"},
        )
    if host.endswith(".azurecr.io"):
        login = 'az acr login --name "${REGISTRY_HOST%%.*}"\n'
        return Access(
            steps=(Step(name=name, run=_AZURE_LOGIN + login, proves=tuple(_AZURE_TOKEN)),),
            environment=environment,
            variables=_AZURE_VARIABLES,
            identity_tokens=_AZURE_TOKEN,
        )
    return Access(
        steps=(Step(name=name, run=_PLAIN_LOGIN, proves=("REGISTRY_TOKEN_FILE",)),),
        environment=environment,
        variables=("REGISTRY_USER",),
        identity_tokens={"REGISTRY_TOKEN_FILE": f"https://{host}"},
    )
