"""``midframe models``: see, fetch and check weights."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress
from midframe.cli.readable import readable_size
from midframe.cli.spelling import spell
from midframe.errors import OptionError, WeightsError
from midframe.models import cache
from midframe.models.catalog import Catalog, load_catalog, resolve_model
from midframe.models.entries import FileSource, HubSource, ModelEntry, Source, UrlSource
from midframe.models.export import check_export, export_checkpoint
from midframe.models.fetch import ensure
from midframe.paths import user_path
from midframe.tables import format_table

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="List, download and check RIFE weights.",
    epilog=(
        "Weights are downloaded to a cache folder on first use. MIDFRAME_CACHE names another folder, "
        "MIDFRAME_OFFLINE=1 forbids downloads, and MIDFRAME_CATALOG names a file with additional models and mirrors "
        "(docs/weights.md)."
    ),
)

_LIST_HELP = """List the models of the catalogue, with advice which to use.

With --sources, HASH says how a download is checked: "stated" hashes are compared with the SHA-256 in the catalogue,
"first use" ones will be recorded at the first download, and "recorded" ones have been. ROW is the network's
architecture: models of one row differ only in how they were trained.
"""

_INFO_HELP = """Show a model's source and licence, and what is not known about it.

Takes a name from the catalogue or the path of a file or folder, which is recognised by its content.

\b
Examples:
  midframe models info 4.25
  midframe models info ckpt/rifev4_25
"""

_PULL_HELP = """Download models to the cache, and with --to to another folder as well.

Models in the cache are not downloaded again. The path of each file is printed.

\b
Examples:
  midframe models pull                            (the default model)
  midframe models pull 4.6 4.22.lite              (two others)
  midframe models pull 4.25 --to ckpt/rifev4_25   (with a copy in that folder)
"""

_VERIFY_HELP = """Check weights: their SHA-256 is computed again, and they must load as a complete network.

Takes names from the catalogue and paths of files or folders; without any, all cached models are checked. The
exit code is 1 if any of them fails.

\b
Examples:
  midframe models verify
  midframe models verify 4.25 ckpt/rifev4_25 ~/Downloads/flownet.pkl
"""


@app.command("list", help=_LIST_HELP)
def list_models(
    sources: Annotated[bool, typer.Option("--sources", help="Show rows, hashes and sources instead.")] = False,
) -> None:
    """Print one line per model."""
    catalog = load_catalog()
    heading = ("NAME", "ROW", "SIZE", "CACHED", "HASH", "SOURCE") if sources else ("NAME", "SIZE", "CACHED", "ADVICE")
    columns = _source_columns if sources else _advice_columns
    rows = [heading, *(columns(entry) for entry in catalog.models.values())]
    print_lines(*format_table(rows, "<" * len(heading)))
    print_lines("", f"{len(catalog.models)} models; the default is {catalog.default_model}.")


@app.command("info", help=_INFO_HELP)
def show_model(
    name: Annotated[
        str, typer.Argument(metavar="NAME|PATH", help="A model's name, such as 4.25, or a path.", show_default=False)
    ],
) -> None:
    """Print everything that is known of a model."""
    catalog = load_catalog()
    target = resolve_model(name, catalog)
    if isinstance(target, Path):
        _show_file(target, catalog)
    else:
        _show_entry(target)


def _show_file(path: Path, catalog: Catalog) -> None:
    """What a file contains, and then what is known of the model in the catalogue that it is."""
    from midframe.models.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(path)
    print_lines(f"file:     {checkpoint.path}", f"weights:  {checkpoint.model.description}")
    named = _named(checkpoint.sha256, catalog)
    if named is not None:
        _show_entry(named)
        return
    print_lines(
        "model:    not a file of the catalogue",
        f"size:     {readable_size(checkpoint.path.stat().st_size)}",
        f"sha-256:  {checkpoint.sha256}",
        *(["", *(line for note in checkpoint.notes for line in textwrap.wrap(note, 100))] if checkpoint.notes else []),
    )


def _named(sha256: str, catalog: Catalog) -> ModelEntry | None:
    """The model of the catalogue with this hash, as it is stated or was recorded at the first download."""
    for entry in catalog.models.values():
        record = None if entry.sha256 else cache.read_record(entry)
        if sha256 == (record.sha256 if record else entry.sha256):
            return entry
    return None


def _show_entry(entry: ModelEntry) -> None:
    path = cache.cached_path(entry)
    record = None if entry.sha256 else cache.read_record(entry)
    if entry.sha256:
        digest = entry.sha256
    elif record:
        digest = f"{record.sha256} (recorded at the first download; no publisher states it)"
    else:
        digest = "not known: recorded at the first download, and pinned from then on"
    print_lines(
        f"model:    {entry.name}",
        *([f"advice:   {entry.advice}"] if entry.advice else []),
        f"row:      {entry.row}",
        f"source:   {entry.source}",
        *(f"mirror:   {mirror}" for mirror in entry.mirrors),
        f"size:     {_size(entry)}",
        f"sha-256:  {digest}",
        f"licence:  {entry.licence}",
        f"cached:   {path if path.exists() else 'no'}",
        "",
        *textwrap.wrap(entry.provenance, 100),
    )


@app.command("pull", help=_PULL_HELP)
def pull_models(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Models to download.", show_default="the default model"),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also copy the model to FOLDER/model.pkl, with its source and licence."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --to replace another model.pkl.")] = False,
) -> None:
    """Fetch models."""
    catalog = load_catalog()
    entries = [catalog.model(name) for name in names or [catalog.default_model]]
    if to is not None and len(entries) > 1:
        raise OptionError(f"--to takes one model, not {len(entries)}; pull them one by one, each to a separate folder.")
    if force and to is None:
        raise OptionError("--force is only for --to; cached models are checked anyway.")
    if to is not None:
        check_export(user_path(to))
    for entry in entries:
        file = ensure(entry, DownloadProgress())
        if to is not None:
            file = export_checkpoint(entry, file, user_path(to), replace=force)
        print_lines(f"{entry.name}: {file}")


@app.command("verify", help=_VERIFY_HELP)
def verify_models(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME|PATH...", help="What to check.", show_default="all cached models"),
    ] = None,
) -> None:
    """Check weights and exit with 1 if any fail."""
    catalog = load_catalog()
    found: list[Path | ModelEntry] = [resolve_model(target, catalog) for target in targets or ()]
    if not targets:
        found = [entry for entry in catalog.models.values() if cache.cached_path(entry).exists()]
    if not found:
        print_lines(f"No model is cached in {cache.cache_folder()}; download one with `midframe models pull`.")
    failed = 0
    for target in found:
        label = target.name if isinstance(target, ModelEntry) else str(target)
        try:
            print_lines(f"ok      {label}: {_checked(target, catalog)}")
        except WeightsError as error:
            failed += 1
            print_lines(f"FAILED  {label}: {spell(str(error))}")
    if failed:
        raise typer.Exit(1)


def _advice_columns(entry: ModelEntry) -> tuple[str, ...]:
    return entry.name, _size(entry), _cached(entry), entry.advice


def _source_columns(entry: ModelEntry) -> tuple[str, ...]:
    unstated = "recorded" if cache.read_record(entry) else "first use"
    digest = "stated" if entry.sha256 else unstated
    more = f" (+{len(entry.mirrors)})" if entry.mirrors else ""
    return entry.name, entry.row, _size(entry), _cached(entry), digest, f"{_short(entry.source)}{more}"


def _cached(entry: ModelEntry) -> str:
    return "yes" if cache.cached_path(entry).exists() else "-"


def _size(entry: ModelEntry) -> str:
    record = cache.read_record(entry)
    return readable_size(entry.size or (record.size if record else None))


def _short(source: Source) -> str:
    match source:
        case UrlSource():
            return f"release at {urlsplit(source.url).netloc}"
        case HubSource():
            return f"Hugging Face {source.repository}"
        case FileSource():
            return f"file {source.path}"
        case _:
            return f"package {source.requirement}"


def _checked(target: Path | ModelEntry, catalog: Catalog) -> str:
    """Check one target and say what it is, or raise a WeightsError that says what is wrong with it."""
    # Only this command reads checkpoints.
    from midframe.models.checkpoints import load_checkpoint

    if isinstance(target, Path):
        checkpoint = load_checkpoint(target)
        named = _named(checkpoint.sha256, catalog)
        origin = f"the catalogue's model {named.name}" if named else "not a file of the catalogue"
        return f"{checkpoint.model.description}; {origin} (SHA-256 {checkpoint.sha256})"
    path = cache.cached_path(target)
    problem = cache.fault(target, rehash=True)
    if problem is not None:
        raise WeightsError(f"{path} {problem}; download it with `midframe models pull {target.name}`.")
    checkpoint = load_checkpoint(path)
    if (checkpoint.architecture.name, checkpoint.model.row) != (target.architecture, target.row):
        raise WeightsError(
            f"{path} is of {checkpoint.model.description}, not of row {target.row} as the catalogue says."
        )
    return f"{checkpoint.model.description} (SHA-256 {checkpoint.sha256})"
