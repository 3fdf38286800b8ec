"""Write ``constructs/quantacirc_cdk/terraform/schemas/*.json`` from what the Terraform providers publish.

    tools/schemas.py wheel aws.6 cdktn_provider_aws-25.8.1-py3-none-any.whl
    tools/schemas.py wheel google.beta cdktn_provider_google_beta-21.1.0.whl --only google_project_service_identity
    tools/schemas.py wheel random cdktn_provider_random-15.0.1-py3-none-any.whl --only all
    tools/schemas.py terraform aws.5 hashicorp/aws 5.100.0 schema.json

``wheel`` reads the prebuilt bindings of a provider (``pip download --no-deps cdktn-provider-aws``): the assembly inside
names every argument with its type. ``terraform`` reads the output of ``terraform providers schema -json``.
Only the types that appear in ``constructs/`` are kept, but for providers that the constructs leave to others: of these
the types that stand beside a cluster are.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TERRAFORM = ROOT / "constructs" / "quantacirc_cdk" / "terraform"
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "constructs")]


def types_in_use(provider: str) -> set[str]:
    """Return every quoted word under the constructs, and in the table of grants, that may be a type of ``provider``."""
    words = re.compile(rf'"({provider}_[a-z0-9_]+)"')
    paths = (*TERRAFORM.rglob("*.py"), TERRAFORM.parent / "limits" / "cloud_access.py")
    return {word for path in paths for word in words.findall(path.read_text("utf-8"))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    wheel = commands.add_parser("wheel", help="read the bindings in a wheel")
    wheel.add_argument("name", help="name of the file to write: PROVIDER or PROVIDER.MAJOR")
    wheel.add_argument("wheel", type=Path)
    wheel.add_argument("--only", nargs="*", default=[], help="types to take, or `all`; by default those in use")
    terraform = commands.add_parser("terraform", help="read `terraform providers schema -json`")
    terraform.add_argument("name")
    terraform.add_argument("source", help="such as hashicorp/aws")
    terraform.add_argument("version", help="version that wrote the schema")
    terraform.add_argument("schema", type=Path)
    terraform.set_defaults(only=[])
    arguments = parser.parse_args()
    used = set(arguments.only) or types_in_use(arguments.name.partition(".")[0])
    if arguments.command == "wheel":
        from schemas_from_wheel import read_wheel

        document = read_wheel(arguments.wheel, used)
    else:
        from quantacirc_cdk.terraform.schemas.published import provider_document

        published = json.loads(arguments.schema.read_bytes())["provider_schemas"]
        provider = next(schema for name, schema in published.items() if name.endswith("/" + arguments.source))
        document = provider_document(provider, arguments.source, arguments.version, used)
    write(TERRAFORM / "schemas" / f"{arguments.name}.json", document)
    return 0


def write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{path.relative_to(ROOT)}: {document['source']} {document['version']}, {len(document['resources'])} types")


if __name__ == "__main__":
    sys.exit(main())
