"""Constructs that check their props first."""

from typing import Any

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits import check
from quantacirc_cdk.limits.check import Refusal, check_call
from quantacirc_cdk.terraform.expressions import Flag, Items, Map, Number, Text
from quantacirc_cdk.terraform.provider_place import place_refusals


def known_later(value: Any) -> bool:
    """Return whether a value is known only to Terraform, and cannot be checked here."""
    return isinstance(value, Number | Flag | Items | Map | Text) or (
        isinstance(value, str) and ("${" in value or "TfToken[" in value)
    )


class Checked(check.Checked):
    """A construct that first checks its arguments: types, rules of the props, and rules of the cloud.

    Raises ``PropsError`` with all problems, and the path of the construct.
    """

    @staticmethod
    def check_props(props: Any) -> None:
        """Raise ``PropsError`` for values that this cloud refuses although another one allows them."""

    @classmethod
    def _refusals(cls, scope: Any, id: str, *arguments: Any, **keywords: Any) -> list[Refusal]:
        found = check_call(cls.__init__, (None, scope, id, *arguments), keywords, known_later)
        if found or not arguments:
            return found
        props = arguments[0]
        try:
            if hasattr(props, "check"):
                props.check()
            cls.check_props(props)
        except PropsError as error:
            return [Refusal("", f"{one.key}: {one.what}".removeprefix(": "), one.expected) for one in error.problems]
        return place_refusals(cls, scope, id, props)
