"""Configs of other tools, read into hpc's own: one declared table a tool, a target's table read backwards."""
