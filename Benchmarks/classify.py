"""`coffer classify` beside Presidio's pattern recognizers: what each finds in the same texts and tables, and how fast.

Presidio runs with a blank spaCy pipeline, so names, places and addresses are not compared; all its recognizers of the compared
countries are switched on. A find counts where it overlaps a thing of its kind. Presidio gives scores from 0 to 1: it is judged
at the threshold at which it does best, entity by entity.

    classify.py COFFER [--json] [--texts 4000] [--rows 200000] [--seed 11]
"""
from __future__ import annotations

import argparse
import collections
import csv
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests"))
from support import people  # noqa: E402

# coffer finds its engine where Python finds it.
ENVIRONMENT = os.environ | {"VIRTUAL_ENV": sys.prefix}
# Presidio's names for what both know.
PRESIDIO = {
    "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "card": "CREDIT_CARD", "iban": "IBAN_CODE", "ip": "IP_ADDRESS",
    "mac": "MAC_ADDRESS", "url": "URL", "us_ssn": "US_SSN", "uk_nhs": "UK_NHS", "uk_nino": "UK_NINO", "de_tax_id": "DE_TAX_ID",
    "es_dni": "ES_NIF", "it_fiscal_code": "IT_FISCAL_CODE", "pl_pesel": "PL_PESEL", "se_personnummer": "SE_PERSONNUMMER",
    "in_aadhaar": "IN_AADHAAR",
}
KNOWN_AS = {name: entity for entity, name in PRESIDIO.items()} | {"ES_NIE": "es_dni"}


def presidio():
    """An analyzer with every recognizer by pattern of those that are compared, and a language model that knows nothing."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer import predefined_recognizers as all_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def __init__(self):
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": spacy.blank("en")}

        def load(self):
            pass

        def is_loaded(self):
            return True

    registry = RecognizerRegistry(supported_languages=["en"])
    for name in dir(all_recognizers):
        kind = getattr(all_recognizers, name)
        if not isinstance(kind, type) or not name.endswith("Recognizer") or "Spacy" in name or "Stanza" in name:
            continue
        try:
            recognizer = kind(supported_language="en")
        except Exception:  # those that need a service, a model or an optional package
            continue
        if set(recognizer.supported_entities) & set(KNOWN_AS):
            registry.add_recognizer(recognizer)
    return AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])


def coffer_spans(program: str, texts, folder: pathlib.Path):
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": one.text}) + "\n" for one in texts))
    found = [[] for _ in texts]
    command = [program, "classify", path, "--all", "--spans"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
    for line in map(json.loads, lines.splitlines()):
        found[line["row"] - 1] = [(one["entity"], one["start"], one["end"], one["confidence"]) for one in line["spans"]]
    return found


def figures(texts, found, threshold: float, entities) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 of each entity. A second find of one thing is neither right nor wrong."""
    right, missed, wrong = collections.Counter(), collections.Counter(), collections.Counter()
    for one, spans in zip(texts, found):
        spans = [span for span in spans if span[3] >= threshold]
        for entity, start, end in one.places:
            hit = any(span[0] == entity and span[1] < end and start < span[2] for span in spans)
            (right if hit else missed)[entity] += 1
        for name, start, end, _ in spans:
            if not any(name == entity and start < to and at < end for entity, at, to in one.places):
                wrong[name] += 1
    table = {}
    for entity in entities:
        precision = right[entity] / max(1, right[entity] + wrong[entity])
        recall = right[entity] / max(1, right[entity] + missed[entity])
        table[entity] = (precision, recall, 2 * precision * recall / max(1e-9, precision + recall))
    return table


def columns_right(truth: dict[str, str], named: dict[str, str | None], entities) -> tuple[int, int, int]:
    """Columns told rightly, columns told at all, columns to tell."""
    told = {column: entity for column, entity in named.items() if entity in entities}
    right = sum(1 for column, entity in told.items() if truth.get(column) == entity)
    return right, len(told), sum(1 for entity in truth.values() if entity in entities)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("coffer")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    logging.disable(logging.ERROR)  # Presidio would fetch a list of domains, and tells at length that it could not
    analyzer = presidio()
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        texts = people.texts(options.seed, options.texts)
        ours = coffer_spans(options.coffer, texts, folder)
        began = time.perf_counter()
        theirs = []
        for one in texts:
            results = analyzer.analyze(one.text, language="en", entities=list(KNOWN_AS))
            theirs.append([(KNOWN_AS[result.entity_type], result.start, result.end, result.score) for result in results])
        their_speed = len(texts) / (time.perf_counter() - began)
        mine = figures(texts, ours, 0, people.ENTITIES)
        at = {threshold: figures(texts, theirs, threshold, PRESIDIO) for threshold in (0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.85)}
        for entity in people.ENTITIES:
            best = max(at, key=lambda threshold: at[threshold][entity][2]) if entity in PRESIDIO else None
            lines.append({
                "entity": entity, "coffer": [round(part, 4) for part in mine[entity]],
                "presidio": [round(part, 4) for part in at[best][entity]] if best is not None else None, "presidio_threshold": best,
            })

        many = people.texts(options.seed + 1, 20_000)
        path = folder / "many.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "text"])
            for row in range(options.rows):
                writer.writerow([row, many[row % len(many)].text])
        began = time.perf_counter()
        subprocess.run([options.coffer, "classify", path, "--all", "--json"], check=True, capture_output=True, env=ENVIRONMENT)
        our_speed = options.rows / (time.perf_counter() - began)

        for named in (True, False):
            header, rows, truth = people.table(options.seed, 300, named)
            path = folder / "table.csv"
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([header, *rows])
            result = json.loads(subprocess.run(
                [options.coffer, "classify", path, "--all", "--json"], check=True, capture_output=True, env=ENVIRONMENT).stdout)["tables"][0]
            ours_named = {column["column"]: column["findings"][0]["entity"] for column in result["columns"] if column["findings"]}
            theirs_named = {}
            for index, column in enumerate(header):
                votes = collections.Counter()
                for row in rows[:100]:
                    results = analyzer.analyze(row[index], language="en", entities=list(KNOWN_AS), score_threshold=0.3) if row[index] else []
                    votes[KNOWN_AS[max(results, key=lambda one: one.score).entity_type] if results else None] += bool(row[index])
                theirs_named[column] = votes.most_common(1)[0][0]
            for who, told in (("coffer", ours_named), ("presidio", theirs_named)):
                right, count, total = columns_right(truth, told, set(PRESIDIO))
                lines.append({"columns": "named" if named else "unnamed", "who": who, "right": right, "told": count, "of": total})
        lines.append({"coffer_rows_per_second": round(our_speed), "presidio_rows_per_second": round(their_speed, 1),
                      "times": round(our_speed / their_speed)})
    if options.json:
        print("\n".join(map(json.dumps, lines)))
        return
    print(f"{'entity':18}{'coffer P':>10}{'R':>8}{'F1':>8}{'presidio P':>13}{'R':>8}{'F1':>8}  from score")
    for line in lines:
        if "entity" in line:
            peer = line["presidio"]
            print(f"{line['entity']:18}{line['coffer'][0]:10.3f}{line['coffer'][1]:8.3f}{line['coffer'][2]:8.3f}" + (
                f"{peer[0]:13.3f}{peer[1]:8.3f}{peer[2]:8.3f}  {line['presidio_threshold']}" if peer else f"{'-':>13}"))
        elif "columns" in line:
            print(f"{line['columns']} columns, {line['who']}: {line['right']} of {line['of']} told rightly, {line['told'] - line['right']} wrongly")
        else:
            print(f"texts a second: coffer {line['coffer_rows_per_second']}, presidio {line['presidio_rows_per_second']}: {line['times']} times")


if __name__ == "__main__":
    main()
