"""Runs AWS's own command line client many times: its modules are loaded once, each run is a process of its own.

    aws_cli.py JOBS.json

JOBS.json is a list of {"arguments": [...], "environment": {...}}; printed is {"version", "runs": [{"code", "output",
"said"}, ...]}, said being what went to standard error. Exit code 77: this Python has no AWS CLI.
"""
import json
import os
import sys
import tempfile
import traceback

try:
    import awscli
    import awscli.clidriver
except ImportError:
    sys.exit(77)

SIDE_BY_SIDE = 3
DATA_PATH = os.pathsep + os.environ.get("AWS_DATA_PATH", "")  # the client names its own data there when it is loaded


def begin(job):
    run = {"out": tempfile.TemporaryFile(), "err": tempfile.TemporaryFile()}
    run["pid"] = os.fork()
    if run["pid"]:
        return run
    code = 1
    try:
        os.dup2(run["out"].fileno(), 1)
        os.dup2(run["err"].fileno(), 2)
        os.environ.clear()
        os.environ.update(job["environment"], AWS_DATA_PATH=job["environment"].get("AWS_DATA_PATH", "") + DATA_PATH)
        sys.argv = ["aws"] + job["arguments"]
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def text_of(file):
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def finish(run):
    _, status = os.waitpid(run["pid"], 0)
    return {"code": os.waitstatus_to_exitcode(status), "output": text_of(run["out"]), "said": text_of(run["err"])}


with open(sys.argv[1], encoding="utf-8") as file:
    jobs = json.load(file)
awscli.clidriver.create_clidriver()  # loads what every run needs
under_way, runs = [], []
for job in jobs:
    if len(under_way) == SIDE_BY_SIDE:
        runs.append(finish(under_way.pop(0)))
    under_way.append(begin(job))
runs += [finish(run) for run in under_way]
json.dump({"version": awscli.__version__, "runs": runs}, sys.stdout)
