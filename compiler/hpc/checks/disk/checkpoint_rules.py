"""Rules of the checkpoint to resume from (HPC530 to HPC539)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk import checkpoints

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC530",
        "disk",
        "error",
        "the checkpoint does not exist",
        "resume_from_checkpoint names a folder that does not exist. Reported by `hpc run` and `hpc doctor`.",
        "name a folder checkpoint-N of a run, or write true for the newest one of output_dir",
        '{"resume_from_checkpoint": "runs/first/checkpoint-9"}',
        checks=(checkpoints.present,),
    ),
    Rule(
        "HPC531",
        "disk",
        "error",
        "the checkpoint is incomplete",
        "A checkpoint has trainer_state.json and complete weights. A run that is killed while writing one leaves less.",
        "name an earlier checkpoint, or write true for the newest complete one",
        '{"resume_from_checkpoint": "runs/first/checkpoint-10"}',
        checks=(checkpoints.complete,),
    ),
    Rule(
        "HPC532",
        "disk",
        "error",
        "the checkpoint was made by a different number of processes",
        "DeepSpeed divides the optimizer's state among the processes and cannot combine it for a different number.",
        "use as many nodes × devices_per_node as before",
        '{"distributed_backend": "deepspeed", "devices_per_node": 4, "resume_from_checkpoint": true}',
        checks=(checkpoints.same_processes,),
    ),
    Rule(
        "HPC533",
        "disk",
        "error",
        "the checkpoint was made by another backend",
        "ddp and the stages of DeepSpeed store the optimizer's state in different formats.",
        "set distributed_backend and zero_stage back",
        '{"distributed_backend": "deepspeed", "resume_from_checkpoint": "runs/ddp/checkpoint-10"}',
        checks=(checkpoints.same_job,),
    ),
    Rule(
        "HPC534",
        "disk",
        "error",
        "the checkpoint belongs to another training",
        "Full weights do not continue as an adapter, nor an adapter as full weights; and another trainer has another "
        "loss and other steps.",
        "set training_type and trainer back, or start over in another output_dir",
        '{"training_type": "full", "resume_from_checkpoint": "runs/lora/checkpoint-10"}',
        checks=(checkpoints.same_job,),
    ),
    Rule(
        "HPC535",
        "disk",
        "error",
        "the checkpoint's adapter has other settings",
        "The saved matrices have the rank, the scale and the target modules of the adapter's training.",
        "set the value back, or start over in another output_dir",
        '{"lora_rank": 8, "resume_from_checkpoint": "runs/rank-16/checkpoint-10"}',
        checks=(checkpoints.same_job,),
    ),
    Rule(
        "HPC536",
        "disk",
        "error",
        "the checkpoint was made from another model",
        "An adapter fits the weights that it was trained beside, and optimizer states fit their own parameters.",
        "name the model that the checkpoint was made from",
        '{"model": "models/b", "resume_from_checkpoint": "runs/from-a/checkpoint-10"}',
        checks=(
            checkpoints.same_job,
            checkpoints.same_rows,
        ),
    ),
    Rule(
        "HPC537",
        "disk",
        "error",
        "the checkpoint was made with another optimizer",
        "The saved state of the optimizer contains its learning rate and weight decay, and the libraries would"
        " silently use them instead of this job's.",
        "set the value back, or start over in another output_dir",
        '{"learning_rate": 1e-6, "resume_from_checkpoint": "runs/first/checkpoint-10"}',
        checks=(checkpoints.same_job,),
    ),
    Rule(
        "HPC538",
        "disk",
        "error",
        "the checkpoint was made with other settings",
        "Batch size, epochs, schedule, length, seed and precision decide the order and the size of the updates. With "
        "another global batch the checkpoint's step number would mean other rows; training could end at once, with "
        "nothing learned. More epochs are fine, and so is the same global batch divided differently.",
        "set the value back, or start over in another output_dir",
        '{"batch_size": 4, "resume_from_checkpoint": "runs/batch-1/checkpoint-8"}',
        checks=(checkpoints.same_job,),
    ),
    Rule(
        "HPC539",
        "disk",
        "error",
        "the checkpoint was trained on other rows",
        "A resumed run skips the rows that it has learned from. In other data, or with another tokenizer, these are "
        "other rows. Names do not matter: the contents of the files are compared. Reported by `hpc run` and "
        "`hpc doctor`, which read all of the data.",
        "restore the data and the tokenizer, or start over in another output_dir",
        '{"train_data": "data/new.jsonl", "resume_from_checkpoint": "runs/old/checkpoint-10"}',
        checks=(checkpoints.same_rows,),
    ),
)
