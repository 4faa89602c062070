#!/usr/bin/env python3
"""Makes evidently.json.gz: what Evidently makes of a few small files, without the plots of its page. Needed only to make it anew:

    pip install evidently==0.7.23 "pandas<3.1" scipy==1.17.1 && DO_NOT_TRACK=1 python test/vectors/generateEvidently.py
"""
import gzip
import io
import json
import os
import warnings

import numpy as np
import pandas as pd
from evidently import Dataset, Report
from evidently.presets import DataDriftPreset

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
RNG = np.random.default_rng(20260201)


def rows(n, moved):
    kind = RNG.choice(["a", "b", "c, d"], n, p=[0.5 - moved / 4, 0.3, 0.2 + moved / 4])
    frame = pd.DataFrame({
        "kind": kind,
        "x": np.round(RNG.normal(moved, 1, n), 3),
        "it's \"quoted\"": np.round(RNG.exponential(1, n) + moved, 2),
        "few": RNG.integers(0, 4, n),
        "halves": RNG.integers(0, 3, n) / 2,
        "flag": RNG.random(n) < 0.4 + moved / 4,
        "gaps": np.where(RNG.random(n) < 0.2, np.nan, np.round(RNG.normal(size=n), 2)),
        "infinite": np.where(RNG.random(n) < 0.2 + moved / 4, np.inf, np.round(RNG.normal(size=n), 2)),
    })
    return frame.to_csv(index=False)


def without_plots(snapshot):
    """The page's plots and tables, times and random ids are no part of what is compared."""
    for result in snapshot["metric_results"].values():
        result["widget"] = [{**w, "id": ""} for w in result["widget"] if w["type"] == "counter"]
    snapshot["widgets"] = [{**w, "id": ""} for w in snapshot["widgets"][:2]]
    snapshot["tests_widgets"] = [{**w, "id": ""} for w in snapshot["tests_widgets"]]
    return {**snapshot, "timestamp": ""}


def case(n, m, moved):
    reference, current = rows(n, 0), rows(m, moved)
    sides = [Dataset.from_pandas(pd.read_csv(io.StringIO(text))) for text in (current, reference)]
    snapshot = Report([DataDriftPreset()], include_tests=True).run(*sides)
    return {"reference": reference, "current": current, "json": json.loads(snapshot.json()),
            "snapshot": without_plots(json.loads(snapshot.dumps()))}


cases = [case(*sizes) for sizes in ((120, 90, 0), (300, 150, 0.8), (1001, 200, 0), (1001, 150, 0.8))]
with gzip.GzipFile(os.path.join(HERE, "evidently.json.gz"), "wb", mtime=0) as out:
    out.write(json.dumps(cases).encode())
