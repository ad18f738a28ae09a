"""One nn.Linear with constant weights, as share of the FMA peak of the same run.

    python benchmarks/matmul.py
    python benchmarks/matmul.py 16x384x1536 --contenders eager,hidet

Sizes are rows x depth x columns. Latencies include the call through torch.compile; the last column
is the kernel alone.
"""

import argparse
import json
import pathlib

import models
from contenders import CONTENDERS
from report import new_console, results_directory
from rich.table import Table

SIZES = ["128x768x3072", "128x3072x768", "128x384x1536", "128x1536x384", "16x384x1536"]
WANTED_SHARE_OF_PEAK = {"128x768x3072": 0.88}


def kernel_share(result):
    """The share of the FMA peak that the generated kernels reach with no call around them."""
    seconds = sum(result.get("kernels", {}).get("kernel_seconds", {}).values())
    return result["floor_seconds"] / seconds if seconds else None


def print_results(results, contenders):
    console = new_console()
    table = Table(title="share of the FMA peak")
    table.add_column("rows x depth x columns", no_wrap=True)
    table.add_column("GFLOP/s at peak", justify="right")
    for contender in contenders:
        table.add_column(contender, justify="right")
    table.add_column("hidet's kernel", justify="right")
    for size, result in results.items():
        if not result["contenders"]:
            continue
        shares = [result["contenders"].get(name, {}).get("share_of_peak") for name in contenders]
        shares.append(kernel_share(result))
        table.add_row(
            size,
            f"{result['fma_peak_gflops']:.0f}",
            *(f"{share:.0%}" if share else "-" for share in shares),
        )
    console.print(table)
    for result in results.values():
        for name, reason in result["left_out"].items():
            console.print(f"left out: {result['model']}: {name}: {reason}", markup=False)
    for size, wanted in WANTED_SHARE_OF_PEAK.items():
        share = kernel_share(results[size]) if size in results else None
        if share:
            verdict = "reached" if share >= wanted else "NOT REACHED"
            console.print(f"{size}: wanted {wanted:.0%} of the peak, is {share:.0%}: {verdict}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", default=SIZES)
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--threads", default="2")
    parser.add_argument("--rounds", default="10")
    parser.add_argument("--json", type=pathlib.Path, default=results_directory() / "matmul.json")
    arguments = parser.parse_args()
    passed_on = ["--contenders", arguments.contenders, "--threads", arguments.threads]
    passed_on += ["--rounds", arguments.rounds, "--block-seconds", "0.2"]
    measuring = models.parse(passed_on)
    results = {size: models.measure_model(f"linear-{size}", measuring) for size in arguments.sizes}
    print_results(results, measuring.contenders)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    record = {"machine": models.machine(), "matmuls": results}
    arguments.json.write_text(json.dumps(record, indent=1) + "\n")
    print(f"written: {arguments.json}")


if __name__ == "__main__":
    main()
