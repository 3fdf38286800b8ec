"""Variables of modules, and types of them: bounded numbers, address ranges, keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED = object()


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable, and an example of its value."""

    type: str = "string"
    description: str
    example: str
    """Example in Terraform's language."""
    default: Any = REQUIRED
    valid: str = ""
    """Condition that a value must satisfy."""
    expected: str = ""
    """The condition in a sentence."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Further conditions, each with its sentence."""

    @property
    def required(self) -> bool:
        """Whether the caller must set it."""
        return self.default is REQUIRED

    def declaration(self) -> dict[str, Any]:
        """Return the declaration in Terraform JSON."""
        declared: dict[str, Any] = {"type": self.type, "description": self.description, "nullable": False}
        if not self.required:
            declared["default"] = self.default
        rules = {**({self.valid: self.expected} if self.valid else {}), **self.also}
        if rules:
            declared["validation"] = [
                {"condition": f"${{{valid}}}", "error_message": expected} for valid, expected in rules.items()
            ]
        return declared

    def row(self) -> str:
        """Return its table cells: type, default, description."""
        default = "" if self.required else f"`{json.dumps(self.default)}`"
        return f"`{self.type}` | {default} | {self.description}"


def name_of_at_most(
    longest: int, description: str = "Name, and prefix of the names of everything in the module."
) -> Variable:
    """Return the variable for the name of a resource."""
    return Variable(
        description=f"{description} At most {longest} characters.",
        example='"shop-prod"',
        valid=f'can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= {longest}',
        expected=f"The name is at most {longest} lower-case letters, digits and single dashes, a letter first.",
    )


def between(name: str, low: int, high: int, description: str, default: int, unit: str = "") -> Variable:
    """Return a variable for a whole number with bounds and a default."""
    return Variable(
        type="number",
        description=f"{description} {low} to {high}{unit and ' ' + unit}.",
        example=str(default),
        default=default,
        valid=f"var.{name} >= {low} && var.{name} <= {high} && floor(var.{name}) == var.{name}",
        expected=f"{name} is a whole number from {low} to {high}.",
    )


def cidr(name: str, example: str, default: Any, largest: int, smallest: int, description: str) -> Variable:
    """Return a variable for an address range."""
    first = f'cidrhost(var.{name}, 0) == split("/", var.{name})[0]'
    length = f'tonumber(split("/", var.{name})[1])'
    return Variable(
        description=f"{description} /{largest} to /{smallest}.",
        example=f'"{example}"',
        default=default,
        valid=f"try({first} && {length} >= {largest} && {length} <= {smallest}, false)",
        expected=f"{name} is an IPv4 CIDR without host bits from /{largest} to /{smallest}, such as {example}.",
    )


def subnets(name: str, description: str, least: int, most: int) -> Variable:
    """Return a variable for a list with a subnet for each zone."""
    return Variable(
        type="list(string)",
        description=f"{description} One for each zone, {least} to {most}.",
        example=f"module.network.{name}",
        valid=f"length(var.{name}) >= {least} && length(var.{name}) <= {most}",
        expected=f"{name} names a subnet for each of {least} to {most} zones.",
    )


def key(purpose: str, of: str) -> Variable:
    """Return a variable for a key of ``purpose``."""
    return Variable(
        description=f"Key of {of}, as the cloud names it: an ARN, a crypto key's id, an id without a version.",
        example=f"var.{purpose}_key_id",
    )


def secret(example: str, pattern: str, others: str) -> Variable:
    """Return a variable for a secret's name in the cloud's format."""
    return Variable(
        description="Name of the secret that address, user and password are written to.",
        example=example,
        valid=f'can(regex("^{pattern}$", var.credentials_name))',
        expected=f"The secret's name has letters, digits, {others}.",
    )
