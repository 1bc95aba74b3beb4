"""What the disk says against a config (HPC5xx): the model's files, the first rows of the data, the checkpoint."""
