"""A Terraform stack that checks the arguments of its resources, and passes them to the engine in one call."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import Problem, SchemaError
from quantacirc_cdk.limits.check import Refusal, check_of
from quantacirc_cdk.limits.terraform import TerraformName, VariableName
from quantacirc_cdk.plain import STACK, Nowhere, Plain, path_of
from quantacirc_cdk.terraform import declarations, engine
from quantacirc_cdk.terraform.elements import Declared, Elements, Provided
from quantacirc_cdk.terraform.engine import Construct, TerraformElement, TerraformStack
from quantacirc_cdk.terraform.plain_app import Document, PlainApp
from quantacirc_cdk.terraform.references import Reference, carries_token
from quantacirc_cdk.terraform.values import plain, value_complaints
from quantacirc_cdk.text.javascript import UnusualError

_FORGOTTEN = "_quantacirc_forgotten"
_VARIABLE, _OUTPUT = check_of(VariableName), check_of(TerraformName)


def declare_in_stack(declared: Declared, element: TerraformElement, scope: Construct) -> None:
    """Add ``declared`` to its stack. In a stack that is not a ``Stack``, check it and set its arguments immediately."""
    stack = stack_of(scope)
    setattr(element, STACK, stack)
    if isinstance(stack, Elements) and not stack.is_declared:
        stack.elements.append(declared)
        return
    _raise(list(declared.problems()))
    _override(element, declared.arguments)


def provide(construct: Construct, kind: Provided, name: str) -> None:
    """Record that ``construct`` provides something that others use by its name."""
    stack = stack_of(construct)
    if isinstance(stack, Elements):
        stack.provided[kind][name] = path_of(construct)


def forget(construct: Construct, address: str) -> None:
    """Let Terraform drop a resource from its state, if it is there, without a change in the cloud
    (https://developer.hashicorp.com/terraform/language/block/removed).
    """
    stack = stack_of(construct)
    forgotten = [*getattr(stack, _FORGOTTEN, ()), address]
    setattr(stack, _FORGOTTEN, forgotten)
    stack.add_override("removed", [{"from": one, "lifecycle": {"destroy": False}} for one in forgotten])


def stack_of(scope: Construct) -> TerraformStack:
    """Return the stack of ``scope``; for a plain construct, the root in its place."""
    # Cached, because each resource would need a call to the engine, and the stack of a construct never changes.
    stack: TerraformStack | None = getattr(scope, STACK, None)
    if stack is None:
        stack = scope if isinstance(scope, TerraformStack) else TerraformStack.of(scope)
        setattr(scope, STACK, stack)
    return stack


def _override(element: TerraformElement, arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        element.add_override(name, value)


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise SchemaError(problems)


class Stack(Elements, TerraformStack, Plain):
    """A stack of resources: one Terraform state.

    It is a ``TerraformStack`` that also accepts prebuilt provider classes. The arguments of all its resources are
    passed to the engine together, with one call for each stack instead of each argument.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        self.document: Document | None = None
        if isinstance(scope, PlainApp):
            Plain.__init__(self, id)
            self.__jsii_ref__ = Nowhere
            self.document = Document(id)
            self.add_override = self.document.add_override  # type: ignore[method-assign]
        else:
            super().__init__(scope, id)
        self.id = id
        self._begin()
        self._output_values: dict[str, Any] = {}
        self._written: dict[str, Any] | None = None
        self._foreign: set[str] | None = None
        self._siblings = scope.stacks if isinstance(scope, App | PlainApp) else []
        self._siblings.append(self)

    def _from_elsewhere(self, reference: Reference) -> str:
        """Return how to refer to an element of another stack of the app; empty if none declares it."""
        for stack in self._siblings:
            if any(element.address == reference.address for element in stack.elements):
                get = f'`get_string_attribute("{reference.attribute or "id"}")`'
                return f"{get} of the resource in the stack {stack.id}, or a `from_existing` construct"
        return ""

    def _foreign_addresses(self) -> set[str]:
        """Addresses of resources with prebuilt classes; computed only if a reference seems to dangle."""
        if self._foreign is None:
            self._foreign = set() if self.document is not None else self._prebuilt_addresses()
        return self._foreign

    def _prebuilt_addresses(self) -> set[str]:
        ours = {id(element) for element in self.elements}
        found = set()
        for node in self.node.find_all():
            if id(node) in ours:
                continue
            if isinstance(node, engine.TerraformResource):
                found.add(f"{node.terraform_resource_type}.{node.friendly_unique_id}")
            elif isinstance(node, engine.TerraformDataSource):
                found.add(f"data.{node.terraform_resource_type}.{node.friendly_unique_id}")
        return found

    def variable(
        self,
        name: str,
        *,
        type: str,
        description: str,
        default: Any = None,
        valid: str | None = None,
        expected: str = "",
    ) -> str:
        """Declare a variable that the operator sets for an apply, and return a reference to it.

        ``valid`` is the condition for a value; ``expected`` describes it in words. Raises ``SchemaError`` for a name
        that Terraform refuses, and for a default that JSON cannot hold.
        """
        default = plain(default)
        self._check(f"variable {name}", _VARIABLE(name), default)
        return declarations.variable(
            self,
            f"variable.{name}",  # An output can have the same name.
            name,
            type=type,
            description=description,
            default=default,
            valid=valid,
            expected=expected,
        )

    def output(self, name: str, value: Any, *, description: str, sensitive: bool = False) -> None:
        """Declare an output. A ``sensitive`` value is hidden.

        Raises ``SchemaError`` for a name that Terraform refuses, and for a value that JSON cannot hold. Synthesis
        checks its references.
        """
        value = plain(value)
        self._check(f"output {name}", _OUTPUT(name), value)
        self._output_values[name] = value
        declarations.output(self, name, value, description=description, sensitive=sensitive)

    def _check(self, what: str, wrong: Collection[Refusal], value: Any) -> None:
        """Raise ``SchemaError`` for what has this name and value."""
        key = f"{self.id}: {what}"
        problems = [Problem(key=key, what=f"name {one.what}", expected=one.expected) for one in wrong]
        problems += [Problem(key=key, what=found, expected=words) for _, found, words in value_complaints(value, "")]
        _raise(problems)

    def problems(self) -> Iterator[Problem]:
        """Yield all problems of the stack: those of its resources and data sources, and of its outputs' references."""
        self._written = self._foreign = None  # Variables and prebuilt classes can have been added since.
        yield from super().problems()
        by_address = {element.address: element for element in self.elements}
        for name, value in self._output_values.items():
            yield from self._problems_of_references(f"{self.id}: output {name}", {"": value}, "", by_address)

    def _names(self, block: str) -> Collection[str]:
        """Return the names of variables, local values or modules of the stack."""
        if self._written is None:
            self._written = self.to_terraform() if self.document is None else self.document.data()
        names: dict[str, Any] = self._written.get(block, {})
        return names

    def prepare_stack(self) -> None:
        """Check the resources and pass their arguments to the engine. The engine calls this first during synthesis."""
        self.declare()
        super().prepare_stack()

    def declare(self) -> None:
        """Check the resources and pass their arguments to the engine; does nothing when called again.

        Raises ``SchemaError``.
        """
        if not self.is_declared:
            declare_all([self])

    def _pass_on(self) -> None:
        """Pass the arguments of the resources to the engine."""
        self.is_declared = True
        together: dict[str, dict[str, dict[str, Any]]] = {}
        for element in self.elements:
            if element.is_moved:
                continue
            if carries_token(element.arguments):
                if self.document is not None:
                    raise UnusualError(element.address)
                _override(element, element.arguments)  # type: ignore[arg-type]
            else:
                together.setdefault(element.block, {}).setdefault(element.type, {})[element.name] = element.arguments
        for block, types in together.items():
            self.add_override(block, types)

    def text(self, version: str) -> str:
        """Return the text of a plain stack, which is declared, as the release ``version`` of the engine writes it."""
        if self.document is None:
            raise TypeError(f"{self.id} is a stack of the engine")
        paths = {(one.block, one.type, one.name): one.path for one in self.elements}
        return self.document.text(version, paths)


def declare_all(stacks: Sequence[Stack]) -> None:
    """Check the resources of stacks that are not declared yet, and pass their arguments to the engine.

    Raises ``SchemaError`` with the problems of all of them.
    """
    new = [stack for stack in stacks if not stack.is_declared]
    _raise([problem for stack in new for problem in stack.problems()])
    for stack in new:
        stack._pass_on()


class App(engine.App):
    """An app that checks all stacks before it writes any, and writes no paths of this machine.

    ``outdir`` defaults to the folder of the ``cdktf`` command, else ``cdktf.out``.
    """

    def __init__(self, *, outdir: Path | str | None = None, context: dict[str, Any] | None = None) -> None:
        folder = Path(outdir or os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
        folder.mkdir(parents=True, exist_ok=True)  # The engine creates only the last folder of a path.
        super().__init__(outdir=str(folder), stack_traces=False, context=context)
        self.stacks: list[Stack] = []

    def synth(self) -> None:
        """Write all stacks. Raises ``SchemaError`` with the problems of all of them."""
        declare_all(self.stacks)
        super().synth()
