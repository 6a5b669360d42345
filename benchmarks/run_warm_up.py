"""Import the engine and, for `kernels`, make every kernel ready; write how long each took. For `first_use.py`."""

import json
import sys
import time
from pathlib import Path


def main(what, output):
    """`what` is "kernels" or "imports"; `output` a JSON file."""
    import spikesift_core  # noqa: F401  (the import is what is measured)

    times = {}
    if what == "kernels":
        from spikesift_core.warmup import warm_up

        name, before = "", time.perf_counter()
        for event in warm_up():  # says what it prepares before it does so
            now = time.perf_counter()
            times[name] = times.get(name, 0.0) + now - before
            name, before = event.stage.removeprefix("Preparing "), now
        times.pop("", None)
    Path(output).write_text(json.dumps(times), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
