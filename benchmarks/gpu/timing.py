"""Times of calls on a GPU: events on the stream, contenders in turn, medians, a cold L2 cache.

Where there is no GPU the same calls are made with the CPU's clock: the figures then say nothing.
"""

import statistics
import time

import torch

_L2_BYTES_AT_LEAST = 64 << 20
LEAST_ROUNDS = 5
MOST_ROUNDS = 50
_flush_buffer = []


def flush_l2():
    """Writes more than the L2 cache holds."""
    if not _flush_buffer:
        size = getattr(torch.cuda.get_device_properties(0), "L2_cache_size", 0)
        _flush_buffer.append(
            torch.empty(max(2 * size, _L2_BYTES_AT_LEAST), dtype=torch.int8, device="cuda")
        )
    _flush_buffer[0].zero_()


def on_gpu():
    return torch.cuda.is_available()


def captured(call):
    """The call as a CUDA graph, so that a kernel's time has no part of Python's; and why not.

    (call, "") or (None, reason). The call was made before.
    """
    if not on_gpu():
        return None, "no GPU"
    try:
        torch.cuda.synchronize()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                call()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            call()
        graph.replay()
        torch.cuda.synchronize()
        return graph.replay, ""
    except Exception as error:
        return None, f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"


def _seconds_on_gpu(call, cold):
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    if cold:
        flush_l2()
    start.record()
    call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) * 1e-3


def _seconds_on_cpu(call, _cold):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def time_calls(calls, seconds=0.3, cold=True):
    """{name: median seconds} of callables that take turns, for about `seconds` in all."""
    once = _seconds_on_gpu if on_gpu() else _seconds_on_cpu
    for call in calls.values():
        call()
    expected = sum(once(call, cold) for call in calls.values())
    rounds = int(min(MOST_ROUNDS, max(LEAST_ROUNDS, seconds / max(expected, 1e-7))))
    if not on_gpu():
        rounds = 1
    times = {name: [] for name in calls}
    names = list(calls)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(once(calls[name], cold))
    return {name: statistics.median(values) for name, values in times.items()}


def time_kernels(calls, seconds=0.3):
    """({name: median seconds}, {name: why it is not captured}): each as a CUDA graph if it can."""
    graphs, reasons = {}, {}
    for name, call in calls.items():
        call()
        graph, reason = captured(call)
        graphs[name] = graph or call
        if reason and on_gpu():
            reasons[name] = reason
    return time_calls(graphs, seconds), reasons
