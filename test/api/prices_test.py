"""Goal: a user's file refreshes the prices that costs are estimated by, whole or not at all, and what it does not name stays.
Method: the binary's command, then a server with that data directory; costs worked out by hand from the files written here."""
import json
import os
import threading

import pytest

from api.command_test import opikd
from api.shapes import span
from support.server import DidNotStart, Opikd

HEAD = "provider\tmodel\tmode\tinput\toutput\tcache_write\tcache_read\tsecond\tcharacter\n"
TABLE = "# Ours.\n" + HEAD + "openai\tgpt-4o\tchat\t7\t11\t\t\t\t\nmistral\tlarge-9\tchat\t2\t6\t\t\t\t\n"
LIST = {
    "sample_spec": {"litellm_provider": "one of many", "input_cost_per_token": "a number"},
    "gpt-4o": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 7e-06, "output_cost_per_token": 1.1e-05},
    "mistral/large-9": {"litellm_provider": "mistral", "mode": "chat", "input_cost_per_token": 2e-06, "output_cost_per_token": 6e-06},
}
USAGE = {"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def file_of(tmp_path, content, name="mine"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content, indent=1)).encode())
    return path


def install(data, *files):
    done = opikd("prices", "--data", data, *files)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def printed(data):
    return install(data)


def row(text, provider, model):
    return [line.split("\t")[2:] for line in text.splitlines() if line.startswith(f"{provider}\t{model}\t")]


def cost(server, model, provider, **more):
    entity = span(type="llm", model=model, provider=provider, usage=USAGE, **more)
    assert server.api.post("/v1/private/spans", entity).status == 201
    return entity["id"], cost_of(server, entity["id"])


def cost_of(server, span_id):
    return server.api.get(f"/v1/private/spans/{span_id}").json.get("total_estimated_cost")


@pytest.mark.parametrize("content", [TABLE, LIST], ids=["table", "list"])
def test_a_file_counts_from_the_next_start_on(tmp_path, data, content):
    with Opikd(data) as server:
        before, was = cost(server, "gpt-4o", "openai")
        assert was == 0.0125
        assert cost(server, "large-9", "mistral")[1] is None
        told = install(data, file_of(tmp_path, content))
        assert told.startswith(f"{data}/prices.tsv: 2 models, 1 of them in place of built-in ones"), told
        assert cost(server, "gpt-4o", "openai")[1] == 0.0125, "a server that runs goes on with what it has"
        assert "prices models=" in server.stderr and " own=0" in server.stderr
    with Opikd(data) as server:
        assert cost(server, "gpt-4o", "openai")[1] == 0.018
        assert cost(server, "large-9", "mistral")[1] == 0.008
        assert cost(server, "gpt-4o", "openai", total_estimated_cost=0.5)[1] == 0.5, "the client's own number wins"
        assert cost(server, "gpt-3.5-turbo", "openai")[1] == 0.002, "what the file does not name stays"
        assert cost_of(server, before) == 0.0125, "what was written keeps its cost"
        assert " own=2" in server.stderr
    (data / "prices.tsv").unlink()
    with Opikd(data) as server:
        assert cost(server, "gpt-4o", "openai")[1] == 0.0125 and cost(server, "large-9", "mistral")[1] is None


def test_the_table_in_use_is_printed(tmp_path, data):
    built_in = printed(data)
    assert not data.exists(), "looking makes nothing"
    assert row(built_in, "openai", "gpt-4o") == [["tokens", "2.5", "10", "", "1.25", "", ""]]
    install(data, file_of(tmp_path, LIST))
    both = printed(data)
    assert row(both, "openai", "gpt-4o") == [["tokens", "7", "11", "", "", "", ""]]
    assert row(both, "mistral", "large-9") == [["tokens", "2", "6", "", "", "", ""]]
    others = lambda text: [line for line in text.splitlines() if not line.startswith(("openai\tgpt-4o\t", "mistral\tlarge-9\t"))]  # noqa: E731
    assert others(both) == others(built_in)
    install(data, file_of(tmp_path, both, "printed.tsv"))
    assert printed(data) == both, "what was printed can be given back"


def test_a_file_replaces_the_one_before_and_of_two_the_later_counts(tmp_path, data):
    first = file_of(tmp_path, HEAD + "a\tm\tchat\t1\t\t\t\t\t\na\tn\tchat\t1\t\t\t\t\t\n", "first")
    second = file_of(tmp_path, HEAD + "a\tm\tchat\t2\t\t\t\t\t\n", "second")
    install(data, first, second)
    assert [row(printed(data), "a", model)[0][1] for model in "mn"] == ["2", "1"]
    install(data, second, first)
    assert [row(printed(data), "a", model)[0][1] for model in "mn"] == ["1", "1"]
    install(data, second)
    assert [row(printed(data), "a", model) for model in "mn"] == [[["tokens", "2", "", "", "", "", ""]], []]


@pytest.mark.parametrize("content, words", [
    ("", "price table, line 0: found no rows, expected the names of the columns"),
    ("model\tprice\n", "price table, line 1: expected the names of the columns: provider, model, mode"),
    (HEAD, "found no models, expected at least one"),
    (HEAD + "a\tm\tchat\t1\n", "price table, line 2: expected 9 columns parted by one tab"),
    (TABLE + "a\tm\tchat\t1,5\t\t\t\t\t\n", 'price table, line 5: input: found "1,5", expected a decimal number'),
    (TABLE + "mistral\tlarge-9\tchat\t1\t\t\t\t\t\n", "price table, line 5: a second row for large-9 of mistral"),
    (b"\x00\xff", "price table, line 1: expected the names of the columns"),
    ({}, "found no models, expected at least one"),
    ('{"m": {\n"litellm_provider": "p",\n}}', "price list, line 3: expected a member's name"),
    ('{"m": {"litellm_provider": "p"', "price list, line 1: expected ','"),
    ({**LIST, "m": {"litellm_provider": "p", "input_cost_per_token": "cheap"}},
     'price list: model m: input_cost_per_token: found String "cheap", expected a number of US dollars from 0 to less than 100'),
    ({**LIST, "m": {"litellm_provider": "p", "input_cost_per_token": -1e-6}}, "price list: model m: input_cost_per_token: found Number -1e-06"),
    ({**LIST, "m": {"input_cost_per_token": 1e-6}}, "price list: model m: litellm_provider: found nothing, expected the provider's name"),
    ({**LIST, "m": "free"}, 'price list: model m: found String "free", expected an object'),
])  # fmt: skip
def test_a_broken_file_changes_nothing(tmp_path, data, content, words):
    install(data, file_of(tmp_path, TABLE))
    before = (data / "prices.tsv").read_bytes()
    broken = file_of(tmp_path, content, "broken")
    for files in ([broken], [tmp_path / "mine", broken]):
        done = opikd("prices", "--data", data, *files)
        assert done.returncode == 1 and done.stdout == "", done
        assert done.stderr.startswith(f"opikd: {broken}: ") and words in done.stderr and done.stderr.count("\n") == 1, done
        assert (data / "prices.tsv").read_bytes() == before and os.listdir(data) == ["prices.tsv"]


def test_what_cannot_be_read_or_written(tmp_path, data):
    for files, words in (([tmp_path / "none"], f"opening {tmp_path}/none: No such file"), ([tmp_path], f"reading {tmp_path}: Is a directory")):
        done = opikd("prices", "--data", data, *files)
        assert done.returncode == 1 and words in done.stderr and not data.exists(), done
    large = tmp_path / "large"
    with open(large, "wb") as file:
        file.truncate((64 << 20) + 1)
    done = opikd("prices", "--data", data, large)
    assert done.returncode == 1 and "at most 67108864 bytes" in done.stderr and not data.exists(), done
    (data / "prices.tsv").mkdir(parents=True)  # cannot be replaced by a file
    done = opikd("prices", "--data", data, file_of(tmp_path, TABLE))
    assert done.returncode == 1 and f"writing {data}/prices.tsv" in done.stderr and os.listdir(data) == ["prices.tsv"], done


@pytest.mark.parametrize("content", [TABLE.replace("7", "seven"), json.dumps(LIST), "\n"])
def test_a_server_does_not_start_with_broken_prices(data, content):
    data.mkdir()
    (data / "prices.tsv").write_text(content)
    with pytest.raises(DidNotStart) as refused:
        Opikd(data)
    assert refused.value.code == 1 and f"opikd: {data}/prices.tsv: price table, line" in refused.value.stderr, refused.value.stderr
    assert os.listdir(data) == ["prices.tsv"], "nothing was made"
    done = opikd("prices", "--data", data)
    assert done.returncode == 1 and done.stdout == "" and f"opikd: {data}/prices.tsv: price table, line" in done.stderr


def test_many_refreshes_at_once(tmp_path, data):
    """Whoever reads meanwhile sees one of the tables, whole."""
    rows = [HEAD + "".join(f"p{i}\tm{n}\tchat\t{i + 1}\t\t\t\t\t\n" for n in range(2000)) for i in range(3)]
    files = [file_of(tmp_path, text, f"file{i}") for i, text in enumerate(rows)]
    built_in = len(printed(data).splitlines())
    writers = [threading.Thread(target=lambda file=file: [install(data, file) for _ in range(5)]) for file in files]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert len(printed(data).splitlines()) in (built_in, built_in + 2000)
    assert len(printed(data).splitlines()) == built_in + 2000 and os.listdir(data) == ["prices.tsv"]
