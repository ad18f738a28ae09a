"""Builds hidet_torch: one CMake project, driven by setuptools.

PyTorch is found without importing it. `HIDET_TORCH_ROOT` names another one, `MAX_JOBS` the number
of compilers at once, `HIDET_CMAKE_ARGS` further arguments of CMake, `HIDET_BUILD_TYPE` its build
type. The build directory is fixed, so that a second build compiles what has changed only.
"""

import importlib.machinery
import os
import pathlib
import re
import shlex
import shutil
import site
import subprocess
import sys
import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent
MINIMUM_TORCH = (2, 11)
BYTES_OF_ONE_COMPILER = 1.5 * 2**30  # of a file that includes PyTorch's Python headers


def site_directories():
    """Where this environment's packages lie, seen also from pip's isolated build.

    That build hides them from sys.path, but runs the environment's interpreter.
    """
    environment = pathlib.Path(sys.prefix) / "pyvenv.cfg"
    virtual = environment.exists()
    shared = virtual and re.search(r"system-site-packages\s*=\s*true", environment.read_text())
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    places += site.getsitepackages([sys.prefix, sys.base_prefix] if shared else [sys.prefix])
    if not virtual or shared:
        places.append(site.getusersitepackages())
    return list(dict.fromkeys([*sys.path, *places]))


def find_torch():
    """The directory of the torch package."""
    named = os.environ.get("HIDET_TORCH_ROOT")
    if named:
        return pathlib.Path(named).resolve()
    spec = importlib.machinery.PathFinder.find_spec("torch", site_directories())
    if spec is None or not spec.submodule_search_locations:
        sys.exit(
            "hidet_torch is built against an installed PyTorch, and none is found in "
            f"{sys.prefix}. Install it and build without isolation:\n"
            "    pip install torch setuptools wheel cmake ninja\n"
            "    pip install --no-build-isolation ."
        )
    return pathlib.Path(next(iter(spec.submodule_search_locations))).resolve()


def torch_version(root):
    version = re.search(r"__version__ = '([^']+)'", (root / "version.py").read_text()).group(1)
    if tuple(map(int, version.split(".")[:2])) < MINIMUM_TORCH:
        needed = ".".join(map(str, MINIMUM_TORCH))
        sys.exit(f"hidet_torch needs PyTorch {needed} or newer; {root} is {version}")
    return version


def package_version():
    text = (ROOT / "hidet_torch" / "__init__.py").read_text()
    return re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE).group(1)


def program(name):
    path = shutil.which(name) or shutil.which(name, path=sysconfig.get_path("scripts"))
    if path is None:
        sys.exit(f"hidet_torch is built with {name}, which is not found: pip install {name}")
    return path


def jobs():
    """Compilers at once: as many as processors, and as fit into the free memory."""
    if "MAX_JOBS" in os.environ:
        return os.environ["MAX_JOBS"]
    memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    meminfo = pathlib.Path("/proc/meminfo")
    if meminfo.exists():
        available = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text())
        memory = int(available.group(1)) * 1024 if available else memory
    fitting = int(memory / BYTES_OF_ONE_COMPILER)
    return str(max(1, min(len(os.sched_getaffinity(0)), fitting)))


class BuildWithCMake(build_ext):
    def run(self):
        root = find_torch()
        version = torch_version(root)
        build = ROOT / "build" / f"torch-{version}-{sysconfig.get_config_var('SOABI')}"
        self.build_libraries(root, version, build)
        package = ROOT if self.editable_mode else pathlib.Path(self.build_lib).resolve()
        package /= "hidet_torch"
        package.mkdir(parents=True, exist_ok=True)
        for library in sorted((build / "stage").glob("*.so")):
            replace(package / library.name, library.read_bytes(), mode=0o755)
        information = f"torch_version = {version!r}\n"
        replace(package / "_build_info.py", information.encode(), mode=0o644)

    def build_libraries(self, torch_root, version, build):
        # Where they are staged belongs to this build directory: another PyTorch's libraries
        # in the same place would look up to date.
        arguments = [
            f"-DCMAKE_BUILD_TYPE={os.environ.get('HIDET_BUILD_TYPE', 'Release')}",
            f"-DCMAKE_MAKE_PROGRAM={program('ninja')}",  # an isolated build's has gone
            f"-DHIDET_TORCH_ROOT={torch_root}",
            f"-DHIDET_TORCH_VERSION={version}",
            f"-DHIDET_PYTHON_INCLUDE={sysconfig.get_path('include')}",
            f"-DHIDET_EXT_SUFFIX={sysconfig.get_config_var('EXT_SUFFIX')}",
            f"-DHIDET_STAGE_DIR={build / 'stage'}",
            *shlex.split(os.environ.get("HIDET_CMAKE_ARGS", "")),
        ]
        cmake = program("cmake")
        run([cmake, "-S", str(ROOT), "-B", str(build), "-G", "Ninja", *arguments])
        run([cmake, "--build", str(build), "--target", "hidet_torch", "_C", "-j", jobs()])

    def get_outputs(self):
        return []  # the libraries are put in place by run()

    def get_output_mapping(self):
        return {}


def run(command):
    print(shlex.join(command), flush=True)
    finished = subprocess.run(command, check=False)
    if finished.returncode:
        sys.exit(f"hidet_torch: {pathlib.Path(command[0]).name} failed; the reason is above")


def replace(path, contents, mode):
    """A process that has the old file loaded keeps it."""
    if path.exists() and path.read_bytes() == contents:
        return
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_bytes(contents)
    temporary.chmod(mode)
    temporary.replace(path)


setup(
    name="hidet_torch",
    version=package_version(),
    description="A deep-learning compiler as a backend of torch.compile",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=["hidet_torch", "hidet_torch.fx"],
    ext_modules=[Extension("hidet_torch._C", sources=[])],
    cmdclass={"build_ext": BuildWithCMake},
    install_requires=["torch>=" + ".".join(map(str, MINIMUM_TORCH))],
    entry_points={"torch_dynamo_backends": ["hidet = hidet_torch.backend:hidet"]},
    zip_safe=False,
)
