"""The page of ``hpc ui``: a small server above the compiler, and one page drawn from the schema alone."""
