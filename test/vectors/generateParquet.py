"""Writes the Parquet files that the readers are tested with, into parquet/ beside this script. Run once; needs pyarrow 26 and pandas 3:
python generateParquet.py parquet. The rows are those of rows.json beside them."""

import datetime
import decimal
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 50
folder = pathlib.Path(sys.argv[1])

whole = [None if i % 7 == 3 else i * 1000 - 12345 for i in range(ROWS)]
real = [None if i % 11 == 5 else i / 8 - 2.5 for i in range(ROWS)]
kind = [None if i % 13 == 6 else ["web", "phone", "brânch"][i % 3] for i in range(ROWS)]
start = datetime.datetime(2026, 1, 5, 9, 30, tzinfo=datetime.timezone.utc)
times = [start + datetime.timedelta(minutes=17 * i, milliseconds=i) for i in range(ROWS)]
price = [decimal.Decimal(57 * i + 1).scaleb(-2) for i in range(ROWS)]
flag = [None if i == 4 else i % 2 == 0 for i in range(ROWS)]
day = [datetime.date(2026, 1, 1) + datetime.timedelta(days=i) for i in range(ROWS)]

table = pa.table(
    {
        "whole": pa.array(whole, pa.int64()),
        "small": pa.array([i % 5 for i in range(ROWS)], pa.int16()),
        "real": pa.array(real, pa.float64()),
        "single": pa.array([i / 4 for i in range(ROWS)], pa.float32()),
        "kind": pa.array(kind, pa.string()),
        "coded": pa.array(kind, pa.string()).dictionary_encode(),
        "at": pa.array(times, pa.timestamp("us", tz="UTC")),
        "local": pa.array([t.replace(tzinfo=None) for t in times], pa.timestamp("ns")),
        "day": pa.array(day, pa.date32()),
        "price": pa.array(price, pa.decimal128(9, 2)),
        "flag": pa.array(flag, pa.bool_()),
        "empty": pa.array([None] * ROWS, pa.float64()),
    }
)


def iso(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"


rows = {
    "whole": whole,
    "small": [i % 5 for i in range(ROWS)],
    "real": real,
    "single": [i / 4 for i in range(ROWS)],
    "kind": kind,
    "coded": kind,
    "at": [iso(t) for t in times],
    "local": [iso(t) for t in times],
    "day": [d.isoformat() for d in day],
    "price": [float(p) for p in price],
    "flag": flag,
    "empty": [None] * ROWS,
}
(folder / "rows.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")

for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=20)
pq.write_table(table, folder / "plain2.parquet", use_dictionary=False, data_page_version="2.0", version="1.0")
pq.write_table(table, folder / "int96.parquet", use_deprecated_int96_timestamps=True)
few = [i % 5 for i in range(ROWS)]
pq.write_table(
    pa.table({"integers": pa.array(few, pa.int32()), "doubles": pa.array(few, pa.float64()), "floats": pa.array(few, pa.float32())}),
    folder / "wholeFloats.parquet",
)
pq.write_table(table.slice(0, 0), folder / "noRows.parquet")
pq.write_table(
    pa.table({"x": [1.0], "tags": pa.array([["a"]]), "place": pa.array([{"lat": 1.0}])}), folder / "nested.parquet"
)
pq.write_table(pa.table({"raw": pa.array([b"\xe9t\xe9"], pa.binary())}), folder / "latin1.parquet")
pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), folder / "twice.parquet")

try:
    import pandas

    pandas.DataFrame({"x": [1.5, None, 3.5], "kind": pandas.Categorical(["a", "b", "a"])}).to_parquet(
        folder / "pandas.parquet"
    )
except ImportError:
    print("pandas is not there: pandas.parquet is not written")
