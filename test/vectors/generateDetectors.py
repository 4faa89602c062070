#!/usr/bin/env python3
"""Makes detectors.json.gz: where river's detectors warn and alarm on streams whose mean jumps, by default and with other parameters. Needed only to
make it anew:

    pip install river==0.26.1 && python test/vectors/generateDetectors.py
"""
import gzip
import json
import os

import numpy as np
from river import drift
from river.drift import binary

HERE = os.path.dirname(os.path.abspath(__file__))
RNG = np.random.default_rng(20260202)


def stream(kind):
    parts = [(int(RNG.integers(200, 900)), float(RNG.uniform(0.05, 0.7))) for _ in range(3)]
    if kind == "errors":
        return [int(v) for n, p in parts for v in RNG.random(n) < p]
    return [float(v) for n, p in parts for v in np.round(RNG.normal(5 * p, 1, n), 2)]


def case(name, detector, options, kind):
    values, warnings, drifts = stream(kind), [], []
    for i, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            drifts.append(i)
        elif getattr(detector, "warning_detected", False):
            warnings.append(i)
    return {"detector": name, "options": options, "values": values, "warnings": warnings, "drifts": drifts}


def cases():
    for _ in range(4):
        yield case("Adwin", drift.ADWIN(), {}, "errors")
        yield case("Adwin", drift.ADWIN(delta=0.05, clock=8, max_buckets=3, min_window_length=10, grace_period=20),
                   {"delta": 0.05, "clock": 8, "maxBuckets": 3, "minWindowLength": 10, "gracePeriod": 20}, "numbers")
        yield case("PageHinkley", drift.PageHinkley(), {}, "numbers")
        for mode in ("up", "down", "both"):
            yield case("PageHinkley", drift.PageHinkley(min_instances=10, delta=0.1, threshold=15, alpha=0.99, mode=mode),
                       {"minInstances": 10, "delta": 0.1, "threshold": 15, "alpha": 0.99, "mode": mode}, "numbers")
        yield case("Ddm", binary.DDM(), {}, "errors")
        yield case("Ddm", binary.DDM(warm_start=10, warning_threshold=1.5, drift_threshold=2.5),
                   {"warmStart": 10, "warning": 1.5, "drift": 2.5}, "errors")
        yield case("Eddm", binary.EDDM(), {}, "errors")
        yield case("Eddm", binary.EDDM(warm_start=10, alpha=0.9, beta=0.8), {"warmStart": 10, "alpha": 0.9, "beta": 0.8}, "errors")
        for name, make in (("HddmA", binary.HDDMA), ("HddmW", binary.HDDMW)):
            yield case(name, make(), {}, "errors")
            yield case(name, make(drift_confidence=0.01, warning_confidence=0.05, two_sided_test=True),
                       {"driftConfidence": 0.01, "warningConfidence": 0.05, "twoSided": True}, "errors")
        yield case("HddmW", binary.HDDMW(lambda_val=0.2), {"lambda": 0.2}, "errors")


with gzip.GzipFile(os.path.join(HERE, "detectors.json.gz"), "wb", mtime=0) as out:
    out.write(json.dumps(list(cases()), separators=(",", ":")).encode())
