#!/usr/bin/env python3
"""Makes the price table that opikd reads (src/cost/prices.tsv) from a price file in the form of litellm's.

    scripts/prices.py FILE... [--source TEXT] > prices.tsv
    scripts/prices.py FILE... --all-providers             also providers that Opik gives no name to, under their own
    scripts/prices.py --self-test

FILE is model_prices_and_context_window_backup.json, or the wheel of the litellm package that holds it (`pip download litellm
--no-deps`); a later file's row replaces an earlier one's, so that older files add the models that newer ones have dropped. What
is taken are facts: who offers which model at what price. The names of the providers are those that Opik's SDKs send; of two rows of
one file with one name the later counts, as in Opik.
"""
import argparse
import decimal
import json
import sys
import zipfile

INSIDE_WHEEL = "litellm/model_prices_and_context_window_backup.json"
PROVIDERS = {
    "anthropic": "anthropic",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "gemini": "google_ai",
    "groq": "groq",
    "openai": "openai",
    "vertex_ai-anthropic_models": "anthropic_vertexai",
    "vertex_ai-language-models": "google_vertexai",
}
# Column of the table -> the names that the price has in the file, the first that is there counts.
PRICES = {
    "input": ["input_cost_per_token"],
    "output": ["output_cost_per_token"],
    "cache_write": ["cache_creation_input_token_cost"],
    "cache_read": ["cache_read_input_token_cost"],
    "second": ["output_cost_per_video_per_second", "output_cost_per_second"],
    "character": ["input_cost_per_character"],
}
MODE_OF = {"second": "video_generation", "character": "audio_speech"}  # prices that only one mode has
HEAD = """\
# Prices of language models, in US dollars per million tokens (second: per million seconds of video, character: per million
# characters of text to be spoken). Empty: none. Sorted. Columns are separated by one tab, see src/cost/prices.h.
# Source: {source}
# Made by: scripts/prices.py
"""
UNIT = decimal.Decimal("1e-9")  # what a price is rounded to; the server reads no more digits


def per_million(price):
    """The number without an exponent and without zeroes at its end; "" for 0."""
    value = (decimal.Decimal(str(price)) * 1_000_000).quantize(UNIT)
    if value < 0:
        raise ValueError(f"a price below 0: {price}")
    return "" if value == 0 else format(value.normalize(), "f")


def rows(prices, all_providers=False):
    """provider, model -> [mode, prices...], of what has a known provider."""
    table = {}
    for name, entry in prices.items():
        provider = entry.get("litellm_provider", "")
        if provider not in PROVIDERS and (not all_providers or name == "sample_spec"):
            continue
        provider = PROVIDERS.get(provider, provider)
        if provider == "bedrock" and "/" in name:  # one region's price of a model that has a row of its own
            continue
        model = name.partition("/")[2] or name
        mode = entry.get("mode") or "chat"
        cells = [mode]
        for column, keys in PRICES.items():
            price = next((entry[k] for k in keys if entry.get(k)), 0)
            cells.append(per_million(price) if MODE_OF.get(column, mode) == mode else "")
        if any(c in cell for cell in [provider, model, mode] for c in "\t\r\n"):
            raise ValueError(f"a tab or a line break in {name!r}")
        table[provider, model] = cells
    return table


def text(table, source):
    lines = ["\t".join(["provider", "model", "mode", *PRICES])]
    for (provider, model), cells in sorted(table.items()):
        lines.append("\t".join([provider, model, *cells]))
    return HEAD.format(source=source) + "\n".join(lines) + "\n"


def read(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as wheel:
            return json.loads(wheel.read(INSIDE_WHEEL))
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def self_test():
    table = rows(
        {
            "sample_spec": {"litellm_provider": "one of", "mode": "chat"},
            "gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06, "cache_read_input_token_cost": 1.25e-07},
            "gemini/veo": {"litellm_provider": "gemini", "mode": "video_generation", "output_cost_per_second": 0.35},
            "whisper": {"litellm_provider": "openai", "mode": "audio_transcription", "output_cost_per_second": 0.0001},
            "bedrock/us-east-1/claude": {"litellm_provider": "bedrock", "input_cost_per_token": 1e-06},
            "azure/gpt-x": {"litellm_provider": "azure", "input_cost_per_token": 1e-06},
            "a/same": {"litellm_provider": "groq", "input_cost_per_token": 1e-06},
            "b/same": {"litellm_provider": "groq", "input_cost_per_token": 3.0000000000000001e-08},
        }
    )
    expected = {
        ("openai", "gpt-x"): ["chat", "2.5", "", "", "0.125", "", ""],
        ("google_ai", "veo"): ["video_generation", "", "", "", "", "350000", ""],
        ("openai", "whisper"): ["audio_transcription", "", "", "", "", "", ""],
        ("groq", "same"): ["chat", "0.03", "", "", "", "", ""],
    }
    if table != expected:
        print(f"self-test: found {table}, expected {expected}")
        return 1
    print("self-test: as expected")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--source", default="files of the user's")
    parser.add_argument("--all-providers", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return self_test()
    if not args.files:
        parser.error("which file?")
    table = {}
    for file in args.files:
        table |= rows(read(file), args.all_providers)
    sys.stdout.write(text(table, args.source))
    return 0


if __name__ == "__main__":
    sys.exit(main())
