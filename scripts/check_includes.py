#!/usr/bin/env python3
"""Checks who includes whom in src/: the house of docs/architecture.md, where every room sees only those below it.

    scripts/check_includes.py              checks src/; prints each offence; exit code 1 if there is one
    scripts/check_includes.py --self-test  checks that offences are caught
"""
import pathlib
import re
import sys
import tempfile

# room -> the rooms that it may include, besides itself. CMakeLists.txt links them in the same order. A test that needs a store
# may use store/memory.
MAY_SEE = {
    "base": set(),
    "model": {"base"},
    "codec": {"base", "model"},
    "query": {"base", "model"},
    "cost": {"base", "model", "codec"},
    "store": {"base", "model", "query"},
    # cost: what a span costs is derived from the merged view, which only a store has.
    "store/sqlite": {"base", "model", "query", "codec", "cost", "store"},
    "store/memory": {"base", "model", "query", "codec", "cost", "store"},
    "ingest": {"base", "model", "store"},
    "http": {"base"},
    "api": {"base", "model", "codec", "query", "cost", "store", "ingest", "http"},
    "sdk": {"base", "model", "codec"},
    "opikd": {"base", "model", "codec", "query", "cost", "store", "store/sqlite", "store/memory", "ingest", "http", "api"},
}

# Libraries that belong to one room: nobody else may know that they are used. Tests beside the code may use any.
LIBRARY_OF = {
    "curl": {"sdk"},
    "simdjson": {"codec"},
    "sqlite3": {"store/sqlite"},
    "boost": {"http", "opikd"},
    "libdeflate": {"http"},
    "nghttp2": {"http"},
    "openssl": {"store/sqlite"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    """The room of a path below src/: the longest that its folder begins with."""
    folders = path.split("/")[:-1]
    for length in range(len(folders), 0, -1):
        room = "/".join(folders[:length])
        if room in MAY_SEE:
            return room
    return None


def offences(src):
    found = []
    for file in sorted(src.rglob("*")):
        if file.suffix not in (".h", ".cc"):
            continue
        path = file.relative_to(src).as_posix()
        room = room_of(path)
        if room is None:
            found.append(f"{path}: is in no room")
            continue
        is_test = path.endswith(("_test.cc", "_test.h"))
        for kind, target in INCLUDE.findall(file.read_text()):
            library = re.split(r"[/.]", target)[0]
            owners = LIBRARY_OF.get(library)
            if kind == "<" or owners:
                if owners and room not in owners and not is_test:
                    found.append(f"{path}: {room} includes <{target}>, which belongs to {', '.join(sorted(owners))}")
                continue
            if target.startswith("opik/") and (src.parent / "include" / target).exists():
                if room != "sdk" and not is_test:
                    found.append(f"{path}: {room} includes {target}, a header of the SDK; only sdk may")
                continue
            if not (src / target).exists():
                found.append(f'{path}: includes "{target}", which is not a path below src/')
                continue
            seen = room_of(target)
            may_see = MAY_SEE[room] | ({"store/memory"} if is_test and "store" in MAY_SEE[room] else set())
            if seen != room and seen not in may_see:
                found.append(f"{path}: {room} includes {target}; it may see only {', '.join(sorted(MAY_SEE[room])) or 'itself'}")
    return found + cycles(src)


def cycles(src):
    """Files that include each other in a ring."""
    graph = {}
    for file in src.rglob("*.h"):
        path = file.relative_to(src).as_posix()
        graph[path] = [t for k, t in INCLUDE.findall(file.read_text()) if k == '"' and (src / t).exists()]
    found, done = [], set()

    def walk(path, trail):
        if path in trail:
            found.append("ring of includes: " + " > ".join(trail[trail.index(path):] + [path]))
            return
        if path in done:
            return
        for target in graph.get(path, []):
            walk(target, trail + [path])
        done.add(path)

    for path in sorted(graph):
        walk(path, [])
    return found


def self_test():
    """Each case: files of a small src/, and a word that the offence must name (None: there is none)."""
    cases = [
        ({"base/a.h": "#include <vector>\n", "model/b.h": '#include "base/a.h"\n'}, None),
        ({"base/a.h": '#include "model/b.h"\n', "model/b.h": ""}, "base includes model/b.h"),
        ({"api/a.cc": '#include "store/sqlite/s.h"\n', "store/sqlite/s.h": ""}, "api includes store/sqlite/s.h"),
        ({"http/a.cc": '#include "model/b.h"\n', "model/b.h": ""}, "http includes model/b.h"),
        ({"model/a.h": '#include "opikd/m.h"\n', "opikd/m.h": ""}, "model includes opikd/m.h"),
        ({"model/a.cc": "#include <simdjson.h>\n"}, "belongs to codec"),
        ({"api/a.cc": "#  include <boost/asio.hpp>\n"}, "belongs to http"),
        ({"api/a_test.cc": "#include <boost/asio.hpp>\n"}, None),
        ({"api/a_test.h": '#include "store/memory/m.h"\n', "store/memory/m.h": ""}, None),
        ({"api/a.h": '#include "store/memory/m.h"\n', "store/memory/m.h": ""}, "api includes store/memory/m.h"),
        ({"util/a.h": ""}, "is in no room"),
        ({"sdk/a.h": '#include "opik/c.h"\n', "../include/opik/c.h": ""}, None),
        ({"sdk/a.h": '#include "opik/c.h"\n'}, "not a path below src/"),
        ({"api/a.h": '#include "opik/c.h"\n', "../include/opik/c.h": ""}, "only sdk may"),
        ({"base/a.h": '#include "b.h"\n', "base/b.h": ""}, "not a path below src/"),
        ({"base/a.h": '#include "base/b.h"\n', "base/b.h": '#include "base/a.h"\n'}, "ring of includes"),
    ]
    for files, word in cases:
        with tempfile.TemporaryDirectory() as folder:
            src = pathlib.Path(folder) / "src"
            src.mkdir()
            for name, text in files.items():
                (src / name).parent.mkdir(parents=True, exist_ok=True)
                (src / name).write_text(text)
            found = offences(src)
            caught = len(found) > 0 and word in found[0] if word else not found
            if not caught:
                print(f"self-test: {files}: expected {word!r}, found {found}")
                return 1
    print(f"self-test: {len(cases)} cases as expected")
    return 0


def main():
    if "--self-test" in sys.argv:
        return self_test()
    src = pathlib.Path(__file__).resolve().parent.parent / "src"
    found = offences(src)
    for line in found:
        print(line)
    print(f"includes: {len(found)} offences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
