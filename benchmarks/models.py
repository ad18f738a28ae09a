"""Latency, compile time and accuracy of whole models, beside the peers.

    python benchmarks/models.py                      the models of the README
    python benchmarks/models.py --quick minilm-128   fewer, shorter blocks
    python benchmarks/models.py resnet50 gpt2 --contenders eager,inductor,hidet

Each contender runs in a process of its own; short blocks of calls take turns, so that a change of
the machine's speed meets all of them, and a latency is the median of the blocks' medians, the first
rounds not counted: a machine that was idle is slow, and may have both threads on a core. The FMA
peak is measured between the rounds.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import tempfile

from contenders import CONTENDERS
from fma_peak import fma_peak
from report import print_model, print_targets, results_directory
from worker import Worker

DEFAULT_MODELS = ["minilm-128", "minilm-16", "bert-base-128"]
WARM_UP_ROUNDS = 4


def cache_environment(directory):
    """Every cache of a compiler in a folder of this run."""
    return {
        "HIDET_CACHE_DIR": str(directory / "hidet"),
        "TORCHINDUCTOR_CACHE_DIR": str(directory / "inductor"),
        "TRITON_CACHE_DIR": str(directory / "triton"),
    }


def start_contender(contender, model, threads, directory):
    """(worker or None, facts): compiled cold, then again in a second process, which is kept."""
    environment = cache_environment(directory)
    cold = Worker(contender, model, threads, environment)
    facts = cold.start()
    if "unavailable" in facts:
        cold.stop()
        return None, facts
    cold.stop()
    warm = Worker(contender, model, threads, environment)
    again = warm.start()
    if "unavailable" in again:
        warm.stop()
        return None, again
    facts = {"cold_seconds": facts["compile_seconds"], "warnings": facts["warnings"]}
    facts["warm_seconds"] = again["compile_seconds"]
    if contender == "hidet":
        timed = Worker("hidet-own-time", model, threads, environment)
        facts["warm_own_seconds"] = timed.start().get("own_seconds")
        timed.stop()
    return warm, facts


def measure_blocks(workers, rounds, block_seconds, threads):
    """({contender: medians of its blocks}, the largest FMA peak seen)."""
    medians = {name: [] for name in workers}
    peak = max(fma_peak(threads) for _ in range(5))
    for number in range(WARM_UP_ROUNDS + rounds):
        peak = max(peak, fma_peak(threads))
        for name, worker in workers.items():
            block = statistics.median(worker.run_block(block_seconds))
            if number >= WARM_UP_ROUNDS:
                medians[name].append(block)
    return medians, peak


def measure_model(model, arguments):
    """Everything about one model, as it goes into the JSON file."""
    result = {"model": model, "threads": arguments.threads, "contenders": {}, "left_out": {}}
    workers = {}
    with tempfile.TemporaryDirectory(prefix="hidet-benchmark-") as directory:
        for contender in arguments.contenders:
            print(f"  {model}: {contender}", flush=True)
            worker, facts = start_contender(
                contender, model, arguments.threads, pathlib.Path(directory, contender)
            )
            if worker is None:
                result["left_out"][contender] = facts["unavailable"]
                continue
            workers[contender] = worker
            result["contenders"][contender] = facts
        try:
            _fill_in(result, workers, arguments)
        finally:
            for worker in workers.values():
                worker.stop()
    return result


def _fill_in(result, workers, arguments):
    if not workers:
        return
    medians, peak = measure_blocks(
        workers, arguments.rounds, arguments.block_seconds, arguments.threads
    )
    flops = next(iter(workers.values())).ask("flops")["flops"]
    result |= {"fma_peak_gflops": peak, "flops": flops, "floor_seconds": flops / peak * 1e-9}
    for name, worker in workers.items():
        facts = result["contenders"][name]
        facts["seconds"] = statistics.median(medians[name])
        facts["best_block_seconds"] = min(medians[name])
        facts["blocks"] = medians[name]
        facts["share_of_peak"] = result["floor_seconds"] / facts["seconds"]
        facts |= worker.ask("errors")
    if "hidet" in workers and not arguments.no_kernels:
        result["kernels"] = workers["hidet"].ask("explain")


def machine():
    """What the figures depend on."""
    import torch

    cpu = platform.processor()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load_average": os.getloadavg()[0],
    }


def parse(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", default=DEFAULT_MODELS, metavar="MODEL")
    parser.add_argument(
        "--contenders",
        default=list(CONTENDERS),
        type=lambda text: text.split(","),
        help=f"of {','.join(CONTENDERS)}",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15, help="blocks of each contender")
    parser.add_argument("--block-seconds", type=float, default=0.4)
    parser.add_argument("--quick", action="store_true", help="5 rounds of 0.2 seconds")
    parser.add_argument("--no-kernels", action="store_true", help="no time of each kernel")
    parser.add_argument(
        "--json",
        type=pathlib.Path,
        default=results_directory() / "models.json",
    )
    parsed = parser.parse_args(arguments)
    if parsed.quick:
        parsed.rounds, parsed.block_seconds = 5, 0.2
    unknown = set(parsed.contenders) - set(CONTENDERS)
    if unknown:
        parser.error(f"no contender {', '.join(sorted(unknown))}")
    return parsed


def main(arguments=None):
    arguments = parse(arguments)
    if shutil.which(os.environ.get("CXX", "g++")) is None:
        raise SystemExit("the FMA peak is measured by a C++ program: install g++")
    results = {"machine": machine(), "models": []}
    if results["machine"]["load_average"] > results["machine"]["cores"] / 2:
        print("this machine is busy with something else: the figures will say little")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    for model in arguments.models:
        result = measure_model(model, arguments)
        results["models"].append(result)
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
        print_model(result)
    print_targets(results["models"])
    print(f"written: {arguments.json}")


if __name__ == "__main__":
    main()
