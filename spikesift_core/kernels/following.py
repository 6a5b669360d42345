"""Kernels that move templates along the probe and compare them; a template is kept on the channels near it only."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel


@kernel(
    "(float32[:, :, ::1], int64[::1], int64[:, ::1], float32[:, ::1], int64[:, ::1], int64[::1], float32[:, :, ::1])"
)
def move_templates(templates, homes, near, weights, sources, landings, moved):
    """Move templates by one shift: each value is a weighted sum of those at the channels around where it came from.

    Parameters
    ----------
    templates : (n, m, components) float32, on the channels near[home]; 0 elsewhere.
    homes : (n,) int64, the channel each template is kept around.
    near : (channels, m) int64.
    weights, sources : (channels, k) float32 and int64: a moved value at channel c is the sum of weights[c] times the
        values at the channels sources[c].
    landings : (channels,) int64, where a template kept around c is kept around after the shift.
    moved : (n, m, components) float32, on the channels near[landings[home]]; written.
    """
    components = templates.shape[2]
    everywhere = np.zeros((len(near), components), np.float32)
    for i in range(len(templates)):
        home = homes[i]
        for a in range(near.shape[1]):
            for e in range(components):
                everywhere[near[home, a], e] = templates[i, a, e]
        landing = landings[home]
        for a in range(near.shape[1]):
            channel = near[landing, a]
            for e in range(components):
                moved[i, a, e] = 0
            for b in range(sources.shape[1]):
                weight, source = weights[channel, b], sources[channel, b]
                for e in range(components):
                    moved[i, a, e] += weight * everywhere[source, e]
        for a in range(near.shape[1]):
            for e in range(components):
                everywhere[near[home, a], e] = 0


@kernel(
    "(float32[:, :, ::1], int64[::1], float32[:, ::1], float32[:, :, ::1], int64[::1], float32[:, ::1], "
    "int64[:, ::1], float64, float32[:, ::1])",
    any_order=True,
)
def differences(first, first_homes, first_places, second, second_homes, second_places, near, reach, out):
    """How unlike two sets of templates are: |a - b| over the larger norm of the two, for those near each other.

    Parameters
    ----------
    first, second : (n, m, components) and (k, m, components) float32.
    first_homes, second_homes : (n,) and (k,) int64, the channel each is kept around.
    first_places, second_places : (n, 2) and (k, 2) float32, where each one is, um.
    near : (channels, m) int64. reach : um, how far apart templates are still compared.
    out : (n, k) float32, written: 0 alike, above 1 unlike; infinite where not compared.
    """
    count, components = near.shape[1], first.shape[2]
    everywhere = np.zeros((len(near), components), np.float32)
    norms = np.zeros(len(second), np.float32)
    for j in range(len(second)):
        for a in range(count):
            for e in range(components):
                norms[j] += second[j, a, e] * second[j, a, e]
    for i in range(len(first)):
        norm = np.float32(0)
        for a in range(count):
            for e in range(components):
                everywhere[near[first_homes[i], a], e] = first[i, a, e]
                norm += first[i, a, e] * first[i, a, e]
        for j in range(len(second)):
            x = first_places[i, 0] - second_places[j, 0]
            y = first_places[i, 1] - second_places[j, 1]
            larger = max(norm, norms[j])
            if x * x + y * y > reach * reach or larger <= 0:
                out[i, j] = np.inf
                continue
            product = np.float32(0)
            for a in range(count):
                channel = near[second_homes[j], a]
                for e in range(components):
                    product += second[j, a, e] * everywhere[channel, e]
            out[i, j] = np.sqrt(max(norm + norms[j] - 2 * product, np.float32(0)) / larger)
        for a in range(count):
            for e in range(components):
                everywhere[near[first_homes[i], a], e] = 0
