"""Runs a snippet many times at once, unchanged, as programs of their own would run it: each time its module is executed anew.

    rounds.py SNIPPET ROUNDS THREADS ["import opik_cpp as opik"]

With the last argument the snippet's line `import opik` is replaced by it. What the snippet leaves undefined (`call_llm`) is supplied, and
what it only defines (`my_llm_call`) is called. Prints one line of JSON: whether everything was delivered, and the counters.
"""
import builtins
import concurrent.futures
import json
import sys

snippet, rounds, threads, line = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), (sys.argv[4:] or [None])[0]
builtins.call_llm = lambda prompt: f"answer to {prompt}"
source = open(snippet).read()
if line:
    assert "\nimport opik\n" in "\n" + source
    source = ("\n" + source).replace("\nimport opik\n", f"\n{line}\n")
code = compile(source, snippet, "exec")


def one(_):
    names = {"__name__": "__main__"}
    exec(code, names)
    if "my_llm_call" in names:
        names["my_llm_call"]("Bonjour")
    return names.get("client")


with concurrent.futures.ThreadPoolExecutor(threads) as pool:
    clients = list(pool.map(one, range(rounds)))

if line:
    import opik_cpp as opik
else:
    import opik

opik.flush_tracker()
client = clients[0] or opik.get_global_client()
ok = client.flush()
assert opik.__version__ and "opik_cpp" in opik.__name__ + opik.Opik.__module__
print(json.dumps({"ok": ok, "stats": client.stats}))
