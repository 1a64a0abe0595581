"""The earth as a sphere of its mean radius (IUGG, 6,371 km): how far places are from one another."""

import numpy as np


def distance(latitudes: np.ndarray, longitudes: np.ndarray, others: np.ndarray, further: np.ndarray) -> np.ndarray:
    """Kilometres between points in degrees on a sphere of 6,371 km (haversine)."""
    a, b, c, d = (np.radians(each) for each in (latitudes, longitudes, others, further))
    inner = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    found: np.ndarray = 2 * 6_371 * np.arcsin(np.sqrt(np.clip(inner, 0, 1)))
    return found
