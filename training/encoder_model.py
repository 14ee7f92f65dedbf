"""Causal audio encoder: log-mel frames in, one embedding for each video frame out.

The network has two forms. `forward` runs whole clips for training; `step` runs 40 ms at a time on explicit state
tensors, as the product does. Both pad the past with zeros in the same places, so they agree to rounding.

    mel (100 Hz) -> 2 causal convolutions -> ConvNeXt-like causal blocks (Liu et al. 2022)
                 -> convolution with stride 4 -> 25 Hz
                 -> the same blocks, wider, and causal attention over a short ring
                 -> LayerNorm -> embedding [256]

The look-ahead is an input: step t emits the embedding of frame t - delay. A learned vector for each delay is added, so
that one set of weights serves 0, 40 and 80 ms (ANCAT, 2023).
"""
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional as F

# Log-mel of digital silence, (ln(1e-5) + 3) / 5. It is subtracted, so that zero padding is silence.
SILENCE_LEVEL = -1.7025851
MEL_PER_FRAME = 4
STEM_HIDDEN = 4  # hidden units for each channel of a stem block
NORM_EPS = 1e-5


@dataclass(frozen=True)
class EncoderConfig:
    bands: int = 80
    stem: int = 96
    stemBlocks: int = 2  # at 100 Hz, because burst and closure of a stop are shorter than a video frame
    embeddingSize: int = 256
    hidden: int = 512
    kernel: int = 7
    heads: int = 4
    window: int = 50  # frames that an attention layer sees, including the current one (2 s)
    blocks: str = 'cccacccacca'  # c: convolution block, a: attention block
    lookaheadFrames: int = 2

    @staticmethod
    def state_list(c):
        """Names and shapes of the state tensors in the order of the graph. All are zero at the start."""
        states = [('mel_halo', [2, c.bands]), ('stem_halo', [2, c.stem])]
        states += [(f'stem_past{i}', [c.kernel - 1, c.stem]) for i in range(c.stemBlocks)]
        states += [('stride_halo', [4, c.stem])]
        for i, kind in enumerate(c.blocks):
            if kind == 'c':
                states.append((f'conv{i}', [c.kernel - 1, c.embeddingSize]))
            else:
                states += [(f'keys{i}', [c.window - 1, c.embeddingSize]), (f'values{i}', [c.window - 1, c.embeddingSize])]
        return states

    def to_json(self):
        states = [{'name': n, 'shape': s} for n, s in self.state_list(self)]
        return {**asdict(self), 'states': states}


class ConvBlock(nn.Module):
    """x + W2 silu(W1 norm(depthwise(x))); the depthwise convolution covers the current and the kernel - 1 past rows."""

    def __init__(self, size, hidden, kernel):
        super().__init__()
        self.depthwise = nn.Parameter(torch.randn(kernel, size) * 0.3)
        self.depthwise_bias = nn.Parameter(torch.zeros(size))
        self.norm = nn.LayerNorm(size, NORM_EPS)
        self.up = nn.Linear(size, hidden)
        self.down = nn.Linear(hidden, size)

    def mix(self, h):
        return self.down(F.silu(self.up(self.norm(h))))

    def after(self, past, x):
        """Takes rows x [B, n, d] that follow the kernel - 1 rows `past`. Returns their output and the past of the next call."""
        joined = torch.cat([past, x], 1)
        h = F.conv1d(joined.transpose(1, 2), self.depthwise.t().unsqueeze(1), self.depthwise_bias, groups=x.shape[2])
        return x + self.mix(h.transpose(1, 2)), joined[:, x.shape[1]:]

    def forward(self, x):
        return self.after(x.new_zeros(len(x), len(self.depthwise) - 1, x.shape[2]), x)[0]

    def step(self, x, states):
        y, past = self.after(states[0], x)
        return y, [past]


class AttentionBlock(nn.Module):
    """x + Wo softmax(q k / sqrt(dh) + bias[age]) v over the last `window` frames.

    Frames before the start count as zero keys and values, exactly as a zeroed ring does.
    """

    def __init__(self, c):
        super().__init__()
        d = c.embeddingSize
        self.heads, self.window = c.heads, c.window
        self.norm = nn.LayerNorm(d, NORM_EPS)
        self.qkv = nn.Linear(d, 3 * d)
        self.out = nn.Linear(d, d)
        self.age_bias = nn.Parameter(torch.zeros(c.heads, c.window))  # index = age in frames

    def split(self, t):
        return t.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [B, heads, n, dh]

    def attend(self, q, k, v, bias):
        q, k, v = self.split(q), self.split(k), self.split(v)
        score = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + bias
        return self.out((score.softmax(-1) @ v).transpose(1, 2).flatten(2))

    def forward(self, x):
        n, past = x.shape[1], self.window - 1
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        k, v = F.pad(k, (0, 0, past, 0)), F.pad(v, (0, 0, past, 0))
        age = torch.arange(n)[:, None] + past - torch.arange(n + past)[None]
        bias = self.age_bias[:, age.clamp(0, past)].masked_fill((age < 0) | (age > past), -1e9)
        return x + self.attend(q, k, v, bias)

    def step(self, x, states):
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        keys, values = torch.cat([states[0], k], 1), torch.cat([states[1], v], 1)
        bias = self.age_bias.flip(1)[:, None]  # oldest first
        return x + self.attend(q, keys, values, bias), [keys[:, 1:], values[:, 1:]]


class AudioEncoder(nn.Module):
    def __init__(self, config=EncoderConfig()):
        super().__init__()
        c = self.config = config
        self.stem1 = nn.Conv1d(c.bands, c.stem, 3)
        self.stem2 = nn.Conv1d(c.stem, c.stem, 3)
        self.stem_blocks = nn.ModuleList(ConvBlock(c.stem, STEM_HIDDEN * c.stem, c.kernel) for _ in range(c.stemBlocks))
        self.stem3 = nn.Conv1d(c.stem, c.embeddingSize, 8, stride=MEL_PER_FRAME)
        self.delay = nn.Parameter(torch.randn(c.lookaheadFrames + 1, c.embeddingSize) * 0.1)
        self.blocks = nn.ModuleList(
            ConvBlock(c.embeddingSize, c.hidden, c.kernel) if kind == 'c' else AttentionBlock(c) for kind in c.blocks)
        self.norm = nn.LayerNorm(c.embeddingSize, NORM_EPS)
        self.speech = nn.Linear(c.embeddingSize, 1)

    def forward(self, mel, delay):
        """mel [B, 4 n, 80], delay one-hot [B, 3] -> embedding [B, n, 256], speech logit [B, n]."""
        x = (mel - SILENCE_LEVEL).transpose(1, 2)
        x = F.silu(self.stem1(F.pad(x, (2, 0))))
        x = F.silu(self.stem2(F.pad(x, (2, 0)))).transpose(1, 2)
        for block in self.stem_blocks:
            x = block(x)
        x = self.stem3(F.pad(x.transpose(1, 2), (4, 0))).transpose(1, 2)
        x = x + (delay @ self.delay)[:, None]
        for block in self.blocks:
            x = block(x)
        e = self.norm(x)
        return e, self.speech(e)[..., 0]

    def initial_states(self, batch=1):
        return [torch.zeros(batch, *shape) for _, shape in EncoderConfig.state_list(self.config)]

    def step(self, mel, delay, states):
        """mel [B, 4, 80] -> embedding [B, 256], speech probability [B], new states."""
        x0 = torch.cat([states[0], mel - SILENCE_LEVEL], 1)
        x1 = torch.cat([states[1], F.silu(self.stem1(x0.transpose(1, 2))).transpose(1, 2)], 1)
        x = F.silu(self.stem2(x1.transpose(1, 2))).transpose(1, 2)
        new = [x0[:, 4:], x1[:, 4:]]
        for block in self.stem_blocks:
            x, changed = block.step(x, states[len(new):])
            new += changed
        x2 = torch.cat([states[len(new)], x], 1)
        x = self.stem3(x2.transpose(1, 2)).transpose(1, 2) + (delay @ self.delay)[:, None]
        new.append(x2[:, 4:])
        for block in self.blocks:
            x, changed = block.step(x, states[len(new):])
            new += changed
        e = self.norm(x)[:, 0]
        return e, torch.sigmoid(self.speech(e))[:, 0], new
