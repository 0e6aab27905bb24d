"""Goal: somebody else's program builds and runs against the SDK in each of the promised ways, whatever its compiler, standard and
exceptions; and the library shows and needs nothing but what it promises.
Method: `cmake --install` into a folder; the program of consumer/ built against it, and run against a server that checks what arrives;
nm and ldd on the libraries."""
import itertools
import os
import re
import shutil
import subprocess

import pytest

from sdk.faults import Faults
from sdk.official import Official
from support.server import BINARY, LONG, ROOT, SANITIZED

BUILD = BINARY.parent.parent if (BINARY.parent.parent / "libopik.a").exists() else ROOT / "build/release"
CONSUMER = ROOT / "test/sdk/consumer"
COMPILERS = ("g++", "clang++-14")
CLANG = pytest.mark.skipif(shutil.which("clang++-14") is None, reason="no clang++-14")
pytestmark = pytest.mark.skipif(bool(SANITIZED), reason="a consumer is not built with our sanitizers")


def run(*command, env=None, cwd=None):
    done = subprocess.run([str(c) for c in command], env=env, cwd=cwd, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where the SDK's two components are installed: all that a package of it would hold."""
    prefix = tmp_path_factory.mktemp("prefix") / "moved" / "here"
    for component in ("opik-lib", "opik-dev"):
        run("cmake", "--install", BUILD, "--prefix", prefix, "--component", component)
    return prefix


def check_program(program, env=None):
    """The program delivers its three traces and three spans, whole."""
    with Faults(Official()) as server:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OPIK_")}
        output = run(program, env={**clean, "OPIK_URL_OVERRIDE": server.url, "OPIK_SPOOL_MODE": "off", "HOME": "/nonexistent", **(env or {})})
        assert output == "4 1 6\n"
        names = {kind: sorted(row[0]["name"] for row in server.backend.rows(kind).values()) for kind in ("traces", "spans")}
        assert names == {"traces": ["by hand", "by scope", "twice"], "spans": ["by scope", "llm", "twice"]}
        span = next(row[0] for row in server.backend.rows("spans").values() if row[0]["name"] == "llm")
        assert span["output"] == {"order": {"number": 7, "item": "tea"}}
        assert span["metadata"] == {"list": [1, 2], "map": {"a": 0.5}}


def pkg_config(prefix, package):
    env = {**os.environ, "PKG_CONFIG_PATH": str(next(prefix.rglob("opik.pc")).parent)}
    return run("pkg-config", "--cflags", "--libs", package, env=env).split()


def library_folder(prefix):
    return next(prefix.rglob("libopik.a")).parent


@CLANG
@pytest.mark.parametrize("compiler,standard,exceptions", list(itertools.product(COMPILERS, ("c++17", "c++20"), ("", "-fno-exceptions"))))
def test_compilers_and_standards(installed, tmp_path, compiler, standard, exceptions):
    """By pkg-config, against the static library."""
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *([exceptions] if exceptions else [])]
    run(compiler, *flags, CONSUMER / "main.cc", *pkg_config(installed, "opik-static"), "-o", tmp_path / "consumer")
    check_program(tmp_path / "consumer")


def test_pkg_config_shared(installed, tmp_path):
    run("g++", "-std=c++17", CONSUMER / "main.cc", *pkg_config(installed, "opik"), "-o", tmp_path / "consumer")
    assert "libopik.so.0" in run("readelf", "-d", tmp_path / "consumer")
    check_program(tmp_path / "consumer", {"LD_LIBRARY_PATH": str(library_folder(installed))})


@CLANG
@pytest.mark.parametrize("compiler,shared", [("g++", "OFF"), ("clang++-14", "ON")])
def test_find_package(installed, tmp_path, compiler, shared):
    run("cmake", "-S", CONSUMER, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={installed}", f"-DCMAKE_CXX_COMPILER={compiler}", "-DWAY=find_package", f"-DOPIK_SHARED={shared}", "-DCMAKE_CXX_STANDARD=17")
    run("cmake", "--build", tmp_path)
    assert ("libopik.so.0" in run("readelf", "-d", tmp_path / "consumer")) == (shared == "ON")
    check_program(tmp_path / "consumer")


@CLANG
@pytest.mark.parametrize("way,compiler,shared", [("add_subdirectory", "g++", "OFF"), ("FetchContent", "clang++-14", "ON")])
def test_as_a_part_of_another_project(tmp_path, way, compiler, shared):
    """Configured always; built, which takes a minute, in the long form."""
    run("cmake", "-S", CONSUMER, "-B", tmp_path, f"-DCMAKE_CXX_COMPILER={compiler}", f"-DWAY={way}", f"-DOPIK_SOURCE={ROOT}", f"-DBUILD_SHARED_LIBS={shared}", "-DCMAKE_BUILD_TYPE=Release")
    if LONG:
        run("cmake", "--build", tmp_path, "--target", "consumer")
        check_program(tmp_path / "consumer")


def test_every_header_stands_alone(installed, tmp_path):
    for header in sorted((installed / "include/opik").glob("*.h")):
        source = tmp_path / f"{header.stem}.cc"
        source.write_text(f"#include <opik/{header.name}>\nint main() {{}}\n")
        run("g++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{installed / 'include'}", source)


def test_headers_need_only_the_standard_library(installed):
    for header in (installed / "include/opik").glob("*.h"):
        for name in re.findall(r"#\s*include\s*[<\"]([^>\"]+)", header.read_text()):
            assert name.startswith("opik/") or "." not in name and "/" not in name, f"{header.name} includes {name}"


def symbols(library, *flags):
    return [line.split(maxsplit=2) for line in run("nm", "--defined-only", "-C", *flags, library).splitlines() if len(line.split(maxsplit=2)) == 3]


# Names of ours, and what the compiler makes for them.
OURS = re.compile(r"^(?:(?:vtable|typeinfo|typeinfo name|guard variable|VTT) for |.*\b)?opik(::|_)")


def test_the_shared_library_shows_only_names_of_ours(installed):
    shown = symbols(library_folder(installed) / "libopik.so", "-D")
    foreign = [name for _, kind, name in shown if not OURS.match(name)]
    assert foreign == []
    assert [name for _, _, name in shown if re.search(r"opik::(sdk|base)::", name)] == [], "the inside stays inside"
    assert any(name.startswith("opik::Client::Client(") for _, _, name in shown)


def test_the_static_library_defines_only_names_of_ours(installed):
    """Weak symbols are the standard library's templates, which every object file has."""
    defined = symbols(library_folder(installed) / "libopik.a")
    foreign = [name for _, kind, name in defined if kind in "TDBRS" and not OURS.match(name)]
    assert foreign == []


def test_needs_only_its_libraries(installed):
    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\.so", run("readelf", "-d", library_folder(installed) / "libopik.so")))
    assert needed <= {"libcurl", "libz", "libzstd", "libstdc++", "libm", "libgcc_s", "libc", "ld-linux-x86-64"}, needed


def test_footprint(installed, record_property, tmp_path):
    """What the library adds to a program: code and data, without debug information."""
    static = tmp_path / "libopik.a"
    shutil.copy(library_folder(installed) / "libopik.a", static)
    run("strip", "--strip-debug", static)
    text, data, bss = (sum(map(int, column)) for column in zip(*(line.split()[:3] for line in run("size", static).splitlines()[1:])))
    print(f"libopik.a: {static.stat().st_size} bytes without debug information, {text} of code, {data + bss} of data")
    record_property("static_bytes", static.stat().st_size)
    assert text + data + bss < 2 << 20


def test_no_work_before_main(installed):
    """No global constructors at all, so none with IO."""
    text = run("nm", "-C", "--defined-only", library_folder(installed) / "libopik.a")
    assert [line for line in text.splitlines() if "_GLOBAL__sub_I" in line or "global constructors keyed" in line] == []
