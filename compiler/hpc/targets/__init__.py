"""The files that a config is lowered to. A table is imported without the others: what checks a disk reads three."""
