"""What things cost, measured side by side on one machine. Prints ratios; asserts nothing but that the work was done."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))  # for tests/seeding.py, which fills databases
