"""Autoregressive motion transformer over residual-VQ tokens, with a depth head, and the residual-VQ decoder.

One temporal step for each frame: the audio embedding and the tokens of the last frame pass through a few layers whose
attention sees `sinks` learned constants and the last `window` frames. A small head then predicts the levels of the frame
one after another (after Teller, CVPR 2025, and DyStream, 2025, at browser size). Keys are stored un-rotated and rotated
by their age inside the window, so positions never leave the trained range (StreamingLLM, 2023).

`forward` is teacher-forced training over clips; `step` computes one frame on an explicit cache, as the product does.
"""
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

LATENT_SIZE = 70
# Temperature of each level: nearly greedy for the lips, which the voice determines, higher for lids, brows and head. The
# export scales the logits of each level so that one temperature, MotionConfig.temperature, gives these.
LEVEL_TEMPERATURE = (0.1, 0.1, 0.1, 0.1, 0.65, 0.7)


@dataclass(frozen=True)
class MotionConfig:
    d: int = 192
    layers: int = 4
    heads: int = 4
    ff: int = 512
    window: int = 64
    sinks: int = 4
    levels: int = 6
    codebookSize: int = 256
    codeSize: int = 24
    depthWidth: int = 96
    depthFf: int = 192
    embeddingSize: int = 256
    ropeBase: float = 1000.0
    eps: float = 1e-5
    temperature: float = 0.7
    topK: int = 160  # with a smaller number it never blinks, because no single code of a beginning blink is probable

    def to_json(self):
        return asdict(self)


def rms_norm(x, weight, eps):
    return F.rms_norm(x, x.shape[-1:], None, eps) * weight


def rope_table(c):
    """cos and sin of the angle for every age, [window, dh / 2]."""
    half = c.d // c.heads // 2
    rate = c.ropeBase ** (-2 * torch.arange(half, dtype=torch.float64) / (2 * half))
    angle = torch.arange(c.window, dtype=torch.float64)[:, None] * rate
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    """Rotates the pairs (j, j + dh / 2) of the last axis by +angle."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        scale = c.d ** -0.5
        self.attn_norm = nn.Parameter(torch.ones(c.d))
        self.qkv = nn.Parameter(torch.randn(3 * c.d, c.d) * scale)
        self.sink_k = nn.Parameter(torch.randn(c.sinks, c.d) * 0.5)
        self.sink_v = nn.Parameter(torch.zeros(c.sinks, c.d))
        self.out = nn.Parameter(torch.randn(c.d, c.d) * scale * 0.5)
        self.mlp_norm = nn.Parameter(torch.ones(c.d))
        self.gate_up = nn.Parameter(torch.randn(2 * c.ff, c.d) * scale)
        self.down = nn.Parameter(torch.randn(c.d, c.ff) * c.ff ** -0.5 * 0.5)

    def project(self, x):
        return F.linear(rms_norm(x, self.attn_norm, self.c.eps), self.qkv).chunk(3, -1)

    def heads(self, t):
        return t.unflatten(-1, (self.c.heads, -1)).transpose(-3, -2)  # [..., heads, n, dh]

    def finish(self, x, o):
        x = x + F.linear(o, self.out)
        g, u = F.linear(rms_norm(x, self.mlp_norm, self.c.eps), self.gate_up).chunk(2, -1)
        return x + F.linear(F.silu(g) * u, self.down)

    def softmax_mix(self, score_sink, score, v):
        weight = torch.cat([score_sink, score], -1).softmax(-1)
        s = self.c.sinks
        return weight[..., :s] @ self.heads(self.sink_v) + weight[..., s:] @ v

    def forward(self, x, mask, cos, sin):
        """x [B, N, d]; mask [N, N] True where attended; cos, sin [N, dh/2] of the position."""
        q, k, v = (self.heads(t) for t in self.project(x))
        scale = q.shape[-1] ** -0.5
        score_sink = q @ self.heads(self.sink_k).transpose(-1, -2) * scale
        score = rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(-1, -2) * scale
        score = score.masked_fill(~mask, -1e9)
        o = self.softmax_mix(score_sink, score, v)
        return self.finish(x, o.transpose(-3, -2).flatten(-2))

    def step(self, x, keys, values, valid, cos, sin):
        """x [B, d]; keys, values [B, window, d] ordered by age, newest last; valid: number of entries before this frame."""
        q, k, v = self.project(x)
        keys, values = torch.cat([keys[:, 1:], k[:, None]], 1), torch.cat([values[:, 1:], v[:, None]], 1)
        qh = self.heads(q[:, None])
        scale = qh.shape[-1] ** -0.5
        score_sink = qh @ self.heads(self.sink_k).transpose(-1, -2) * scale
        # a key of age a is rotated by -a rate; the newest entry is the last and has age 0
        score = qh @ rotate(self.heads(keys), cos.flip(0), -sin.flip(0)).transpose(-1, -2) * scale
        score = score.masked_fill(torch.arange(self.c.window) < self.c.window - 1 - valid, -1e9)
        o = self.softmax_mix(score_sink, score, self.heads(values))
        return self.finish(x, o.transpose(-3, -2).flatten(-2)[:, 0]), keys, values


class DepthHead(nn.Module):
    """Predicts level l from the hidden vector and the tokens of the lower levels of the same frame."""

    def __init__(self, c):
        super().__init__()
        self.c = c
        n, w, f, k = c.levels, c.depthWidth, c.depthFf, c.codebookSize
        self.inp = nn.Parameter(torch.randn(n, w, c.d) * c.d ** -0.5)
        self.token_embedding = nn.Parameter(torch.randn(n, k, w) * 0.1)
        self.norm = nn.Parameter(torch.ones(n, w))
        self.gate_up = nn.Parameter(torch.randn(n, 2 * f, w) * w ** -0.5)
        self.down = nn.Parameter(torch.randn(n, w, f) * f ** -0.5 * 0.5)
        self.out_norm = nn.Parameter(torch.ones(n, w))
        self.out = nn.Parameter(torch.randn(n, k, w) * w ** -0.5 * 0.5)
        self.out_bias = nn.Parameter(torch.zeros(n, k))

    def forward(self, hidden, tokens):
        """hidden [M, d], tokens [M, L] of the same frames -> logits [M, L, K]."""
        return torch.stack([self.level(l, hidden, [tokens[:, j] for j in range(l)]) for l in range(self.c.levels)], 1)

    def level(self, l, hidden, tokens):
        """Logits [M, K] of one level; tokens is the list of the [M] tokens of the lower levels."""
        u = F.linear(hidden, self.inp[l])
        for j, t in enumerate(tokens):
            u = u + F.embedding(t, self.token_embedding[j])
        g, up = F.linear(rms_norm(u, self.norm[l], self.c.eps), self.gate_up[l]).chunk(2, -1)
        u = u + F.linear(F.silu(g) * up, self.down[l])
        return F.linear(rms_norm(u, self.out_norm[l], self.c.eps), self.out[l]) + self.out_bias[l]


class MotionTransformer(nn.Module):
    def __init__(self, config=MotionConfig()):
        super().__init__()
        c = self.config = config
        self.audio_in = nn.Linear(c.embeddingSize, c.d)
        self.start = nn.Parameter(torch.randn(c.d) * 0.1)
        self.token_embedding = nn.Parameter(torch.randn(c.levels, c.codebookSize, c.d) * 0.1)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c.layers))
        self.final_norm = nn.Parameter(torch.ones(c.d))
        self.depth = DepthHead(c)
        cos, sin = rope_table(c)
        self.register_buffer('cos', cos, persistent=False)
        self.register_buffer('sin', sin, persistent=False)

    def embed(self, tokens):
        """Sum over the levels of tokens [..., L] -> [..., d]; a negative token adds nothing (dropped history)."""
        c = self.config
        flat = tokens.clamp_min(0) + torch.arange(c.levels) * c.codebookSize
        total = F.embedding_bag(flat.view(-1, c.levels), self.token_embedding.view(-1, c.d), mode='sum',
                                per_sample_weights=(tokens >= 0).float().view(-1, c.levels))
        return total.view(*tokens.shape[:-1], c.d)

    def hidden(self, embedding, history):
        """embedding [B, N, D], history [B, N, L]: tokens of the frame before each -> [B, N, d]. Frame 0 uses `start`."""
        c = self.config
        x = self.audio_in(embedding)
        x = x + torch.cat([self.start.expand(x.shape[0], 1, -1), self.embed(history[:, 1:])], 1)
        n = x.shape[1]
        age = torch.arange(n)[:, None] - torch.arange(n)[None]
        mask = (age >= 0) & (age < c.window)
        half = c.d // c.heads // 2
        rate = c.ropeBase ** (-2 * torch.arange(half) / (2 * half))
        angle = torch.arange(n)[:, None] * rate
        for layer in self.layers:
            x = layer(x, mask, angle.cos(), angle.sin())
        return rms_norm(x, self.final_norm, c.eps)

    def forward(self, embedding, history, tokens):
        """Logits [B, N, L, K] of tokens [B, N, L], teacher-forced over the depth."""
        h = self.hidden(embedding, history)
        return self.depth(h.flatten(0, 1), tokens.flatten(0, 1)).unflatten(0, h.shape[:2])

    def initial_cache(self, batch=1):
        c = self.config
        return dict(keys=torch.zeros(c.layers, batch, c.window, c.d), values=torch.zeros(c.layers, batch, c.window, c.d),
                    valid=0)

    def step(self, embedding, previous, first, cache, noise, top_k):
        """One frame: embedding [B, D], previous tokens [B, L], noise [B, L, K] (temperature times Gumbel).

        Returns tokens [B, L], logits [B, L, K] and the new cache."""
        c = self.config
        x = self.audio_in(embedding) + (self.start if first else self.embed(previous))
        keys, values = [], []
        for i, layer in enumerate(self.layers):
            x, k, v = layer.step(x, cache['keys'][i], cache['values'][i], cache['valid'], self.cos, self.sin)
            keys.append(k)
            values.append(v)
        h = rms_norm(x, self.final_norm, c.eps)
        tokens, logits = [], []
        for l in range(c.levels):
            row = self.depth.level(l, h, tokens)
            least = row.topk(top_k, -1).values[:, -1:]
            tokens.append((row + noise[:, l]).masked_fill(row < least, -1e9).argmax(-1))
            logits.append(row)
        cache = dict(keys=torch.stack(keys), values=torch.stack(values), valid=min(cache['valid'] + 1, c.window - 1))
        return torch.stack(tokens, 1), torch.stack(logits, 1), cache


class ResidualVq(nn.Module):
    """Decoder of the tokens: z = sum of codes, m = mean + decode z, then head pose smoothed and lips with a lead (export.LIP_RATE)."""

    def __init__(self, codebooks, mean, decode, smoothing):
        super().__init__()
        for name, value in dict(codebooks=codebooks, mean=mean, decode=decode, smoothing=smoothing).items():
            self.register_buffer(name, torch.as_tensor(value, dtype=torch.float32))

    @staticmethod
    def random(c, seed=0):
        g = torch.Generator().manual_seed(seed)
        mean = torch.zeros(LATENT_SIZE)
        mean[69] = 1
        smoothing = torch.ones(LATENT_SIZE)
        smoothing[63:] = 0.3
        decode = torch.randn(LATENT_SIZE, c.codeSize, generator=g) * 0.02
        return ResidualVq(torch.randn(c.levels, c.codebookSize, c.codeSize, generator=g) * 0.3, mean, decode, smoothing)

    def decode_frames(self, tokens):
        """tokens [N, L] -> m [N, 70], before smoothing and turning."""
        z = sum(self.codebooks[l][tokens[:, l]] for l in range(self.codebooks.shape[0]))
        return self.mean + z @ self.decode.T

    def step(self, tokens, state, first):
        """tokens [L], state [70] -> latent [70] with delta turned by the head, new state."""
        m = self.decode_frames(tokens[None])[0]
        state = m if first else state + self.smoothing * (m - state)
        return turn_delta(state[None])[0], state


def turn_delta(latent):
    """delta_j = delta_head_j R for latents [N, 70]; R as in src/core/rotation.ts."""
    pitch, yaw, roll = torch.deg2rad(latent[:, 63:66]).unbind(1)
    cx, sx, cy, sy, cz, sz = pitch.cos(), pitch.sin(), yaw.cos(), yaw.sin(), roll.cos(), roll.sin()
    r = torch.stack([cz * cy, sz * cy, -sy,
                     cz * sy * sx - sz * cx, sz * sy * sx + cz * cx, cy * sx,
                     cz * sy * cx + sz * sx, sz * sy * cx - cz * sx, cy * cx], 1).view(-1, 3, 3)
    delta = latent[:, :63].view(-1, 21, 3) @ r
    return torch.cat([delta.flatten(1), latent[:, 63:]], 1)


def _pcg(v):
    """Permuted congruential hash of u32 (Jarzynski and Olano 2020)."""
    v = v.astype(np.uint32)
    s = v * np.uint32(747796405) + np.uint32(2891336453)
    w = ((s >> ((s >> np.uint32(28)) + np.uint32(4))) ^ s) * np.uint32(277803737)
    return (w >> np.uint32(22)) ^ w


def gumbel_noise(seed, frame, levels, size):
    """Gumbel noise f32 [levels, size] of one frame, the same on every backend."""
    with np.errstate(over='ignore'):
        base = _pcg(np.uint32(frame) + _pcg(np.array([seed], np.uint32)))
        per_level = _pcg(np.arange(levels, dtype=np.uint32) + base)
        h = _pcg(np.arange(size, dtype=np.uint32)[None] + per_level[:, None])
    u = ((h >> np.uint32(8)).astype(np.float32) + np.float32(0.5)) / np.float32(2 ** 24)
    u = np.minimum(u, np.float32(1 - 2 ** -24))  # the largest value would round to 1, whose noise is infinite
    return -np.log(-np.log(u))
