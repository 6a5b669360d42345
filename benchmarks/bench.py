"""Our engine beside the published package: speed, memory, accuracy, and what they come from; each run a process.

`python scripts/project.py bench` (or `make bench`) sets everything up. `--quick` takes small recordings and writes no
page; without it each section is put into docs/benchmarks.md as soon as it is measured, the others stay as they are.
"""

from __future__ import annotations

import argparse
import sys

import ablation
import accuracy
import big_session
import faults
import few_channels
import first_use
import length
import opening
import roofline
import sessions
import speed
import thresholds
import window
from page import ROOT, NotMeasured, Options, Section, measured, merged

from spikesift_core.messages import say

PAGE = ROOT / "docs" / "benchmarks.md"
SECTIONS: tuple[Section, ...] = tuple(
    module.SECTION
    for module in (
        speed,
        thresholds,
        length,
        roofline,
        first_use,
        accuracy,
        few_channels,
        sessions,
        faults,
        ablation,
        window,
        opening,
        big_session,
    )  # fmt: skip
)


def chosen_sections(names: str | None) -> tuple[Section, ...]:
    """The sections of a list such as "speed,length", in the order of the page; None is all.

    Raises
    ------
    ValueError
        For a name that is none; the sentence says which there are.
    """
    if names is None:
        return SECTIONS
    wanted = [name.strip() for name in names.split(",")]
    known = [section.key for section in SECTIONS]
    for name in wanted:
        if name not in known:
            raise ValueError(f"there is no section {name!r}; there are: {', '.join(known)}")
    return tuple(section for section in SECTIONS if section.key in wanted)


def write(section: Section, text: str) -> None:
    """Put a section on the page."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    PAGE.write_text(merged(page, SECTIONS, {section.title: text}), encoding="utf-8")
    say(f"{section.title}: written to {PAGE}.")


def main() -> int:
    """Run the sections asked for; print them, and write the page unless it was a quick run or one of some channels."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--sections", help="names with commas between: " + ", ".join(one.key for one in SECTIONS))
    parser.add_argument("--quick", action="store_true", help="small recordings, no page written")
    parser.add_argument("--repeats", type=int, default=None, help="runs of each program (default 5, quick 2)")
    parser.add_argument("--channels", type=int, help="only the recordings with this many channels; no page written")
    given = parser.parse_args()
    try:
        sections = chosen_sections(given.sections)
    except ValueError as error:
        parser.error(str(error))
    options = Options(given.quick, given.repeats or (2 if given.quick else 5), given.channels)
    failed = 0
    for section in sections:
        say(f"--- {section.title}")
        try:
            text = measured(section, options)
        except NotMeasured as failure:
            say(f"{section.title} was not measured: {failure}")
            failed += 1
            continue
        sys.stdout.write(f"\n{text}\n")
        if not given.quick and given.channels is None:
            write(section, text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
