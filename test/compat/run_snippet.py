"""Runs one of Opik's own snippets, unchanged, with the `opik` of the interpreter that runs this.

    python run_snippet.py snippets/overwrite.py

The snippet leaves `call_llm` undefined: it is put where every module finds it. What the snippet only defines
(`my_llm_call`) is called once. Then everything is flushed, as a program does that wants to see its traces at once.
"""
import builtins
import runpy
import sys


def call_llm(prompt):
    return f"answer to {prompt}"


builtins.call_llm = call_llm
names = runpy.run_path(sys.argv[1])
if "my_llm_call" in names:
    names["my_llm_call"]("Bonjour")

import opik  # noqa: E402

opik.flush_tracker()
if "client" in names:
    assert names["client"].flush(timeout=60), "flush: timed out"
