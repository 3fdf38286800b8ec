"""A stack of buckets: ``resources.py "Resource" 1000 OUT``, or ``"prebuilt bindings"`` in an environment with them."""

import sys


def with_resource(count: int, out: str) -> None:
    """Write it as this package does."""
    from pathlib import Path

    from quantacirc_cdk.terraform import App, Resource, Stack

    app = App(outdir=Path(out))
    stack = Stack(app, "buckets")
    for number in range(count):
        Resource(stack, "aws_s3_bucket", f"b{number}", bucket=f"shop-{number}", tags={"number": str(number)})
    app.synth()


def with_bindings(count: int, out: str) -> None:
    """Write it with the provider's prebuilt bindings."""
    from cdktf import App, TerraformStack
    from cdktf_cdktf_provider_aws.provider import AwsProvider
    from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket

    app = App(outdir=out)
    stack = TerraformStack(app, "buckets")
    AwsProvider(stack, "aws", region="eu-central-1")
    for number in range(count):
        S3Bucket(stack, f"b{number}", bucket=f"shop-{number}", tags={"number": str(number)})
    app.synth()


if __name__ == "__main__":
    _, way, count, out = sys.argv
    {"Resource": with_resource, "prebuilt bindings": with_bindings}[way](int(count), out)
