"""From an FX graph after AOTAutograd to the compiler's graph: argument conversion, no semantics."""
