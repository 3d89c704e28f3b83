"""Metrics of pairs of binary masks by their definitions, with numpy and scipy's distance transform.

Reads one JSON object a line: shape, spacing (both in the order of the axes), tolerance, areas (surface at each pattern of
voxels around a corner), reference and prediction (base64 of the masks, last axis fastest). Writes the metrics likewise.
"""

import base64
import json
import sys

import numpy as np
from scipy import ndimage


def mask(text, shape):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape) > 0


def codes(inside):
    """Pattern around every corner: bit x + 2y (+ 4z) for the voxel at that side of it."""
    padded = np.pad(inside, 1).astype(np.int64)
    found = np.zeros([side + 1 for side in inside.shape], np.int64)
    for bit in range(2 ** inside.ndim):
        # The last axis is x.
        sides = [(bit >> axis) & 1 for axis in reversed(range(inside.ndim))]
        window = tuple(slice(side, side + length) for side, length in zip(sides, found.shape))
        found += padded[window] << bit
    return found


def distances(sites, to, spacing):
    return ndimage.distance_transform_edt(~to, sampling=spacing)[sites]


def quantile(values, weights, share):
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / np.sum(weights)
    return values[order][min(np.searchsorted(reached, share - 1e-12), len(values) - 1)]


def border(inside):
    return inside & ~ndimage.binary_erosion(inside, ndimage.generate_binary_structure(inside.ndim, 1))


def overlap(r, p):
    tp, fp, fn, tn = (int(np.sum(m)) for m in (r & p, ~r & p, r & ~p, ~r & ~p))
    share = lambda part, whole: part / whole if whole else None
    similarity = share(abs(fn - fp), 2 * tp + fp + fn)
    return {
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn), "f1": share(2 * tp, 2 * tp + fp + fn),
        "iou": share(tp, tp + fp + fn), "specificity": share(tn, tn + fp),
        "volumetricSimilarity": None if similarity is None else 1 - similarity,
    }


def surfaces(r, p, spacing, tolerance, areas):
    in_r, in_p = codes(r), codes(p)
    at_r, at_p = areas[in_r] > 0, areas[in_p] > 0
    wr, wp = areas[in_r[at_r]], areas[in_p[at_p]]
    if not wr.size or not wp.size:
        return {"nsd": 0.0 if wr.size or wp.size else None}
    there, back = distances(at_r, at_p, spacing), distances(at_p, at_r, spacing)
    br, bp = border(r), border(p)
    pooled = np.hstack([distances(br, bp, spacing), distances(bp, br, spacing)])
    return {
        "nsd": (wr[there <= tolerance].sum() + wp[back <= tolerance].sum()) / (wr.sum() + wp.sum()),
        "hd": max(there.max(), back.max()),
        "hd95": max(quantile(there, wr, 0.95), quantile(back, wp, 0.95)),
        "hd95Medpy": np.percentile(pooled, 95),
        "assd": ((there * wr).sum() + (back * wp).sum()) / (wr.sum() + wp.sum()),
        "referenceToPrediction": (there * wr).sum() / wr.sum(),
        "predictionToReference": (back * wp).sum() / wp.sum(),
    }


def main():
    for line in sys.stdin:
        pair = json.loads(line)
        r, p = mask(pair["reference"], pair["shape"]), mask(pair["prediction"], pair["shape"])
        found = overlap(r, p) | surfaces(r, p, pair["spacing"], pair["tolerance"], np.array(pair["areas"]))
        print(json.dumps(found))


if __name__ == "__main__":
    main()
