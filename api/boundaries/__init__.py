"""The boundaries that come with the project: coarse, under an open licence, with their source.

Where a governorate ends is somebody else's statement: `docs/places.md` says whose, and what they
leave out. A file of one's own takes their place (`--boundaries`).
"""

from importlib.resources import files
from pathlib import Path

GOVERNORATES = Path(str(files(__name__))) / "SYR-governorate.geojson"
GOVERNORATES_LICENCE = "Made with Natural Earth (naturalearthdata.com), public domain"
