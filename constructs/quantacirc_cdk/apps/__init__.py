"""The apps that write each part of the output for any project.

``qcdk synth`` runs them. A project replaces one with a file of the same name in its own ``apps/``:
``apps/pipeline.py`` beside ``apps/system.yaml`` takes the place of ``pipeline`` here. Each has
``synthesize(project_root, outdir, environments)``, which writes to ``outdir``. ``workloads`` is a cdk8s app and
``infrastructure`` a CDKTF app: ``python -m quantacirc_cdk.apps.workloads`` runs one, as ``cdk8s.yaml`` may name it.
"""
