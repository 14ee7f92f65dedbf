"""ONNX graph of one 40 ms step of the audio encoder, written node by node from encoder_model.AudioEncoder.step."""
from articulation import TARGETS
from encoder_model import MEL_PER_FRAME, NORM_EPS, SILENCE_LEVEL, EncoderConfig
from weights_file import Graph


def build(weights_path, config, path, licence, about):
    c, g = config, Graph(weights_path)
    d, w = c.embeddingSize, g.weight
    mel = g.input('mel', [1, MEL_PER_FRAME, c.bands])
    delay = g.input('delay', [1, c.lookaheadFrames + 1])
    shapes = dict(EncoderConfig.state_list(c))
    state = {name: g.input(name, shape) for name, shape in shapes.items()}

    def push(name, value, rows):
        """Appends new rows to the state; the last rows become the next state."""
        joined = g.op('Concat', state[name], value, axis=0)
        keep = shapes[name][0]
        g.output(g.slice(joined, rows, rows + keep, 0), f'{name}_out', shapes[name])
        return joined

    def conv(x, weight, bias, **attributes):
        """x [n, channels] -> [rows, out]"""
        t = g.op('Unsqueeze', g.op('Transpose', x, perm=[1, 0]), g.ints([0]))
        y = g.op('Conv', t, weight, bias, **attributes)
        return g.op('Transpose', g.op('Squeeze', y, g.ints([0])), perm=[1, 0])

    def stem(x, name, stride=1):
        return conv(x, w(f'{name}.weight'), w(f'{name}.bias'), strides=[stride])

    def conv_block(x, rows, past, name):
        joined = push(past, x, rows)
        kernel = g.op('Unsqueeze', g.op('Transpose', w(f'{name}.depthwise'), perm=[1, 0]), g.ints([1]))
        h = norm(conv(joined, kernel, w(f'{name}.depthwise_bias'), group=shapes[past][1]), f'{name}.norm')
        h = g.silu(g.linear(h, w(f'{name}.up.weight'), w(f'{name}.up.bias')))
        return g.op('Add', x, g.linear(h, w(f'{name}.down.weight'), w(f'{name}.down.bias')))

    def norm(x, name):
        mean = g.op('ReduceMean', x, axes=[-1])
        centred = g.op('Sub', x, mean)
        variance = g.op('ReduceMean', g.op('Mul', centred, centred), axes=[-1])
        unit = g.op('Div', centred, g.op('Sqrt', g.op('Add', variance, g.number(NORM_EPS))))
        return g.op('Add', g.op('Mul', unit, w(f'{name}.weight')), w(f'{name}.bias'))

    def heads(x, n):
        return g.op('Transpose', g.reshape(x, [n, c.heads, d // c.heads]), perm=[1, 0, 2])

    x = g.op('Sub', g.reshape(mel, [MEL_PER_FRAME, c.bands]), g.number(SILENCE_LEVEL))
    x = g.silu(stem(push('mel_halo', x, 4), 'stem1'))
    x = g.silu(stem(push('stem_halo', x, 4), 'stem2'))
    for i in range(c.stemBlocks):
        x = conv_block(x, MEL_PER_FRAME, f'stem_past{i}', f'stem_blocks.{i}')
    x = stem(push('stride_halo', x, 4), 'stem3', stride=MEL_PER_FRAME)
    x = g.op('Add', x, g.op('MatMul', delay, w('delay')))
    for i, kind in enumerate(c.blocks):
        name = f'blocks.{i}'
        if kind == 'c':
            x = conv_block(x, 1, f'conv{i}', name)
        else:
            qkv = g.linear(norm(x, f'{name}.norm'), w(f'{name}.qkv.weight'), w(f'{name}.qkv.bias'))
            q, k, v = g.split(qkv, 3, d)
            k, v = push(f'keys{i}', k, 1), push(f'values{i}', v, 1)
            score = g.op('MatMul', heads(q, 1), g.op('Transpose', heads(k, c.window), perm=[0, 2, 1]))
            score = g.op('Mul', score, g.number((d // c.heads) ** -0.5))
            # the table is ordered by age, the ring from the oldest: reverse the table
            bias = g.op('Slice', w(f'{name}.age_bias'), g.ints([-1]), g.ints([-c.window - 1]), g.ints([1]), g.ints([-1]))
            score = g.op('Add', score, g.op('Unsqueeze', bias, g.ints([1])))
            o = g.op('MatMul', g.op('Softmax', score, axis=-1), heads(v, c.window))
            x = g.op('Add', x, g.linear(g.reshape(o, [1, d]), w(f'{name}.out.weight'), w(f'{name}.out.bias')))
    e = norm(x, 'norm')
    g.output(e, 'embedding', [1, d])
    g.output(g.reshape(g.op('Sigmoid', g.linear(e, w('speech.weight'), w('speech.bias'))), [1]), 'speech', [1])
    a = g.op('Sigmoid', g.linear(e, w('articulation.weight'), w('articulation.bias')))
    g.output(g.reshape(a, [len(TARGETS)]), 'articulation', [len(TARGETS)])
    g.save(path, licence, about)
