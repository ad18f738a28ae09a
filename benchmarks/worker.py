"""A process that holds one contender and one workload, and what starts and asks it.

Processes of their own keep the thread pools and caches of the contenders apart; asked in turn, each
for a short block, they all see the same machine. A process that is not asked is stopped: threads
that look for work while they have none would slow the others.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

WARMUP_CALLS = 3


class Worker:
    """The asking side. `start` waits until the first result is there."""

    def __init__(self, contender, workload, threads, environment):
        self.contender = contender
        self._process = subprocess.Popen(
            [sys.executable, __file__, contender, workload, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment, "OMP_NUM_THREADS": str(threads)},
        )
        self._log = []
        _drain(self._process.stderr, self._log)

    def start(self):
        """{"compile_seconds", ...}, or {"unavailable": why}."""
        answer = self._answer()
        self._process.send_signal(signal.SIGSTOP)
        return answer

    def run_block(self, seconds):
        """Seconds of each call, called for `seconds`."""
        return self.ask("block", seconds=seconds)["times"]

    def ask(self, command, **arguments):
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        self._process.send_signal(signal.SIGSTOP)
        return answer

    def stop(self):
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.close()
        self._process.wait()

    def _answer(self):
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self._process.wait()
        last = [line for line in self._log if line.strip()][-1:] or ["no message"]
        return {"unavailable": f"ended with status {self._process.returncode}: {last[0]}"}


def _drain(stream, lines):
    def read():
        for line in stream:
            lines.append(line.rstrip())
            del lines[:-200]

    threading.Thread(target=read, daemon=True).start()


class _OwnTime:
    """The seconds of a compilation that are Hidet's own: neither Dynamo's nor AOTAutograd's.

    Loading the library, lowering and compiling each graph, and the first run of each, which
    packs the weights.
    """

    def __init__(self):
        import hidet_torch.compile as compile_module
        from hidet_torch import backend

        self.seconds = 0.0
        self._first_runs = set()
        backend.load = self._timed(backend.load)
        backend.compile_fx_graph = self._timed(backend.compile_fx_graph)
        compile_module.wrappers.append(self._wrap)
        self.stop = compile_module.wrappers.clear

    def _timed(self, function):
        def call(*arguments, **keywords):
            start = time.perf_counter()
            try:
                return function(*arguments, **keywords)
            finally:
                self.seconds += time.perf_counter() - start

        return call

    def _wrap(self, graph):
        def run(inputs):
            if id(graph) in self._first_runs:
                return graph(inputs)
            self._first_runs.add(id(graph))
            return self._timed(graph)(inputs)

        run._boxed_call = True
        return run


def _compile(contender, workload, threads):
    """(call, facts) after the first result."""
    from contenders import CONTENDERS

    own = _OwnTime() if contender == "hidet-own-time" else None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        call = CONTENDERS["hidet" if own else contender](workload, threads)
        outputs = workload.run(call)
        facts = {"compile_seconds": time.perf_counter() - start}
    if own:
        facts["own_seconds"] = own.seconds
    facts["warnings"] = [str(w.message) for w in caught if "hidet" in str(w.message)]
    return call, outputs, facts


def _errors(workload, outputs):
    """The rms and the largest error against float64, as shares of the rms of the result."""
    import torch

    double = workload.in_float64()
    references = double.run(double.model)
    squares, count, largest, scale = 0.0, 0, 0.0, 0.0
    for output, reference in zip(outputs, references, strict=True):
        difference = output.detach().double() - reference
        size = reference.square().mean().sqrt().clamp_min(torch.finfo(torch.float32).tiny)
        squares += (difference / size).square().sum().item()
        count += difference.numel()
        largest = max(largest, (difference / size).abs().max().item())
        scale = max(scale, size.item())
    return {"rms_error": (squares / count) ** 0.5, "max_error": largest, "rms_of_result": scale}


def _explain(workload):
    import torch

    import hidet_torch

    with torch.no_grad() if not workload.training else torch.enable_grad():
        explanation = hidet_torch.explain(
            workload.model, *workload.inputs, options={"progress": False}, time=True
        )
    return {
        "text": str(explanation),
        "kernel_seconds": {kernel.symbol: kernel.seconds for kernel in explanation.kernels},
        "kernels": len(explanation.kernels),
        "launches": sum(kernel.launches for kernel in explanation.kernels),
        "aten_calls": len(explanation.aten_calls),
        "generated_share": explanation.generated_seconds / (explanation.seconds or 1),
    }


def _block(workload, call, seconds):
    for _ in range(WARMUP_CALLS):
        workload.run(call)
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        workload.run(call)
        times.append(time.perf_counter() - start)
    return {"times": times}


def main(contender, name, threads):
    # What libraries print goes to stderr: the answers alone go to stdout.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    import torch
    from contenders import Unavailable
    from zoo import load

    torch.set_num_threads(int(threads))
    workload = load(name)
    try:
        call, outputs, facts = _compile(contender, workload, int(threads))
    except Unavailable as reason:
        answer({"unavailable": str(reason)})
        return
    except Exception as error:
        answer({"unavailable": f"{type(error).__name__}: {str(error).strip()[:300]}"})
        return
    answer(facts)
    for line in sys.stdin:
        request = json.loads(line)
        command = request["command"]
        if command == "block":
            answer(_block(workload, call, request["seconds"]))
        elif command == "errors":
            answer(_errors(workload, outputs))
        elif command == "flops":
            answer({"flops": workload.flops()})
        elif command == "explain":
            answer(_explain(workload))


if __name__ == "__main__":
    main(*sys.argv[1:])
