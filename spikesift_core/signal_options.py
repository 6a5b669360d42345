"""What is done to the signal before it is sorted, once: name, default, allowed values, help. Beside the numbers of
`parameters.py`; the form, the terminal, the docs and the checks read this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import index

from spikesift_core.messages import listed_numbers

FEWEST_FOR_REFERENCE = 16  # channels; of fewer, the median holds much of every spike, as on a tetrode

Value = str | tuple[int, ...]


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes
    ----------
    name : keyword of `perform_spike_sorting`.
    label : its name in words, for a form.
    default : of the published preset: nothing is done.
    choices : value and words of each; none for a list of channel numbers.
    help : what it does, in words.
    """

    name: str
    label: str
    default: Value
    choices: tuple[tuple[str, str], ...]
    help: str

    def allowed(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return " or ".join(repr(value) for value, _ in self.choices)
        return "channel numbers from 0, such as 3,7,12-15"


OPTION_TABLE: tuple[Option, ...] = (
    Option(
        name="common_reference",
        label="Common reference",
        default="none",
        choices=(("none", "none"), ("median", "median")),
        help="Median: what all channels have in common (mains hum, movement, a bad ground) is taken off, as the median "
        f"over channels at each sample. Needs at least {FEWEST_FOR_REFERENCE} channels: with fewer, the median holds "
        "much of every spike.",
    ),
    Option(
        name="dead_channels",
        label="Dead channels",
        default="keep",
        choices=(("keep", "keep"), ("exclude", "leave out")),
        help="Leave out: channels that are flat, or far quieter than those around them, are found and left out of "
        "sorting. Noisy channels are kept.",
    ),
    Option(
        name="exclude_channels",
        label="Excluded channels",
        default=(),
        choices=(),
        help="Channels left out of sorting, by number from 0 in the order of the file, such as 3, 7, 12-15. They give "
        "no spikes, describe none, and have the amplitude 0 in the results.",
    ),
)

OPTIONS: dict[str, Option] = {option.name: option for option in OPTION_TABLE}


def checked_option(name: str, value: object) -> Value:
    """The value of one option: one of its choices, or channel numbers as an ascending tuple.

    Channels can be given as whole numbers or as text such as "3, 7, 12-15".

    Raises
    ------
    ValueError
        Naming the option, the value given and what is allowed.
    """
    option = OPTIONS[name]
    if option.choices:
        if value not in [allowed for allowed, _ in option.choices]:
            raise ValueError(f"{name} must be {option.allowed()}, not {value!r}.")
        return value
    try:
        numbers = _numbers_in(value) if isinstance(value, str) else [index(number) for number in value]
    except (TypeError, ValueError):
        numbers = None
    if numbers is None or any(number < 0 for number in numbers):
        raise ValueError(f"{name} must be {option.allowed()}, not {value!r}.")
    return tuple(sorted(set(numbers)))


def _numbers_in(text: str) -> Iterable[int]:
    numbers = []
    for part in text.replace(";", ",").replace("–", "-").split(","):
        if part.strip():
            first, dash, last = part.partition("-")
            first, last = int(first), int(last if dash else first)
            if last < first:
                raise ValueError
            numbers += range(first, last + 1)
    return numbers


def option_words(value: Value) -> str:
    """A value as a person writes it: "median", "3, 7, 12-15"; "none" for no channels."""
    return value if isinstance(value, str) else listed_numbers(value) or "none"
