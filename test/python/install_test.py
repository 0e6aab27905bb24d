"""Goal: the package installs as its page says: from the folder, from an sdist that stands alone, and as a wheel in an environment that has no
compiler.
Method: pip in fresh environments. OPIK_LONG=1 also compiles: the sdist, the folder as a user does, with what pip fetches into an environment
of its own, and for every Python at hand."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from python import ours
from support.server import LONG, ROOT

CHECK = "import opik_cpp, json; client = opik_cpp.Opik(); t = client.trace(name='installed', input={'i': 1}); t.end(); print(json.dumps([client.flush(), opik_cpp.__file__]))"


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=550, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}"
    return done.stdout


def fresh(folder, python=ours.PYTHON):
    run(python, "-m", "venv", folder)
    return folder / "bin/python"


def works(python, server, path="/nonexistent"):
    """It logs to the server, with nothing on the PATH that could compile."""
    env = ours.environment(f"{server.url}/api/", f"installed {python}") | {"PATH": path}
    out = run(python, "-c", CHECK, env=env, cwd="/")
    assert out.startswith("[true, ") and str(python.parent.parent) in out, out
    assert [row["input"] for row in ours.rows(server.api, "traces", f"installed {python}")] == [{"i": 1}]


def sdist(folder):
    """The tree of an sdist, unpacked far from this one."""
    before = set((ROOT / "python").iterdir())
    run(ours.PYTHON, "-c", f"import build_backend; build_backend.build_sdist({str(folder)!r})", cwd=ROOT / "python")
    assert set((ROOT / "python").iterdir()) - before <= {ROOT / "python/__pycache__"}, "nothing is left behind"
    (archive,) = folder.glob("opik_cpp-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "alone")
    (tree,) = (folder / "alone").iterdir()
    return tree


def test_a_wheel_without_a_compiler(server, tmp_path):
    (wheel,) = (ROOT / "build/python").glob("opik_cpp-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"opik_cpp/py.typed", "opik_cpp/_native.pyi", "opik_cpp/__init__.py"} <= set(names)
    assert all(name.startswith(("opik_cpp/", "opik_cpp-")) for name in names), names
    python = fresh(tmp_path / "env")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", wheel)
    works(python, server)


def test_an_sdist_is_whole(tmp_path):
    """Every file of ours that its sources include is in it, and nothing that is made."""
    tree = sdist(tmp_path)
    names = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert {"core/src/sdk/client.cc", "core/include/opik/opik.h", "core/LICENSE", "opik_cpp/py.typed", "native/module.cc", "README.md"} <= names
    assert not [name for name in names if "_test." in name or name.startswith(("build/", "dist/")) or name.endswith((".pyc", ".so"))]
    wanted = re.findall(r"\$\{core\}/(src/[\w/.]+\.cc)", (tree / "CMakeLists.txt").read_text())
    assert wanted and not [name for name in wanted if f"core/{name}" not in names]
    for path in [*tree.rglob("*.cc"), *tree.rglob("*.h")]:
        for included in re.findall(r'#include ["<]((?:base|sdk|opik)/[^">]+)', path.read_text()):
            assert {f"core/src/{included}", f"core/include/{included}"} & names, f"{path.name} includes {included}"


@pytest.mark.skipif(not LONG, reason="in the long form: it compiles everything")
def test_an_sdist_builds(server, tmp_path):
    tree = sdist(tmp_path)
    run(ours.PYTHON, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "--wheel-dir", tmp_path / "wheels", tree)
    python = fresh(tmp_path / "env")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", *(tmp_path / "wheels").glob("*.whl"))
    works(python, server)


@pytest.mark.skipif(not LONG, reason="in the long form: it fetches the build tools, and compiles without what is there")
def test_from_the_folder_as_a_user_does(server, tmp_path):
    python = fresh(tmp_path / "env")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ROOT / "python")
    works(python, server)


def pythons():
    """Interpreters of other versions, from 3.9 on."""
    found = {}
    for path in [*map(pathlib.Path, ("/usr/bin/python3",)), *(pathlib.Path.home() / ".pyenv/versions").glob("3.*/bin/python")]:
        if path.exists():
            said = subprocess.run([path, "-c", "import sys, venv, ensurepip; print('%d.%02d' % sys.version_info[:2])"], capture_output=True, text=True).stdout.strip()
            if said >= "3.09" and said != "%d.%02d" % sys.version_info[:2]:
                found.setdefault(said, path)
    return [pytest.param(path, id=version) for version, path in sorted(found.items())]


@pytest.mark.skipif(not LONG, reason="in the long form: one compilation for each")
@pytest.mark.parametrize("python", pythons())
def test_other_pythons(server, tmp_path, python):
    installed = fresh(tmp_path / "env", python)
    run(installed, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ROOT / "python")
    works(installed, server)
    run(installed, ours.PROGRAMS / "lost.py", "threads", 4, 3, env=ours.environment(f"{server.url}/api/", f"threads {python}"))


def test_a_missing_library_is_named(tmp_path):
    """Without libcurl's headers the build says what to install."""
    if shutil.which("cmake") is None:
        pytest.skip("no cmake")
    hidden = ["-DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON", f"-DPython_EXECUTABLE={ours.PYTHON}", f"-Dnanobind_DIR={nanobind_folder()}"]
    done = subprocess.run(["cmake", "-S", ROOT / "python", "-B", tmp_path / "build", *hidden], capture_output=True, text=True, env={**os.environ, "CC": "cc"})
    assert done.returncode != 0 and "apt install libcurl4-openssl-dev zlib1g-dev libzstd-dev" in " ".join(done.stderr.split()), done.stderr


def nanobind_folder():
    return run(ours.PYTHON, "-m", "nanobind", "--cmake_dir").strip()
