"""The bundled language model as a folder that Hugging Face's transformers reads. The benchmark of decoding and a test need it."""
import json
from pathlib import Path

from safetensors.torch import save_file

from course_utils.teacher.language import EPSILON, ROTARY_BASE
from course_utils.teacher.skills import TOKENIZER, WORD


def to_huggingface(model, folder, tokenizer=TOKENIZER):
    """Write model and tokenizer as a folder that Hugging Face's AutoModelForCausalLM and AutoTokenizer read: a small Llama."""
    sizes, folder = model.sizes, Path(folder)
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": sizes["vocabulary"],
              "hidden_size": sizes["width"], "intermediate_size": sizes["hidden"], "num_hidden_layers": sizes["layers"],
              "num_attention_heads": sizes["heads"], "num_key_value_heads": sizes["heads"], "max_position_embeddings": 128,
              "rms_norm_eps": EPSILON, "rope_parameters": {"rope_type": "default", "rope_theta": ROTARY_BASE}, "hidden_act": "silu",
              "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False, "dtype": "float32",
              "pad_token_id": tokenizer.pad, "eos_token_id": tokenizer.end, "bos_token_id": None}
    state = {"model.embed_tokens.weight": model.embedding.weight, "model.norm.weight": model.norm.weight}
    for i, block in enumerate(model.blocks):
        (q, k, v), (gate, up) = block.qkv.weight.chunk(3), block.gate_up.weight.chunk(2)
        parts = {"self_attn.q_proj": q, "self_attn.k_proj": k, "self_attn.v_proj": v, "self_attn.o_proj": block.out.weight,
                 "mlp.gate_proj": gate, "mlp.up_proj": up, "mlp.down_proj": block.down.weight,
                 "input_layernorm": block.norm1.weight, "post_attention_layernorm": block.norm2.weight}
        state |= {f"model.layers.{i}.{name}.weight": weight for name, weight in parts.items()}
    words = {"version": "1.0", "normalizer": None, "post_processor": None, "decoder": None, "truncation": None, "padding": None,
             "added_tokens": [{"id": tokenizer.ids[token], "content": token, "special": True, "single_word": False, "lstrip": False,
                               "rstrip": False, "normalized": False} for token in (tokenizer.PAD, tokenizer.END)],
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                 {"type": "WhitespaceSplit"},
                 {"type": "Split", "pattern": {"Regex": WORD}, "behavior": "Isolated", "invert": False}]},
             "model": {"type": "WordLevel", "vocab": tokenizer.ids, "unk_token": tokenizer.PAD}}
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: weight.detach().clone().contiguous() for name, weight in state.items()}, folder / "model.safetensors",
              {"format": "pt"})
    for name, content in (("config", config), ("tokenizer", words),
                          ("tokenizer_config", {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": tokenizer.PAD,
                                                "eos_token": tokenizer.END, "padding_side": "left"})):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
