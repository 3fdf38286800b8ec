"""Ask the emulator, in its own environment, which has boto3: ``python -m aws.emulator.client URL`` with calls as JSON.

Reads ``[[service, region, operation, parameters], …]`` and prints the answers; a refusal is ``{"Error": {…}}``.
"""

import json
import sys
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError


@cache
def client(url: str, service: str, region: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id="emulated",
        aws_secret_access_key="emulated",
    )


def answer(url: str, service: str, region: str, operation: str, parameters: dict[str, Any]) -> Any:
    try:
        found = getattr(client(url, service, region), operation)(**parameters)
    except ClientError as error:
        return {"Error": error.response["Error"]}
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def main() -> None:
    answers = [answer(sys.argv[1], *call) for call in json.load(sys.stdin)]
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main()
