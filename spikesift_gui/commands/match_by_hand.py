"""Commands of the page Match for what a person sets by hand: the shift, and which pairs hold."""

from __future__ import annotations

from functools import partial

from spikesift_gui import match_transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.match import nothing_to_match
from spikesift_gui.context import Context
from spikesift_gui.matching import current, focus, judged, limit, pair_shown
from spikesift_gui.state import State

Pair = tuple[int | None, int | None]


def not_compared(state: State) -> str | None:
    """Refusal of everything that needs the answer."""
    return nothing_to_match(state) or (None if current(state) else "The two are still being compared.")


def cannot_decide(state: State) -> str | None:
    """Why no link can be made or refused by hand now."""
    reason = not_compared(state)
    if reason:
        return reason
    asked = current(state)[0]
    if asked.source.result is asked.target.result and asked.segments[0] == asked.segments[1]:
        return "A segment is compared with itself: choose another one to decide about links."
    for result in (asked.source.result, asked.target.result):
        if state.job("sort") and state.sort_plan.result_id == result.id:
            return f"{result.name} is still being sorted: wait until it is finished, or cancel it."
    return None


def _shift(context: Context, shift: float | None) -> None:
    context.model.apply(match_transitions.set_shift, shift)


def _step(context: Context, steps: int) -> None:
    context.model.apply(match_transitions.step_shift, steps)


def _best(context: Context) -> None:
    context.model.apply(match_transitions.set_shift, None)


def _decide(context: Context, same: bool | None, pair: Pair | None = None) -> None:
    asked, match = current(context.state)
    pair = focus(context.state, asked, match) if pair is None else pair
    if pair is None:
        raise Refused("Choose a pair first: a row of the table, or a line between the probes.")
    if same is not None and None in pair:
        raise Refused("This unit has no partner to decide about: pair it by hand instead.")
    context.model.apply(match_transitions.decide_pair, *pair, same)
    shown = pair_shown(context.state, *current(context.state), *pair)
    context.model.apply(match_transitions.focus_pair, *shown)


def _accept_all(context: Context) -> None:
    """Every pair that is not refused is accepted as it is shown."""
    asked, match = current(context.state)
    pairs = [
        (one.source, one.target)
        for one in judged(asked, match, limit(context.state))
        if one.verdict not in ("refused", "unmatched") and not one.decided
    ]
    if not pairs:
        raise Refused("There is no pair that was not decided by hand already.")
    context.model.apply(match_transitions.accept_pairs, pairs)
    context.say(f"{len(pairs)} pairs accepted. Undo takes all of them back.")


COMMANDS: tuple[Command, ...] = (
    Command(
        "match.shift",
        "Choose the movement",
        _shift,
        "Compare at another shift.",
        refuse=not_compared,
        undoes=("movements",),
    ),
    Command(
        "match.step",
        "Step the movement",
        _step,
        "Compare at the next shift that was tried.",
        refuse=not_compared,
        undoes=("movements",),
    ),
    Command(
        "match.best",
        "&Best movement",
        _best,
        "Compare at the shift with the least total cost again.",
        refuse=not_compared,
        menu="&Units",
        undoes=("movements",),
    ),
    Command(
        "match.accept",
        "Acc&ept the pair",
        partial(_decide, same=True),
        "The two units are one, whatever the figures say.",
        key="A",
        refuse=cannot_decide,
        menu="&Units",
        undoes=("decisions",),
        pages=("match",),
    ),
    Command(
        "match.refuse",
        "Re&fuse the pair",
        partial(_decide, same=False),
        "The two units are not one, whatever the figures say.",
        key="X",
        refuse=cannot_decide,
        menu="&Units",
        undoes=("decisions",),
        pages=("match",),
    ),
    Command(
        "match.as_proposed",
        "As propose&d",
        partial(_decide, same=None),
        "Take back what was decided by hand about the pair.",
        key="P",
        refuse=cannot_decide,
        menu="&Units",
        undoes=("decisions",),
        pages=("match",),
    ),
    Command(
        "match.repair",
        "Pair with another &unit…",
        lambda context: context.wish("match.repair"),
        "Choose another partner for the unit.",
        key="R",
        refuse=cannot_decide,
        menu="&Units",
        pages=("match",),
    ),
    Command(
        "match.accept_all",
        "Accept a&ll pairs shown",
        _accept_all,
        "Keep every pair that is not refused as it is now, at this movement.",
        refuse=cannot_decide,
        menu="&Units",
        undoes=("decisions",),
    ),
)
