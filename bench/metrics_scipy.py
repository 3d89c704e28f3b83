"""Times every metric of two label volumes with numpy and scipy, each organ cropped to its box.

Reads two raw files of uint8 class ids, [depth, rows, columns]; prints one line of JSON with the median seconds and the metrics.
"""

import argparse
import importlib.util
import json
import pathlib
import time

import numpy as np
from scipy import ndimage

parser = argparse.ArgumentParser()
parser.add_argument("reference")
parser.add_argument("prediction")
parser.add_argument("--shape", type=int, nargs=3, required=True)
parser.add_argument("--spacing", type=float, nargs=3, required=True)
parser.add_argument("--tolerance", type=float, required=True)
parser.add_argument("--areas", required=True, help="JSON list of the surface at each pattern around a corner")
options = parser.parse_args()

path = pathlib.Path(__file__).parent.parent / "tests" / "Evaluator.Tests" / "Surfaces" / "surface_references.py"
spec = importlib.util.spec_from_file_location("surface_references", path)
references = importlib.util.module_from_spec(spec)
spec.loader.exec_module(references)


def read(file):
    return np.fromfile(file, np.uint8).reshape(options.shape)


def measure(reference, prediction, areas):
    found = []
    boxes = ndimage.find_objects(np.maximum(reference, prediction))
    for organ in range(1, len(boxes) + 1):
        r, p = reference == organ, prediction == organ
        metrics = references.overlap(r, p)
        box = ndimage.find_objects((r | p).astype(np.uint8))[0]
        found.append(metrics | references.surfaces(r[box], p[box], options.spacing, options.tolerance, areas))
    return found


maps = read(options.reference), read(options.prediction)
table = np.array(json.loads(options.areas))
start = time.perf_counter()
result = measure(*maps, table)
print(json.dumps({"seconds": time.perf_counter() - start, "organs": result}))
