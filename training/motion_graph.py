"""ONNX graph of one frame of the motion transformer and the residual-VQ decoder (motion_model.*.step)."""
import numpy as np
from onnx import TensorProto, helper

from motion_model import LATENT_SIZE, rope_table
from weights_file import Graph


def build(weights_path, config, path, licence, about):
    c, g = config, Graph(weights_path)
    w, dh = g.weight, c.d // c.heads
    embedding = g.input('embedding', [1, c.embeddingSize])
    previous = g.input('previous_tokens', [c.levels], TensorProto.INT32)
    first = g.input('first', [1])
    noise = g.input('noise', [c.levels, c.codebookSize])
    top_k = g.input('top_k', [1], TensorProto.INT64)
    keys = g.input('keys', [c.layers, c.window, c.d])
    values = g.input('values', [c.layers, c.window, c.d])
    valid = g.input('valid', [1])
    smooth = g.input('smooth', [LATENT_SIZE])
    later = g.op('Sub', g.number(1), first)

    def norm(x, name):
        mean = g.op('ReduceMean', g.op('Mul', x, x), axes=[-1])
        unit = g.op('Div', x, g.op('Sqrt', g.op('Add', mean, g.number(c.eps))))
        return g.op('Mul', unit, w(name))

    def at(name, index):
        """tensor[index] along the first axis."""
        return g.op('Gather', w(name), g.constant(np.array(index, np.int64)), axis=0)

    def swiglu(x, gate_up, down, size):
        gate, up = g.split(g.linear(x, gate_up), 2, size)
        return g.linear(g.op('Mul', g.silu(gate), up), down)

    history = None
    for l in range(c.levels):
        row = g.op('Gather', at('token_embedding', l), g.slice(previous, l, l + 1, 0), axis=0)
        history = row if history is None else g.op('Add', history, row)
    history = g.op('Add', g.op('Mul', first, w('start')), g.op('Mul', later, history))
    x = g.op('Add', g.linear(embedding, w('audio_in.weight'), w('audio_in.bias')), history)

    cos, sin = (t.numpy()[::-1].copy() for t in rope_table(c))  # from the oldest, like the ring
    cos, sin = g.constant(cos[None]), g.constant(sin[None])
    # 0 where the ring entry exists, -1e9 where it does not
    age = np.arange(c.window, dtype=np.float32)[::-1].copy()
    missing = g.op('Mul', g.op('Cast', g.op('Greater', g.constant(age), valid), to=TensorProto.FLOAT), g.number(-1e9))

    def heads(t, n):
        return g.op('Transpose', g.reshape(t, [n, c.heads, dh]), perm=[1, 0, 2])

    new_keys, new_values = [], []
    for i in range(c.layers):
        name = f'layers.{i}'
        q, k, v = g.split(g.linear(norm(x, f'{name}.attn_norm'), w(f'{name}.qkv.weight')), 3, c.d)
        rings = []
        for ring, row, kept in ((keys, k, new_keys), (values, v, new_values)):
            old = g.op('Gather', ring, g.constant(np.array(i, np.int64)), axis=0)
            new = g.op('Concat', g.slice(old, 1, c.window, 0), row, axis=0)
            kept.append(g.op('Unsqueeze', new, g.ints([0])))
            rings.append(heads(new, c.window))
        a, b = g.split(rings[0], 2, dh // 2)
        turned = g.op('Concat', g.op('Add', g.op('Mul', a, cos), g.op('Mul', b, sin)),
                      g.op('Sub', g.op('Mul', b, cos), g.op('Mul', a, sin)), axis=-1)
        qh = heads(q, 1)
        every = g.op('Concat', heads(w(f'{name}.sink_k'), c.sinks), turned, axis=1)
        score = g.op('Mul', g.op('MatMul', qh, g.op('Transpose', every, perm=[0, 2, 1])), g.number(dh ** -0.5))
        score = g.op('Add', score, g.op('Concat', g.number(np.zeros(c.sinks)), missing, axis=0))
        mixed = g.op('Concat', heads(w(f'{name}.sink_v'), c.sinks), rings[1], axis=1)
        o = g.reshape(g.op('MatMul', g.op('Softmax', score, axis=-1), mixed), [1, c.d])
        x = g.op('Add', x, g.linear(o, w(f'{name}.out.weight')))
        x = g.op('Add', x, swiglu(norm(x, f'{name}.mlp_norm'), w(f'{name}.gate_up.weight'), w(f'{name}.down.weight'), c.ff))
    hidden = norm(x, 'final_norm')

    tokens, code = [], None
    for l in range(c.levels):
        u = g.linear(hidden, at('depth.in', l))
        for j, token in enumerate(tokens):
            u = g.op('Add', u, g.op('Gather', at('depth.token_embedding', j), token, axis=0))

        def level_norm(t, name):
            mean = g.op('ReduceMean', g.op('Mul', t, t), axes=[-1])
            return g.op('Mul', g.op('Div', t, g.op('Sqrt', g.op('Add', mean, g.number(c.eps)))), at(name, l))
        u = g.op('Add', u, swiglu(level_norm(u, 'depth.norm'), at('depth.gate_up', l), at('depth.down', l), c.depthFf))
        logits = g.linear(level_norm(u, 'depth.out_norm'), at('depth.out', l), at('depth.out_bias', l))
        best = f'best{l}'
        g.nodes.append(helper.make_node('TopK', [logits, top_k], [best, f'{best}_index'], axis=-1))
        worse = g.op('Less', logits, g.op('ReduceMin', best, axes=[-1]))
        sampled = g.op('Add', logits, g.slice(noise, l, l + 1, 0))
        token = g.op('ArgMax', g.op('Where', worse, g.number(-1e9), sampled), axis=1, keepdims=0)  # i64 [1]
        tokens.append(token)
        row = g.op('Gather', at('vq.codebooks', l), token, axis=0)
        code = row if code is None else g.op('Add', code, row)

    m = g.op('Add', w('vq.mean'), g.reshape(g.linear(code, w('vq.decode')), [LATENT_SIZE]))
    rate = g.op('Add', g.op('Mul', first, g.op('Sub', g.number(1), w('vq.smoothing'))), w('vq.smoothing'))
    s = g.op('Add', smooth, g.op('Mul', rate, g.op('Sub', m, smooth)))

    # latent: delta turned by R(pitch, yaw, roll), rows as in src/core/rotation.ts
    angle = g.op('Mul', g.slice(s, 63, 66, 0), g.number(np.pi / 180))
    (cx, cy, cz), (sx, sy, sz) = (g.split(g.op(f, angle), 3, 1, axis=0) for f in ('Cos', 'Sin'))
    mul = lambda *t: t[0] if len(t) == 1 else g.op('Mul', t[0], mul(*t[1:]))
    rows = [mul(cz, cy), mul(sz, cy), g.op('Neg', sy),
            g.op('Sub', mul(cz, sy, sx), mul(sz, cx)), g.op('Add', mul(sz, sy, sx), mul(cz, cx)), mul(cy, sx),
            g.op('Add', mul(cz, sy, cx), mul(sz, sx)), g.op('Sub', mul(sz, sy, cx), mul(cz, sx)), mul(cy, cx)]
    rotation = g.reshape(g.op('Concat', *rows, axis=0), [3, 3])
    delta = g.op('MatMul', g.reshape(g.slice(s, 0, 63, 0), [21, 3]), rotation)
    latent = g.op('Concat', g.reshape(delta, [63]), g.slice(s, 63, LATENT_SIZE, 0), axis=0)

    g.output(g.op('Cast', g.op('Concat', *tokens, axis=0), to=TensorProto.INT32), 'tokens', [c.levels], TensorProto.INT32)
    g.output(latent, 'latent', [LATENT_SIZE])
    g.output(g.op('Concat', *new_keys, axis=0), 'keys_out', [c.layers, c.window, c.d])
    g.output(g.op('Concat', *new_values, axis=0), 'values_out', [c.layers, c.window, c.d])
    g.output(s, 'smooth_out', [LATENT_SIZE])
    g.save(path, licence, about)
