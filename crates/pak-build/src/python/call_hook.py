# Calls one hook of a build backend: backend, hook, output folder, answer file, backend path as JSON.
import importlib
import json
import os
import sys

backend, hook, output, answer, path = sys.argv[1:]
# `-c` puts the current folder on the path; a project must not shadow its backend unless it says so.
sys.path[:] = json.loads(path) + [entry for entry in sys.path if entry not in ("", os.getcwd())]
module, _, attributes = backend.partition(":")
target = importlib.import_module(module)
for attribute in filter(None, attributes.split(".")):
    target = getattr(target, attribute)
if hook.startswith("get_requires"):
    result = list(getattr(target, hook, lambda settings=None: [])(None))
else:
    result = os.path.basename(getattr(target, hook)(output))
with open(answer, "w", encoding="utf-8") as file:
    json.dump(result, file)
