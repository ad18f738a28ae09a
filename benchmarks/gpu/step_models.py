"""Whole models beside eager and Inductor."""

import functools
import pathlib
import sys
import time

import step
import timing
import torch

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import zoo

MODELS = [
    ("minilm-128", "float32"),
    ("bert-base-128", "float32"),
    ("gpt2-128", "float32"),
    ("bert-base-128", "bfloat16"),
    ("minilm-16", "float32"),
    ("gpt2-128", "bfloat16"),
    ("minilm-128", "bfloat16"),
]


def small_model(name):
    """Of the same kind, for the emulator."""
    import transformers

    sizes = {"vocab_size": 3000}
    if name.startswith("gpt2"):
        sizes |= {"n_embd": 32, "n_layer": 1, "n_head": 2}
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes)).eval()
        return zoo.Logits(model).eval(), (torch.randint(0, 3000, (1, 9)),)
    sizes |= {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    return _encoder(sizes | {"intermediate_size": 64}, 9)


def _encoder(sizes, length):
    import transformers

    model = transformers.BertModel(transformers.BertConfig(**sizes), add_pooling_layer=False)
    ids = torch.randint(0, 3000, (1, length))
    return zoo.LastHiddenState(model).eval(), (ids, torch.ones_like(ids))


def load(name, emulate):
    """(model, inputs); MiniLM with random weights where its package is not installed."""
    if emulate:
        return small_model(name)
    try:
        workload = zoo.load(name)
        return workload.model, workload.inputs
    except ImportError:
        if not name.startswith("minilm"):
            raise
        sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12}
        return _encoder(sizes | {"intermediate_size": 1536}, int(name.split("-")[1]))


def compiled_by(this, contender, model):
    torch._dynamo.reset()
    if contender == "eager":
        return model
    if contender == "hidet":
        # As a user has it: the cost model may prefer ATen's products.
        options = this.hidet_options()
        options["library"] = "auto"
        return torch.compile(model, backend="hidet", options=options)
    if contender == "inductor":
        return torch.compile(model)
    return torch.compile(model, mode="max-autotune")


def compile_and_check(call, inputs, reference):
    """Seconds to the first result, and its error."""
    start = time.monotonic()
    output = call(*inputs).cpu()
    seconds = time.monotonic() - start
    return {"compile_seconds": seconds, "error_of_float64": step.error_of(output, reference)}


def measure_model(this, name, dtype):
    torch.manual_seed(0)
    model, inputs = load(name, this.emulate)
    reference = model.double()(*inputs).cpu()
    model = model.to(getattr(torch, dtype)).to(this.device)
    inputs = tuple(x.to(this.device) for x in inputs)
    calls, row = {}, {"item": name, "precision": dtype, "contenders": {}}
    for contender in this.arguments.contenders.split(","):
        if this.emulate and contender.startswith("inductor"):
            continue
        try:
            call = compiled_by(this, contender, model)
            row["contenders"][contender] = compile_and_check(call, inputs, reference)
            calls[contender] = functools.partial(call, *inputs)
        except Exception as error:
            row["contenders"][contender] = {"error": step.first_line(error)}
            if contender == "hidet":
                row["error"] = step.first_line(error)
    # As called, with what Python and the launches take; then the GPU's part alone.
    for contender, seconds in timing.time_calls(calls, seconds=1.0, cold=False).items():
        row["contenders"][contender]["seconds"] = seconds
    plain = {name: call for name, call in calls.items() if name != "inductor-max"}
    for contender, seconds in timing.time_kernels(plain, seconds=0.5)[0].items():
        row["contenders"][contender]["graph_seconds"] = seconds
    return row


def main():
    def add_arguments(parser):
        parser.add_argument("--contenders", default="eager,inductor,hidet")

    this = step.start(__doc__, add_arguments)
    try:
        import transformers  # noqa: F401
    except ImportError:
        this.note("transformers is not installed: no models")
        return
    models = MODELS[:3] if this.emulate else MODELS
    with torch.no_grad():
        this.each(models, lambda item: measure_model(this, *item))


if __name__ == "__main__":
    main()
