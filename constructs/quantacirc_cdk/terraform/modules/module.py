"""A Terraform module: variables, resources and outputs of one construct, without provider configurations."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.plain import Plain
from quantacirc_cdk.terraform.backend import REQUIRED_TERRAFORM
from quantacirc_cdk.terraform.elements import Declared, Elements
from quantacirc_cdk.terraform.expressions import Flag, Items, Number, resolved
from quantacirc_cdk.terraform.modules.variable import Variable
from quantacirc_cdk.terraform.modules.variables import VARIABLES
from quantacirc_cdk.terraform.references import strings
from quantacirc_cdk.text.terraform import bare

ZONES = 3
"""Number of zones in samples."""
UNUSED = "${null}"
"""Value of props that the resources of a module do not use, such as an account where only the provider needs it."""


class Module(Plain, Elements):
    """Collects the declarations of a construct and writes them as a module.

    Each method for a variable declares it, and returns a value for the construct's props.
    """

    def __init__(self, cloud: str, name: str, description: str, providers: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(f"modules/{cloud}/{name}")
        self._begin()
        self.cloud, self.name, self.description = cloud, name, description
        self.variables: dict[str, Variable] = {}
        self.outputs: dict[str, tuple[Any, str]] = {}
        self._body: dict[str, Any] = {"terraform": {"required_version": REQUIRED_TERRAFORM}}
        self._body["terraform"]["required_providers"] = {key: dict(value) for key, value in providers.items()}
        self._lists: dict[tuple[str, ...], str] = {}
        self._conditions: dict[str, tuple[str, ...]] = {}
        self._each: dict[str, str] = {}
        self._moved: dict[str, str] = {}

    @property
    def root(self) -> Any:
        """The scope for constructs, which exist only in Python."""
        return self

    def text(self, name: str) -> str:
        """Declare a text."""
        self.declare(name)
        return f"${{var.{name}}}"

    def texts(self, name: str) -> Sequence[str]:
        """Declare a list with a text for each zone."""
        self.declare(name)
        items = [f"${{var.{name}[{zone}]}}" for zone in range(ZONES)]
        self._lists[tuple(items)] = f"${{var.{name}}}"
        return Items(f"var.{name}", items)

    def number(self, name: str, sample: int) -> Number:
        """Declare a number; ``sample`` is the value for decisions in Python."""
        self.declare(name)
        return Number(f"var.{name}", sample)

    def flag(self, name: str, *, sample: bool) -> Any:
        """Declare a boolean; ``sample`` is the value for decisions in Python."""
        self.declare(name)
        return Flag(f"var.{name}", sample=sample)

    def declare(self, name: str) -> None:
        """Declare a variable whose parts the caller refers to."""
        keys = (f"{self.cloud}.{self.name}.{name}", f"{self.cloud}.{name}", name)
        self.variables[name] = next(VARIABLES[key] for key in keys if key in VARIABLES)

    def _names(self, block: str) -> Collection[str]:
        return self.variables if block == "variable" else self._body.get(block, {})

    def element(self, address: str) -> Declared:
        """Return the element with an address."""
        return next(element for element in self.elements if element.address == address)

    def only_if(self, condition: str, *addresses: str) -> None:
        """Create elements that match one of the patterns ``addresses`` only if ``condition`` is true, too.

        References from elements under the same conditions are adjusted, and lists of references become those of the
        elements that exist; other references must depend on the conditions.
        """
        for element in self.elements:
            if any(re.fullmatch(pattern, element.address) for pattern in addresses):
                conditions = *self._conditions.get(element.address, ()), condition
                element.arguments["count"] = f"${{{' && '.join(conditions)} ? 1 : 0}}"
                self._conditions[element.address] = conditions

    def for_each(self, items: str, *addresses: str) -> None:
        """Create the elements with these addresses for each item of a map; their arguments refer to ``each``."""
        for address in addresses:
            self.element(address).arguments["for_each"] = f"${{{items}}}"
            self._each[address] = items

    def moved(self, before: str, after: str) -> None:
        """Declare that an element had another address in an earlier version of the module."""
        self._moved[before] = after

    def output(self, name: str, value: Any, description: str) -> None:
        """Declare an output."""
        self.outputs[name] = (value, description)

    def add_override(self, path: str, value: Any) -> None:
        """Set a value outside of resources, like a stack of the engine."""
        *parents, last = path.split(".")
        place = self._body
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value

    def document(self) -> dict[str, Any]:
        """Return the module as Terraform JSON.

        Raises ``SchemaError`` for arguments that the providers' schemas refuse, and ``TypeError`` for an unused
        variable, because a construct has calculated with its sample.
        """
        if problems := list(self.problems()):
            raise SchemaError(problems)
        document = json.loads(json.dumps(self._body))
        for element in self.elements:
            arguments = self._indexed(self._collapsed(resolved(element.arguments), element.address), element.address)
            document.setdefault(element.block, {}).setdefault(element.type, {})[element.name] = arguments
        document["output"] = {
            name: {"value": self._collapsed(resolved(value)), "description": description}
            for name, (value, description) in self.outputs.items()
        }
        if self._moved:
            document["moved"] = [{"from": before, "to": after} for before, after in sorted(self._moved.items())]
        used = "\n".join(strings(document))
        for name in self.variables:
            if not re.search(rf"\bvar\.{name}\b", used):
                raise TypeError(f"{self.cloud}/{self.name}: nothing depends on var.{name}")
        document["variable"] = {name: variable.declaration() for name, variable in self.variables.items()}
        return dict(document)

    def _collapsed(self, value: Any, own: str = "") -> Any:
        """Replace lists of all elements of a list variable by the variable, and lists of references to elements that
        may not exist by the references to those that do; ``own`` is the address of the element with the list.
        """
        if isinstance(value, dict):
            return {
                key: item if key in ("depends_on", "lifecycle") else self._collapsed(item, own)
                for key, item in value.items()
            }
        if isinstance(value, list):
            if all(isinstance(item, str) for item in value):
                if whole := self._lists.get(tuple(value)):
                    return whole
                if any(self._may_be_absent(item, own) for item in value):
                    return f"${{concat({', '.join(self._existing(value))})}}"
            return [self._collapsed(item, own) for item in value]
        return value

    def _may_be_absent(self, reference: str, own: str) -> bool:
        """Return whether what ``reference`` refers to has conditions that the element at ``own`` does not have."""
        return bool({*self._conditions.get(_target(reference), ())} - {*self._conditions.get(own, ())})

    def _existing(self, items: Sequence[str]) -> Iterator[str]:
        """Yield a list for each item: with one reference, or with none if its element does not exist."""
        for item in items:
            target, attribute = _target(item), bare(item).rpartition(".")[2]
            yield f"{target}[*].{attribute}" if target in self._conditions else f"[{bare(item)}]"

    def _indexed(self, value: Any, own: str) -> Any:
        """Add the index of the instance to references to elements with a count or a map.

        Raises ``TypeError`` for a reference to an element that may not exist while the one at ``own`` does.
        """
        text = json.dumps(value)
        for address in (*self._conditions, *self._each):
            reference = rf"(?<=\$\{{){re.escape(address)}\."
            if not re.search(reference, text):
                continue
            each = self._each.get(address)
            if self._may_be_absent(f"${{{address}.id}}", own) or (each and each != self._each.get(own)):
                raise TypeError(f"{self.cloud}/{self.name}: {own} refers to {address}, which may not exist")
            text = re.sub(reference, f"{address}[{'each.key' if each else '0'}].", text)
        return json.loads(text)

    def readme(self) -> str:
        """Return the module's README."""
        required = [name for name, variable in self.variables.items() if variable.required]
        width = max(len(name) for name in required)
        lines = [f"  {name:<{width}} = {self.variables[name].example}" for name in sorted(required)]
        providers = self._body["terraform"]["required_providers"]
        return "\n".join(
            [
                f"# {self.name} on {_CLOUDS[self.cloud]}",
                "",
                self.description,
                "",
                "Generated; the caller configures the providers. Changes belong into the constructs.",
                "",
                "```hcl",
                f'module "{self.name.replace("-", "_")}" {{',
                f'  source = "./{self.cloud}/{self.name}"',
                "",
                *lines,
                "}",
                "```",
                "",
                "## Requirements",
                "",
                "| name | source | version |",
                "| --- | --- | --- |",
                f"| terraform | | {REQUIRED_TERRAFORM} |",
                *(f"| {name} | {one['source']} | {one['version']} |" for name, one in sorted(providers.items())),
                "",
                "## Variables",
                "",
                "| name | type | default | what it is |",
                "| --- | --- | --- | --- |",
                *(f"| `{name}` | {variable.row()} |" for name, variable in sorted(self.variables.items())),
                "",
                "## Outputs",
                "",
                "| name | what it is |",
                "| --- | --- |",
                *(f"| `{name}` | {description} |" for name, (_, description) in sorted(self.outputs.items())),
                "",
            ]
        )


def _target(reference: str) -> str:
    """Return the address of the element that a text refers to, which is nothing but the reference."""
    found = re.fullmatch(r"\$\{(data\.\w+\.\w+|\w+\.\w+)\.\w+\}", reference)
    return found[1] if found else ""


_CLOUDS = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}
