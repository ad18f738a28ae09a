"""Attention beside PyTorch's scaled_dot_product_attention."""

import step
import timing
import torch

# (batch, heads, queries, keys, size of a head, causal)
SHAPES = [
    (1, 12, 128, 128, 64, False),
    (1, 12, 128, 128, 32, False),
    (1, 12, 1024, 1024, 64, True),
    (8, 16, 2048, 2048, 64, False),
    (8, 16, 2048, 2048, 128, True),
    (1, 12, 37, 37, 64, True),
    (4, 32, 1, 4096, 128, False),
    (2, 8, 513, 511, 80, False),
    (1, 8, 1024, 1024, 256, False),
]
SMALL = [(1, 2, 17, 17, 16, False), (1, 1, 9, 12, 24, True)]


def main():
    this = step.start(__doc__)

    def measure(item):
        (batch, heads, queries, keys, size, causal), dtype = item

        def tensor(length):
            return torch.randn(batch, heads, length, size, device=this.device).to(dtype)

        def attention(q, k, v):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

        q, k, v = tensor(queries), tensor(keys), tensor(keys)
        compiled = this.compiled(attention)
        row = {
            "item": f"{batch}x{heads}x{queries}x{keys}x{size}{' causal' * causal}",
            "precision": str(dtype).removeprefix("torch."),
        }
        reference = attention(q.double(), k.double(), v.double())
        row["error_of_float64"] = step.error_of(compiled(q, k, v), reference)
        row["error_of_sdpa"] = step.error_of(attention(q, k, v), reference)
        del reference
        seconds, reasons = timing.time_kernels(
            {"sdpa": lambda: attention(q, k, v), "hidet": lambda: compiled(q, k, v)}
        )
        row |= {f"{contender}_seconds": value for contender, value in seconds.items()}
        row["of_sdpa"] = seconds["sdpa"] / seconds["hidet"]
        if reasons:
            row["not_captured"] = reasons
        if row["error_of_float64"] > 4 * row["error_of_sdpa"] + 1e-6:
            row["error"] = "much further from float64 than SDPA"
        return row

    sizes = SMALL if this.emulate else SHAPES
    with torch.no_grad():
        this.each([(s, d) for s in sizes for d in (torch.float32, torch.bfloat16)], measure)


if __name__ == "__main__":
    main()
