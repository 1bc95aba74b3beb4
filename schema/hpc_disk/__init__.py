"""The ground floor: what lies on a disk, known once, for the compiler, the runner and the page.

Plain functions over plain values, standard library only. It imports neither the compiler nor the runner, and knows
neither a config nor a plan: both hand it ``Needs`` and get ``Problem``s back.
"""
