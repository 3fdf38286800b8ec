"""Quoting, one module for each language that the output is written in. Nothing else concatenates a template.

| module | language | read by |
| --- | --- | --- |
| ``yaml`` | YAML that every reader reads alike, 1.1 or 1.2 | kubectl, helm, Argo CD, Compose, pipelines |
| ``go_template`` | Go's templates | helm, Argo CD's ``goTemplate``, Prometheus |
| ``terraform`` | strings of Terraform JSON | terraform, and cdktf before it |
| ``github`` | expressions ``${{ }}`` | GitHub Actions |
| ``gitlab`` | variables ``$NAME`` | GitLab CI/CD |
| ``groovy`` | strings, and Jenkins' variables ``$NAME`` in them | Jenkins |
| ``shell`` | assignments | bash, and ``source`` |
| ``compose`` | interpolation ``${NAME}`` | Docker Compose, podman-compose |
| ``markdown`` | Markdown with tables, and the HTML in it | GitHub, GitLab |
| ``html`` | pages that load nothing | browsers |
| ``mermaid`` | flowcharts | GitHub, GitLab |
| ``terminal`` | what a terminal shows | people |

Each takes text and returns text of its language that its reader reads as the first. ``controls`` says which characters
no language can carry; the model refuses those. Pure functions: no jsii, no files.
"""
