"""The results of all steps as a page that a person reads."""

_HIDDEN = {"item", "step_seconds", "all_seconds", "failed", "contenders", "not_captured", "error"}


def render(results):
    facts = results["machine"]
    lines = [f"# Hidet on {facts['device']}", ""]
    lines += [", ".join(f"{key} {value}" for key, value in facts.items() if key != "device"), ""]
    if results["emulate"]:
        lines += ["**Emulated: the times say nothing.**", ""]
    lines += _table(
        ["step", "status", "s", "rows", "errors"],
        [
            [name, found["status"], f"{found['seconds']:.0f}", len(found["rows"]),
             sum("error" in row for row in found["rows"])]
            for name, found in results["steps"].items()
        ],
    )  # fmt: skip
    for name, found in results["steps"].items():
        lines += ["", f"## {name}", ""]
        lines += [f"{note}." for note in found.get("notes", ())]
        lines += _summary(found["rows"])
        lines += _rows(found["rows"])
        if "log" in found:
            lines += ["", "```", found["log"].replace("```", "'''"), "```"]
    return "\n".join(lines) + "\n"


def _summary(rows):
    """Geometric means of what is compared, by precision."""
    lines = []
    for ratio in ("of_cublas", "of_sdpa", "picked_over_best", "measured_over_predicted"):
        groups = {}
        for row in rows:
            if row.get(ratio):
                groups.setdefault(row.get("precision", ""), []).append(row[ratio])
        for precision, values in groups.items():
            lines.append(
                f"{ratio} {precision}: geometric mean {geometric_mean(values):.2f}, least "
                f"{min(values):.2f}, most {max(values):.2f}, of {len(values)}."
            )
    return [*lines, ""] if lines else []


def geometric_mean(values):
    product = 1.0
    for value in values:
        product *= value ** (1 / len(values))
    return product


def _rows(rows):
    flat = [_flat(row) for row in rows]
    heads = list(dict.fromkeys(key for row in flat for key in row))
    # Errors last: they are long.
    heads = [head for head in heads if head != "error"] + ["error"] * ("error" in heads)
    return _table(heads, [[row.get(head, "") for head in heads] for row in flat])


def _flat(row):
    flat = {"item": row.get("item", "")}
    flat |= {key: _text(key, value) for key, value in row.items() if key not in _HIDDEN}
    for contender, facts in row.get("contenders", {}).items():
        for key in ("seconds", "graph_seconds", "compile_seconds", "error_of_float64"):
            if key in facts:
                flat[f"{contender} {_head(key)}"] = _text(key, facts[key])
        if "error" in facts:
            flat[f"{contender} failed"] = facts["error"][:80]
    if "error" in row:
        flat["error"] = row["error"]
    return {_head(key): value for key, value in flat.items()}


def _head(key):
    if key == "compile_seconds":
        return "compile s"
    return key.replace("_seconds", " us").replace("_", " ") if key != "seconds" else "us"


def _text(key, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if key == "compile_seconds":
        return f"{value:.1f}"
    if key.endswith("seconds"):
        return f"{1e6 * value:.1f}"
    if key.startswith("error_of"):
        return f"{value:.1e}"
    return f"{value:.2f}" if isinstance(value, float) else value


def _table(heads, rows):
    if not rows:
        return []

    def line(cells):
        return (
            "| "
            + " | ".join(" ".join(str(cell).replace("|", "/").split()) for cell in cells)
            + " |"
        )

    return [line(heads), line(["---"] * len(heads)), *map(line, rows)]
