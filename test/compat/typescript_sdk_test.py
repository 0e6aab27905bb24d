"""Goal: the official TypeScript SDK works against opikd unchanged, and nothing that it logs is lost.
Method: a program with `opik` from npm under node, which reads everything back through the same SDK and compares it field by field."""
from compat import sdk

TS = sdk.HERE / "ts"


def test_typescript_program(server):
    env = sdk.environment(server.url)
    env.update(OPIK_URL_OVERRIDE=f"{server.url}/api", OPIK_LOG_LEVEL="ERROR")
    out = sdk.run(["node", TS / "compat.mjs", "from typescript"], env)
    assert out.splitlines()[-1] == "93 entities compared", out[-2000:]


def test_attachments(server):
    env = sdk.environment(server.url)
    env.update(OPIK_URL_OVERRIDE=f"{server.url}/api", OPIK_LOG_LEVEL="ERROR")
    out = sdk.run(["node", TS / "attachments.mjs", "attachments from typescript"], env)
    assert out.splitlines()[-1] == "11000000 bytes compared", out[-2000:]


def test_annotations(server):
    env = sdk.environment(server.url)
    env.update(OPIK_URL_OVERRIDE=f"{server.url}/api", OPIK_LOG_LEVEL="ERROR")
    out = sdk.run(["node", TS / "annotations.mjs", "annotations from typescript"], env)
    assert out.splitlines()[-1] == "48 checks", out[-2000:]
