"""A CloudFormation template as JSON: the short forms (!Ref, !GetAtt, !Sub ...) written out. Keys may occur once only."""
import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    pass


def short_form(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


def mapping(loader, node):
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise SystemExit(f"{key.value} twice, line {key.start_mark.line + 1}")
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


Loader.add_multi_constructor("!", short_form)
Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
json.dump(yaml.load(open(sys.argv[1], encoding="utf-8"), Loader), sys.stdout)
