#!/usr/bin/env python3
"""Makes nanny.json.gz, NannyML's estimates of quality without labels. In an environment of its own, needed only to make it anew:

    pip install nannyml==0.13.1 statsmodels && python test/vectors/generateNanny.py

Each case holds a labelled reference, chunks without labels, and what NannyML says about each chunk. CBPE runs whole: its
choice whether to calibrate, its isotonic fit, its expected counts. DLE's own learner is LightGBM, ours is not: its cases
also hold the realised loss, which both should come close to.
"""
import gzip
import json
import os
import warnings

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"  # it reports its use to a server otherwise

import nannyml as nm
import numpy as np
import pandas as pd
from nannyml.calibration import IsotonicCalibrator, needs_calibration
from sklearn.model_selection import StratifiedShuffleSplit

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
RNG = np.random.default_rng(20260103)
METRICS = {"accuracy": "accuracy", "precision": "precision", "recall": "recall", "specificity": "specificity",
           "f1": "f1", "roc_auc": "rocAuc"}


def scores(rows, centre, bend):
    """Probabilities, labels drawn from them, and what an overconfident model would say (bend above 1)."""
    truth = 1 / (1 + np.exp(-(centre + 1.5 * RNG.normal(size=rows))))
    labels = (RNG.uniform(size=rows) < truth).astype(int)
    return np.round(truth**bend / (truth**bend + (1 - truth) ** bend), 3), labels


def frame(s, y=None):
    data = pd.DataFrame({"score": s, "decision": (s >= 0.5).astype(int)})
    return data if y is None else data.assign(label=y)


def cbpe(bend):
    reference, labels = scores(1500, 0, bend)
    chunks = [scores(400, centre, bend)[0] for centre in (0, 0.7, -0.7)]
    estimator = nm.CBPE(y_pred_proba="score", y_pred="decision", y_true="label", metrics=list(METRICS),
                        problem_type="classification_binary", chunk_size=400)
    estimator.fit(frame(reference, labels))
    result = estimator.estimate(pd.concat([frame(c) for c in chunks], ignore_index=True)).filter(period="analysis")
    values = result.to_df()
    expected = [{ours: float(values[theirs]["value"].iloc[i]) for theirs, ours in METRICS.items()} for i in range(3)]
    return {"labels": labels.tolist(), "scores": reference.tolist(), "chunks": [c.tolist() for c in chunks],
            "calibrated": bool(estimator.needs_calibration), "expected": expected, "bands": bands(reference, labels)}


def bands(reference, labels):
    """Thresholds over NannyML's default chunks, a tenth of the reference each."""
    estimator = nm.CBPE(y_pred_proba="score", y_pred="decision", y_true="label", metrics=list(METRICS),
                        problem_type="classification_binary")
    estimator.fit(frame(reference, labels))
    return {METRICS[m.name]: [float(m.lower_threshold_value), float(m.upper_threshold_value)]
            for m in estimator.metrics}


def regression(rows, spread):
    x = np.round(np.column_stack([spread * RNG.uniform(size=rows), RNG.normal(size=rows)]), 2)
    predicted = np.round(2 * x[:, 1], 2)
    return x, predicted, np.round(2 * x[:, 1] + (0.3 + x[:, 0]) * RNG.normal(size=rows), 2)


def dle():
    def table(x, predicted, label=None):
        data = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "predicted": predicted})
        return data if label is None else data.assign(label=label)

    reference = regression(2000, 2)
    chunks = [regression(500, spread) for spread in (0.7, 1.3, 2)]
    estimator = nm.DLE(feature_column_names=["a", "b"], y_pred="predicted", y_true="label", metrics=["mae", "rmse"],
                       chunk_size=500)
    estimator.fit(table(*reference))
    unlabelled = pd.concat([table(x, p) for x, p, _ in chunks], ignore_index=True)
    values = estimator.estimate(unlabelled).filter(period="analysis").to_df()
    expected = [{"mae": float(values["mae"]["value"].iloc[i]), "rmse": float(values["rmse"]["value"].iloc[i])}
                for i in range(3)]
    realised = [{"mae": float(np.abs(p - y).mean()), "rmse": float(np.sqrt(((p - y) ** 2).mean()))} for _, p, y in chunks]
    x, predicted, labels = reference
    return {"rows": np.column_stack([x, predicted]).tolist(), "predictions": predicted.tolist(),
            "labels": labels.tolist(), "chunks": [np.column_stack([c, p]).tolist() for c, p, _ in chunks],
            "expected": expected, "realised": realised}


def splits(rows):
    """The splits by which NannyML tells whether scores are calibrated, of a few labels."""
    labels = (RNG.uniform(size=rows) < 0.4).astype(int)
    found = StratifiedShuffleSplit(n_splits=3, test_size=0.1, random_state=42).split(labels, labels)
    return {"labels": labels.tolist(), "splits": [{"train": a.tolist(), "test": b.tolist()} for a, b in found]}


def decision(bend):
    s, y = scores(400, RNG.uniform(-1.5, 1.5), bend)
    return {"labels": y.tolist(), "scores": s.tolist(), "needed": bool(needs_calibration(y, s, IsotonicCalibrator()))}


if __name__ == "__main__":
    cases = {"cbpe": [cbpe(bend) for bend in (1, 1, 2, 3, 0.5)], "dle": [dle() for _ in range(2)]}
    cases["splits"] = [splits(rows) for rows in (24, 50, 75, 131)]
    cases["decisions"] = [decision(bend) for bend in (0.5, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2) for _ in range(5)]
    print([case["calibrated"] for case in cases["cbpe"]], [(c["expected"], c["realised"]) for c in cases["dle"]])
    text = json.dumps(cases, separators=(",", ":")).encode()
    with open(os.path.join(HERE, "nanny.json.gz"), "wb") as file:
        file.write(gzip.compress(text, 9, mtime=0))
