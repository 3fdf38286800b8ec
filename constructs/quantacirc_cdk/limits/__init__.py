"""Limits of Kubernetes, the clouds and formats: one table of rules for the model and for the constructs' props.

A rule is part of a type annotation, ``name: kubernetes.DnsLabel``. The model evaluates it with pydantic
(``model/values.py``), and the props of constructs with ``check``. This package does not need jsii, and imports pydantic
only when a model does.
"""
