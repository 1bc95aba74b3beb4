"""What a job will need before it runs: steps and tokens, memory on each device, time and cost."""
