"""Cuts a NIfTI volume into windowed PNG slices of one size with nibabel, numpy and Pillow, as a script of one's own would.

Prints one line of JSON with the seconds, the imports not counted, and the most memory in bytes.
"""

import argparse
import json
import pathlib
import resource
import time

import nibabel
import numpy as np
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("volume", type=pathlib.Path)
parser.add_argument("output", type=pathlib.Path)
parser.add_argument("--size", type=int, default=224)
parser.add_argument("--window", type=float, nargs=2, default=(-125, 275))
options = parser.parse_args()

start = time.perf_counter()
low, high = options.window
options.output.mkdir()
volume = nibabel.as_closest_canonical(nibabel.load(options.volume))
voxels = np.asanyarray(volume.dataobj)
for place in range(voxels.shape[2]):
    # Front up, the patient's right at the left.
    hu = voxels[::-1, ::-1, place].T.astype(np.float32)
    grey = np.clip(np.rint((hu - low) * (255 / (high - low))), 0, 255).astype(np.uint8)
    side = max(grey.shape)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - grey.shape[0]) // 2, (side - grey.shape[1]) // 2
    square[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
    image = Image.fromarray(square).resize((options.size, options.size), Image.BILINEAR)
    image.save(options.output / f"{place:04}.png")
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
