"""Where results go; the results of models.py as tables, and beside what has to be reached."""

import os
import pathlib

from rich.console import Console
from rich.table import Table

# Share of the FMA peak over a whole model of long matmuls.
WANTED_SHARE_OF_PEAK = {"minilm-128": 0.78}
WANTED_OVER_INDUCTOR = {"minilm-128": 1.4, "minilm-16": 1.4, "bert-base-128": 1.4}
WANTED_WARM_OWN_SECONDS = {"minilm-128": 0.3}
WANTED_COLD_SHARE_OF_INDUCTOR = {"minilm-128": 1 / 3}
WANTED_ERROR_OVER_EAGER = 2.0


def results_directory():
    """$OUT, else the folder of committed results."""
    named = os.environ.get("OUT")
    return pathlib.Path(named) if named else pathlib.Path(__file__).parent / "results"


def new_console():
    """As wide as the tables need, where the output is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def print_model(result):
    contenders = result["contenders"]
    console = new_console()
    if not contenders:
        console.print(f"{result['model']}: nothing to measure: {result['left_out']}")
        return
    reference = "hidet" if "hidet" in contenders else next(iter(contenders))
    table = Table(
        title=f"{result['model']}, {result['threads']} threads: {result['flops'] * 1e-9:.2f} "
        f"GFLOP, at least {result['floor_seconds'] * 1e3:.2f} ms at the FMA peak of "
        f"{result['fma_peak_gflops']:.0f} GFLOP/s"
    )
    table.add_column("", no_wrap=True)
    for head in [
        "latency ms",
        f"over {reference}",
        "of peak",
        "cold compile s",
        "warm s",
        "rms error",
        "of eager's",
    ]:
        table.add_column(head, justify="right")
    eager_error = contenders.get("eager", {}).get("rms_error")
    for name, facts in contenders.items():
        table.add_row(
            name,
            f"{facts['seconds'] * 1e3:.3f}",
            f"{facts['seconds'] / contenders[reference]['seconds']:.2f}",
            f"{facts['share_of_peak']:.0%}",
            f"{facts['cold_seconds']:.2f}",
            f"{facts['warm_seconds']:.2f}",
            f"{facts['rms_error']:.1e}",
            f"{facts['rms_error'] / eager_error:.2f}" if eager_error else "",
        )
    console.print(table)
    for name, reason in result["left_out"].items():
        console.print(f"left out: {name}: {reason}", markup=False)
    for name, facts in contenders.items():
        for warning in facts["warnings"]:
            console.print(f"{name} warned: {warning}", markup=False)
    kernels = result.get("kernels", {})
    if "text" in kernels:
        console.print(
            f"hidet: {kernels['kernels']} kernels, {kernels['launches']} launches, "
            f"{kernels['aten_calls']} ATen calls, {kernels['generated_share']:.1%} of the time in "
            f"generated kernels; {contenders['hidet'].get('warm_own_seconds') or 0:.2f} s of a "
            "warm start are its own"
        )


def print_targets(results):
    rows = [row for result in results for row in targets(result)]
    if not rows:
        return
    table = Table(title="what has to be reached")
    for head in ["model", "what", "wanted", "is", ""]:
        table.add_column(head)
    for model, what, wanted, value, reached in rows:
        table.add_row(model, what, wanted, value, "reached" if reached else "NOT REACHED")
    new_console().print(table)


def targets(result):
    """(model, what, wanted, is, reached) for each figure that the project has promised."""
    model, contenders = result["model"], result["contenders"]
    ours = contenders.get("hidet")
    if ours is None:
        return
    peers = {name: facts["seconds"] for name, facts in contenders.items() if name not in ("hidet",)}
    inductors = [seconds for name, seconds in peers.items() if name.startswith("inductor")]

    def at_least(what, value, wanted):
        return model, what, f">= {wanted:.2f}", f"{value:.2f}", value >= wanted

    def at_most(what, value, wanted):
        return model, what, f"<= {wanted:.2f}", f"{value:.2f}", value <= wanted

    if model in WANTED_OVER_INDUCTOR and peers:
        best = min(peers, key=peers.get)
        yield at_least(f"as fast as the best peer ({best})", peers[best] / ours["seconds"], 1.0)
        if inductors:
            ratio = min(inductors) / ours["seconds"]
            yield at_least("over Inductor's faster mode", ratio, WANTED_OVER_INDUCTOR[model])
    elif "eager" in peers:
        yield at_least("as fast as eager", peers["eager"] / ours["seconds"], 1.0)
    if model in WANTED_SHARE_OF_PEAK:
        yield at_least("share of the FMA peak", ours["share_of_peak"], WANTED_SHARE_OF_PEAK[model])
    if model in WANTED_COLD_SHARE_OF_INDUCTOR and "inductor" in contenders:
        share = ours["cold_seconds"] / contenders["inductor"]["cold_seconds"]
        yield at_most(
            "cold compilation over Inductor's", share, WANTED_COLD_SHARE_OF_INDUCTOR[model]
        )
    if model in WANTED_WARM_OWN_SECONDS and ours.get("warm_own_seconds") is not None:
        yield at_most(
            "own share of a warm start, s", ours["warm_own_seconds"], WANTED_WARM_OWN_SECONDS[model]
        )
    if "eager" in contenders:
        ratio = ours["rms_error"] / contenders["eager"]["rms_error"]
        yield at_most("rms error over eager's", ratio, WANTED_ERROR_OVER_EAGER)
