"""The default apps, which write the parts of the output for any project.

``qcdk synth`` runs them. A project replaces an app with a file of the same name in its own ``apps/``:
``apps/pipeline.py`` beside ``apps/system.yaml`` replaces ``pipeline``. Each has ``synthesize(project_root, outdir,
environments)``, which writes to ``outdir``. ``workloads`` is a cdk8s app and ``infrastructure`` a CDKTF app: you can
name ``python -m quantacirc_cdk.apps.workloads`` in ``cdk8s.yaml``.
"""
