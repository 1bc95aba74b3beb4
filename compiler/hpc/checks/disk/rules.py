"""The rules of what is on disk (HPC5xx): model, data, checkpoint, output folder, machine."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule

MODEL: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC501",
        "the model folder does not exist",
        "A path without a folder would be taken for the name of a model on the hub, where it does not exist. "
        "Reported by `hpc run` and `hpc doctor`, which are about this machine.",
        "check the path, which is relative to the current folder; or write the name of a model on the hub",
        '{"model": "models/my-modle"}',
    ),
    Rule(
        "HPC502",
        "the model folder is incomplete",
        "Training needs config.json, every file of weights that the index names, and the tokenizer. An "
        "interrupted download is the usual reason for missing files. Reported by `hpc run` and `hpc doctor`.",
        "download the model again; for an adapter, name its base model, or merge it into the base first",
        '{"model": "models/half-downloaded"}',
    ),
    Rule(
        "HPC503",
        "a file of the model is damaged",
        "The header of a safetensors file says how many bytes the file has. If it has fewer, loading fails "
        "after all other files have been read. tokenizer.json is one JSON object.",
        "download or copy the file again",
        '{"model": "models/cut-off"}',
    ),
    Rule(
        "HPC504",
        "sequences are longer than the model's context",
        "Positions beyond max_position_embeddings were never trained. Learned positions (GPT-2, OPT) end there: a "
        "longer row stops the run, so this is an error for them. Rotary positions give poor results: a warning.",
        "lower max_sequence_length to at most what the model supports",
        '{"model": "models/gpt2", "max_sequence_length": 4096}',
    ),
    Rule(
        "HPC505",
        "the attention heads are too large for flash attention",
        "The kernels of FlashAttention 2 exist up to a head size of 256 (head_dim, or hidden_size / "
        "num_attention_heads).",
        'write "flash_attention_v2": false',
        '{"model": "models/large-heads", "flash_attention_v2": true}',
    ),
    Rule(
        "HPC506",
        "a target module is not in the model",
        "An adapter is put on the linear layers whose name ends with the given one. PEFT stops only if no name "
        "fits; if only one of several does not, those layers silently get no adapter.",
        "use the model's own names of its linear layers, or all-linear",
        '{"model": "models/smollm2", "target_modules": "q_proj,w_proj"}',
    ),
    Rule(
        "HPC507",
        "the model is already quantized",
        "The model's config.json has a quantization_config, and transformers prefers it: quantization_bit would "
        "change nothing, or contradict it.",
        'write "quantization_bit": "none" to keep the quantization of the model, or use the unquantized model',
        '{"model": "models/llama-gptq", "quantization_bit": "int4"}',
    ),
    Rule(
        "HPC508",
        "a quantized model cannot be trained in full",
        "The model's config.json has a quantization_config: its weights have too few bits to represent an "
        "optimizer's small updates.",
        'write "training_type": "lora", or use the unquantized model',
        '{"model": "models/llama-gptq", "training_type": "full"}',
    ),
    Rule(
        "HPC509",
        "an adapter cannot be merged into a quantized model",
        "Merging into weights of few bits rounds the adapter away. hpc merges into the same base in 16 bits, which "
        "does not exist for a model that was published quantized.",
        'write "merge_adapter": false, or use the unquantized model',
        '{"model": "models/llama-gptq", "merge_adapter": true}',
    ),
    Rule(
        "HPC510",
        "the tokenizer has no padding token of its own",
        "The runner then pads with a spare token of the vocabulary, or with the end of sequence if there is none. "
        "Padding is never learned, because labels depend on the position, not on the token, so the model still learns "
        "to stop.",
        "nothing needs to be done; to choose the token, write pad_token into the model's tokenizer_config.json",
        '{"model": "models/without-pad-token"}',
    ),
    Rule(
        "HPC511",
        "the model has no chat template",
        "The tokenizer's chat template turns conversations into text. Without one the runner uses the plain ChatML "
        "template and saves it with the model; a base model learns it, but a model that was trained with another "
        "template has to unlearn that.",
        "put the model's chat_template.jinja into its folder, or train with the default",
        '{"model": "models/base", "trainer": "sft"}',
    ),
    Rule(
        "HPC512",
        "the rank is larger than the matrices",
        "A matrix of m × n has rank min(m, n) at most, so a higher lora_rank adds parameters but no capacity.",
        "write a lora_rank of at most the smallest dimension that is adapted; usual ranks are 8 to 64",
        '{"model": "models/tiny", "lora_rank": 512}',
    ),
    Rule(
        "HPC513",
        "the model is not a causal language model",
        "hpc trains models that continue a text. An encoder-decoder model (T5, BART) has another input format and "
        "cannot be loaded.",
        "use a causal language model",
        '{"model": "models/t5-small"}',
    ),
    Rule(
        "HPC514",
        "config.json and the weights belong to different models",
        "The matrix of embeddings has vocab_size rows of hidden_size numbers, and so on. With other sizes, loading "
        "fails. Layers that config.json has and the weights lack would be trained from random numbers.",
        "download config.json and the weights of the same model",
        '{"model": "models/mixed-up"}',
    ),
    Rule(
        "HPC515",
        "a special token is beyond the model's vocabulary",
        "A token was added to the tokenizer, but the model's embeddings were not enlarged. The first row with it stops "
        "the run. For a token that every batch has (padding, beginning, end) this is an error, for others a warning.",
        "remove the token from tokenizer_config.json, or enlarge the embeddings (resize_token_embeddings)",
        '{"model": "models/with-added-pad"}',
    ),
    Rule(
        "HPC516",
        "the model's config.json is invalid",
        "It is one JSON object, in which model_type is a string, and hidden_size and vocab_size are whole numbers. "
        "Otherwise loading fails.",
        "download the model's config.json again",
        '{"model": "models/edited-by-hand"}',
    ),
    Rule(
        "HPC517",
        "`model` is a LoRA adapter",
        "An adapter holds only the changes to a base model. A new training starts from a whole model, so the adapter "
        "must be merged into its base first; otherwise the new adapter would work only on top of the old one.",
        "merge it with `hpc merge` and name the merged folder",
        '{"model": "runs/first/final"}',
    ),
    Rule(
        "HPC518",
        "`model` is a GGUF file",
        "GGUF files are made for inference with llama.cpp; most are quantized. hpc trains Hugging Face models: a "
        "folder with config.json, safetensors and a tokenizer.",
        "download the same model in the Hugging Face format",
        '{"model": "models/model-q4_k_m.gguf"}',
    ),
    Rule(
        "HPC519",
        "the model's files are Git LFS pointers",
        "`git clone` without Git LFS leaves a few lines of text in place of every large file.",
        "install git-lfs and run `git lfs pull` in the folder",
        '{"model": "models/cloned-without-lfs"}',
    ),
    Rule(
        "HPC580",
        "the model brings Python code of its own",
        "config.json has an auto_map: Python files in the model's folder. hpc never runs code from a model's folder. "
        "Where transformers has the family itself, its own code is used; where it does not, the model cannot be "
        "loaded.",
        "use a model of a family that transformers has, or a converted copy of this one",
        '{"model": "models/with-auto-map"}',
    ),
    Rule(
        "HPC581",
        "adapters on experts cannot have dropout",
        "transformers loads all experts of a layer as one parameter. PEFT adapts such a parameter, but cannot drop out "
        "parts of its input, and stops with an error.",
        'write "lora_dropout": 0, or name only modules of the attention in target_modules',
        '{"model": "models/mixtral", "lora_dropout": 0.05}',
    ),
    Rule(
        "HPC582",
        "only half of the experts' joined matrix is named",
        "The two matrices at the entrance of an expert are loaded as one, so an adapter is on both or on neither.",
        "name both, or neither",
        '{"model": "models/qwen3-moe", "target_modules": "gate_proj,down_proj", "lora_dropout": 0}',
    ),
    Rule(
        "HPC583",
        "the model's family has not been tried",
        "docs/reference/models.md lists the families that hpc was tried with, and how. Others usually work as well. A "
        "family that transformers 5.23 does not have can be loaded only by a later release. Reported by `hpc run` and "
        "`hpc doctor`.",
        "nothing needs to be done; look at the first losses and at some answers of the trained model",
        '{"model": "models/of-another-family"}',
    ),
    Rule(
        "HPC589",
        "a module of a Mamba model cannot have an adapter",
        "Mamba reads the weights of out_proj, conv1d and dt_proj directly: an adapter there would never be trained. "
        "With all-linear they are left out, and the run says so.",
        "leave out_proj, conv1d and dt_proj out of target_modules",
        '{"model": "models/mamba", "target_modules": "in_proj,out_proj"}',
    ),
)

DATA: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC520",
        "the data does not exist",
        "There is no file or folder at the path. Reported by `hpc run` and `hpc doctor`, which are about this machine.",
        "check the path, which is relative to the current folder; or write the id of a data set on the hub",
        '{"train_data": "data/trian.jsonl"}',
    ),
    Rule(
        "HPC521",
        "the data cannot be read",
        "The end of a file's name says what is in it: json, jsonl, csv, parquet, arrow, txt, or a zip of these; text "
        "is in UTF-8. In a folder with files named for splits (train, validation, eval, dev, test) the one that is "
        "needed must be there.",
        "repair the file at the place that the message names, or rename it to what it is",
        '{"train_data": "data/cut-off.json"}',
    ),
    Rule(
        "HPC522",
        "the data is empty",
        "The file is there, but has no rows.",
        "provide a file with at least one row",
        '{"train_data": "data/empty.jsonl"}',
    ),
    Rule(
        "HPC523",
        "the data has other columns than this trainer needs",
        "Each trainer learns from the formats of its kind: sft from conversations, dpo from pairs of answers, pt from "
        "text. None of the first rows has the columns of such a format.",
        "use data in that format, or change `data_format` or `trainer`",
        '{"trainer": "dpo", "train_data": "data/alpaca.json"}',
    ),
    Rule(
        "HPC524",
        "rows are malformed",
        "A row without the columns of its format, or with empty ones, teaches nothing. `hpc validate` looks at the "
        "first rows, `hpc data`, `hpc doctor` and the run at every row; the run refuses to train unless it is told to "
        "skip malformed rows.",
        "repair the rows, or run with --skip-bad-rows",
        '{"train_data": "data/with-gaps.jsonl"}',
    ),
    Rule(
        "HPC525",
        "the warm-up is longer than the training",
        "The learning rate rises during the warm-up. When the training ends before, it never reaches `learning_rate`. "
        "`lr_warmup_ratio` is a share of all steps, rounded up: of few steps it can be all of them.",
        "write fewer `lr_warmup_steps` or a smaller `lr_warmup_ratio`, or more `epochs`",
        '{"train_data": "data/small.json", "lr_warmup_steps": 500}',
    ),
    Rule(
        "HPC526",
        "checkpoints or evaluations are further apart than the training is long",
        "transformers saves and evaluates once more at the end, and never before that.",
        "write fewer steps, or the strategy epoch",
        '{"train_data": "data/small.json", "checkpoint_strategy": "steps", "checkpoint_steps": 1000}',
    ),
    Rule(
        "HPC527",
        "there are fewer rows than one step takes",
        "One step takes batch_size × gradient_accumulation_steps × devices rows. With fewer in all, an epoch is one "
        "step of fewer rows; with fewer than processes, some rows are seen twice.",
        "lower `batch_size`, `gradient_accumulation_steps` or the number of devices, or add data",
        '{"train_data": "data/ten-rows.json", "batch_size": 64}',
    ),
    Rule(
        "HPC528",
        "this was not checked, because it is only on the hub",
        "The name is not a path on this disk, and this machine's cache of the Hugging Face hub does not have it. hpc "
        "checks what is here and downloads nothing to check it.",
        "download it first, for example: hf download org/model, or go on without the checks",
        '{"model": "org/model", "train_data": "train.jsonl"}',
    ),
    Rule(
        "HPC529",
        "this is not in the cache, and the hub cannot be asked",
        "The name is not a path on this disk, this machine's cache of the Hugging Face hub does not have it, and the "
        "hub is switched off by HF_HUB_OFFLINE or does not answer within 5 seconds. Reported by `hpc run` and "
        "`hpc doctor`.",
        "correct the path, download it where the hub can be reached, or connect this machine",
        '{"model": "org/model", "train_data": "train.jsonl"}',
    ),
    Rule(
        "HPC560",
        "the columns fit two formats",
        "The rows have the columns of two formats of this trainer, which would learn different things from them.",
        "choose one with `data_format`, or remove the columns of the other",
        '{"train_data": "data/instruction-output-response.jsonl"}',
    ),
    Rule(
        "HPC562",
        "files of a folder are not used",
        "A folder is read file by file. Licenses, descriptions such as dataset_info.json, and files that are named for "
        "another split (train, validation, eval, dev, test) are left out.",
        "give the path of the file itself to use it all the same",
        '{"train_data": "data"}',
    ),
    Rule(
        "HPC563",
        "the evaluation data is training data",
        "A model has seen the rows that it was trained on: their loss says nothing about other rows.",
        "evaluate on other rows",
        '{"train_data": "train.jsonl", "eval_data": "train.jsonl", "eval_strategy": "epoch"}',
    ),
    Rule(
        "HPC564",
        "columns are not used",
        "The rows have columns that their format does not use, such as an id or a source.",
        "remove the columns, or rename them to those of the format",
        '{"train_data": "data/with-ids.jsonl"}',
    ),
    Rule(
        "HPC565",
        "how many documents a text file makes",
        "Each line that is not blank is a document of its own: the model learns to end after it.",
        'for longer documents write JSON Lines with a column "text"',
        '{"trainer": "pt", "train_data": "book.txt"}',
    ),
    Rule(
        "HPC566",
        "the lines of a text file were wrapped by hand",
        "Each line becomes a document of its own, so that sentences which go on in the next line are cut. Lines of "
        "nearly equal length that end in the middle of a sentence were probably wrapped at a width.",
        'join the lines of a paragraph, or write JSON Lines with a column "text"',
        '{"trainer": "pt", "train_data": "wrapped.txt"}',
    ),
    Rule(
        "HPC567",
        "several data sets in one string",
        "A path may contain commas, so a string is always one path.",
        "write a list of paths",
        '{"train_data": "a.jsonl,b.jsonl"}',
    ),
    Rule(
        "HPC568",
        "rows are cut",
        "Rows longer than `max_sequence_length` lose their end, and with it the end of the answer: a model that never "
        "sees an end never learns to stop.",
        "raise `max_sequence_length` to the length that the message names, or shorten the rows",
        '{"train_data": "data/long.jsonl", "max_sequence_length": 64}',
    ),
    Rule(
        "HPC569",
        "rows have no answer within the length",
        "Where the question alone fills `max_sequence_length`, nothing is left to learn from. Such rows are left out.",
        "raise `max_sequence_length` to the length that the message names, or shorten the rows",
        '{"train_data": "data/long.jsonl", "max_sequence_length": 16}',
    ),
    Rule(
        "HPC571",
        "the chat template leaves out text",
        "Templates differ in the roles that they know. Where one leaves out the system text, a question or the "
        "reasoning, the model never sees it.",
        "use a model whose template writes it, or put the text into the question",
        '{"model": "models/without-system", "train_data": "data/with-system.jsonl"}',
    ),
    Rule(
        "HPC572",
        "texts have special tokens",
        "A special token such as <|im_end|> in a text is read as the token itself: it ends a turn, or begins one.",
        "remove the tokens from the texts, unless they are meant",
        '{"train_data": "data/scraped-chats.jsonl"}',
    ),
    Rule(
        "HPC573",
        "a token has no embedding",
        "The tokenizer has more tokens than the model has embeddings. A row with such a token cannot be trained on.",
        "remove the token from the rows, or enlarge the embeddings (resize_token_embeddings)",
        '{"model": "models/added-tokens", "train_data": "data/with-them.jsonl"}',
    ),
    Rule(
        "HPC575",
        "the chat template does not end answers",
        "Without an end the model never learns to stop, so the end of sequence is appended to each answer.",
        "nothing: hpc appends it",
        '{"model": "models/without-end", "train_data": "train.jsonl"}',
    ),
    Rule(
        "HPC576",
        "conversations become several rows",
        "Some templates show earlier answers differently from how they are generated, for example without their "
        "reasoning. Then each answer becomes a row of its own, in which it comes last.",
        "nothing: count the rows that the message names",
        '{"model": "models/reasoning", "train_data": "data/several-turns.jsonl"}',
    ),
    Rule(
        "HPC577",
        "rows are in the data more than once",
        "A row that is there twice weighs twice. `hpc data` counts rows whose tokens are equal.",
        "remove the copies, unless the weight is meant",
        '{"train_data": "data/with-copies.jsonl"}',
    ),
    Rule(
        "HPC578",
        "answers are equal within the length",
        "Where two answers differ only after `max_sequence_length`, there is no preference to learn.",
        "raise `max_sequence_length` to the length that the message names",
        '{"trainer": "dpo", "train_data": "data/long-pairs.jsonl", "max_sequence_length": 64}',
    ),
)

CHECKPOINT: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC530",
        "the checkpoint does not exist",
        "resume_from_checkpoint names a folder that does not exist. Reported by `hpc run` and `hpc doctor`.",
        "name a folder checkpoint-N of a run, or write true for the newest one of output_dir",
        '{"resume_from_checkpoint": "runs/first/checkpoint-9"}',
    ),
    Rule(
        "HPC531",
        "the checkpoint is incomplete",
        "A checkpoint has trainer_state.json and complete weights. A run that is killed while writing one leaves less.",
        "name an earlier checkpoint, or write true for the newest complete one",
        '{"resume_from_checkpoint": "runs/first/checkpoint-10"}',
    ),
    Rule(
        "HPC532",
        "the checkpoint was made by a different number of processes",
        "DeepSpeed divides the optimizer's state among the processes and cannot combine it for a different number.",
        "use as many nodes × devices_per_node as before",
        '{"distributed_backend": "deepspeed", "devices_per_node": 4, "resume_from_checkpoint": true}',
    ),
    Rule(
        "HPC533",
        "the checkpoint was made by another backend",
        "ddp and the stages of DeepSpeed store the optimizer's state in different formats.",
        "set distributed_backend and zero_stage back",
        '{"distributed_backend": "deepspeed", "resume_from_checkpoint": "runs/ddp/checkpoint-10"}',
    ),
    Rule(
        "HPC534",
        "the checkpoint belongs to another training",
        "Full weights do not continue as an adapter, nor an adapter as full weights; and another trainer has another "
        "loss and other steps.",
        "set training_type and trainer back, or start over in another output_dir",
        '{"training_type": "full", "resume_from_checkpoint": "runs/lora/checkpoint-10"}',
    ),
    Rule(
        "HPC535",
        "the checkpoint's adapter has other settings",
        "The saved matrices have the rank, the scale and the target modules of the adapter's training.",
        "set the value back, or start over in another output_dir",
        '{"lora_rank": 8, "resume_from_checkpoint": "runs/rank-16/checkpoint-10"}',
    ),
    Rule(
        "HPC536",
        "the checkpoint was made from another model",
        "An adapter fits the weights that it was trained beside, and optimizer states fit their own parameters.",
        "name the model that the checkpoint was made from",
        '{"model": "models/b", "resume_from_checkpoint": "runs/from-a/checkpoint-10"}',
    ),
    Rule(
        "HPC537",
        "the checkpoint was made with another optimizer",
        "The saved state of the optimizer contains its learning rate and weight decay, and the libraries would"
        " silently use them instead of this job's.",
        "set the value back, or start over in another output_dir",
        '{"learning_rate": 1e-6, "resume_from_checkpoint": "runs/first/checkpoint-10"}',
    ),
    Rule(
        "HPC538",
        "the checkpoint was made with other settings",
        "Batch size, epochs, schedule, length, seed and precision decide the order and the size of the updates. With "
        "another global batch the checkpoint's step number would mean other rows; training could end at once, with "
        "nothing learned. More epochs are fine, and so is the same global batch divided differently.",
        "set the value back, or start over in another output_dir",
        '{"batch_size": 4, "resume_from_checkpoint": "runs/batch-1/checkpoint-8"}',
    ),
    Rule(
        "HPC539",
        "the checkpoint was trained on other rows",
        "A resumed run skips the rows that it has learned from. In other data, or with another tokenizer, these are "
        "other rows. Names do not matter: the contents of the files are compared. Reported by `hpc run` and "
        "`hpc doctor`, which read all of the data.",
        "restore the data and the tokenizer, or start over in another output_dir",
        '{"train_data": "data/new.jsonl", "resume_from_checkpoint": "runs/old/checkpoint-10"}',
    ),
    Rule(
        "HPC540",
        "the output folder contains an earlier run, or files that a run would overwrite",
        "hpc never overwrites an earlier run unless told to. Reported by `hpc run` and `hpc doctor`.",
        'write "resume_from_checkpoint": true to resume, choose another output_dir, or run with --overwrite to discard '
        "the earlier run",
        '{"output_dir": "runs/first"}',
    ),
    Rule(
        "HPC541",
        "another run is writing into the output folder",
        "Two runs in one folder would overwrite each other's checkpoints, so --overwrite does not help here. Reported "
        "by `hpc run` and `hpc doctor`.",
        "wait until the other run ends, stop it, or choose another output_dir",
        '{"output_dir": "runs/first"}',
    ),
    Rule(
        "HPC542",
        "a link leads out of the folder that the run writes into",
        "The run would overwrite files that the config does not name. Reported by `hpc run` and `hpc doctor`.",
        "write the folder itself as output_dir, or remove the link",
        '{"output_dir": "runs/link-to-elsewhere"}',
    ),
)

MACHINE: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC550",
        "the training packages are not installed",
        "The base installation checks and compiles; training needs torch, transformers, TRL and PEFT, which take "
        "gigabytes and are an extra.",
        'in a clone of hpc, run: pip install ".[train]"',
        "$ hpc doctor train.json",
    ),
    Rule(
        "HPC551",
        "this machine could not be examined",
        "`hpc doctor` asks the runner, in a process of its own, what hardware and packages there are. It gave no "
        "answer; its last output is in the message.",
        'a package is probably broken; in a clone of hpc, run: pip install --force-reinstall ".[train]"',
        "$ hpc doctor train.json",
    ),
)

MERGE: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC584",
        "there is no adapter to merge",
        "`hpc merge` takes the output folder of a LoRA run, whose adapter is in final/, or a folder that holds an "
        "adapter itself (adapter_config.json and adapter_model.safetensors).",
        "name the output folder of a LoRA run; the result of full training is a whole model already",
        "$ hpc merge runs/full",
    ),
    Rule(
        "HPC585",
        "the adapter does not name its base model",
        "adapter_config.json usually holds the path or the hub id of the base in base_model_name_or_path.",
        "name the base: hpc merge RUN --set model=BASE",
        "$ hpc merge adapters/without-base",
    ),
    Rule(
        "HPC586",
        "the folder of the merged model already exists",
        "hpc never overwrites a model.",
        "write to another folder with -o, or remove the old one",
        "$ hpc merge runs/first && hpc merge runs/first",
    ),
    Rule(
        "HPC587",
        "the merged weights are not finite",
        "Base and adapter add up to infinity or NaN: the training diverged, or the base is damaged.",
        "look at the losses of the run; resume from an earlier checkpoint with a lower learning rate",
        "$ hpc merge runs/diverged",
    ),
    Rule(
        "HPC588",
        "the adapter does not fit the base model",
        "Names and shapes of the adapter's matrices follow from the base that it was trained on.",
        "name the base that the adapter was trained on",
        "$ hpc merge runs/first --set model=models/another",
    ),
)

RULES: Final[tuple[Rule, ...]] = (*MODEL, *MERGE, *DATA, *CHECKPOINT)
