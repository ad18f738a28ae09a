"""Small graphs on the GPU against float64: whether anything works at all, and in a CUDA graph."""

import step
import timing
import torch


def cases(device):
    torch.manual_seed(0)
    linear = torch.nn.Linear(96, 160).eval()
    norm = torch.nn.Sequential(torch.nn.Linear(64, 48), torch.nn.GELU(), torch.nn.LayerNorm(48))
    q = torch.randn(2, 3, 37, 32)

    def attention(q):
        return torch.nn.functional.scaled_dot_product_attention(q, q * 0.5, q + 1, is_causal=True)

    yield "pointwise", lambda x: torch.sin(x) * 2 + 1, torch.randn(1001)
    yield "rows", lambda x: torch.softmax(x, -1), torch.randn(33, 257)
    yield "columns", lambda x: x.sum(0), torch.randn(33, 257)
    yield "linear", linear, torch.randn(37, 96)
    yield "linear, gelu, layer norm", norm.eval(), torch.randn(5, 64)
    yield "attention", attention, q
    del device


def main():
    this = step.start(__doc__.split("\n")[0])

    def measure(case):
        name, function, x = case
        module = isinstance(function, torch.nn.Module)
        reference = function.double()(x.double()) if module else function(x.double())
        function = function.float().to(this.device) if module else function
        x = x.to(this.device)
        compiled = this.compiled(function)
        row = {"item": name}
        with torch.no_grad():
            for _ in range(2):
                actual = compiled(x)
            row["error_of_float64"] = step.error_of(actual.cpu(), reference)
            row["error_of_eager"] = step.error_of(function(x).cpu(), reference)
            graph, reason = timing.captured(lambda: compiled(x))
            row["captured"] = graph is not None
        if reason and not this.emulate:
            row["error"] = f"not captured: {reason}"
        if row["error_of_float64"] > max(2 * row["error_of_eager"], 1e-6):
            row["error"] = "further from float64 than eager"
        return row

    with torch.no_grad():
        this.each(list(cases(this.device)), measure)


if __name__ == "__main__":
    main()
