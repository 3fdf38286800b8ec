"""Names that Terraform accepts."""

from typing import Annotated

from quantacirc_cdk.limits.rule import Rule

_SYNTAX = "https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers"
_VARIABLES = "https://developer.hashicorp.com/terraform/language/block/variable"
_PROVIDER = "https://developer.hashicorp.com/terraform/language/meta-arguments/provider"
RESERVED = frozenset("count depends_on for_each lifecycle locals providers source version".split())
"""Names that a variable cannot have, because a ``module`` block gives them a meaning."""
NAME = "a letter or underscore first, then letters, digits, underscores and hyphens, such as main"


def is_identifier(text: str) -> bool:
    """Return whether Terraform accepts ``text`` as a name."""
    return not text.startswith("-") and text.replace("-", "_").isidentifier()


def _variable(text: str) -> str | None:
    if not is_identifier(text):
        return NAME
    return f"another name: Terraform reserves {', '.join(sorted(RESERVED))}" if text in RESERVED else None


def _provider(text: str) -> str | None:
    parts = text.split(".")
    fits = len(parts) <= 2 and all(map(is_identifier, parts))
    return None if fits else "a provider, or a provider and an alias, such as aws.recovery"


TerraformName = Annotated[str, Rule(lambda text: None if is_identifier(text) else NAME, source=_SYNTAX)]
"""Name of a resource, data source, module, output or local value."""
VariableName = Annotated[str, Rule(_variable, source=_VARIABLES)]
"""Name of an input variable."""
ProviderReference = Annotated[str, Rule(_provider, source=_PROVIDER)]
"""The value of the meta-argument ``provider``."""

STACK_NAMES = frozenset(
    {"alarms", "cluster", "keys", "logs", "network", "provider", "registry", "secrets", "state", "velero-store", "zone"}
)
"""Other names in an environment's stack and key ring. A managed store has the name of its component."""
