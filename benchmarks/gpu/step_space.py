"""Every schedule of the space for a dozen shapes, and how far the cost model's pick is behind."""

import shapes
import step
import step_matmul
import torch

from hidet_torch.library import load


def main():
    this = step.start(__doc__)

    def measure(item):
        shape, precision = item
        space = load().matmul_params(precision[0])
        if this.emulate:
            space = space[:2]
        picked = step_matmul.measure_product(this, shape, precision)
        found, failed = {}, {}
        for params in space:
            if this.seconds_left() <= 0:
                break
            try:
                row = step_matmul.measure_product(this, shape, precision, params=params)
                found[params] = row["hidet_seconds"]
                if "error" in row:
                    failed[params] = row["error"]
            except Exception as error:
                failed[params] = step.first_line(error)
        best = min(found, key=found.get) if found else None
        row = {
            "item": picked["item"],
            "precision": picked["precision"],
            "cublas_seconds": picked["cublas_seconds"],
            "picked_seconds": picked["hidet_seconds"],
            "best": best,
            "measured": len(found),
            "schedules": len(space),
            "all_seconds": found,
        }
        if best:
            row |= {
                "best_seconds": found[best],
                "picked_over_best": picked["hidet_seconds"] / found[best],
            }
        if failed:
            row |= {"error": f"{len(failed)} schedules failed", "failed": failed}
        return row

    sizes = shapes.SMALL[:1] if this.emulate else shapes.SPACE_SHAPES
    with torch.no_grad():
        this.each([(s, p) for s in sizes for p in shapes.PRECISIONS], measure)


if __name__ == "__main__":
    main()
