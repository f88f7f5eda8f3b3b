"""What the Python parts of the battery share with the end-to-end tests: everything in harness.

PROVOST_BATTERY=long runs the long forms (scripts/battery); else the short ones of ctest."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402

LONG = os.environ.get("PROVOST_BATTERY") == "long"
SEED = int(os.environ.get("PROVOST_TEST_SEED", int.from_bytes(os.urandom(4), "big")))


def amount(short, long):
    """How much to do: less in sanitizer builds, but in the long form."""
    return long if LONG else harness.scaled(short, max(1, short // 5))


def main():
    print(f"PROVOST_TEST_SEED={SEED}", flush=True)
    harness.main()
