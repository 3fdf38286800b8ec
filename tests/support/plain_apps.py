"""A project whose apps write plain files, to test how output is put in place without synthesizing anything."""

from quantacirc_cdk.synth import PARTS
from quantacirc_cdk.synth.ownership import MARKER
from support.project import Project

APP = '''\
def synthesize(root, out, environments):
    """Write as many files as a real app, all with the text of the file `content`."""
    text = (root / "content").read_text()
    for environment in environments or sorted(path.stem for path in (root / "apps" / "environments").iterdir()):
        folder = out / PATTERN.format(environment)
        folder.mkdir(parents=True)
        for index in range({files}):
            (folder / f"{{index:03}}.yaml").write_text(text)
'''

NOTHING = "def synthesize(root, out, environments):\n    pass\n"


def with_plain_apps(project: Project, files: int = 3) -> Project:
    """Give a project apps of its own: two that write ``files`` files for each environment, filled with the text of
    ``content``, and for the other parts apps that write nothing.
    """
    patterns = {"workloads": "{}", "infrastructure": "stacks/{}-local"}
    for part in PARTS:
        (project.root / part.app).write_text(NOTHING)
    for name, pattern in patterns.items():
        code = f"PATTERN = {pattern!r}\n\n\n" + APP.format(files=files)
        (project.root / "apps" / f"{name}.py").write_text(code)
    (project.root / "content").write_text("old\n")
    return project


def contents(project: Project) -> set[str]:
    """Return the distinct contents of all files of the output but its marker."""
    files = (path for path in (project.root / "dist").rglob("*") if path.is_file() and path.name != MARKER)
    return {path.read_text() for path in files}
