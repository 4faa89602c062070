"""`train`: script mode of the SageMaker training toolkit, as the XGBoost image has it."""

import json
import os
import runpy
import signal
import sys
import traceback

from . import requirements, tree, virtual_time

HIDDEN = "sagemaker_"
FAILURE_LIMIT = 1024


def _read(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def decode_hyperparameters(raw: dict) -> dict:
    """Values arrive as JSON in strings; what is no JSON is a plain string."""
    decoded = {}
    for key, value in raw.items():
        try:
            decoded[key] = json.loads(value)
        except (ValueError, TypeError):
            decoded[key] = value
    return decoded


def command_arguments(parameters: dict) -> list[str]:
    """`--name value`, sorted by name, one dash before a single letter: the toolkit's `to_cmd_args`."""
    arguments = []
    for key in sorted(parameters):
        value = parameters[key]
        if value is None:
            text = ""
        elif isinstance(value, str):
            text = value
        else:
            text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
        arguments += [("-" if len(key) == 1 else "--") + key, text]
    return arguments


def environment(root: str, parameters: dict, user: dict, arguments: list[str], module: str) -> dict:
    config = os.path.join(root, "input", "config")
    channels = _read(os.path.join(config, "inputdataconfig.json"))
    resources = _read(os.path.join(config, "resourceconfig.json"))
    values: dict[str, object] = {
        "SM_MODEL_DIR": os.path.join(root, "model"),
        "SM_INPUT_DIR": os.path.join(root, "input"),
        "SM_INPUT_CONFIG_DIR": config,
        "SM_OUTPUT_DIR": os.path.join(root, "output"),
        "SM_OUTPUT_DATA_DIR": os.path.join(root, "output", "data"),
        "SM_OUTPUT_INTERMEDIATE_DIR": os.path.join(root, "output", "intermediate"),
        "SM_CHECKPOINT_DIR": os.path.join(root, "checkpoints"),
        "SM_CHANNELS": sorted(channels),
        "SM_INPUT_DATA_CONFIG": channels,
        "SM_HPS": user,
        "SM_USER_ARGS": arguments,
        "SM_CURRENT_HOST": resources["current_host"],
        "SM_HOSTS": resources["hosts"],
        "SM_RESOURCE_CONFIG": resources,
        "SM_NETWORK_INTERFACE_NAME": resources.get("network_interface_name", "lo"),
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_GPUS": 0,
        "SM_MODULE_NAME": module,
        "SM_MODULE_DIR": parameters.get("sagemaker_submit_directory", ""),
        "SM_USER_ENTRY_POINT": module + ".py",
        "SM_LOG_LEVEL": parameters.get("sagemaker_container_log_level", 20),
        "SM_FRAMEWORK_MODULE": "sagemaker_xgboost_container.training:main",
    }
    for channel in channels:
        values[f"SM_CHANNEL_{channel.upper()}"] = os.path.join(root, "input", "data", channel)
    for key, value in user.items():
        values[f"SM_HP_{key.upper()}"] = value
    values["SM_TRAINING_ENV"] = {
        "channel_input_dirs": {name: os.path.join(root, "input", "data", name) for name in channels},
        "current_host": resources["current_host"],
        "hosts": resources["hosts"],
        "hyperparameters": user,
        "input_data_config": channels,
        "model_dir": os.path.join(root, "model"),
        "output_data_dir": os.path.join(root, "output", "data"),
        "job_name": parameters.get("sagemaker_job_name", os.environ.get("TRAINING_JOB_NAME", "")),
        "module_name": module,
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def write_failure(root: str, text: str) -> None:
    path = os.path.join(root, "output", "failure")
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text[:FAILURE_LIMIT])


def prepare_code(spec: dict, root: str, parameters: dict) -> str:
    code = os.path.join(root, "code")
    if spec.get("source"):
        tree.unpack(spec["source"], code)
        return code
    directory = parameters.get("sagemaker_submit_directory") or os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", code)
    return tree.local(directory, root)


def run(spec: dict) -> int:
    root = spec["root"]
    parameters = decode_hyperparameters(_read(os.path.join(root, "input", "config", "hyperparameters.json")))
    program = parameters.get("sagemaker_program") or os.environ.get("SAGEMAKER_PROGRAM")
    if not program:
        write_failure(
            root,
            "hyperparameters.sagemaker_program: expected the entry point of script mode, got nothing;"
            " the sandbox's XGBoost image does not train in algorithm mode",
        )
        return 1
    if not program.endswith(".py"):
        write_failure(root, f"hyperparameters.sagemaker_program: expected a Python file, got {json.dumps(program)}")
        return 1
    job_time = virtual_time.JobTime(spec["limitSeconds"], spec["sleptFile"])
    user = {key: value for key, value in parameters.items() if not key.startswith(HIDDEN)}
    arguments = command_arguments(user)
    try:
        code = prepare_code(spec, root, parameters)
        requirements.satisfy(code, os.path.join(root, "packages"))
    except Exception as problem:  # noqa: BLE001  (becomes the job's failure)
        write_failure(root, f"{type(problem).__name__}: {problem}")
        traceback.print_exc()
        return 1
    os.environ.update(environment(root, parameters, user, arguments, os.path.splitext(program)[0]))
    os.environ["PYTHONPATH"] = code
    os.chdir(code)
    sys.argv = [program, *arguments]
    sys.path[:] = [code, *(entry for entry in sys.path if entry != spec["hostPath"])]
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    virtual_time.Calendar(spec["now"])
    job_time.install()
    return execute(root, code, program, arguments)


def execute(root: str, code: str, program: str, arguments: list[str]) -> int:
    try:
        runpy.run_path(os.path.join(code, program), run_name="__main__")
        return 0
    except SystemExit as stop:
        if stop.code is None or stop.code == 0:
            return 0
        message = str(stop.code)
        status = stop.code if isinstance(stop.code, int) else 1
        if not isinstance(stop.code, int):
            print(stop.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001  (user code may raise anything; it becomes the job's failure)
        message = traceback.format_exc(limit=-4)
        traceback.print_exc()
        status = 1
    command = " ".join(["/usr/bin/python3", program, *arguments])
    write_failure(root, f'ExecuteUserScriptError:\nExitCode {status}\nErrorMessage "{message[-700:]}"\nCommand "{command}"')
    return status
