"""Writes weights: f16 safetensors with the config in the metadata, and ONNX graphs whose initialisers point into that file."""
import json
import pathlib
import struct

import numpy as np
import onnx
from onnx import TensorProto, helper
from safetensors.numpy import save_file

OPSET = 17
IR_VERSION = 8


def round_to_half(module):
    """Rounds every parameter and buffer to f16 in place (kept as f32), so that goldens use the shipped weights."""
    for t in module.state_dict().values():
        if t.is_floating_point():
            t.copy_(t.half().float())
    return module


def write_safetensors(path, tensors, config, licence, about):
    """Writes tensors (name -> array) as f16."""
    tensors = {k: np.ascontiguousarray(np.asarray(v, np.float16)) for k, v in tensors.items()}
    pathlib.Path(path).unlink(missing_ok=True)  # a session may have mapped the old file; never write into it
    save_file(tensors, path, {'config': json.dumps(config), 'licence': licence, 'about': about})
    pathlib.Path(path).chmod(0o644)


def tensor_offsets(path):
    """name -> (offset in the file, length in bytes, shape) of a safetensors file."""
    with open(path, 'rb') as f:
        size, = struct.unpack('<Q', f.read(8))
        header = json.loads(f.read(size))
    return {k: (8 + size + v['data_offsets'][0], v['data_offsets'][1] - v['data_offsets'][0], v['shape'])
            for k, v in header.items() if k != '__metadata__'}


class Graph:
    """A small writer of ONNX graphs. Each call adds a node and returns the name of its output."""

    def __init__(self, weights_path):
        self.weights_path = pathlib.Path(weights_path)
        self.offsets = tensor_offsets(weights_path)
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.cached = {}

    def op(self, kind, *inputs, out=None, **attributes):
        out = out or f'v{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def split(self, x, parts, size, axis=-1):
        outs = [f'v{len(self.nodes)}_{i}' for i in range(parts)]
        self.nodes.append(helper.make_node('Split', [x, self.ints([size] * parts)], outs, axis=axis))
        return outs

    def weight(self, name):
        """f32 value of a tensor of the safetensors file (stored as f16, external)."""
        if name not in self.cached:
            offset, length, shape = self.offsets[name]
            initializer = f'weights.{name}'  # the prefix keeps it different from the names of inputs
            t = TensorProto(name=initializer, data_type=TensorProto.FLOAT16, dims=shape, data_location=TensorProto.EXTERNAL)
            for k, v in (('location', self.weights_path.name), ('offset', str(offset)), ('length', str(length))):
                t.external_data.add(key=k, value=v)
            self.initializers.append(t)
            self.cached[name] = self.op('Cast', initializer, to=TensorProto.FLOAT)
        return self.cached[name]

    def constant(self, value):
        value = np.asarray(value)
        key = ('constant', value.dtype.str, value.shape, value.tobytes())
        if key not in self.cached:
            name = f'c{len(self.initializers)}'
            self.initializers.append(onnx.numpy_helper.from_array(value, name))
            self.cached[key] = name
        return self.cached[key]

    def ints(self, values):
        return self.constant(np.asarray(values, np.int64))

    def number(self, value):
        return self.constant(np.asarray(value, np.float32))

    def input(self, name, shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value, name, shape, kind=TensorProto.FLOAT):
        self.op('Identity', value, out=name)
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def reshape(self, x, shape):
        return self.op('Reshape', x, self.ints(shape))

    def slice(self, x, start, end, axis):
        return self.op('Slice', x, self.ints([start]), self.ints([end]), self.ints([axis]))

    def silu(self, x):
        return self.op('Mul', x, self.op('Sigmoid', x))

    def linear(self, x, weight, bias=None):
        """x [n, in] with weight [out, in]."""
        if bias is None:
            return self.op('Gemm', x, weight, transB=1)
        return self.op('Gemm', x, weight, bias, transB=1)

    def save(self, path, licence, about):
        graph = helper.make_graph(self.nodes, 'graph', self.inputs, self.outputs, self.initializers, doc_string=about)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION,
                                  producer_name='talking-portrait')
        helper.set_model_props(model, {'licence': licence, 'about': about})
        pathlib.Path(path).write_bytes(model.SerializeToString())
        onnx.checker.check_model(str(path))
