"""Rules of the model (HPC501 to HPC519, HPC557, HPC558, HPC580 to HPC583, HPC589)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk.models import config, experts, families, kinds, presence, quantized, settings, sizes, tokenizer, weights

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC501",
        "disk",
        "error",
        "the model does not exist or cannot be loaded",
        "A path without a folder would be taken for the name of a model on the hub, where it does not exist. "
        "Reported by `hpc run` and `hpc doctor`, which are about this machine; they also load the model without its "
        "numbers, and say why transformers cannot do that. A file is not a model: `hpc validate` reports it, too.",
        "check the path, which is relative to the current folder; or write the name of a model on the hub",
        '{"model": "models/my-modle"}',
        checks=(presence.model_present, kinds.one_file),
    ),
    Rule(
        "HPC502",
        "disk",
        "error",
        "the model folder is incomplete",
        "Training needs config.json, every file of weights that the index names, and the tokenizer. An interrupted "
        "download is the usual reason for missing files. transformers looks for model.safetensors or its index; it "
        "passes over weights of other names. A folder without weights is reported by `hpc run` and `hpc doctor` only.",
        "download the model again; for an adapter, name its base model, or merge it into the base first",
        '{"model": "models/half-downloaded"}',
        checks=(presence.model_present, presence.whole, kinds.no_config),
    ),
    Rule(
        "HPC503",
        "disk",
        "error",
        "a file of the model is damaged",
        "The header of a safetensors file says how many bytes the file has. If it has fewer, loading fails "
        "after all other files have been read. The index says which file holds which tensor. tokenizer.json is one "
        "JSON object with a vocabulary; the settings of the tokenizer have the types that transformers reads.",
        "download or copy the file again",
        '{"model": "models/cut-off"}',
        checks=(
            weights.whole_files,
            tokenizer.broken_tokenizer,
            tokenizer.broken_template,
        ),
    ),
    Rule(
        "HPC504",
        "disk",
        "error",
        "sequences are longer than the model's context",
        "Positions beyond max_position_embeddings were never trained. Learned positions (GPT-2, OPT) end there: a "
        "longer row stops the run, so this is an error for them. Rotary positions give poor results: a warning.",
        "lower max_sequence_length to at most what the model supports",
        '{"model": "models/gpt2", "max_sequence_length": 4096}',
        checks=(config.context_length,),
    ),
    Rule(
        "HPC505",
        "disk",
        "error",
        "the attention heads are too large for flash attention",
        "The kernels of FlashAttention 2 exist up to a head size of 256 (head_dim, or hidden_size / "
        "num_attention_heads).",
        'write "flash_attention_v2": false',
        '{"model": "models/large-heads", "flash_attention_v2": true}',
        checks=(config.head_size,),
    ),
    Rule(
        "HPC506",
        "disk",
        "error",
        "a target module is not in the model",
        "An adapter is put on the linear layers whose name ends with the given one. PEFT stops only if no name "
        "fits; if only one of several does not, those layers silently get no adapter.",
        "use the model's own names of its linear layers, or all-linear",
        '{"model": "models/smollm2", "target_modules": "q_proj,w_proj"}',
        checks=(weights.unknown_targets,),
    ),
    Rule(
        "HPC507",
        "disk",
        "error",
        "the model is already quantized",
        "The model's config.json has a quantization_config, and transformers prefers it: quantization_bit would "
        "change nothing, or contradict it.",
        'write "quantization_bit": "none" to keep the quantization of the model, or use the unquantized model',
        '{"model": "models/llama-gptq", "quantization_bit": "int4"}',
        checks=(quantized.already_quantized,),
    ),
    Rule(
        "HPC508",
        "disk",
        "error",
        "a quantized model cannot be trained in full",
        "The model's config.json has a quantization_config: its weights have too few bits to represent an "
        "optimizer's small updates.",
        'write "training_type": "lora", or use the unquantized model',
        '{"model": "models/llama-gptq", "training_type": "full"}',
        checks=(quantized.already_quantized,),
    ),
    Rule(
        "HPC509",
        "disk",
        "error",
        "an adapter cannot be merged into a quantized model",
        "Merging into weights of few bits rounds the adapter away. hpc merges into the same base in 16 bits, which "
        "does not exist for a model that was published quantized.",
        'write "merge_adapter": false, or use the unquantized model',
        '{"model": "models/llama-gptq", "merge_adapter": true}',
        checks=(quantized.already_quantized,),
    ),
    Rule(
        "HPC510",
        "disk",
        "note",
        "the tokenizer has no padding token of its own",
        "The runner then pads with a spare token of the vocabulary, or with the end of sequence if there is none. "
        "Padding is never learned, because labels depend on the position, not on the token, so the model still learns "
        "to stop.",
        "nothing needs to be done; to choose the token, write pad_token into the model's tokenizer_config.json",
        '{"model": "models/without-pad-token"}',
        checks=(tokenizer.padding,),
    ),
    Rule(
        "HPC511",
        "disk",
        "warning",
        "the model has no chat template",
        "The tokenizer's chat template turns conversations into text. Without one the runner uses the plain ChatML "
        "template and saves it with the model; a base model learns it, but a model that was trained with another "
        "template has to unlearn that.",
        "put the model's chat_template.jinja into its folder, or train with the default",
        '{"model": "models/base", "trainer": "sft"}',
        checks=(tokenizer.chat_template,),
    ),
    Rule(
        "HPC512",
        "disk",
        "warning",
        "the rank is larger than the matrices",
        "A matrix of m × n has rank min(m, n) at most, so a higher lora_rank adds parameters but no capacity.",
        "write a lora_rank of at most the smallest dimension that is adapted; usual ranks are 8 to 64",
        '{"model": "models/tiny", "lora_rank": 512}',
        checks=(weights.rank_above_dimension,),
    ),
    Rule(
        "HPC513",
        "disk",
        "error",
        "the model is not a causal language model",
        "hpc trains models that continue a text. Encoder-decoder models (T5, BART) have another input format. In an "
        "encoder (BERT) each token sees those after it. A model with another head (`architectures` in its config.json, "
        "such as LlamaForSequenceClassification) has no output for the next token.",
        "use a causal language model",
        '{"model": "models/t5-small"}',
        checks=(kinds.not_causal,),
    ),
    Rule(
        "HPC514",
        "disk",
        "error",
        "config.json and the weights belong to different models",
        "The matrix of embeddings has vocab_size rows of hidden_size numbers, and so on. With other sizes, loading "
        "fails. What config.json describes and the weights lack would be trained from random numbers: layers, single "
        "matrices, or all of them where another program wrote other names. What only the weights have is left out.",
        "download config.json and the weights of the same model",
        '{"model": "models/mixed-up"}',
        checks=(
            sizes.other_weights,
            sizes.not_packed,
            sizes.layers,
            sizes.missing_weights,
        ),
    ),
    Rule(
        "HPC515",
        "disk",
        "error",
        "a special token is beyond the model's vocabulary",
        "A token was added to the tokenizer, but the model's embeddings were not enlarged. The first row with it stops "
        "the run. For a token that every batch has (padding, beginning, end) this is an error, for others a warning. "
        "A tokenizer whose vocabulary is larger than the model's, or less than half of it, belongs to another model.",
        "remove the token from tokenizer_config.json, or enlarge the embeddings (resize_token_embeddings)",
        '{"model": "models/with-added-pad"}',
        checks=(tokenizer.beyond_vocabulary, tokenizer.numbers_beyond, tokenizer.other_vocabulary),
    ),
    Rule(
        "HPC516",
        "disk",
        "error",
        "the model's config.json or generation_config.json is invalid",
        "Each is one JSON object. model_type is a string, sizes are whole numbers above 0, the settings of rotary "
        "positions are those that their type needs, and so on. Otherwise loading fails, or the trained model cannot "
        "be saved.",
        "correct the setting that the message names, or download the file again",
        '{"model": "models/edited-by-hand"}',
        checks=(settings.broken_settings, config.attention),
    ),
    Rule(
        "HPC517",
        "disk",
        "error",
        "`model` is a LoRA adapter",
        "An adapter holds only the changes to a base model. A new training starts from a whole model, so the adapter "
        "must be merged into its base first; otherwise the new adapter would work only on top of the old one. Of a "
        "folder that holds a whole model and an adapter, transformers would load the adapter and its base.",
        "merge it with `hpc merge` and name the merged folder",
        '{"model": "runs/first/final"}',
        checks=(kinds.adapter,),
    ),
    Rule(
        "HPC518",
        "disk",
        "error",
        "`model` is a GGUF file",
        "GGUF files are made for inference with llama.cpp; most are quantized. hpc trains Hugging Face models: a "
        "folder with config.json, safetensors and a tokenizer.",
        "download the same model in the Hugging Face format",
        '{"model": "models/model-q4_k_m.gguf"}',
        checks=(kinds.gguf,),
    ),
    Rule(
        "HPC519",
        "disk",
        "error",
        "the model's files are Git LFS pointers",
        "`git clone` without Git LFS leaves a few lines of text in place of every large file.",
        "install git-lfs and run `git lfs pull` in the folder",
        '{"model": "models/cloned-without-lfs"}',
        checks=(kinds.pointers,),
    ),
    Rule(
        "HPC580",
        "disk",
        "error",
        "the model brings Python code of its own",
        "config.json or tokenizer_config.json has an auto_map: Python files in the model's folder. hpc never runs code "
        "from a model's folder. Where transformers has the family or the tokenizer itself, its own code is used; where "
        "it does not, the model cannot be loaded.",
        "use a model of a family that transformers has, or a converted copy of this one",
        '{"model": "models/with-auto-map"}',
        checks=(kinds.own_code, kinds.own_tokenizer_code),
    ),
    Rule(
        "HPC581",
        "disk",
        "error",
        "adapters on experts cannot have dropout",
        "transformers loads all experts of a layer as one parameter. PEFT adapts such a parameter, but cannot drop out "
        "parts of its input, and stops with an error.",
        'write "lora_dropout": 0, or name only modules of the attention in target_modules',
        '{"model": "models/mixtral", "lora_dropout": 0.05}',
        checks=(experts.dropout,),
    ),
    Rule(
        "HPC582",
        "disk",
        "error",
        "only half of the experts' joined matrix is named",
        "The two matrices at the entrance of an expert are loaded as one, so an adapter is on both or on neither.",
        "name both, or neither",
        '{"model": "models/qwen3-moe", "target_modules": "gate_proj,down_proj", "lora_dropout": 0}',
        checks=(experts.halves,),
    ),
    Rule(
        "HPC583",
        "disk",
        "error",
        "the model's family has not been tried, or transformers does not have it",
        "docs/reference/models.md lists the families that hpc was tried with, and how. Others usually work as well. A "
        f"family that {families.RELEASE} does not have can be loaded only by a later release. A family that was only "
        "not tried is reported by `hpc run` and `hpc doctor`.",
        "look at the first losses and at some answers of the trained model; if transformers lacks the family, install "
        "a release that has it",
        '{"model": "models/of-another-family"}',
        checks=(presence.family, presence.unknown_family),
    ),
    Rule(
        "HPC589",
        "disk",
        "error",
        "a module of a Mamba model cannot have an adapter",
        "Mamba layers read the weights of some modules directly: an adapter there would never be trained. With "
        "all-linear they are left out, and the run says so. With `quantization_bit` they keep 16 bits.",
        "leave the named modules out of target_modules",
        '{"model": "models/mamba", "target_modules": "in_proj,out_proj"}',
        checks=(experts.parts_of_mamba,),
    ),
    Rule(
        "HPC557",
        "disk",
        "error",
        "the model is quantized for inference only",
        "Models can be published in number formats that transformers only computes with, such as MXFP4 or NVFP4: it "
        "refuses to train even adapters on them.",
        "use a copy of the model with 16-bit weights",
        '{"model": "models/in-mxfp4"}',
        checks=(quantized.already_quantized,),
    ),
    Rule(
        "HPC558",
        "disk",
        "warning",
        "experts are not quantized",
        "transformers loads all experts of a layer as one parameter, and bitsandbytes quantizes linear layers only. "
        "The attention gets smaller, but most of a mixture of experts is in its experts.",
        "plan memory for 16-bit experts, or use a model without experts",
        '{"model": "models/mixtral", "quantization_bit": "int4", "lora_dropout": 0}',
        checks=(experts.not_quantized,),
    ),
)
