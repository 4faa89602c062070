"""`serve`: the inference side of the XGBoost image, in script mode (`SAGEMAKER_PROGRAM`) or algorithm mode (an `xgboost-model` file)."""

import importlib.util
import inspect
import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable

import xgboost

from . import content, http_server, requirements, tree, virtual_time

ANY = ("", "*/*")


class Context:
    """What the inference toolkit hands to functions that ask for a `context`."""

    def __init__(self, model_directory: str, headers: dict[str, str]) -> None:
        self.system_properties = {"model_dir": model_directory, "gpu_id": None}
        self.request_headers = headers
        self.response_headers: dict[str, str] = {}

    def get_request_header(self, index: int, key: str) -> str | None:
        del index  # one request at a time
        return self.request_headers.get(key.lower())

    def get_all_request_header(self, index: int) -> dict[str, str]:
        del index
        return dict(self.request_headers)

    def set_response_header(self, index: int, key: str, value: str) -> None:
        del index
        self.response_headers[key.lower()] = value


def _with_context(function: Callable | None, count: int) -> Callable | None:
    """A function of `count` arguments and the context; the context is passed on if there is room for it, as the toolkit does."""
    if function is None:
        return None
    positional = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return function if len(positional) > count else lambda *arguments: function(*arguments[:count])


def _text_types(kind: str) -> bool:
    return kind.startswith("text/") or kind in ("application/json", "application/jsonlines")


class ScriptMode:
    def __init__(self, root: str, packages: str, program: str) -> None:
        self.model_directory = os.path.join(root, "model")
        directory = tree.local(os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", os.path.join(self.model_directory, "code")), root)
        requirements.satisfy(directory, packages)
        path = os.path.join(directory, program)
        if not os.path.exists(path):
            raise FileNotFoundError(f"SAGEMAKER_PROGRAM: expected a file in {os.environ.get('SAGEMAKER_SUBMIT_DIRECTORY')}, got {program}")
        sys.path.insert(0, directory)
        name = os.path.splitext(os.path.basename(program))[0]
        specification = importlib.util.spec_from_file_location(name, path)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module
        specification.loader.exec_module(module)
        self.accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
        self.bind(module)

    def bind(self, module: object) -> None:
        self.transform, self.input, self.predict, self.output = (
            _with_context(getattr(module, name, None), count)
            for name, count in (("transform_fn", 4), ("input_fn", 2), ("predict_fn", 2), ("output_fn", 2))
        )
        if self.transform and (self.input or self.predict or self.output):
            raise ValueError("Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, and/or output_fn")
        model_fn = getattr(module, "model_fn", None)
        if model_fn is None:
            raise NotImplementedError("Please provide a model_fn implementation.")
        self.model = _with_context(model_fn, 1)(self.model_directory, Context(self.model_directory, {}))

    def invoke(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        context = Context(self.model_directory, headers)
        kind = headers.get("content-type", "application/json")
        accept = headers.get("accept", "")
        accept = self.accept if accept in ANY else accept
        data: object = body.decode("utf-8") if _text_types(content.media_type(kind)) else body
        if self.transform:
            result = self.transform(self.model, data, kind, accept, context)
        else:
            given = self.input(data, kind, context) if self.input else content.decode(body, kind)
            if self.predict:
                prediction = self.predict(given, self.model, context)
            else:
                prediction = self.model.predict(given, validate_features=False)
            result = self.output(prediction, accept, context) if self.output else content.encode(prediction, accept)
        answer, answer_type = result if isinstance(result, tuple) else (result, accept)
        if isinstance(answer, str):
            answer = answer.encode()
        if not isinstance(answer, (bytes, bytearray)):
            raise TypeError(f"output_fn: expected str or bytes, got {type(answer).__name__}")
        return {**context.response_headers, "content-type": answer_type}, bytes(answer)


class AlgorithmMode:
    """The built-in algorithm: one model file, scores out. Only XGBoost's own formats are read: nothing is unpickled here."""

    def __init__(self, root: str) -> None:
        directory = os.path.join(root, "model")
        names = sorted(name for name in os.listdir(directory) if os.path.isfile(os.path.join(directory, name)))
        if len(names) != 1:
            raise FileNotFoundError(f"model.tar.gz: expected one model file for algorithm mode, got {json.dumps(names)}")
        self.model = xgboost.Booster()
        with open(os.path.join(directory, names[0]), "rb") as file:
            self.model.load_model(bytearray(file.read()))
        self.batch = os.environ.get("SAGEMAKER_BATCH", "").lower() == "true"

    def invoke(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        if not body:
            raise content.StatusError(204, "")
        accept = headers.get("accept", "")
        accept = "text/csv" if accept in ANY else content.media_type(accept)
        try:
            scores = self.model.predict(content.decode(body, headers.get("content-type")), validate_features=False)
        except ValueError as problem:
            raise content.StatusError(400, str(problem)) from problem
        if accept == "text/csv":
            separator, end = ("\n", "\n") if self.batch else (",", "")
            return {"content-type": "text/csv; charset=utf-8"}, (separator.join(map(str, scores.tolist())) + end).encode()
        if accept == "application/json":
            answer = {"predictions": [{"score": score} for score in scores.tolist()]}
            return {"content-type": accept}, json.dumps(answer).encode()
        raise content.StatusError(406, f"Accept type {accept} is not supported")


class Server:
    def __init__(self, backend: ScriptMode | AlgorithmMode, calendar: virtual_time.Calendar) -> None:
        self.backend = backend
        self.calendar = calendar

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> http_server.Response:
        if target == "/ping" and method == "GET":
            return 200, {}, b""
        if target == "/execution-parameters" and method == "GET":
            return 200, {"content-type": "application/json"}, b'{"MaxConcurrentTransforms":1,"BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":6}'
        if target != "/invocations" or method != "POST":
            return 404, {}, b""
        virtual_time.reset()
        if "x-sluice-now" in headers:
            self.calendar.move_to(int(headers.pop("x-sluice-now")))
        started = time.thread_time()
        status, answer, payload = self.answer(headers, body)
        used = time.thread_time() - started
        answer["x-sluice-cpu-microseconds"] = str(int(used * 1e6))
        answer["x-sluice-slept-milliseconds"] = str(int(virtual_time.slept_seconds() * 1000))
        return status, answer, payload

    def answer(self, headers: dict[str, str], body: bytes) -> http_server.Response:
        try:
            answer, payload = self.backend.invoke(headers, body)
            return 200, answer, payload
        except Exception as problem:  # noqa: BLE001  (user code may raise anything; it becomes the answer)
            status = getattr(problem, "status_code", 500)
            if not isinstance(status, int):
                status = 500
            if status >= 500:
                traceback.print_exc()
            return status, {"content-type": "text/plain"}, str(problem or type(problem).__name__).encode()


def run(spec: dict, listener: socket.socket) -> int:
    root = spec["root"]
    if spec.get("modelArchive"):
        tree.unpack(spec["modelArchive"], os.path.join(root, "model"))
    if spec.get("source"):
        tree.unpack(spec["source"], os.path.join(root, "code"))
        os.environ["SAGEMAKER_SUBMIT_DIRECTORY"] = "/opt/ml/code"
    os.environ["SM_MODEL_DIR"] = os.path.join(root, "model")
    sys.path[:] = [entry for entry in sys.path if entry != spec["hostPath"]]
    calendar = virtual_time.Calendar(spec["now"])
    virtual_time.install_for_requests()
    program = os.environ.get("SAGEMAKER_PROGRAM")
    backend = ScriptMode(root, os.path.join(root, "packages"), program) if program else AlgorithmMode(root)
    http_server.serve(listener, Server(backend, calendar).handle)
    return 0
