"""Checks the inputs in a journal of the simulator against the service models of botocore, which plumb did not write.

    botocore_check.py JOURNAL.json

Exit code 77: there is no botocore.
"""
import json
import sys

try:
    import botocore.session as botocore_session
    from botocore.validate import ParamValidator
except ImportError:  # version 2 of the AWS CLI has its own
    try:
        import awscli.botocore.session as botocore_session
        from awscli.botocore.validate import ParamValidator
    except ImportError:
        sys.exit(77)

session = botocore_session.get_session()
validator = ParamValidator()
models = {}
calls = json.load(open(sys.argv[1], encoding="utf-8"))["calls"]
for call in calls:
    name = call["service"]
    if name not in models:
        models[name] = session.get_service_model(name)
    shape = models[name].operation_model(call["operation"]).input_shape
    report = validator.validate(call["input"], shape) if shape else None
    if report and report.has_errors():
        sys.exit("%s.%s: %s" % (name, call["operation"], report.generate_report()))
print("%d calls are as the models say" % len(calls))
