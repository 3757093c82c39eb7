"""Commands for operators: `python -m workers reindex|rollback|fill|watch|doctor|alive`."""

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Sequence

from indexing.bootstrap import Parts, require_store
from indexing.content.heartbeats import SILENT_SECONDS
from indexing.documents import DOCUMENT_TYPES
from indexing.errors import SearchServiceError
from indexing.private_files import keep_private
from indexing.reindex import request_rollback
from indexing.settings import Settings, read_settings
from workers.doctor import examine
from workers.terminal import follow
from workers.watch import ALIVE_FILE, silent_seconds


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m workers") -> None:
    """The command line."""
    options = _parser(prog).parse_args(arguments)
    try:
        settings = read_settings(os.environ)
        keep_private(settings.data_dir)
        if options.command == "alive":
            sys.exit(_alive(settings))
        require_store(settings)
        with contextlib.closing(Parts(settings)) as parts:
            sys.exit(_run(options, parts))
    except (SearchServiceError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nno longer watching; the job goes on")


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="Rebuilds, and the health of the workers.")
    commands = parser.add_subparsers(dest="command", required=True)
    reindex = commands.add_parser("reindex", help="build an index anew beside the live one")
    reindex.add_argument("--reembed", action="store_true", help="encode every text again")
    rollback = commands.add_parser("rollback", help="return to the index before the last rebuild")
    for command in (reindex, rollback):
        command.add_argument("--type", choices=(*DOCUMENT_TYPES, "all"), default="all", help="which index (all)")
        command.add_argument("--watch", action="store_true", help="show progress until it is done")
    commands.add_parser("fill", help="fill the configured engine before a move to it, while another one answers")
    commands.add_parser("watch", help="show a job's progress until it is done").add_argument("job")
    commands.add_parser("doctor", help="say what is wrong and what to do")
    commands.add_parser("alive", help="for health checks: whether a worker of this data directory is at work")
    return parser


def _run(options: argparse.Namespace, parts: Parts) -> int | str:
    if options.command == "doctor":
        return _doctor(parts)
    if options.command == "watch":
        return _watch(parts, options.job)
    if options.command == "fill":
        return _fill(parts)
    if options.command == "reindex":
        job = parts.jobs.open_reindex(options.type, reembed=options.reembed)
    else:
        job = request_rollback(parts.jobs, parts.engine, options.type, parts.stamp)
    if options.watch:
        return _watch(parts, job)
    print(job)
    return 0


def _watch(parts: Parts, id: str) -> int | str:
    job = follow(lambda: parts.jobs.get(id))
    for failure in job.failed_documents:
        print(f"  {failure.id}: {failure.error}")
    return 0 if job.state == "succeeded" else f"error: the job has {job.state}. {job.message}".rstrip()


def _fill(parts: Parts) -> int | str:
    job = parts.jobs.open("fill", "all")
    filling = threading.Thread(target=parts.rebuilder.fill, args=(job,), name="fill")
    filling.start()
    result = _watch(parts, job)
    filling.join()
    return result


def _doctor(parts: Parts) -> int:
    worst = 0
    for finding in examine(parts):
        print(f"{finding.level:8} {finding.text}")
        if finding.remedy:
            print(f"{'':8} -> {finding.remedy}")
        worst = max(worst, int(finding.level == "problem"))
    return worst


def _alive(settings: Settings) -> int | str:
    return (
        0
        if silent_seconds(settings.data_dir / ALIVE_FILE) < SILENT_SECONDS
        else f"no worker was at work here in the last {SILENT_SECONDS:.0f} s"
    )


if __name__ == "__main__":
    main()
