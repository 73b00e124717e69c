"""Builds assets/stars.npz: the stars a naked eye sees (to magnitude 6), with the colour of their temperature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from product import Product, save_arrays
from registry import D3_CELESTIAL, Registry

MEMBER = "package/data/stars.6.json"
UNKNOWN_B_V = 0.6  # near the mean of the catalogue, a slightly warm white
HC_OVER_K_NM_K = 1.438777e7  # second radiation constant, CODATA 2018

Floats = np.ndarray[Any, np.dtype[np.float64]]


def temperature_k(b_v: Floats) -> Floats:
    """Return the effective temperature for a B-V colour index: Ballesteros 2012, EPL 97, 34008, equation 14."""
    return 4600.0 * (1.0 / (0.92 * b_v + 1.7) + 1.0 / (0.92 * b_v + 0.62))


def _lobe(x: Floats, mean: float, below: float, above: float) -> Floats:
    return np.exp(-0.5 * ((x - mean) * np.where(x < mean, below, above)) ** 2)


def colour_matching(wavelength_nm: Floats) -> Floats:
    """Return CIE 1931 x, y, z (M, 3): the fit of Wyman, Sloan and Shirley 2013, JCGT 2(2), equation 4."""
    w = wavelength_nm
    x = 0.362 * _lobe(w, 442.0, 0.0624, 0.0374) + 1.056 * _lobe(w, 599.8, 0.0264, 0.0323)
    x -= 0.065 * _lobe(w, 501.1, 0.0490, 0.0382)
    y = 0.821 * _lobe(w, 568.8, 0.0213, 0.0247) + 0.286 * _lobe(w, 530.9, 0.0613, 0.0322)
    z = 1.217 * _lobe(w, 437.0, 0.0845, 0.0278) + 0.681 * _lobe(w, 459.0, 0.0385, 0.0725)
    return np.column_stack([x, y, z])


def black_body_srgb(kelvin: Floats) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the sRGB colour (N, 3) uint8 of black bodies, brightest channel 255."""
    wavelength_nm = np.arange(380.0, 781.0, 5.0)
    radiance = wavelength_nm**-5.0 / np.expm1(HC_OVER_K_NM_K / (wavelength_nm * kelvin[:, None]))
    xyz = radiance @ colour_matching(wavelength_nm)
    to_linear = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    linear = np.clip(xyz @ to_linear.T, 0.0, None)
    linear /= linear.max(axis=1, keepdims=True)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    srgb: np.ndarray[Any, np.dtype[np.uint8]] = np.round(255.0 * encoded).astype(np.uint8)
    return srgb


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write stars.npz, brightest first."""
    features = json.loads(registry.read(D3_CELESTIAL, MEMBER))["features"]
    features.sort(key=lambda feature: (feature["properties"]["mag"], feature["id"]))
    position = np.array([feature["geometry"]["coordinates"] for feature in features], dtype=np.float64)
    b_v = np.array([float(feature["properties"]["bv"] or UNKNOWN_B_V) for feature in features])
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "ra_deg": (position[:, 0] % 360.0).astype(np.float32),
        "dec_deg": position[:, 1].astype(np.float32),
        "magnitude": np.array([feature["properties"]["mag"] for feature in features], dtype=np.float32),
        "b_v": b_v.astype(np.float32),
        "rgb": black_body_srgb(temperature_k(np.clip(b_v, -0.4, 2.0))),
        "hip": np.array([feature["id"] for feature in features], dtype=np.int32),
    }
    save_arrays(assets / "stars.npz", arrays)
    made = "right ascension brought to 0..360; colour from B-V as a black body; brightest first"
    return [Product("stars.npz", ((D3_CELESTIAL, MEMBER),), "BSD-3-Clause", made)]
