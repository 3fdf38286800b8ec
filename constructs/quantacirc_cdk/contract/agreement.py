"""Check that a side declares exactly the names of the contract."""

from collections.abc import Iterator, Mapping
from typing import Literal

from quantacirc_cdk.contract.contract import Contract
from quantacirc_cdk.contract.registry import registry_disagreements
from quantacirc_cdk.errors import Problem, PropsError, nearest

Side = Literal["Kubernetes", "Terraform"]
_OTHER: Mapping[Side, Side] = {"Kubernetes": "Terraform", "Terraform": "Kubernetes"}


def disagreements(
    contract: Contract, side: Side, *, secrets: Mapping[str, str], accounts: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield each name that only one side has, with the places of both.

    ``secrets`` are the remote names of the secrets that ``side`` declares, and ``accounts`` the service accounts with
    an identity (``namespace/name``), each with the path of its construct.
    """
    agreed = {
        "secret": {name: one.declared for one in contract.secrets.values() for name in one.remotes},
        "service account": {f"{i.namespace}/{i.service_account}": i.declared for i in contract.identities.values()},
    }
    for kind, declared in (("secret", secrets), ("service account", accounts)):
        for name in sorted(declared.keys() - agreed[kind].keys()):
            what = f'the {kind} "{name}" of {contract.environment} is in {side} and not in {_OTHER[side]}'
            yield Problem(key=declared[name], what=what, expected=nearest(name, agreed[kind]))
        for name in sorted(agreed[kind].keys() - declared.keys()):
            what = f'the {kind} "{name}" of {contract.environment} is in {_OTHER[side]} and not in {side}'
            places = ", ".join(sorted(set(declared.values()))) or f"the constructs of {contract.environment}"
            yield Problem(key=agreed[kind][name], what=what, expected=f"it in {places}")
    yield from registry_disagreements(contract.registry, contract.secret_store.account)


def agree(contract: Contract, side: Side, *, secrets: Mapping[str, str], accounts: Mapping[str, str]) -> None:
    """Raise ``PropsError`` with all ``disagreements``."""
    problems = list(disagreements(contract, side, secrets=secrets, accounts=accounts))
    if problems:
        raise PropsError(problems)
