"""`python snapshots.py <folder>`: for each `<k>.reference.csv`, `<k>.current.csv` and our `<k>.json` of the folder, what Evidently makes of
the same rows beside what it loads from our file. Prints, as JSON: snapshots seen, those that its loader, page or workspace
refuses, results that differ (ids, names, parameters, tests), and the largest difference of a value."""
import glob
import json
import sys
import tempfile
import warnings

import pandas as pd
from evidently import Dataset, Report
from evidently.core.report import Snapshot
from evidently.presets import DataDriftPreset
from evidently.ui.workspace import Workspace

warnings.filterwarnings("ignore")
folder = sys.argv[1]
seen, refused, differing, largest = 0, [], [], 0.0


def compare(path, ours, theirs):
    """Numbers within a value are compared by size, all else must be the same."""
    global largest
    if isinstance(theirs, dict) and isinstance(ours, dict) and ours.keys() == theirs.keys():
        for key in theirs:
            compare(f"{path}.{key}", ours[key], theirs[key])
    elif isinstance(theirs, list) and isinstance(ours, list) and len(ours) == len(theirs):
        for i, (a, b) in enumerate(zip(ours, theirs)):
            compare(f"{path}[{i}]", a, b)
    elif isinstance(theirs, (int, float)) and isinstance(ours, (int, float)) and not isinstance(theirs, bool):
        largest = max(largest, abs(ours - theirs) / max(1.0, abs(theirs)))
    elif ours != theirs:
        differing.append(f"{path}: expected {theirs!r}, got {ours!r}")


with tempfile.TemporaryDirectory() as place:
    workspace = Workspace.create(place)
    project = workspace.create_project("drift")
    for reference in sorted(glob.glob(f"{folder}/*.reference.csv")):
        name = reference.removesuffix(".reference.csv")
        sides = [Dataset.from_pandas(pd.read_csv(f"{name}.{side}.csv")) for side in ("current", "reference")]
        theirs = Report([DataDriftPreset()], include_tests=True).run(*sides)
        seen += 1
        try:
            ours = Snapshot.load(f"{name}.json")
            ours.get_html_str(as_iframe=False)
            workspace.add_run(project.id, ours)
        except Exception as error:  # every refusal is what is looked for
            refused.append(f"{name}: {error}")
            continue
        compare(name, json.loads(ours.json()), json.loads(theirs.json()))
        with open(f"{name}.json") as file:
            plain = json.load(file)
        compare(f"{name} as json()", {key: plain[key] for key in ("metrics", "tests")}, json.loads(theirs.json()))
    kept = len(workspace.list_runs(project.id))

print(json.dumps({"seen": seen, "kept": kept, "refused": refused, "differing": differing[:50], "largest": largest}))
