"""Policies in words: in the summary of a decision, and in the report's tables."""

from __future__ import annotations

from crispstack.evaluation.comparison import CHAMPION, FORESIGHT, MODEL, RANDOM, TODAY

ALWAYS = "always "
"""A policy of this name and a class takes every case for one of that class."""
_WORDS = {
    MODEL: "the model",
    "everyone": "acting on everyone",
    "no_one": "acting on no one",
    RANDOM: "as many at random",
    TODAY: "what is predicted today",
    "mean": "the training rows' mean",
    "median": "the training rows' median",
    "best_constant": "the best constant of the training rows",
    "at_capacity": "acting on as many as possible at random",
    CHAMPION: "the champion that serves now",
    FORESIGHT: "perfect foresight",
}
_SHORT = {
    "everyone": "Everyone",
    "no_one": "No one",
    TODAY: "Today's prediction",
    "best_constant": "Best constant",
    CHAMPION: "Champion",
    "at_capacity": "At capacity",
}


def in_words(policy: str) -> str:
    """The policy within a sentence."""
    if policy.startswith(ALWAYS):
        return f"taking every case for {policy.removeprefix(ALWAYS)!r}"
    return _WORDS.get(policy, policy)


def titled(policy: str) -> str:
    """The policy as a row of a table or a bar of a picture is named."""
    if policy.startswith(ALWAYS):
        return f"Always {policy.removeprefix(ALWAYS)}"
    return _SHORT.get(policy, in_words(policy)[0].upper() + in_words(policy)[1:])
