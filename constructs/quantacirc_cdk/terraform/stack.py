"""A Terraform stack that checks the arguments of its resources, and passes them to the engine in one call."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from quantacirc_cdk.errors import Problem, SchemaError, nearest
from quantacirc_cdk.plain import STACK, Nowhere, Plain, path_of
from quantacirc_cdk.terraform import declarations, engine
from quantacirc_cdk.terraform.engine import Construct, TerraformElement, TerraformStack
from quantacirc_cdk.terraform.plain_app import Document, PlainApp
from quantacirc_cdk.terraform.references import Reference, carries_token, references
from quantacirc_cdk.terraform.schemas import schemas_covering
from quantacirc_cdk.text.javascript import UnusualError

_FORGOTTEN = "_quantacirc_forgotten"
Provided = Literal["secret", "service account"]


class Declared(Protocol):
    """A resource or data source of a stack."""

    type: str
    name: str
    block: ClassVar[str]
    arguments: dict[str, Any]
    is_moved: bool

    @property
    def address(self) -> str:
        """Address in Terraform."""

    @property
    def path(self) -> str:
        """Path of the construct."""

    def problems(self) -> Iterator[Problem]:
        """Yield the problems that the schemas report."""


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


class Elements:
    """Resources and data sources of a stack, and their problems."""

    elements: list[Declared]
    provided: dict[Provided, dict[str, str]]
    """What others use by name, with the path of the construct that provides it."""
    is_declared: bool

    def _begin(self) -> None:
        self.elements = []
        self.provided = {"secret": {}, "service account": {}}
        self.is_declared = False

    def problems(self) -> Iterator[Problem]:
        """Yield all problems of the stack: schema violations, duplicate addresses, and dangling references."""
        by_address: dict[str, Declared] = {}
        for element in self.elements:
            yield from element.problems()
            other = by_address.setdefault(element.address, element)
            if other is not element:
                yield Problem(
                    key=element.path,
                    what=f"the address {element.address} is also that of {other.path}",
                    expected="another",
                )
        for element in self.elements:
            for reference in dict.fromkeys(references(element.arguments)):
                yield from self._reference_problems(element, reference, by_address)
            for address in element.arguments.get("depends_on", ()):
                if not self._has(address, by_address):
                    yield Problem(
                        key=element.path,
                        what=f"depends on {address}, which is not in this stack",
                        expected=nearest(address, by_address),
                    )

    def _reference_problems(
        self, element: Declared, reference: Reference, by_address: dict[str, Declared]
    ) -> Iterator[Problem]:
        covering = schemas_covering("data" if reference.data else "resources", reference.type)
        if not covering:
            return
        if not self._has(reference.address, by_address):
            yield Problem(
                key=element.path,
                what=f"refers to {reference.address}, which is not in this stack",
                expected=self._from_elsewhere(reference) or nearest(reference.address, by_address),
            )
        for schema, block in covering:
            if reference.attribute and not block.has_attribute(reference.attribute):
                yield Problem(
                    key=element.path,
                    what=f"refers to {reference.address}.{reference.attribute}, which {schema} does not have",
                    expected=nearest(reference.attribute, [*block.arguments, *block.computed]),
                )
                return

    def _from_elsewhere(self, reference: Reference) -> str:
        """Return how to refer to an element of another stack; empty if none declares it."""
        del reference
        return ""

    def _has(self, address: str, by_address: Mapping[str, Declared]) -> bool:
        return address in by_address or address.startswith("module.") or address in self._foreign_addresses()

    def _foreign_addresses(self) -> set[str]:
        """Return addresses that prebuilt classes have declared."""
        return set()


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
        if self.document is not None:
            return set()
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

        ``valid`` is the condition for a value; ``expected`` describes it in words.
        """
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
        """Declare an output. A ``sensitive`` value is hidden."""
        declarations.output(self, name, value, description=description, sensitive=sensitive)

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

    def __init__(self, *, outdir: Path | None = None, context: dict[str, Any] | None = None) -> None:
        outdir = outdir or Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
        outdir.mkdir(parents=True, exist_ok=True)  # The engine creates only the last folder of a path.
        super().__init__(outdir=str(outdir), stack_traces=False, context=context)
        self.stacks: list[Stack] = []

    def synth(self) -> None:
        """Write all stacks. Raises ``SchemaError`` with the problems of all of them."""
        declare_all(self.stacks)
        super().synth()
