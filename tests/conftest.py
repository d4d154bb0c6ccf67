"""Before anything imports torch: one thread a test process.

The tests use tiny tensors and run side by side; threads that wait for each other there cost minutes.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # whatever the shell says: some tests fork, which threads of OpenMP do not outlive
