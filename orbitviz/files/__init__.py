"""Bytes <-> nouns: recipes, scenarios, recordings, catalogues. HDF5 and deflate live here and nowhere else."""

from __future__ import annotations

import os

# A file from others must not make the HDF5 library load code: no filter plugin is looked for on disk. It must be set
# before h5py is first imported, and every module that imports h5py is below this package.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"
