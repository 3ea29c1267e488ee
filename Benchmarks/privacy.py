"""Release control and risk: time and peak memory, beside what Python users take today, in the same run on the same rows.

    privacy.py COFFER [--json] [--rows 10000000] [--rounds 3]

COFFER is the built program; the Python that runs this has DuckDB (coffer finds its engine there), pandas and anjana.
The search is that of Examples/release: Adult with nine quasi-identifiers, 27 648 combinations of levels. Its data is looked
for in $COFFER_EXAMPLE_DATA and beside the example, and the search is left out where it is not. The risk is that of rows
with a ZIP code of 40 000, a year of birth of 90 and a sex; coffer's engine is given 1500 MB. The peers run in processes
of their own, as coffer does. Coffer's figures are the median of the rounds, the peers' those of one.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

from runs import Process, duckdb

SEARCH_GOAL, RISK_GOAL, MEMORY_GOAL = 2, 20, 2048
ROOT = pathlib.Path(__file__).resolve().parents[1]
ROWS = """
    SELECT printf('%05d', hash(i) % 40000) AS zip, (1920 + hash(i + 1) % 90)::INTEGER AS born,
           CASE WHEN hash(i + 2) % 2 = 0 THEN 'f' ELSE 'm' END AS sex, 'd' || hash(i + 3) % 50 AS diagnosis
    FROM range({rows}) AS r(i)
"""
PANDAS = """
import pandas, sys
rows = pandas.read_parquet(sys.argv[1], columns=["zip", "born", "sex"])
sizes = rows.groupby(["zip", "born", "sex"], sort=False).size()
print(sizes.min(), len(sizes))
"""
# The greedy search of one generalization after the other: neither exact nor with a loss to compare.
ANJANA = """
import csv, pandas, sys
from anjana.anonymity import k_anonymity
folder = sys.argv[1]
rows = pandas.read_csv(folder + "/adult.csv", sep=";", dtype=str)
ladders = {}
for name in ("marital-status", "education", "native-country", "workclass", "occupation"):
    with open(f"{folder}/hierarchies/{name}.csv") as file:
        levels = list(zip(*csv.reader(file, delimiter=";")))
    ladders[name] = {at: list(level) for at, level in enumerate(levels)}
for name in ("sex", "race", "salary-class"):
    values = sorted(set(rows[name]))
    ladders[name] = {0: values, 1: ["*"] * len(values)}
ages = sorted(set(rows["age"]))
ladders["age"] = {0: ages} | {
    at + 1: [f"[{int(age) // width * width},{int(age) // width * width + width})" for age in ages]
    for at, width in enumerate((5, 10, 20, 40))} | {5: ["*"] * len(ages)}
released = k_anonymity(rows, [], list(ladders), 5, 4, ladders)
print(len(released))
"""


def python(script, *arguments):
    return Process([sys.executable, "-c", script, *map(str, arguments)])


def figures(name, goal, coffer, rounds, peers):
    """Coffer's figure, and one of each peer."""
    ours = [coffer() for _ in range(rounds)]
    yield {
        "run": name, "by": "coffer", "seconds": round(statistics.median(one.seconds for one in ours), 2), "goal": goal,
        "processor_seconds": round(statistics.median(one.processor for one in ours), 2),
        "peak_mib": round(max(one.peak for one in ours)),
    }
    for peer, body in peers:
        try:
            one = body()
        except SystemExit as error:
            print(f"bench: left out {peer}: {error}", file=sys.stderr)
            continue
        yield {
            "run": name, "by": peer, "seconds": round(one.seconds, 2), "processor_seconds": round(one.processor, 2),
            "peak_mib": round(one.peak),
        }


def adult():
    places = [os.environ.get("COFFER_EXAMPLE_DATA"), ROOT / "Examples/release", ROOT / "Examples/adult", ROOT.parent / "shared/data"]
    return next((pathlib.Path(place) / "adult.csv" for place in places
                 if place and (pathlib.Path(place) / "adult.csv").is_file()), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("coffer", help="the built coffer")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows whose risk is measured")
    parser.add_argument("--rounds", type=int, default=3, help="how often coffer runs")
    parser.add_argument("--json", action="store_true", help="one line of JSON per figure instead of the table")
    arguments = parser.parse_args()
    coffer = os.path.abspath(arguments.coffer)
    found = []
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as name:
        folder = pathlib.Path(name)
        environment = os.environ | {
            "VIRTUAL_ENV": sys.prefix, "COFFER_HOME": name + "/home", "COFFER_ROOT_KEY": name + "/root.key",
            "COFFER_MEMORY": "1500MB"}

        def run(*command):
            return Process([coffer, *map(str, command)], environment)

        run("init")
        data = adult()
        if data is None:
            print("bench: left out the search: there is no adult.csv", file=sys.stderr)
        else:
            shutil.copytree(ROOT / "Examples/release", folder / "release")
            shutil.copy(data, folder / "release/adult.csv")
            pipeline = folder / "release/pipeline.yaml"
            found += figures(
                "search on Adult, nine columns", SEARCH_GOAL, lambda: run("run", pipeline, "--dry-run"),
                arguments.rounds, [("anjana 1.2, greedy", lambda: python(ANJANA, folder / "release"))])
        rows = folder / "rows.parquet"
        duckdb(f"COPY ({ROWS.format(rows=arguments.rows)}) TO '{rows}'")
        risk = ["risk", rows, "--quasi", "zip,born,sex"]
        what = f"risk of {arguments.rows:,} rows"
        found += figures(
            what, RISK_GOAL, lambda: run(*risk), arguments.rounds,
            [("pandas groupby", lambda: python(PANDAS, rows))])
        found += figures(what + ", with l and t", RISK_GOAL, lambda: run(*risk, "--sensitive", "diagnosis"), 1, [])
    for one in found:
        if arguments.json:
            print(json.dumps(one))
            continue
        goals = ""
        if "goal" in one:
            is_met = one["seconds"] <= one["goal"] and one["peak_mib"] <= MEMORY_GOAL
            goals = f"{one['goal']} s, {MEMORY_GOAL} MiB {'ok' if is_met else '--'}"
        label = one["run"] if one["by"] == "coffer" else "  " + one["by"]
        print(f"{label:46}{one['seconds']:>9.2f} s{one['processor_seconds']:>9.2f} cpu s{one['peak_mib']:>7} MiB  {goals}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
