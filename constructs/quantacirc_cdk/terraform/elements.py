"""Resources and data sources of a stack, and what is wrong with their addresses and references."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar, Literal, Protocol

from quantacirc_cdk.errors import Problem, alike, nearest
from quantacirc_cdk.limits.cloud_identities import identity
from quantacirc_cdk.terraform.references import Reference, dynamic_iterators, references, strings
from quantacirc_cdk.terraform.schemas import Kind, schemas_covering
from quantacirc_cdk.text.terraform_template import bound_names, read_template, roots

_BLOCKS = {"var": "variable", "local": "locals", "module": "module"}
"""Block that declares what a reference with this root refers to."""
_ROOTS = frozenset({"count", "each", "ephemeral", "path", "self", "terraform"})
"""Roots of references to what Terraform or the block itself provides."""
_STATIC = frozenset({"depends_on", "provider"})
"""Meta-arguments that are no templates."""
Provided = Literal["secret", "service account"]


@dataclass(frozen=True, kw_only=True)
class Clash:
    """Two resources or data sources of which only one can exist."""

    what: str
    """What both have: an address in Terraform, or a name in the cloud."""
    name: str
    """Name of the later one in Terraform."""
    paths: tuple[str, str]
    """Paths of the later one and of the earlier one."""


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


def _alike(address: str, by_address: Iterable[str], own: str = "") -> str:
    """Return the nearest of the other addresses: one of the same type if there is any."""
    others = [one for one in by_address if one != own]
    kind = address.rpartition(".")[0]
    same = [one for one in others if one.rpartition(".")[0] == kind]
    if same:
        return nearest(address, same)
    meant = alike(address, others)
    return f'"{meant}"' if meant else f"a declared {kind}; this stack has none"


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
            by_address.setdefault(element.address, element)
        yield from self._problems_of_clashes(self._clashes())
        yield from self._cycles(by_address)
        for element in self.elements:
            own = element.address
            yield from self._problems_of_references(element.path, element.arguments, own, by_address)
            for address in element.arguments.get("depends_on", ()):
                if address == own:
                    yield Problem(key=element.path, what="depends on itself", expected="another element")
                elif not self._has(address, by_address):
                    what = f"depends on {address}, which is not in this stack"
                    yield Problem(key=element.path, what=what, expected=_alike(address, by_address, own))

    def _problems_of_clashes(self, clashes: Iterable[Clash]) -> Iterator[Problem]:
        """Yield the problems of resources of which only one can exist."""
        for clash in clashes:
            mine, other = clash.paths
            yield Problem(key=mine, what=f"{clash.what} is also that of {other}", expected="another")

    def _clashes(self) -> Iterator[Clash]:
        """Yield the resources whose address, or whose name in the cloud, another one has."""
        known: dict[tuple[str, ...], Declared] = {}
        for element in self.elements:
            keys: dict[tuple[str, ...], str] = {(element.address,): f"the address {element.address}"}
            found = identity(element.type, element.arguments) if element.block == "resource" else None
            if found and not element.is_moved:
                argument, values = found
                keys[values] = f'{argument} "{element.arguments[argument]}" of {element.type}'
            for key, what in keys.items():
                other = known.setdefault(key, element)
                if other is not element:
                    yield Clash(what=what, name=element.name, paths=(element.path, other.path))

    def _cycles(self, by_address: Mapping[str, Declared]) -> Iterator[Problem]:
        """Yield elements that refer to each other in a circle, which Terraform cannot create in any order."""
        needed = {
            address: {one.address for one in references(element.arguments)} | {*element.arguments.get("depends_on", ())}
            for address, element in by_address.items()
        }
        sorter = TopologicalSorter({address: others - {address} for address, others in needed.items()})
        try:
            sorter.prepare()
        except CycleError as error:
            *circle, _ = reversed(error.args[1])
            path = by_address[circle[0]].path if circle[0] in by_address else circle[0]
            what = f"a circle of references: {' → '.join([*circle, circle[0]])}"
            yield Problem(key=path, what=what, expected="elements of which one can be created first")

    def _problems_of_references(
        self, path: str, arguments: Mapping[str, Any], own: str, by_address: dict[str, Declared]
    ) -> Iterator[Problem]:
        """Yield the problems of all templates and references in arguments; ``own`` is the address of their element."""
        for reference in dict.fromkeys(references(arguments)):
            yield from self._reference_problems(path, own, reference, by_address)
        iterators = set(dynamic_iterators(arguments))
        for name, value in arguments.items():
            if name in _STATIC:
                continue
            key = f"{path}: {name}".removesuffix(": ")
            for template in map(read_template, strings(value)):
                yield from (Problem(key=key, what=what, expected=expected) for what, expected in template.faults)
                bound = iterators | bound_names(template.expressions)
                for root in dict.fromkeys(one for each in template.expressions for one in roots(each)):
                    if root[0] not in bound and root[0] not in _ROOTS:
                        yield from self._root_problems(key, root, by_address)

    def _root_problems(self, key: str, root: tuple[str, ...], by_address: dict[str, Declared]) -> Iterator[Problem]:
        """Yield the problem of a reference that no schema knows: ``var.x``, ``HOME``, ``acme_thing.main``."""
        name, *attributes = root
        address = ".".join(root[: 3 if name == "data" else 2])
        if name in _BLOCKS and attributes:
            names = self._names(_BLOCKS[name])
            if names is not None and attributes[0] not in names:
                what = f"refers to {address}, which is not in this stack"
                yield Problem(key=key, what=what, expected=nearest(attributes[0], names))
        elif len(attributes) < (2 if name == "data" else 1):
            expected = f"an attribute of a resource, var.NAME or local.NAME; $${{{address}}} is literal text"
            yield Problem(key=key, what=f"refers to {address}, which Terraform does not know", expected=expected)
        else:
            kind: Kind = "data" if name == "data" else "resources"
            covered = schemas_covering(kind, attributes[0] if name == "data" else name)
            if not covered and not self._has(address, by_address):
                what = f"refers to {address}, which is not in this stack"
                yield Problem(key=key, what=what, expected=_alike(address, by_address))

    def _names(self, block: str) -> Collection[str] | None:
        """Return the names of variables, local values or modules; None if they are not known."""
        del block
        return None

    def _reference_problems(
        self, path: str, own: str, reference: Reference, by_address: dict[str, Declared]
    ) -> Iterator[Problem]:
        if reference.address == own:
            yield Problem(key=path, what="refers to itself", expected="another element, which Terraform creates first")
            return
        covering = schemas_covering("data" if reference.data else "resources", reference.type)
        if not covering:
            return
        if not self._has(reference.address, by_address):
            yield Problem(
                key=path,
                what=f"refers to {reference.address}, which is not in this stack",
                expected=self._from_elsewhere(reference) or _alike(reference.address, by_address, own),
            )
        for schema, block in covering:
            if reference.attribute and not block.has_attribute(reference.attribute):
                yield Problem(
                    key=path,
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
