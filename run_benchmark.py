"""Run the benchmark from a checkout: `python run_benchmark.py --help`."""

import sys
from pathlib import Path

# Python puts this file's folder first on the path, where `import datasets` by a third party (Hugging Face's, say)
# would find our folder of that name. Ours are imported as stylegauge.datasets; so the folder leaves the path.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != _HERE]

if __name__ == "__main__":
    from stylegauge.benchmark.cli import main

    main()
