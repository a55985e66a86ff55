"""Attention in plain operators gives what torch's own gives."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from lhnets_training.importing.frameworks.torch_attention import plain_attention

SHAPE = (2, 3, 5, 4)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"attn_mask": torch.randn(5, 5)},
        {"attn_mask": torch.arange(5)[:, None] > torch.arange(5)},
        {"scale": 0.3},
    ],
    ids=[
        "plain",
        "causal",
        "added",
        "true for what takes part; the first query has nothing",
        "scale",
    ],
)
def test_scaled_products(options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(SHAPE) for _ in range(3))
    expected = nn.functional.scaled_dot_product_attention(q, k, v, **options)
    with plain_attention():
        found = nn.functional.scaled_dot_product_attention(q, k, v, **options)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("masks", ["none", "padding", "added", "of each event"])
def test_heads(need_weights: bool, masks: str) -> None:
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(3, 5, 8)
    given: dict[str, Any] = {
        "none": {},
        "padding": {"key_padding_mask": torch.arange(5) >= torch.tensor([5, 3, 1])[:, None]},
        "added": {"attn_mask": torch.randn(5, 5)},
        "of each event": {"attn_mask": torch.randn(6, 5, 5)},
    }[masks]
    expected, weights = layer(x, x, x, need_weights=need_weights, **given)
    with plain_attention():
        found, shares = layer(x, x, x, need_weights=need_weights, **given)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(shares, weights)
