"""Decoders and encoders of the XGBoost image: text/csv, application/json. Other types are refused by name with the image's status."""

import io
import json

import numpy
import xgboost


class StatusError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status


def media_type(value: str | None) -> str:
    return (value or "").split(";")[0].strip().lower()


def decode_csv(body: bytes) -> numpy.ndarray:
    text = body.decode("utf-8").strip()
    try:
        rows = [
            [float(cell) if cell.strip() else numpy.nan for cell in line.split(",")] for line in text.splitlines() if line.strip()
        ]
        return numpy.asarray(rows, dtype=numpy.float32)
    except ValueError as problem:
        raise StatusError(400, f"unable to parse text/csv: {problem}") from problem


def decode(body: bytes, content_type: str | None) -> xgboost.DMatrix:
    kind = media_type(content_type) or "text/csv"
    if kind == "text/csv":
        return xgboost.DMatrix(decode_csv(body))
    if kind == "application/json":
        try:
            return xgboost.DMatrix(numpy.atleast_2d(numpy.asarray(json.loads(body), dtype=numpy.float32)))
        except (ValueError, TypeError) as problem:
            raise StatusError(400, f"unable to parse application/json: {problem}") from problem
    raise StatusError(415, f"content type {json.dumps(kind)} is not supported here; send text/csv or application/json")


def encode(prediction: object, accept: str) -> bytes:
    values = numpy.asarray(prediction)
    kind = media_type(accept)
    if kind == "text/csv":
        stream = io.StringIO()
        numpy.savetxt(stream, values, delimiter=",", fmt="%s")
        return stream.getvalue().encode()
    if kind == "application/json":
        return json.dumps(values.tolist()).encode()
    raise StatusError(406, f"accept type {json.dumps(kind)} is not supported here; accept text/csv or application/json")
