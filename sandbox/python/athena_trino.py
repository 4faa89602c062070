"""Athena as its callers know it, over ministack's, which takes DuckDB's SQL: Trino's SQL, UNLOAD, and tokens of requests."""

import asyncio
import gzip
import json
import re

import duckdb
from ministack.core.responses import error_response_json, json_response
from ministack.services import athena
from ministack.services import s3

# Functions of Trino that DuckDB has under another name or does not have.
MACROS = """
CREATE MACRO is_nan(x) AS isnan(x);
CREATE MACRO regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO sluice_replace_all(s, p, r) AS regexp_replace(s, p, r, 'g');
CREATE MACRO array_join(a, s) AS array_to_string(a, s);
CREATE MACRO to_iso8601(t) AS strftime(CAST(t AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g');
CREATE MACRO json_parse(t) AS CASE WHEN json_valid(t)
  AND NOT regexp_matches(regexp_replace(t, '"(?:[^"\\\\]|\\\\.)*"', '""', 'g'), '(?i)nan|inf|,\\s*[\\]}]')
  THEN CAST(t AS JSON) END;
"""
# Names that Trino does not know; Athena fails on them, so a statement that would run here only is refused.
NOT_TRINO = re.compile(
    r"\b(array_to_string|isnan|json_valid|list_\w+|read_\w+|regexp_matches|strftime|struct_pack|to_json)\s*\(", re.I
)
UNLOAD = re.compile(r"\s*UNLOAD\s*\((?P<select>.*)\)\s*TO\s*'(?P<to>s3://[^']+)'\s*WITH\s*\((?P<with>.*)\)\s*\Z", re.I | re.S)
MOST_PARTITIONS = 100

_plain_connect = duckdb.connect
_plain_run = athena._run_duckdb
_plain_execute = athena._execute_query
_plain_start = athena._start_query_execution
_plain_handle = athena.handle_request
_tokens = {}
_running = {}


def _connect(*args, **kwargs):
    connection = _plain_connect(*args, **kwargs)
    connection.execute(MACROS)
    return connection


def _outside_strings(sql, change):
    """Changes the text between quoted strings and names, with those held back as placeholders."""
    held = []

    def hold(match):
        held.append(match.group(0))
        return f"\x02{len(held) - 1}\x03"

    bare = change(re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", hold, sql))
    return re.sub("\x02(\\d+)\x03", lambda match: held[int(match.group(1))], bare)


def _closing(text, opening):
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError("SYNTAX_ERROR: expected a closing bracket")


def _to_duckdb(bare):
    foreign = NOT_TRINO.search(bare)
    if foreign:
        raise ValueError(f"FUNCTION_NOT_FOUND: Function '{foreign.group(1)}' not registered")
    # A JSON cast makes JSON of a value in Trino; in DuckDB it reads JSON from text.
    start = bare.find("json_format(CAST(")
    while start >= 0:
        end = _closing(bare, start + len("json_format"))
        inner = bare[start + len("json_format(CAST(") : end - 1]
        if not inner.endswith(" AS JSON"):
            raise ValueError("NOT_SUPPORTED: the sandbox knows json_format(CAST(value AS JSON)) only")
        bare = f"{bare[:start]}CAST(to_json({inner[: -len(' AS JSON')]}) AS VARCHAR){bare[end + 1 :]}"
        start = bare.find("json_format(CAST(")
    bare = re.sub(r"\bregexp_replace\s*\(", "sluice_replace_all(", bare)
    return re.sub(r"\)\s+IGNORE\s+NULLS\s+OVER\b", " IGNORE NULLS) OVER", bare)


async def _run(query, database, catalog=None):
    unload = UNLOAD.match(query)
    if unload is None:
        if re.match(r"\s*UNLOAD\b", query, re.I):
            raise ValueError("SYNTAX_ERROR: expected UNLOAD (SELECT ...) TO 's3://...' WITH (...)")
        return await _plain_run(_outside_strings(query, _to_duckdb), database, catalog)
    keys = _properties(unload["with"])
    if re.search(r"(SELECT|,)\s*''\s+AS\b", unload["select"], re.IGNORECASE):
        raise ValueError("NOT_SUPPORTED: Unsupported Hive type: varchar(0). Supported VARCHAR types: VARCHAR(<=65535), VARCHAR.")
    bucket, _, prefix = unload["to"][len("s3://") :].partition("/")
    stored = s3._buckets.get(bucket)
    if stored is None:
        raise ValueError(f"HIVE_FILESYSTEM_ERROR: bucket {bucket} does not exist")
    if any(key.startswith(prefix) for key in list(stored["objects"].keys())):
        raise ValueError(f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{unload['to']}' already exists")
    result = await _plain_run(_outside_strings(unload["select"], _to_duckdb), database, catalog)
    _write(bucket, prefix, result, keys)
    return {"columns": ["rows"], "column_types": ["bigint"], "rows": [[len(result["rows"])]]}


def _properties(text):
    found = {name.lower(): value for name, value in re.findall(r"(\w+)\s*=\s*(ARRAY\s*\[[^\]]*\]|'[^']*')", text, re.I)}
    formats = [found.pop(name, "").strip("'").upper() for name in ("format", "compression")]
    if set(found) - {"partitioned_by"} or formats != ["JSON", "GZIP"]:
        raise ValueError(f"NOT_SUPPORTED: the sandbox unloads JSON with GZIP, partitioned_by or not; got {text}")
    return re.findall(r"'([^']*)'", found.get("partitioned_by", ""))


def _write(bucket, prefix, result, keys):
    """Two files a partition, their rows in no order, as a cluster writes them; NULLs are left out."""
    names = result["columns"]
    if keys and names[-len(keys) :] != keys:
        raise ValueError(f"INVALID_TABLE_PROPERTY: expected the partition keys {keys} as the last columns, got {names}")
    width = len(names) - len(keys)
    files = {}
    for place, row in enumerate(result["rows"]):
        folder = "".join(f"{key}={value}/" for key, value in zip(keys, row[width:]))
        cells = {name: cell for name, cell in zip(names[:width], row) if cell is not None}
        files.setdefault((folder, place % 2), []).append(json.dumps(cells, ensure_ascii=False))
    if len({folder for folder, _ in files}) > MOST_PARTITIONS:
        raise ValueError(f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {MOST_PARTITIONS} open writers for partitions")
    base = prefix if prefix.endswith("/") else f"{prefix}/"
    for number, ((folder, _), lines) in enumerate(files.items()):
        body = gzip.compress(("\n".join(reversed(lines)) + "\n").encode("utf-8"), 1, mtime=0)
        s3._put_object(bucket, f"{base}{folder}part_{number:05d}.gz", body, {"content-length": str(len(body))})


def _start(data):
    """The same token and statement is the same query; another statement under it is an error."""
    workgroup = athena._workgroups.get(data.get("WorkGroup", "primary"))
    if workgroup is None:
        return error_response_json("InvalidRequestException", "WorkGroup is not found.", 400)
    configuration = workgroup.get("Configuration", {})
    if configuration.get("EnforceWorkGroupConfiguration") and configuration.get("ResultConfiguration"):
        data = {**data, "ResultConfiguration": {}}
    token, query = data.get("ClientRequestToken"), data.get("QueryString")
    known = _tokens.get(token) if token else None
    if known is not None and known[0] != query:
        return error_response_json("InvalidRequestException", "Idempotent parameters do not match", 400)
    if known is not None:
        return json_response({"QueryExecutionId": known[1]})
    answer = _plain_start(data)
    if token and answer[0] == 200:
        _tokens[token] = (query, json.loads(answer[2])["QueryExecutionId"])
    return answer


async def _execute(query_id, *args, **kwargs):
    _running[query_id] = asyncio.Event()
    try:
        await _plain_execute(query_id, *args, **kwargs)
    finally:
        _running.pop(query_id).set()


async def _handle(method, path, headers, body, query_params):
    # A poll waits for work that takes real time, so that virtual time does not run ahead of it.
    if headers.get("x-amz-target", "").endswith(".GetQueryExecution"):
        await asyncio.sleep(0)
        event = _running.get(json.loads(body or b"{}").get("QueryExecutionId"))
        if event is not None and getattr(event, "was_polled", False):
            await event.wait()
        elif event is not None:
            event.was_polled = True
    return await _plain_handle(method, path, headers, body, query_params)


def install():
    duckdb.connect = _connect
    athena._run_duckdb = _run
    athena._execute_query = _execute
    athena._start_query_execution = _start
    athena.handle_request = _handle
