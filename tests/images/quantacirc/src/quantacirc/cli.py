"""The command line: submit tasks to the orchestrator and look at runs."""

import json
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from importlib.metadata import version

import click


@click.group()
@click.version_option(version("quantacirc"))
@click.option(
    "--orchestrator", envvar="QUANTACIRC_ORCHESTRATOR_URL", default="http://localhost:8080", show_default=True
)
@click.pass_context
def main(context: click.Context, orchestrator: str) -> None:
    """Drive QuantaCirc."""
    context.obj = orchestrator.rstrip("/")


@main.command()
@click.pass_obj
def agents(url: str) -> None:
    """List the agents."""
    click.echo("\n".join(_call(f"{url}/agents")))


@main.command()
@click.argument("agent")
@click.argument("text")
@click.pass_obj
def submit(url: str, agent: str, text: str) -> None:
    """Give AGENT a task and print the id of its run."""
    answer = _call(f"{url}/tasks/{urllib.parse.quote(agent, safe='')}", {"text": text})
    click.echo(answer["run"])


@main.command()
@click.argument("run")
@click.pass_obj
def show(url: str, run: str) -> None:
    """Show how a run stands."""
    click.echo(json.dumps(_call(f"{url}/runs/{urllib.parse.quote(run, safe='')}"), indent=2))


def _call(url: str, body: dict[str, str] | None = None):
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        with suppress(ValueError, LookupError, TypeError):  # a proxy's answer is not JSON
            text = json.loads(text)["error"]
        raise click.ClickException(f"{error.code}: {text}") from None
    except (urllib.error.URLError, OSError) as error:
        raise click.ClickException(f"{url}: {getattr(error, 'reason', error)}") from None
