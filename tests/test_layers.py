"""What the layers, the files and the documents may look like.

A folder of csrc/ includes only those that docs/architecture.md names for it. Tests beside the code
are exempt: they may use what the layer's users use.
"""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
CSRC = ROOT / "csrc"

# folder -> the folders it names; it may include what these include as well.
NAMED = {
    "base": (),
    "mapping": ("base",),
    "target": ("mapping",),
    "ir": ("target",),
    "arith": ("ir",),
    "interp": ("arith",),
    "graph": ("arith",),
    "fuse": ("graph",),
    "schedule": ("fuse",),
    "passes": ("arith",),
    "prelude": ("base",),
    "emit": ("ir", "prelude"),
    "runtime": ("base",),
    "emulator": ("target", "runtime", "prelude"),
    "tune": ("runtime", "schedule"),
    "driver": ("interp", "schedule", "passes", "emit", "runtime", "emulator", "tune"),
    "pytorch": ("driver",),
}
# Headers of PyTorch and Python, for pytorch/ alone.
FOREIGN = re.compile(r"^(ATen|c10|torch|caffe2|pybind11)/|^(Python|structmember)\.h$")
FOREIGN_FOLDERS = ("pytorch",)

MAXIMUM_LINES = 500
SOURCE_SUFFIXES = {".cpp", ".h", ".py", ".sh", ".cmake", ".txt"}
# Tables, and what a program has written.
EXEMPT_FROM_LENGTH = re.compile(r"\.def$|/golden/|/results/")


def reachable(folder):
    """All folders that `folder` may include, itself among them."""
    found = {folder}
    for name in NAMED[folder]:
        found |= reachable(name)
    return found


def include_errors(folder, text):
    """Why the #include lines of a file of `folder` are wrong."""
    errors = []
    for name in re.findall(r'^\s*#\s*include\s*["<]([^">]+)[">]', text, re.MULTILINE):
        first = name.split("/", 1)[0]
        if first in NAMED and "/" in name:
            if first not in reachable(folder):
                errors.append(f"{folder}/ includes {name}")
        elif FOREIGN.search(name) and folder not in FOREIGN_FOLDERS:
            errors.append(f"{folder}/ includes {name}, a header of PyTorch or Python")
    return errors


def tracked_files():
    """Paths from the root; where there is no git, every file that is not of a build."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    skipped = {"build", "__pycache__", "dist"}
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file()
        and not any(part in skipped or part.startswith((".venv", ".git")) for part in path.parts)
    ]


def text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def sources_of(folder):
    for path in sorted((CSRC / folder).rglob("*")):
        if path.suffix in {".cpp", ".h", ".def"}:
            yield path


@pytest.mark.parametrize("folder", sorted(path.name for path in CSRC.iterdir() if path.is_dir()))
def test_a_folder_includes_what_its_layer_may(folder):
    assert folder in NAMED, f"csrc/{folder} is no layer of docs/architecture.md"
    errors = []
    for path in sources_of(folder):
        if not re.search(r"_test\.cpp$|_for_test\.h$", path.name):
            errors += [
                f"{path.relative_to(ROOT)}: {e}" for e in include_errors(folder, text_of(path))
            ]
    assert not errors, "\n".join(errors)


def test_each_layer_is_seen_to_break_the_rule():
    assert include_errors("ir", '#include "graph/graph.h"') == ["ir/ includes graph/graph.h"]
    assert include_errors("passes", "#  include <fuse/groups.h>")
    assert include_errors("runtime", '#include "ir/expr.h"')
    assert include_errors("driver", "#include <ATen/core/Tensor.h>")
    assert not include_errors("pytorch", '#include <Python.h>\n#include "ir/expr.h"')
    assert not include_errors("schedule", '#include "base/error.h"\n#include <vector>')


def test_the_layers_have_no_cycle():
    for folder, named in NAMED.items():
        assert all(folder not in reachable(name) for name in named)


def test_the_documented_layers_are_the_checked_ones():
    text = (ROOT / "docs" / "architecture.md").read_text()
    documented = dict(re.findall(r"^\| `([a-z]+)/` \|.*\| ([^|]*) \|$", text, re.MULTILINE))
    present = {path.name for path in CSRC.iterdir() if path.is_dir() and any(path.iterdir())}
    assert present <= set(documented), present - set(documented)
    for folder, includes in documented.items():
        if includes.startswith("all above"):
            continue
        allowed = set()
        for word in re.findall(r"(?:\.\.)?[a-z]+", includes):
            name = word.removeprefix("..")
            allowed |= reachable(name) if word.startswith("..") else {name}
        assert reachable(folder) - {folder} == allowed, folder


def test_files_are_short():
    long = []
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in SOURCE_SUFFIXES or EXEMPT_FROM_LENGTH.search(name):
            continue
        lines = text_of(path).count("\n")
        if lines >= MAXIMUM_LINES:
            long.append(f"{name}: {lines} lines")
    assert not long, "\n".join(long)


def mentioned_paths(text):
    """What looks like a file or folder of this repository, in code marks, links and commands."""
    text = re.sub(r"https?://\S+", "", text)
    for path in re.findall(r"(?<![\w./*<$-])([\w.-]+(?:/[\w.-]+)*/?)(?![\w*<{])", text):
        top = path.split("/", 1)[0]
        if "/" in path and (ROOT / top).is_dir() and top in TOP_FOLDERS:
            yield path.rstrip(".")


TOP_FOLDERS = {".ci", "benchmarks", "cmake", "csrc", "docs", "examples", "hidet_torch", "tests"}


@pytest.mark.parametrize(
    "document",
    [p for p in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"] if p.exists()],
    ids=lambda path: path.name,
)
def test_documents_mention_files_that_exist(document):
    text = document.read_text()
    missing = [path for path in mentioned_paths(text) if not (ROOT / path).exists()]
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        if not (document.parent / target).exists():
            missing.append(target)
    assert not missing, f"{document.name} mentions {', '.join(missing)}"


def test_paths_are_seen_in_text():
    text = "see `csrc/ir/expr.h`, docs/none.md. bash tests/run.sh; https://x.org/docs/y and/or"
    assert list(mentioned_paths(text)) == ["csrc/ir/expr.h", "docs/none.md", "tests/run.sh"]


def test_no_path_of_one_machine():
    """Files that name a place where only one person's machine has something."""
    pattern = re.compile(r"/(?:(?:home|Users|opt|work)/\w|root/|tmp/w\b)")
    found = []
    for path in tracked_files():
        if path == pathlib.Path(__file__).resolve() or path.suffix == ".svg":
            continue
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


def test_a_type_has_one_definition():
    """Two types of one name in namespace hidet would share what the linker merges."""
    defined = {}
    for path in sorted(CSRC.rglob("*.h")):
        if path.name.endswith("_for_test.h"):
            continue
        definition = r"^(?:enum class|struct|class) (?:alignas\(\w+\) )?(\w+)(?!\w|<)[^;]*?\{"
        for name in re.findall(definition, path.read_text(), re.MULTILINE):
            defined.setdefault(name, []).append(str(path.relative_to(CSRC)))
    assert defined
    assert not {name: paths for name, paths in defined.items() if len(paths) > 1}
