#!/usr/bin/python3
"""Checks a stopped register's database without any of our C code: scripts/verify-log, for tests.

Usage: verify_register.py STATE_DIR        prints figures; exits 1 with what is wrong
"""
import importlib.machinery
import importlib.util
import json
import os
import sys

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts",
                      "verify-log")


def _load():
    """The script as a module, without leaving a compiled copy beside it."""
    loader = importlib.machinery.SourceFileLoader("verify_log", SCRIPT)
    spec = importlib.util.spec_from_loader("verify_log", loader)
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


verify_log = _load()
sha, SEQ_OPEN = verify_log.sha, verify_log.SEQ_OPEN  # for the tests


def verify(state_dir):
    """Returns (figures, problems)."""
    found = verify_log.verify_database(os.path.join(state_dir, "register.db"))
    problems = [f"{reason} change {seq}: {text}" for reason, seq, text in found.faults]
    return {"changes": found.changes, "versions": found.versions,
            "root": found.header["root"].hex()}, problems


def main():
    figures, problems = verify(sys.argv[1])
    print(json.dumps(figures))
    for problem in problems[:20]:
        print("verify_register:", problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
