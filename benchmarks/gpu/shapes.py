"""The products that are measured: rows x columns x depth, the most telling first."""

# The paper's: no size is padded, so a prime one is no slower.
PAPER = [(n, n, n) for n in (2048, 2047, 2039, 2046, 2045, 2044, 2043, 2042)]
# (columns, depth) of the layers of MiniLM, BERT-base and GPT-2.
_LAYERS = [(3072, 768), (768, 3072), (768, 768), (2304, 768), (1536, 384), (384, 1536), (384, 384)]
LAYERS = [(rows, *layer) for rows in (128, 16, 512, 37, 2048) for layer in _LAYERS]
# Few rows, as when text is generated; few columns; a long sum.
SKINNY = [
    (1, 4096, 4096),
    (4, 4096, 4096),
    (1, 50257, 768),
    (24, 50257, 768),
    (4096, 8, 4096),
    (64, 64, 16384),
    (128, 128, 8192),
    (196, 256, 2304),
]
ODD = [
    (127, 513, 255),
    (1000, 1000, 1000),
    (129, 129, 4097),
    (33, 4095, 65),
    (1023, 1025, 511),
]
LARGE = [(1024, 1024, 1024), (4096, 4096, 4096), (512, 14336, 4096), (256, 256, 256)]

SHAPES = PAPER[:3] + LAYERS[:7] + SKINNY + LAYERS[7:] + PAPER[3:] + ODD + LARGE
# Those of which every schedule is measured.
SPACE_SHAPES = [
    (2048, 2048, 2048),
    (2039, 2039, 2039),
    (128, 3072, 768),
    (128, 768, 3072),
    (16, 1536, 384),
    (512, 768, 768),
    (37, 384, 1536),
    (4, 4096, 4096),
    (64, 64, 16384),
    (196, 256, 2304),
    (1000, 1000, 1000),
    (4096, 4096, 4096),
]
# Under the emulator: every edge, little work.
SMALL = [(37, 40, 33), (16, 64, 24), (1, 65, 17)]

# (name, dtype, precision of float32 products); "high" is TF32.
PRECISIONS = [
    ("fp32", "float32", "highest"),
    ("tf32", "float32", "high"),
    ("bf16", "bfloat16", "highest"),
]
