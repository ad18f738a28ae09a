"""Each product beside cuBLAS, and what the cost model expected of the kernel."""

import shapes
import step
import timing
import torch


def predicted_seconds(kernels):
    """Of all launches of a call; None where the build predicts nothing."""
    total = 0.0
    for kernel in kernels:
        seconds = kernel["cuda"].get("predicted_seconds")
        if not seconds:
            return None
        total += seconds * kernel["launches"]
    return total or None


# What rounding the operands costs at most, as a share; PyTorch on a CPU never rounds to tf32.
OPERAND_ROUNDING = {"tf32": 2.0**-11}


def measure_product(this, shape, precision, **options):
    """A row: seconds of cuBLAS and ours, errors against float64."""
    rows, columns, depth = shape
    name, dtype, matmul_precision = precision
    torch.set_float32_matmul_precision(matmul_precision)
    a = torch.randn(rows, depth, device=this.device).to(getattr(torch, dtype))
    b = torch.randn(depth, columns, device=this.device).to(getattr(torch, dtype))
    compiled = this.compiled(torch.mm, **options)
    row = {"item": f"{rows}x{columns}x{depth}", "precision": name}
    ours = compiled(a, b)
    row["error_of_float64"] = step.error_of(ours, reference := a.double() @ b.double())
    row["error_of_cublas"] = step.error_of(a @ b, reference)
    del reference, ours
    seconds, reasons = timing.time_kernels(
        {"cublas": lambda: torch.mm(a, b), "hidet": lambda: compiled(a, b)}
    )
    row |= {f"{contender}_seconds": value for contender, value in seconds.items()}
    row["of_cublas"] = seconds["cublas"] / seconds["hidet"]
    row["teraflops"] = 2e-12 * rows * columns * depth / seconds["hidet"]
    if reasons:
        row["not_captured"] = reasons
    allowed = 4 * row["error_of_cublas"] + OPERAND_ROUNDING.get(name, 1e-6)
    if row["error_of_float64"] > allowed:
        row["error"] = "much further from float64 than cuBLAS"
    return row


def main():
    this = step.start(__doc__)

    def measure(item):
        shape, precision = item
        row = measure_product(this, shape, precision)
        kernels = this.kernels()
        row["kernel"] = ", ".join(f"{k['template']} ({k['params']})" for k in kernels)
        row["predicted_seconds"] = predicted_seconds(kernels)
        if row["predicted_seconds"]:
            row["measured_over_predicted"] = row["hidet_seconds"] / row["predicted_seconds"]
        return row

    sizes = shapes.SMALL if this.emulate else shapes.SHAPES
    with torch.no_grad():
        this.each([(s, p) for s in sizes for p in shapes.PRECISIONS], measure)


if __name__ == "__main__":
    main()
