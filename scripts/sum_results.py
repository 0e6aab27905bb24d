#!/usr/bin/env python3
"""Sums JUnit files: names what failed and what was skipped, and ends with one line, `N passed, N failed, N skipped`.

    scripts/sum_results.py ctest.xml pytest.xml     exit code 1 if anything failed, or if there was nothing
"""
import sys
import xml.etree.ElementTree as xml


def main():
    passed, failed, skipped = 0, [], []
    for path in sys.argv[1:]:
        for case in xml.parse(path).getroot().iter("testcase"):
            name = f"{case.get('classname', '')}::{case.get('name')}"
            reason = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(name)
            elif reason is not None:
                skipped.append(f"{name}: {reason.get('message', '')}")
            else:
                passed += 1
    for name in skipped:
        print(f"skipped {name}")
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
