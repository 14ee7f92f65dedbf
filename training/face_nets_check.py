"""Compares the converted face networks with MediaPipe itself, and writes the golden landmarks of the browser test.

    python training/face_nets_check.py --models models --golden test/goldens/face-landmarks.json \\
        --task face_landmarker.task demo/portraits/*.jpg ../shared/data/portraits/*.*g

It compares on every picture: the detector with the TFLite interpreter (largest difference of the raw outputs), the matte
with MediaPipe's Selfie Segmentation (largest difference, 0 ... 1), and the landmarks with MediaPipe's Face Mesh with
`refine_landmarks` on the crop that MediaPipe takes (largest and mean distance in px of the picture).

For each picture the golden file holds `size`, and x, y of the 478 landmarks in tenths of a pixel from Face Mesh (`mesh`,
the converted network) and from the newer Face Landmarker task (`landmarker`, another network). Null means that no face
was found.

Needs: mediapipe 0.10.21 (the detector is also read from its wheel), ai-edge-litert, onnxruntime, opencv-python, numpy.
"""

import argparse
import json
import pathlib

import cv2
import mediapipe as mp
import numpy as np
import onnxruntime as ort
from ai_edge_litert.interpreter import Interpreter

CROP = 192
DETECTOR = "modules/face_detection/face_detection_short_range.tflite"
ABOUT = "MediaPipe landmarks of still pictures, x y in 0.1 px; written by training/face_nets_check.py"


def planes(rgb):
    return np.ascontiguousarray((rgb.astype(np.float32) / 255).transpose(2, 0, 1)[None])


def detector_difference(session, interpreter, rgb):
    small = cv2.resize(rgb, (128, 128), interpolation=cv2.INTER_AREA)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], (small.astype(np.float32) / 127.5 - 1)[None])
    interpreter.invoke()
    expected = {d["name"]: interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()}
    regressors, logits = session.run(["regressors", "logits"], {"image": planes(small)})
    return max(np.abs(regressors - expected["regressors"][0]).max(), np.abs(logits - expected["classificators"][0, :, 0]).max())


def matte_difference(session, rgb):
    small = cv2.resize(rgb, (256, 256), interpolation=cv2.INTER_AREA)
    with mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as segmentation:
        expected = segmentation.process(small).segmentation_mask
    return np.abs(expected - session.run(["matte"], {"image": planes(small)})[0]).max()


def mesh_landmarks(rgb):
    """[478, 3] px, or None."""
    height, width = rgb.shape[:2]
    with mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True) as mesh:
        found = mesh.process(rgb).multi_face_landmarks
    return found and np.array([[p.x * width, p.y * height, p.z * width] for p in found[0].landmark])


def own_landmarks(session, rgb):
    """As mesh_landmarks, with the converted network on the crop that MediaPipe's graph takes; pixel centres are whole numbers."""
    height, width = rgb.shape[:2]
    with mp.solutions.face_detection.FaceDetection(model_selection=0) as detection:
        location = detection.process(rgb).detections[0].location_data
    box, eyes = location.relative_bounding_box, location.relative_keypoints
    side = 1.5 * max(box.width * width, box.height * height)
    angle = np.arctan2((eyes[1].y - eyes[0].y) * height, (eyes[1].x - eyes[0].x) * width)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * side / CROP
    centre = np.array([(box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height])
    matrix = np.c_[turn, centre - turn @ [CROP / 2, CROP / 2]]
    crop = cv2.warpAffine(rgb, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)
    landmarks = session.run(["landmarks"], {"image": planes(crop)})[0]
    return landmarks[:, :2] @ turn.T + matrix[:, 2]


def task_landmarks(task, rgb):
    height, width = rgb.shape[:2]
    found = task.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)).face_landmarks
    return found and np.array([[p.x * width, p.y * height] for p in found[0]])


def tenths(points):
    return None if points is None or len(points) == 0 else np.rint(points[:, :2] * 10).astype(int).ravel().tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=pathlib.Path, nargs="+")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path("models"))
    parser.add_argument("--task", type=pathlib.Path, required=True, help="face_landmarker.task")
    parser.add_argument("--golden", type=pathlib.Path)
    arguments = parser.parse_args()
    sessions = {n: ort.InferenceSession(arguments.models / f"{n}.onnx") for n in ("face-detector", "face-landmarks", "person-matte")}
    interpreter = Interpreter(str(pathlib.Path(mp.__file__).parent / DETECTOR))
    interpreter.allocate_tensors()
    options = mp.tasks.vision.FaceLandmarkerOptions(mp.tasks.BaseOptions(str(arguments.task)))
    task = mp.tasks.vision.FaceLandmarker.create_from_options(options)
    golden = {}
    for path in arguments.pictures:
        rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        mesh = mesh_landmarks(rgb)
        line = (f"{path.name}: detector {detector_difference(sessions['face-detector'], interpreter, rgb):.1e}, "
                f"matte {matte_difference(sessions['person-matte'], rgb):.1e}")
        if mesh is not None:
            distance = np.linalg.norm(own_landmarks(sessions["face-landmarks"], rgb) - mesh[:, :2], axis=1)
            line += f", landmarks {distance.max():.3f} max {distance.mean():.3f} mean px"
        print(line)
        golden[path.name] = {"size": [rgb.shape[1], rgb.shape[0]], "mesh": tenths(mesh), "landmarker": tenths(task_landmarks(task, rgb))}
    if arguments.golden:
        arguments.golden.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"    {json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in golden.items()]
        arguments.golden.write_text('{\n  "about": ' + json.dumps(ABOUT) + ',\n  "pictures": {\n' + ",\n".join(rows) + "\n  }\n}\n")


if __name__ == "__main__":
    main()
