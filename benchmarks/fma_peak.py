"""The FMA peak of this machine, measured by a small C++ program that is compiled at run time."""

import ctypes
import functools
import os
import pathlib
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).with_suffix(".cpp")


@functools.cache
def _function():
    compiler = os.environ.get("CXX", "g++")
    flags = ["-O3", "-march=native", "-ffp-contract=fast", "-std=c++17", "-shared", "-fPIC"]
    with tempfile.TemporaryDirectory() as directory:
        library = pathlib.Path(directory) / "fma_peak.so"
        subprocess.run([compiler, *flags, "-pthread", str(SOURCE), "-o", str(library)], check=True)
        function = ctypes.CDLL(str(library)).fma_peak
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_int, ctypes.c_double]
    return function


def fma_peak(threads, seconds=0.05):
    """GFLOP/s of `threads` threads, fp32. One reading: take the largest of several."""
    return _function()(threads, seconds)


if __name__ == "__main__":
    for count in (1, len(os.sched_getaffinity(0))):
        peak = max(fma_peak(count) for _ in range(10))
        print(f"{count} threads: {peak:.1f} GFLOP/s")
