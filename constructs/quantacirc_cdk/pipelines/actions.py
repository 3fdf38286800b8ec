"""Actions of the GitHub workflows, pinned to reviewed commits, because a tag can be moved."""

from quantacirc_cdk.pipelines.model import Tool

CHECKOUT = "actions/checkout"
SETUP_PYTHON = "actions/setup-python"
CACHE = "actions/cache"
UPLOAD = "actions/upload-artifact"
DOWNLOAD = "actions/download-artifact"

TOOLS: dict[Tool, str] = {
    "cosign": "sigstore/cosign-installer",
    "syft": "anchore/sbom-action/download-syft",
    "grype": "anchore/scan-action/download-grype",
    "qemu": "docker/setup-qemu-action",
    "buildx": "docker/setup-buildx-action",
    "terraform": "hashicorp/setup-terraform",
}
NOT_ON_PATH: dict[Tool, str] = {"grype": "cmd"}
"""Output with the path of the program, of actions that do not put it on ``PATH``."""
TERRAFORM = "1.11.4"
"""Version of Terraform: the oldest that the stacks accept, with which they are tested."""
ARGUMENTS: dict[Tool, dict[str, str | bool]] = {
    # Its wrapper would change what Terraform prints, and hides its exit status.
    "terraform": {"terraform_version": TERRAFORM, "terraform_wrapper": False},
}
"""Inputs of actions that install a tool."""

# The comments name the repositories for renovate.json.
PINS = {
    # actions/checkout
    CHECKOUT: ("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6.0.2"),
    # actions/setup-python
    SETUP_PYTHON: ("a309ff8b426b58ec0e2a45f0f869d46889d02405", "v6.2.0"),
    # actions/cache
    CACHE: ("cdf6c1fa76f9f475f3d7449005a359c84ca0f306", "v5.0.3"),
    # actions/upload-artifact
    UPLOAD: ("b7c566a772e6b6bfb58ed0dc250532a479d7789f", "v6.0.0"),
    # actions/download-artifact
    DOWNLOAD: ("37930b1c2abaa49bbe596cd826c3c89aef350131", "v7.0.0"),
    # sigstore/cosign-installer
    TOOLS["cosign"]: ("faadad0cce49287aee09b3a48701e75088a2c6ad", "v4.0.0"),
    # anchore/sbom-action
    TOOLS["syft"]: ("e22c389904149dbc22b58101806040fa8d37a610", "v0.24.0"),
    # anchore/scan-action
    TOOLS["grype"]: ("e1165082ffb1fe366ebaf02d8526e7c4989ea9d2", "v7.4.0"),
    # docker/setup-qemu-action
    TOOLS["qemu"]: ("96fe6ef7f33517b61c61be40b68a1882f3264fb8", "v4.2.0"),
    # docker/setup-buildx-action
    TOOLS["buildx"]: ("37fe631027851001ddb9b187196cc803df7f5f0e", "v4.3.0"),
    # hashicorp/setup-terraform
    TOOLS["terraform"]: ("b9cd54a3c349d3f38e8881555d616ced269862dd", "v3.1.2"),
}
"""Commit and version of each action."""


def pinned(action: str) -> str:
    """Return ``owner/name@commit``."""
    return f"{action}@{PINS[action][0]}"


def with_versions(text: str) -> str:
    """Add the version as a comment to each commit, for Dependabot and Renovate."""
    for action, (commit, version) in PINS.items():
        text = text.replace(f"{action}@{commit}\n", f"{action}@{commit} # {version}\n")
    return text
