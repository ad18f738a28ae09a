"""One FX graph of AOTAutograd -> one boxed callable."""

import dataclasses
import logging
import warnings

import torch
from torch.utils._python_dispatch import _disable_current_modes

from .fx.interpret import InterpretedGraph
from .fx.lower import lower
from .fx.sizes import UnsupportedGraph
from .library import load, nvrtc_directories

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Compilation:
    """What became of one FX graph."""

    kind: str  # "forward", "backward" or "inference"
    callable: object  # a BoxedCall of `_C`, or an InterpretedGraph
    report: dict
    problem: str = ""  # why it is not compiled by us, or not wholly


# Called with each Compilation, and put around each compiled graph; explain() does so.
listeners = []
wrappers = []


def compile_fx_graph(gm, kind, weights, options):
    """A boxed callable.

    What cannot be compiled runs by ATen, and what not even a plan can hold runs node by node.
    options["strict"] raises where the reason is a bug of ours or a missing compiler.
    """
    compilation = _compile(gm, kind, weights, options)
    for listener in listeners:
        listener(compilation)
    call = compilation.callable
    if not isinstance(call, InterpretedGraph):
        for wrap in wrappers:
            call = wrap(call)
    return _as_function(call) if kind == "backward" else call


def _as_function(call):
    """AOTAutograd wraps a backward graph once more and keeps the attributes of functions only."""

    def run(inputs):
        return call(inputs)

    run._boxed_call = True
    return run


def _compile(gm, kind, weights, options):
    library = load()
    lowered = None
    try:
        lowered = lower(gm, library.GraphBuilder(), weights)
        parts = (lowered.builder, lowered.constants, lowered.results)
        # The constants are real tensors, which the modes of tracing would refuse.
        with _disable_current_modes():
            if options["library"] == "always":
                compiled, report = library.compile_aten(*parts, "library='always'")
            else:
                # What the tensors, the user's settings of PyTorch and the installed packages say.
                surroundings = {
                    "target": _target_of(lowered.builder.device(), options),
                    "allow_tf32": torch.get_float32_matmul_precision() != "highest",
                    "nvrtc_directories": nvrtc_directories(),
                }
                compiled, report = library.compile(*parts, options | surroundings)
        return Compilation(kind, compiled, report)
    except UnsupportedGraph as reason:
        # No mistake of anybody: such a graph is not for us.
        log.info("a %s graph runs node by node: %s", kind, reason)
        return Compilation(kind, InterpretedGraph(gm), {}, str(reason))
    except Exception as error:
        if options["strict"]:
            raise
        problem = str(error)
    _warn_once(problem)
    try:
        if lowered is not None:
            with _disable_current_modes():
                compiled, report = library.compile_aten(*parts, problem)
            return Compilation(kind, compiled, report, problem)
    except Exception as error:
        log.info("a %s graph runs node by node: %s", kind, error)
    return Compilation(kind, InterpretedGraph(gm), {}, problem)


def _target_of(device, options):
    """What the kernels of a graph on this device ("cpu", "cuda:1") are generated for."""
    asked = options["target"]
    if device == "cpu":
        return "cpu" if asked == "auto" else asked
    if asked == "cpu":
        raise ValueError(
            f"options={{'target': 'cpu'}} of hidet, but the tensors are on {device}: move them to "
            "the CPU, or leave the target to hidet"
        )
    if options["execute"] == "emulate":
        raise ValueError(
            f"options={{'execute': 'emulate'}} of hidet runs on CPU tensors, not on {device}"
        )
    if asked != "auto":
        return asked
    return load().cuda_target_name(*torch.cuda.get_device_capability(device))


_warned = set()


def _warn_once(problem):
    if problem not in _warned:
        _warned.add(problem)
        warnings.warn(f"hidet runs a graph by ATen: {problem}", stacklevel=4)
