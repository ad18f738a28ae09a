"""Hidet as a PyTorch backend: `torch.compile(model, backend="hidet")` needs no import of this.

Import-light: TORCH_LOGS="+hidet_torch" imports this package while torch itself starts.
"""

import importlib

__version__ = "0.1.0"
__all__ = ["check", "explain", "options", "refresh"]


def explain(model, *inputs, options=None, time=False, backward=False, **keyword_inputs):
    """What becomes of `model` on these inputs: an Explanation, which prints itself.

    `time=True` runs every kernel once more with a clock around it; `backward=True` takes the
    backward pass of the mean square of the results, too.
    """
    from .explanation import explain_model
    from .model_call import ModelCall

    return explain_model(ModelCall(model, inputs, keyword_inputs, backward), options, time)


def check(
    model, *inputs, target="sm_80", options=None, reference=True, backward=False, **keyword_inputs
):
    """Runs `model`'s CUDA kernels on the CPU under three schedules, every rule checked.

    Needs no GPU. Returns a CheckReport, which prints itself: what broke a rule, conflicts of the
    banks of shared memory, sectors of global memory, the share of the model that was proved.
    `reference=True` compares the results with the model in float64; `backward=True` runs the
    backward pass of the mean square of the results, too.
    """
    from .emulation import check_model
    from .model_call import ModelCall

    call = ModelCall(model, inputs, keyword_inputs, backward)
    return check_model(call, target, options, reference)


def refresh(model=None):
    """Says that weights were written through `.data`, where no version counter saw it.

    Compiled graphs read all their weights anew at the next call.
    """
    from .library import load

    del model  # every compiled graph looks again: cheap, and no graph can be missed
    load().refresh()


def __getattr__(name):
    if name == "options":
        return importlib.import_module(".options", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
