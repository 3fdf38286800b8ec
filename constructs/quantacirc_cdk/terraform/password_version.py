"""The version of a password that Terraform writes to two places."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.text.terraform import bare


def shared_version(scope: Construct, name: str, version: int | str, *places: str | None) -> str:
    """Return a version that changes with ``version`` and with the names of the ``places`` that have the password.

    A service and a secret write a password when its version changes, and each apply generates another one: a version
    that only one of them has separates them. Under another name, a secret is a new one, and a service has another
    address. ``terraform_data`` keeps the first names, so that passwords written before are not written again.
    """
    names = "".join(f"/{place}" for place in places if place)
    first = Resource(scope, "terraform_data", name, input=names, lifecycle={"ignore_changes": ["input"]})
    number = bare(version) if isinstance(version, str) else str(version)
    renamed = f'parseint(substr(sha256("{names}"), 0, 7), 16)'
    return f'${{{number} + ({first.address}.input == "{names}" ? 0 : {renamed})}}'
