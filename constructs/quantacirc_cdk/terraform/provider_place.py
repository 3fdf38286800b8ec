"""Account and region of a stack's provider, which are those of its constructs.

A construct creates everything with the stack's provider: another account or region in its props would only be in names
and policies, and in no resource.
"""

from typing import Any, NamedTuple

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.plain import path_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.stack import stack_of
from quantacirc_cdk.text.terraform import has_expression

_PLACES, _PLACED = "_quantacirc_places", "_quantacirc_placed"
_FIELDS = {"aws": ("account", "region"), "azure": ("account", "region"), "gcp": ("account",)}
"""What the provider decides. Resources of Google Cloud have a region of their props."""


class _Placed(NamedTuple):
    path: str
    cloud: str
    values: dict[str, str]


def set_provider(provider: Construct, cloud: str, *, account: str, region: str) -> None:
    """Record the account and region of a provider. Raises ``PropsError`` for earlier constructs of another one."""
    stack: Any = stack_of(provider)
    place = {"account": account, "region": region}
    setattr(stack, _PLACES, {**getattr(stack, _PLACES, {}), cloud: (path_of(provider), place)})
    found = [(one.path, wrong) for one in getattr(stack, _PLACED, ()) for wrong in _refusals(stack, one)]
    if found:
        raise PropsError(wrong.problem(path) for path, wrong in found)


def provider_region(scope: Construct, cloud: str) -> str | None:
    """Return the region of the provider of a construct; None if its stack has none yet."""
    _path, place = getattr(stack_of(scope), _PLACES, {}).get(cloud, ("", {}))
    region: str | None = place.get("region")
    return region


def place_refusals(kind: type, scope: Construct, id: str, props: Any) -> list[Refusal]:
    """Return what in the props of a new construct contradicts the provider of its stack, if there is one yet."""
    module = next((one.__module__ for one in kind.__mro__ if one.__module__.startswith(__package__ or "")), "")
    cloud = module.removeprefix(f"{__package__}.").partition(".")[0]
    if cloud not in _FIELDS:
        return []
    values = {key: getattr(props, key, None) for key in _FIELDS[cloud]}
    given = {key: value for key, value in values.items() if isinstance(value, str) and not has_expression(value)}
    placed = _Placed(f"{path_of(scope)}/{id}".lstrip("/"), cloud, given)
    stack: Any = stack_of(scope)
    if cloud not in getattr(stack, _PLACES, {}):
        setattr(stack, _PLACED, [*getattr(stack, _PLACED, ()), placed])
    return _refusals(stack, placed)


def _refusals(stack: Any, placed: _Placed) -> list[Refusal]:
    path, place = getattr(stack, _PLACES, {}).get(placed.cloud, ("", {}))
    return [
        Refusal(key, f'"{value}"', f'"{place[key]}", as of {path}')
        for key, value in placed.values.items()
        if key in place and place[key] != value and not has_expression(place[key])
    ]
