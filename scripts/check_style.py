#!/usr/bin/env python3
"""Checks the parts of the style that a program can see: length of files, lines for later, `#pragma once`, tests that say their goal.

    scripts/check_style.py   prints each offence; exit code 1 if there is one
"""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 600  # past 500 a file has begun to do a second thing; the rest is room for a good reason
CODE = {".h", ".cc", ".py", ".sh", ".mjs", ".cmake"}
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def files(root):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    if names.returncode != 0:  # a tree without git: everything but what is made
        return [p for p in root.rglob("*") if p.is_file() and not {"build", ".venv", "node_modules"} & set(p.relative_to(root).parts)]
    return [root / n for n in names.stdout.splitlines() if (root / n).is_file()]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    found = []
    for file in sorted(files(root)):
        name = file.relative_to(root).as_posix()
        if file.suffix not in CODE:
            continue
        text = file.read_text(errors="replace")
        lines = text.splitlines()
        if len(lines) > LINES_MAX:
            found.append(f"{name}: {len(lines)} lines, more than {LINES_MAX}: which second thing does it do?")
        if name != "scripts/check_style.py":
            for number, line in enumerate(lines, 1):
                if LATER.search(line):
                    found.append(f"{name}:{number}: {line.strip()[:80]}: do it, or open an issue")
        if file.suffix == ".h" and "#pragma once" not in text:
            found.append(f"{name}: no #pragma once")
        if name.endswith("_test.cc") and "goal" not in "\n".join(lines[:12]).lower():
            found.append(f"{name}: its first lines do not say the goal and the method")
    for line in found:
        print(line)
    print(f"style: {len(found)} offences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
