"""scikit-build-core as it is, but for one thing: an sdist stands alone, so it gets a copy of the C++ sources that lie above this folder."""
import pathlib
import shutil

from scikit_build_core.build import *  # noqa: F401,F403
from scikit_build_core.build import build_sdist as _build_sdist

HERE = pathlib.Path(__file__).resolve().parent
PARTS = {"include/opik": "*.h", "src/base": "*.*", "src/sdk": "*.*", "cmake": "zstd.cmake", ".": "LICENSE"}


def _copy(core):
    (core / "cmake").mkdir(parents=True)
    for folder, pattern in PARTS.items():
        (core / folder).mkdir(parents=True, exist_ok=True)
        for file in sorted((HERE.parent / folder).glob(pattern)):
            if file.is_file() and not file.stem.endswith("_test"):
                shutil.copy2(file, core / folder / file.name)
    # What CMakeLists.txt tells a copy by.
    shutil.copy2(HERE.parent / "cmake/sdk.cmake", core / "cmake/sdk.cmake")


def build_sdist(sdist_directory, config_settings=None):
    core = HERE / "core"
    if core.exists():  # this is an sdist itself
        return _build_sdist(sdist_directory, config_settings)
    try:
        _copy(core)
        return _build_sdist(sdist_directory, config_settings)
    finally:
        shutil.rmtree(core, ignore_errors=True)
