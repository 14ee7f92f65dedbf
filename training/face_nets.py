"""Converts MediaPipe's face detector, face landmark and person segmentation networks from TFLite to ONNX.

The networks (Copyright The MediaPipe Authors, Apache License 2.0) are taken from the PyPI wheel `mediapipe`
0.10.21, which ships them as plain TFLite files:

    pip download --no-deps mediapipe==0.10.21
    python training/face_nets.py mediapipe-0.10.21-*.whl --out models

| output              | source                                | input `image` f32, RGB 0 ... 1 | outputs                           |
|---------------------|---------------------------------------|--------------------------------|-----------------------------------|
| face-detector.onnx  | face_detection_short_range.tflite     | [1, 3, 128, 128]               | regressors [896, 16], logits [896]|
| face-landmarks.onnx | face_landmark_with_attention.tflite   | [1, 3, 192, 192]               | landmarks [478, 3], presence [1]  |
| person-matte.onnx   | selfie_segmentation.tflite            | [1, 3, 256, 256]               | matte [256, 256]                  |

Tensors are NCHW inside. Weights keep the f16 values of the source (initialiser f16, Cast to f32), so the conversion is
lossless. MediaPipe's custom operators become ONNX primitives:

* Landmarks2TransformMatrix: affine map from the 16 x 16 grid of an eye or the lips to the 48 x 48 feature map. The
  crop is aligned with the line between two landmarks. Cosine and sine come from the direction of that line, without atan2.
* TransformTensorBilinear: GridSample, half-pixel centres, zero outside the map.
* TransformLandmarks: the same matrix applied to points.
* Convolution2DTransposeBias: ConvTranspose.

The refinement of the 468 mesh points by the lips, eyes and iris heads (MediaPipe's
`tensors_to_face_landmarks_with_attention` graph) is part of face-landmarks.onnx: x, y of the refined points come from
the heads, z from the mesh, z of an iris is the mean z of its eye contour. Landmarks are in pixels of the 192 crop.

Needs: numpy, onnx, tflite, flatbuffers. Afterwards: python training/manifest.py
"""

import argparse
import pathlib
import zipfile

import numpy as np
import onnx
import tflite
from flatbuffers import flexbuffers
from onnx import TensorProto, helper, numpy_helper

OPSET = 17  # GridSample for 4-D tensors, HardSwish
IR_VERSION = 8

MODULES = "mediapipe/modules/"
LICENCE = "Apache-2.0; Copyright The MediaPipe Authors (Google); converted from TFLite to ONNX, weights unchanged"

# Mesh indices of the eye contours. The iris of an eye gets the mean z of its contour.
LEFT_EYE_CONTOUR = [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173]
RIGHT_EYE_CONTOUR = [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398]

OPERATOR_NAMES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}


class Converter:
    """Translates one TFLite graph. A 4-D TFLite tensor (NHWC) is NCHW in ONNX; all others keep their layout."""

    def __init__(self, data: bytes):
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes = []
        self.initializers = {}
        self.constants = {}  # tensor index -> numpy array (layout of the source)
        self.custom_options = {}  # output tensor index of a custom operator -> its options
        for index in range(self.graph.TensorsLength()):
            self._read_constant(index)

    # -- reading ---------------------------------------------------------------------------------------------

    def _read_constant(self, index):
        tensor = self.graph.Tensors(index)
        buffer = self.model.Buffers(tensor.Buffer())
        if buffer.DataLength() == 0:
            return
        dtype = {0: np.float32, 1: np.float16, 2: np.int32}[tensor.Type()]
        self.constants[index] = buffer.DataAsNumpy().view(dtype).reshape(self.shape(index))

    def shape(self, index):
        tensor = self.graph.Tensors(index)
        return [int(n) for n in tensor.ShapeAsNumpy()] if tensor.ShapeLength() else []

    def tensor_named(self, name):
        for index in range(self.graph.TensorsLength()):
            if self.graph.Tensors(index).Name().decode() == name:
                return index
        raise KeyError(name)

    # -- writing ---------------------------------------------------------------------------------------------

    def node(self, kind, inputs, output=None, **attributes):
        """Appends a node and returns the name of its output."""
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, array, name=None):
        """An initialiser. f16 arrays are cast to f32 in the graph, so the file has two bytes for each weight."""
        array = np.ascontiguousarray(array)
        name = name or f"c{len(self.initializers)}"
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(array, name)
            if array.dtype == np.float16:
                self.node("Cast", [name], f"{name}_f32", to=TensorProto.FLOAT)
        return f"{name}_f32" if array.dtype == np.float16 else name

    def ints(self, values):
        return self.constant(np.asarray(values, np.int64))

    def floats(self, values):
        return self.constant(np.asarray(values, np.float32))

    def name(self, index):
        """ONNX name of a TFLite tensor: an activation, or a constant in the layout of the source."""
        return self.constant(self.constants[index], f"w{index}") if index in self.constants else f"t{index}"

    # -- operators -------------------------------------------------------------------------------------------

    def convert(self):
        for position in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(position)
            code = self.model.OperatorCodes(operator.OpcodeIndex())
            kind = OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if kind == "CUSTOM":
                kind = code.CustomCode().decode()
            inputs = [int(i) for i in operator.InputsAsNumpy()]
            output = int(operator.Outputs(0))
            method = getattr(self, f"op_{kind.lower()}", None)
            if method is None:
                raise NotImplementedError(f"the TFLite operator {kind} (number {position}) is not supported")
            method(operator, inputs, output)

    @staticmethod
    def _options(operator, kind):
        options = kind()
        options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
        return options

    def _pads(self, padding, size, kernel, stride):
        """TFLite SAME padding as ONNX pads [top, left, bottom, right]."""
        if padding == tflite.Padding.VALID:
            return [0, 0, 0, 0]
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, stride)]
        return [total[0] // 2, total[1] // 2, total[0] - total[0] // 2, total[1] - total[1] // 2]

    def _activate(self, activation, name, output):
        if activation == tflite.ActivationFunctionType.NONE:
            return
        if activation == tflite.ActivationFunctionType.RELU:
            self.node("Relu", [name], output)
        elif activation == tflite.ActivationFunctionType.RELU6:
            self.node("Clip", [name, self.floats(0), self.floats(6)], output)
        else:
            raise NotImplementedError(f"the fused activation {activation} is not supported")

    def _fused(self, kind, names, activation, output, **attributes):
        plain = activation == tflite.ActivationFunctionType.NONE
        made = self.node(kind, names, f"t{output}" if plain else None, **attributes)
        self._activate(activation, made, f"t{output}")

    def op_dequantize(self, operator, inputs, output):
        self.constants[output] = self.constants[inputs[0]]

    def op_conv_2d(self, operator, inputs, output):
        options = self._options(operator, tflite.Conv2DOptions)
        weight = self.constants[inputs[1]].transpose(0, 3, 1, 2)
        stride = [options.StrideH(), options.StrideW()]
        pads = self._pads(options.Padding(), self.shape(inputs[0])[1:3], weight.shape[2:], stride)
        names = [self.name(inputs[0]), self.constant(weight, f"w{inputs[1]}"), self.name(inputs[2])]
        self._fused("Conv", names, options.FusedActivationFunction(), output, strides=stride, pads=pads,
                    kernel_shape=list(weight.shape[2:]))

    def op_depthwise_conv_2d(self, operator, inputs, output):
        options = self._options(operator, tflite.DepthwiseConv2DOptions)
        weight = self.constants[inputs[1]].transpose(3, 0, 1, 2)
        stride = [options.StrideH(), options.StrideW()]
        pads = self._pads(options.Padding(), self.shape(inputs[0])[1:3], weight.shape[2:], stride)
        names = [self.name(inputs[0]), self.constant(weight, f"w{inputs[1]}"), self.name(inputs[2])]
        self._fused("Conv", names, options.FusedActivationFunction(), output, strides=stride, pads=pads,
                    kernel_shape=list(weight.shape[2:]), group=self.shape(inputs[0])[3])

    def op_convolution2dtransposebias(self, operator, inputs, output):
        padding, stride_width, stride_height = np.frombuffer(bytes(operator.CustomOptionsAsNumpy()), np.int32)
        weight = self.constants[inputs[1]].transpose(3, 0, 1, 2)  # [out, h, w, in] -> [in, out, h, w]
        if (stride_height, stride_width) != weight.shape[2:]:
            raise NotImplementedError("a transposed convolution with overlapping windows is not supported")
        self.node("ConvTranspose", [self.name(inputs[0]), self.constant(weight, f"w{inputs[1]}"), self.name(inputs[2])],
                  f"t{output}", strides=[int(stride_height), int(stride_width)])

    def _pool(self, kind, operator, inputs, output):
        options = self._options(operator, tflite.Pool2DOptions)
        kernel = [options.FilterHeight(), options.FilterWidth()]
        stride = [options.StrideH(), options.StrideW()]
        pads = self._pads(options.Padding(), self.shape(inputs[0])[1:3], kernel, stride)
        self._fused(kind, [self.name(inputs[0])], options.FusedActivationFunction(), output, kernel_shape=kernel,
                    strides=stride, pads=pads)

    def op_max_pool_2d(self, operator, inputs, output):
        self._pool("MaxPool", operator, inputs, output)

    def op_average_pool_2d(self, operator, inputs, output):
        self._pool("AveragePool", operator, inputs, output)

    def op_relu(self, operator, inputs, output):
        self.node("Relu", [self.name(inputs[0])], f"t{output}")

    def op_prelu(self, operator, inputs, output):
        slope = self.constants[inputs[1]].transpose(2, 0, 1)  # [1, 1, C] -> [C, 1, 1]
        self.node("PRelu", [self.name(inputs[0]), self.constant(slope, f"w{inputs[1]}")], f"t{output}")

    def op_hard_swish(self, operator, inputs, output):
        self.node("HardSwish", [self.name(inputs[0])], f"t{output}")

    def op_logistic(self, operator, inputs, output):
        self.node("Sigmoid", [self.name(inputs[0])], f"t{output}")

    def op_add(self, operator, inputs, output):
        options = self._options(operator, tflite.AddOptions)
        self._fused("Add", [self.name(i) for i in inputs], options.FusedActivationFunction(), output)

    def op_mul(self, operator, inputs, output):
        options = self._options(operator, tflite.MulOptions)
        self._fused("Mul", [self.name(i) for i in inputs], options.FusedActivationFunction(), output)

    def op_pad(self, operator, inputs, output):
        top, left = self.constants[inputs[1]].reshape(4, 2)[[0, 3, 1, 2]].T  # NHWC -> NCHW
        self.node("Pad", [self.name(inputs[0]), self.ints([*top, *left])], f"t{output}")

    def op_resize_bilinear(self, operator, inputs, output):
        options = self._options(operator, tflite.ResizeBilinearOptions)
        mode = ("align_corners" if options.AlignCorners()
                else "half_pixel" if options.HalfPixelCenters() else "asymmetric")
        _, height, width, channels = self.shape(output)
        self.node("Resize", [self.name(inputs[0]), "", "", self.ints([1, channels, height, width])], f"t{output}",
                  mode="linear", coordinate_transformation_mode=mode)

    def op_reshape(self, operator, inputs, output):
        name = self.name(inputs[0])
        if len(self.shape(inputs[0])) == 4:
            name = self.node("Transpose", [name], perm=[0, 2, 3, 1])
        shape = self.ints(self.shape(output))
        if len(self.shape(output)) == 4:
            name = self.node("Reshape", [name, shape])
            self.node("Transpose", [name], f"t{output}", perm=[0, 3, 1, 2])
        else:
            self.node("Reshape", [name, shape], f"t{output}")

    def op_concatenation(self, operator, inputs, output):
        options = self._options(operator, tflite.ConcatenationOptions)
        axis = options.Axis()
        if len(self.shape(output)) == 4:
            axis = [0, 2, 3, 1][axis]
        self.node("Concat", [self.name(i) for i in inputs], f"t{output}", axis=axis)

    def op_strided_slice(self, operator, inputs, output):
        """Supports only the identity, with which the source names an output."""
        if self.shape(inputs[0]) != self.shape(output):
            raise NotImplementedError("a strided slice that is not the identity is not supported")
        self.node("Identity", [self.name(inputs[0])], f"t{output}")

    def _row(self, points, index):
        """x, y of one landmark: [1, n, 3] -> two of [1, 1, 1]."""
        row = self.node("Gather", [points, self.ints(index)], axis=1)
        return [self.node("Gather", [row, self.ints([axis])], axis=2) for axis in (0, 1)]

    def op_landmarks2transformmatrix(self, operator, inputs, output):
        options = flexbuffers.Loads(bytes(operator.CustomOptionsAsNumpy()))
        if options["target_rotation_radians"] != 0:
            raise NotImplementedError("a target rotation is not supported")
        node, points = self.node, self.name(inputs[0])
        reshape = lambda name: node("Reshape", [name, self.ints([1])])
        left, right = self._row(points, options["left_rotation_idx"]), self._row(points, options["right_rotation_idx"])
        dx, dy = (reshape(node("Sub", [r, l])) for r, l in zip(right, left))
        length = node("Sqrt", [node("Add", [node("Mul", [dx, dx]), node("Mul", [dy, dy])])])
        cosine, sine = node("Div", [dx, length]), node("Div", [dy, length])
        # Axes of the crop, u along the line and v across it, and the extent of the region's landmarks along each.
        region = node("Gather", [points, self.ints(options["subset_idxs"])], axis=1)
        x, y = (node("Gather", [region, self.ints(axis)], axis=2) for axis in (0, 1))
        u = node("Add", [node("Mul", [x, cosine]), node("Mul", [y, sine])])
        v = node("Sub", [node("Mul", [y, cosine]), node("Mul", [x, sine])])
        centre, size = [], []
        for axis in (u, v):
            low, high = (reshape(node(kind, [axis])) for kind in ("ReduceMin", "ReduceMax"))
            centre.append(node("Mul", [node("Add", [low, high]), self.floats([0.5])]))
            size.append(node("Sub", [high, low]))
        scale_u = node("Mul", [size[0], self.floats([options["scale_x"] / options["output_width"]])])
        scale_v = node("Mul", [size[1], self.floats([options["scale_y"] / options["output_height"]])])
        # Grid (i, j) -> u = centre_u + scale_u (i - width / 2), v alike, then x = u cos - v sin, y = u sin + v cos.
        half = self.floats([options["output_width"] / 2]), self.floats([options["output_height"] / 2])
        origin_u = node("Sub", [centre[0], node("Mul", [scale_u, half[0]])])
        origin_v = node("Sub", [centre[1], node("Mul", [scale_v, half[1]])])
        minus_sine, zero, one = node("Neg", [sine]), self.floats([0]), self.floats([1])
        turn = lambda a, b, p, q: node("Add", [node("Mul", [a, p]), node("Mul", [b, q])])
        entries = [
            node("Mul", [cosine, scale_u]), node("Mul", [minus_sine, scale_v]), zero,
            turn(cosine, minus_sine, origin_u, origin_v),
            node("Mul", [sine, scale_u]), node("Mul", [cosine, scale_v]), zero, turn(sine, cosine, origin_u, origin_v),
            zero, zero, one, zero, zero, zero, zero, one,
        ]
        node("Reshape", [node("Concat", entries, axis=0), self.ints([1, 4, 4])], f"t{output}")

    def _affine(self, points, matrix):
        """[1, n, 2] points through the first two rows of a [1, 4, 4] matrix."""
        rows = self.node("Slice", [matrix, self.ints([0]), self.ints([2]), self.ints([1])])
        linear = self.node("Slice", [rows, self.ints([0]), self.ints([2]), self.ints([2])])
        shift = self.node("Slice", [rows, self.ints([3]), self.ints([4]), self.ints([2])])
        turned = self.node("MatMul", [points, self.node("Transpose", [linear], perm=[0, 2, 1])])
        return self.node("Add", [turned, self.node("Transpose", [shift], perm=[0, 2, 1])])

    def op_transformlandmarks(self, operator, inputs, output):
        self.node("Identity", [self._affine(self.name(inputs[0]), self.name(inputs[1]))], f"t{output}")

    def op_transformtensorbilinear(self, operator, inputs, output):
        _, in_height, in_width, _ = self.shape(inputs[0])
        _, height, width, channels = self.shape(output)
        j, i = np.mgrid[0:height, 0:width]
        cells = np.stack([i + 0.5, j + 0.5], -1).reshape(1, -1, 2)
        points = self._affine(self.floats(cells), self.name(inputs[1]))  # continuous, pixel centres at k + 0.5
        size = self.floats([in_width, in_height])
        grid = self.node("Sub", [self.node("Mul", [points, self.node("Div", [self.floats([2.0]), size])]),
                                 self.floats([1.0])])
        grid = self.node("Reshape", [grid, self.ints([1, height, width, 2])])
        sampled = self.node("GridSample", [self.name(inputs[0]), grid], mode="bilinear", padding_mode="zeros",
                            align_corners=0)
        # The source returns zero beyond the outermost pixel centres; GridSample fades over half a pixel.
        inside = self.node("And", [
            self.node("GreaterOrEqual", [points, self.floats([0.5, 0.5])]),
            self.node("LessOrEqual", [points, self.floats([in_width - 0.5, in_height - 0.5])])])
        inside = self.node("ReduceMin", [self.node("Cast", [inside], to=TensorProto.FLOAT)], axes=[2], keepdims=0)
        mask = self.node("Reshape", [inside, self.ints([1, 1, height, width])])
        self.node("Mul", [sampled, mask], f"t{output}")

    # -- the file --------------------------------------------------------------------------------------------

    def save(self, path, input_size, outputs, about):
        graph = helper.make_graph(
            self.nodes, path.stem,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, input_size, input_size])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
            list(self.initializers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
                                  producer_name="talking-portrait training/face_nets.py")
        helper.set_model_props(model, {"licence": LICENCE, "about": about})
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {len(self.nodes)} nodes")


def convert_detector(data, path):
    c = Converter(data)
    centred = c.node("Mul", ["image", c.floats(2.0)])  # the source takes -1 ... 1
    c.node("Sub", [centred, c.floats(1.0)], f"t{int(c.graph.Inputs(0))}")
    c.convert()
    c.node("Reshape", [f"t{c.tensor_named('regressors')}", c.ints([896, 16])], "regressors")
    c.node("Reshape", [f"t{c.tensor_named('classificators')}", c.ints([896])], "logits")
    c.save(path, 128, [("regressors", [896, 16]), ("logits", [896])],
           "face detector: BlazeFace, short range (Bazarevsky et al. 2019)")


def convert_landmarks(data, path):
    c = Converter(data)
    c.node("Identity", ["image"], f"t{int(c.graph.Inputs(0))}")
    c.convert()
    mesh = c.node("Reshape", [f"t{c.tensor_named('output_mesh_identity')}", c.ints([468, 3])])
    heads = {n: c.node("Reshape", [f"t{c.tensor_named(f'output_{n}')}", c.ints([-1, 2])])
             for n in ("lips", "left_eye", "right_eye", "left_iris", "right_iris")}
    # The options of the crops list the mesh index of every point of a head.
    subsets = {}
    for position in range(c.graph.OperatorsLength()):
        operator = c.graph.Operators(position)
        code = c.model.OperatorCodes(operator.OpcodeIndex()).CustomCode()
        if code == b"Landmarks2TransformMatrix":
            options = flexbuffers.Loads(bytes(operator.CustomOptionsAsNumpy()))
            name = {61: "lips", 33: "left_eye", 362: "right_eye"}[options["left_rotation_idx"]]
            subsets[name] = options["subset_idxs"]
    xy = c.node("Slice", [mesh, c.ints([0]), c.ints([2]), c.ints([1])])
    z = c.node("Slice", [mesh, c.ints([2]), c.ints([3]), c.ints([1])])
    for name, indices in subsets.items():
        xy = c.node("ScatterND", [xy, c.ints(np.reshape(indices, (-1, 1))), heads[name]])
    iris_z = []
    for contour in (LEFT_EYE_CONTOUR, RIGHT_EYE_CONTOUR):
        mean = c.node("ReduceMean", [c.node("Gather", [z, c.ints(contour)], axis=0)], axes=[0], keepdims=1)
        iris_z.append(c.node("Expand", [mean, c.ints([5, 1])]))
    xy = c.node("Concat", [xy, heads["left_iris"], heads["right_iris"]], axis=0)
    z = c.node("Concat", [z, *iris_z], axis=0)
    c.node("Concat", [xy, z], "landmarks", axis=1)
    flag = c.node("Reshape", [f"t{c.tensor_named('conv_faceflag')}", c.ints([1])])
    c.node("Sigmoid", [flag], "presence")
    c.save(path, 192, [("landmarks", [478, 3]), ("presence", [1])],
           "face landmarks: Attention Mesh, 478 points (Grishchenko et al. 2020)")


def convert_matte(data, path):
    c = Converter(data)
    c.node("Identity", ["image"], f"t{int(c.graph.Inputs(0))}")
    c.convert()
    c.node("Reshape", [f"t{int(c.graph.Outputs(0))}", c.ints([256, 256])], "matte")
    c.save(path, 256, [("matte", [256, 256])], "person matte: MediaPipe Selfie Segmentation, general model")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=pathlib.Path, help="mediapipe-0.10.21-*.whl")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("models"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(arguments.wheel) as wheel:
        convert_detector(wheel.read(MODULES + "face_detection/face_detection_short_range.tflite"),
                         arguments.out / "face-detector.onnx")
        convert_landmarks(wheel.read(MODULES + "face_landmark/face_landmark_with_attention.tflite"),
                          arguments.out / "face-landmarks.onnx")
        convert_matte(wheel.read(MODULES + "selfie_segmentation/selfie_segmentation.tflite"),
                      arguments.out / "person-matte.onnx")


if __name__ == "__main__":
    main()
