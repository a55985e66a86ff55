"""Attention of torch in plain operators, for its exporters.

Torch's own functions are exported with the number of events of the example, or without its rule
that a query with nothing to attend to gets zeros.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from lhnets_training.importing.source import framework


def plain_attention() -> AbstractContextManager[Any]:
    """Within it, `scaled_dot_product_attention` and `MultiheadAttention` are written out."""
    torch = framework("torch")
    mode: Any = framework("torch.overrides").TorchFunctionMode

    functional = torch.nn.functional

    class Plain(mode):  # type: ignore[misc]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
        ) -> Any:
            given = dict(kwargs or {})
            if func is functional.scaled_dot_product_attention and not given.get("enable_gqa"):
                return _attend(torch, *args, **given)
            if func is functional.multi_head_attention_forward and _is_usual(given):
                return _attend_by_heads(torch, *args, **given)
            return func(*args, **given)

    return Plain()


def _is_usual(given: Mapping[str, Any]) -> bool:
    rare = ("static_k", "static_v", "use_separate_proj_weight", "add_zero_attn", "is_causal")
    return not any(given.get(name) for name in rare)


def _attend(
    torch: Any,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    **_: Any,
) -> Any:
    """Of shape (..., queries, features); a mask is added, or true for what takes part."""
    scores = query @ key.transpose(-2, -1) * (scale or 1.0 / math.sqrt(query.shape[-1]))
    if is_causal:
        ones = torch.ones_like(scores, dtype=torch.bool)
        scores = torch.where(ones.tril(), scores, -math.inf)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = torch.where(attn_mask, scores, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    alone = scores.amax(-1, keepdim=True) == -math.inf
    return torch.where(alone, 0.0, torch.softmax(scores, -1)) @ value


def _attend_by_heads(
    torch: Any,
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """As `multi_head_attention_forward`: (length, events, features), or (length, features)."""
    single = query.dim() == 2
    if single:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    width = embed_dim_to_check // num_heads
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
    else:
        weights = in_proj_weight.chunk(3)
    biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
    linear = torch.nn.functional.linear
    q, k, v = (
        linear(x, w, b).unflatten(-1, (num_heads, width)).permute(1, 2, 0, 3)
        for x, w, b in zip((query, key, value), weights, biases, strict=True)
    )
    scores = q @ k.transpose(-2, -1) / math.sqrt(width)
    if attn_mask is not None:
        scores = scores + _added(torch, _by_heads(attn_mask, num_heads), scores)
    if key_padding_mask is not None:
        scores = scores + _added(torch, key_padding_mask[:, None, None, :], scores)
    shares = torch.softmax(scores, -1)
    if not need_weights:
        shares = torch.where(scores.amax(-1, keepdim=True) == -math.inf, 0.0, shares)
    made = linear((shares @ v).permute(2, 0, 1, 3).flatten(2), out_proj_weight, out_proj_bias)
    made = made.squeeze(1) if single else made
    if not need_weights:
        return made, None
    shares = shares.mean(1) if average_attn_weights else shares
    return made, shares.squeeze(0) if single else shares


def _by_heads(mask: Any, heads: int) -> Any:
    """A mask (queries, keys) or (events * heads, queries, keys) against (events, heads, queries,
    keys)."""
    return mask if mask.dim() == 2 else mask.unflatten(0, (-1, heads))


def _added(torch: Any, mask: Any, scores: Any) -> Any:
    """What is added to scores: a mask of numbers itself, minus infinity where one is true."""
    if mask.dtype != torch.bool:
        return mask
    nought = torch.zeros_like(scores[:1, :1, :1, :1])
    return torch.where(mask, nought - math.inf, nought)
