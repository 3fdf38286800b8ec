"""What a stack has beside resources: providers, its backend, variables and outputs."""

from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.errors import Problem, SchemaError
from quantacirc_cdk.limits.check import check_of
from quantacirc_cdk.limits.terraform import TerraformName
from quantacirc_cdk.plain import path_of, plain_root, stays_plain
from quantacirc_cdk.terraform import engine
from quantacirc_cdk.terraform.engine import Construct, TerraformStack
from quantacirc_cdk.terraform.plain_app import Document

_ALIAS = check_of(TerraformName | None)


def document_of(scope: Any) -> Document | None:
    """Return the document of the plain stack around a construct; None in a stack of the engine."""
    return getattr(plain_root(scope), "document", None)


def provider(scope: Construct, id: str, *, type: str, source: str, versions: str, arguments: Mapping[str, Any]) -> None:
    """Declare a provider configuration. Raises ``SchemaError`` for an alias that Terraform refuses."""
    if wrong := _ALIAS(arguments.get("alias")):
        key = f"{path_of(scope)}: provider {type}"
        raise SchemaError(Problem(key=key, what=f"alias {one.what}", expected=one.expected) for one in wrong)
    document = document_of(scope)
    if document is not None:
        document.provider(type, source, versions, arguments)
        return
    made = engine.TerraformProvider(
        scope,
        id,
        terraform_resource_type=type,
        terraform_provider_source=source,
        terraform_generator_metadata={"provider_name": type, "provider_version_constraint": versions},
    )
    for name, value in arguments.items():
        made.add_override(name, value)


_BACKENDS = {"s3": engine.S3Backend, "gcs": engine.GcsBackend, "azurerm": engine.AzurermBackend}


def backend(
    stack: TerraformStack, type: str, arguments: Mapping[str, Any], extra: Mapping[str, Any] | None = None
) -> None:
    """Set the backend of a stack; ``extra`` are arguments that the engine has no property for."""
    document = document_of(stack)
    if document is not None:
        document.backend(type, arguments, extra or {})
        return
    made: Any = _BACKENDS[type](stack, **arguments)
    for name, value in (extra or {}).items():
        made.add_override(name, value)


def variable(
    scope: Construct,
    id: str,
    name: str,
    *,
    type: str,
    description: str,
    default: Any = None,
    valid: str | None = None,
    expected: str = "",
) -> str:
    """Declare a variable that the operator sets for an apply, and return a reference to it.

    ``valid`` is the condition for a value; ``expected`` describes it in words.
    """
    reference = f"${{var.{name}}}"
    document = document_of(scope)
    if document is not None:
        stays_plain(_Named(), scope, id)
        validation = [{"condition": valid, "error_message": expected}] if valid else None
        given = {"default": default, "description": description, "type": type, "validation": validation}
        document.variable(name, {"nullable": False} | {key: item for key, item in given.items() if item is not None})
        return reference
    rule = engine.TerraformVariableValidationConfig(condition=valid, error_message=expected) if valid else None
    made = engine.TerraformVariable(
        scope,
        id,
        type=type,
        description=description,
        default=default,
        nullable=False,
        validation=[rule] if rule else None,
    )
    made.override_logical_id(name)
    return reference


def output(stack: TerraformStack, name: str, value: Any, *, description: str, sensitive: bool) -> None:
    """Declare an output. A ``sensitive`` value is hidden."""
    document = document_of(stack)
    if document is not None:
        stays_plain(_Named(), stack, name)
        document.output(
            name, {"value": value, "description": description, **({"sensitive": True} if sensitive else {})}
        )
        return
    engine.TerraformOutput(stack, name, value=value, description=description, sensitive=sensitive or None)


class _Named:
    """Has a name in a plain stack."""
