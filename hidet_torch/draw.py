"""Draws a task mapping: ``python -m hidet_torch.draw "repeat(4, 1) * spatial(16, 8)"``.

Writes an SVG picture (a grid of tasks, each with its worker and its place in the worker's order)
or, with ``--table``, a line for each worker with its tasks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hidet_torch.library import load


def draw(mapping: str) -> str:
    """The SVG picture of a mapping of one or two axes; ValueError where the text is no mapping."""
    return load().draw_mapping(mapping)


def table(mapping: str) -> str:
    """The tasks of each worker, one line a worker; ValueError where the text is no mapping."""
    return load().mapping_table(mapping)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hidet_torch.draw", description="Draw a task mapping."
    )
    parser.add_argument(
        "mapping",
        help='a product of spatial(...), repeat(...), replicate(n), as in "repeat(4, 1) * '
        'spatial(16, 8)"; an order of axes, slowest first: "spatial(4, 8, order 1 0)"',
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write to FILE, not to standard output"
    )
    parser.add_argument(
        "--table", action="store_true", help="print each worker's tasks instead of a picture"
    )
    options = parser.parse_args(arguments)
    try:
        text = table(options.mapping) if options.table else draw(options.mapping)
        if options.output is None:
            sys.stdout.write(text)
        else:
            options.output.write_text(text, encoding="utf-8")
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
