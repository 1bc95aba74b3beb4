"""The commands of hpc: one module each, imported when it is called."""
