"""Replays what a dump or the message of a bug names: `python -m hidet_torch.replay FILE`.

FILE is a program (`kernels/*/NN_pass.txt` of a dump, or the one that a pass failed on): the passes
that follow run, each verified, and the kernel's source is printed. Or it is a graph (`*.graph`): it
is compiled, and its plan printed.
"""

import argparse
import pathlib
import sys

from .library import load


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m hidet_torch.replay", description=__doc__)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--compile", action="store_true", help="compile the source, too")
    parser.add_argument(
        "--isa",
        default="avx2",
        choices=["avx512", "avx2", "portable"],
        help="what a graph is compiled for; a program says so itself",
    )
    asked = parser.parse_args(arguments)
    try:
        text = asked.file.read_text()
        if asked.file.suffix == ".graph":
            print(load().replay_graph(text, asked.isa), end="")
            return
        source, seconds = load().replay_kernel(text, asked.compile)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(source, end="")
    if seconds is not None:
        print(f"compiled in {1000 * seconds:.0f} ms", file=sys.stderr)


if __name__ == "__main__":
    main()
