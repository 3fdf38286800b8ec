"""What Kubernetes, each cloud and each format refuse: one table of rules for the model and for the constructs' props.

A rule stands in a type annotation, ``name: kubernetes.DnsLabel``. In the model pydantic reads it (``model/values.py``),
in the props of a construct ``check``. Nothing here needs jsii, and nothing imports pydantic before a model does.
"""
