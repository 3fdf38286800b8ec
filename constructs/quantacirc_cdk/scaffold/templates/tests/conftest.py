"""The fixtures of quantacirc-cdk: manifests and stack, once for each environment."""

pytest_plugins = ["quantacirc_cdk.testing.plugin"]
