"""Resources and data sources with Terraform's type and argument names, checked against the provider's schema."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import jsii

from quantacirc_cdk.errors import Problem, PropsError, SchemaError, nearest
from quantacirc_cdk.jsii_module import JsiiClass, JsiiModule
from quantacirc_cdk.limits.check import check_of, raise_same_id
from quantacirc_cdk.limits.terraform import ProviderReference, TerraformName
from quantacirc_cdk.plain import path_of, stays_plain
from quantacirc_cdk.terraform.elements import Clash
from quantacirc_cdk.terraform.engine import NAME, Construct, TerraformDataSource, TerraformElement, TerraformResource
from quantacirc_cdk.terraform.meta_arguments import meta_complaints
from quantacirc_cdk.terraform.schemas import Kind, provider_schemas, schemas_covering
from quantacirc_cdk.terraform.stack import declare_in_stack
from quantacirc_cdk.terraform.values import plain, value_complaints

MODULE = JsiiModule(
    name="quantacirc-cdk-terraform",
    source=Path(__file__).with_suffix(".js"),
    classes=[
        JsiiClass(name=name, base=f"{NAME}.Terraform{name}", arguments=["id", "type", "name"])
        for name in ("DataSource", "Resource")
    ],
    libraries={NAME: "*", "constructs": "^10"},
)
MODULE.load()

_NAME = check_of(TerraformName)
_PROVIDER = check_of(ProviderReference | None)


def _check_address(scope: Construct, type: str, name: str, *, of: str = "") -> None:
    """Raise ``SchemaError`` for an address that Terraform refuses."""
    place = "/".join(filter(None, (path_of(scope), f"{of}{type}.{name}")))
    parts = (("type", type), ("name", name))
    wrong = [(part, one) for part, given in parts for one in _NAME(given)]
    if wrong:
        raise SchemaError(Problem(key=place, what=f"{part} {one.what}", expected=one.expected) for part, one in wrong)


class TakenError(SchemaError):
    """A second element with the name of another one in the same scope."""

    def __init__(self, clash: Clash) -> None:
        self.clash = clash
        super().__init__(Problem(key=clash.paths[0], what="a second construct with this id", expected="another id"))

    def __reduce__(self) -> tuple[type[SchemaError], tuple[tuple[Problem, ...]], dict[str, Any]]:
        """Pickle the error as a plain problem, for worker processes."""
        return SchemaError, (tuple(self.problems),), {"trace": self.trace}


def _place(element: "Resource | DataSource", scope: Construct, id: str) -> None:
    """Add an element to its scope. Raises ``TakenError`` if the scope has one with its address."""
    try:
        if not stays_plain(element, scope, id):
            jsii.create(element.__class__, element, [scope, id, element.type, element.name])
    except RuntimeError as error:
        try:
            raise_same_id(scope, id, error)
        except PropsError as wrong:
            path = wrong.problems[0].key
            clash = Clash(what=f"the address {element.address}", name=element.name, paths=(path, path))
            raise TakenError(clash) from None
        raise


class _Element:
    """Common base of resources and data sources; implements ``Declared``."""

    kind: ClassVar[Kind]
    block: ClassVar[str]
    meta: ClassVar[frozenset[str]]
    type: str
    name: str
    arguments: dict[str, Any]
    """Terraform's arguments; you can change them until synthesis."""
    is_moved: bool = False

    def _declare(self, element: TerraformElement, scope: Construct, arguments: Mapping[str, Any]) -> None:
        if "depends_on" in arguments:
            arguments = {**arguments, "depends_on": [_address(item) for item in arguments["depends_on"] or ()] or None}
        self.arguments = plain(arguments)
        declare_in_stack(self, element, scope)

    @property
    def path(self) -> str:
        """Path of the construct: ``prod-aws/network/aws_vpc.main``."""
        return path_of(self)

    @property
    def address(self) -> str:
        """Address in Terraform, ``aws_vpc.main``: the identity of the resource in the state."""
        return f"{'data.' if self.block == 'data' else ''}{self.type}.{self.name}"

    def ref(self, attribute: str) -> str:
        """Return a reference to ``attribute`` (``id``, ``arn``, ``endpoint``, ``identity[0].oidc[0].issuer``).

        The result is text that is valid in the same stack. Synthesis checks that the attribute exists. For another
        stack, use the engine's ``get_string_attribute``, which passes the value between stacks.
        """
        return f"${{{self.address}.{attribute}}}"

    @property
    def id(self) -> str:
        """Reference to the provider's id of the resource."""
        return self.ref("id")

    @property
    def arn(self) -> str:
        """Reference to the Amazon Resource Name (AWS only)."""
        return self.ref("arn")

    def problems(self) -> Iterator[Problem]:
        """Yield all arguments that the provider's schemas refuse."""
        if self.is_moved:
            return
        for key, what, expected in value_complaints(self.arguments, ""):
            yield self._problem(key, what, expected)
        for wrong in _PROVIDER(self.arguments.get("provider")):
            yield self._problem("provider", wrong.what, wrong.expected)
        covering = schemas_covering(self.kind, self.type)
        if not covering:
            yield self._unknown_type()
            return
        arguments = {name: value for name, value in self.arguments.items() if name not in self.meta}
        seen = set()
        for schema, block in covering:
            for key, what, expected in block.complaints(arguments):
                if (key, what) not in seen:
                    seen.add((key, what))
                    yield self._problem(key, f"{what} ({schema})" if len(covering) > 1 else what, expected)
        for key, what, expected in meta_complaints(self.arguments):
            yield self._problem(key, what, expected)

    def _unknown_type(self) -> Problem:
        schemas = provider_schemas(self.type.partition("_")[0])
        known = {name for schema in schemas for name in schema.types(self.kind)}
        where = f"in the schemas of {', '.join(map(str, schemas))}" if schemas else "in any provider's schema"
        close = nearest(self.type, known)
        found = f"{close}; or " if close.startswith('"') else ""
        expected = f"{found}a type that `qcdk provider-schema` has read from the provider you use"
        return self._problem("", f"no type {self.type} {where}", expected)

    def _problem(self, key: str, what: str, expected: str) -> Problem:
        path = f"{self.path}: {key}" if key else self.path
        return Problem(key=path, what=what, expected=expected)


class Resource(_Element, TerraformResource, metaclass=jsii.JSIIMeta, jsii_type=MODULE.type_name("Resource")):
    """A resource: ``Resource(self, "aws_s3_bucket", "files", bucket="…")`` is ``aws_s3_bucket.files``.

    The arguments are Terraform's. A nested block is a mapping, several blocks are a list; an argument that is None is
    not set. ``depends_on``, ``lifecycle``, ``count``, ``for_each``, ``provider`` (``"aws.recovery"``), ``connection``
    and ``provisioner`` are Terraform's meta-arguments. ``type`` and ``name`` are the address, regardless of the
    construct's place in the tree. As a ``TerraformResource``, it has the engine's escape hatches: ``add_override``,
    ``move_from_id``, ``move_to_id``, ``import_from``, aspects, and tokens for references between stacks.

    Raises ``SchemaError`` for a type or name that Terraform refuses: a letter or underscore comes first, then letters,
    digits, underscores and hyphens. Synthesis raises ``SchemaError`` with every argument, in all resources of all
    stacks, that is unknown, missing, of the wrong type or wrongly nested in any supported version of the provider, or
    that JSON cannot hold, such as NaN and integers of 2**53 and more. It also checks the form of templates, and that
    references have a target other than the resource itself.
    """

    kind = "resources"
    block = "resource"
    meta = frozenset({"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"})

    def __init__(self, scope: Construct, type: str, name: str, /, **arguments: Any) -> None:
        _check_address(scope, type, name)
        self.type, self.name = type, name
        _place(self, scope, f"{type}.{name}")
        self._declare(self, scope, arguments)

    def move_to(self, move_target: str, index: str | float | None = None) -> None:
        """Move this resource to the one with ``add_move_target(move_target)``; it is then no longer declared."""
        self.arguments.clear()
        self.is_moved = True
        super().move_to(move_target, index)

    def move_to_id(self, id: str) -> None:
        """Move this resource to the address ``id``; it is then no longer declared."""
        self.arguments.clear()
        self.is_moved = True
        super().move_to_id(id)


class DataSource(_Element, TerraformDataSource, metaclass=jsii.JSIIMeta, jsii_type=MODULE.type_name("DataSource")):
    """A data source: ``DataSource(self, "aws_caller_identity", "current")`` is ``data.aws_caller_identity.current``.

    It is declared, referenced and checked like a ``Resource``.
    """

    kind = "data"
    block = "data"
    meta = frozenset({"count", "depends_on", "for_each", "lifecycle", "provider"})

    def __init__(self, scope: Construct, type: str, name: str, /, **arguments: Any) -> None:
        _check_address(scope, type, name, of="data.")
        self.type, self.name = type, name
        _place(self, scope, f"data.{type}.{name}")
        self._declare(self, scope, arguments)


def _address(item: Any) -> str:
    if isinstance(item, _Element):
        return item.address
    return item if isinstance(item, str) else str(item.fqn)
