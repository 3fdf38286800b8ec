"""What an operator sets at apply time is typed, described and checked; what a stack tells is what the contract says."""

import json
from pathlib import Path

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import load_project
from support.terraform.stacks import Json, read_stack
from support.terraform.switched import ENVIRONMENTS, switch_project, synthesize
from support.terraform.terraform import Terraform

pytestmark = pytest.mark.integration

CLOUDS = ("aws", "gcp", "azure")


@pytest.fixture(scope="module", params=CLOUDS)
def switched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """Return a cloud, the project on it, and its stacks."""
    folder = tmp_path_factory.mktemp(request.param)
    project = switch_project(folder / "project", request.param)
    return request.param, project, synthesize(project, folder / "out")


def test_every_variable_says_what_it_takes(switched: tuple[str, Path, Path]) -> None:
    _, _, out = switched
    for folder in sorted((out / "stacks").iterdir()):
        variables = read_stack(out, folder.name)["variable"]
        assert variables
        for variable in variables.values():
            assert variable["type"] in ("bool", "list(string)", "number", "string")
            assert variable["description"].endswith((".", "…"))
            assert variable["nullable"] is False
            if variable["type"] == "bool":  # the type leaves nothing to check
                assert "validation" not in variable
                continue
            assert all(rule["condition"] and rule["error_message"].endswith(".") for rule in variable["validation"])


def test_the_outputs_are_exactly_those_of_the_contract(switched: tuple[str, Path, Path]) -> None:
    cloud, root, out = switched
    project = load_project(root)
    for name in ENVIRONMENTS:
        expected = contract_of(project.system, project.environments[name]).outputs
        outputs = read_stack(out, f"{name}-{cloud}")["output"]
        assert outputs.keys() == expected.keys()
        for key, output in outputs.items():
            assert output["description"] == expected[key].description
            assert output.get("sensitive", False) is expected[key].sensitive


def test_no_output_tells_a_secret(switched: tuple[str, Path, Path]) -> None:
    cloud, _, out = switched
    for name in ENVIRONMENTS:
        text = json.dumps(read_stack(out, f"{name}-{cloud}")["output"])
        for secret in ("ephemeral.", "password", "kube_config", "secret_string", "master_auth", "admin_token"):
            assert secret not in text


@pytest.mark.terraform
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("cluster_admins", '["arn:aws:iam::1:role/admin"]', ""),
        ("cluster_admins", '[" "]', "not empty text"),
        ("cluster_admins", '"admin"', "list of string required"),
        ("ledger_password_version", "2", ""),
        ("ledger_password_version", "0", "a whole number, 1 or more"),
        ("ledger_password_version", "1.5", "a whole number, 1 or more"),
        ("operator_cidrs", '["203.0.113.7", "198.51.100.0/28"]', ""),
        ("operator_cidrs", '["office"]', "an address or a CIDR"),
        ("operator_cidrs", '["0.0.0.0/0"]', "none may be everybody"),
    ],
)
def test_terraform_refuses_a_bad_value(variable: str, value: str, said: str, azure: Json, tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(json.dumps({"variable": azure["variable"]}))
    result = Terraform(tmp_path).run("plan", "-no-color", f"-var={variable}={value}", check=False)
    assert (result.returncode == 0) is (said == ""), result.stderr
    assert said in " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Return the stack that has all the variables."""
    folder = tmp_path_factory.mktemp("azure")
    return read_stack(synthesize(switch_project(folder / "project", "azure"), folder / "out"), "prod-azure")
