"""Makes training checkpoints from the shipped weights, so that training can continue from them.

    python training/restore.py [--models models] [--work training/work]

Writes WORK/vq.pt, WORK/shipped_encoder.pt and WORK/shipped_motion.pt for `--start shipped_encoder` and `--start shipped_motion`.
The shipped weights lack the task heads of the encoder (train_encoder.py trains them first, with the encoder fixed), the
states of the optimisers, and f32 precision (they are f16).
"""
import argparse
import json
import pathlib

import numpy as np
import torch
from safetensors import safe_open

from encoder_model import AudioEncoder, EncoderConfig
from export import BLINK_RELUCTANCE, closed_lids, stored_name
from face_basis import FaceBasis
from motion_model import LEVEL_TEMPERATURE, MotionConfig, MotionTransformer, ResidualVq
from residual_vq import (EYE_CODES, EYE_KEYPOINTS, EYE_LEVEL, LIP_CODES, LIP_KEYPOINTS, POSE_CODES, POSE_WEIGHT, columns,
                         face_gram, metric)

ROOT = pathlib.Path(__file__).resolve().parent.parent


def read(path):
    with safe_open(path, 'pt') as f:
        return {k: f.get_tensor(k).float() for k in f.keys()}, json.loads(f.metadata()['config'])


def encode_map(decode, basis):
    """The encoder side [c, 70] that belongs to decode [70, c]: the projection along the metric of the face."""
    mouth, eyes = metric(basis)
    lip, eye, pose = columns(LIP_KEYPOINTS), columns(EYE_KEYPOINTS), np.arange(63, len(decode))
    encode, at = np.zeros(decode.T.shape), 0
    for cols, rows, count in ((lip, mouth @ basis.to_expressions[:, lip], LIP_CODES),
                              (eye, eyes @ basis.to_expressions[:, eye], EYE_CODES), (pose, np.diag(POSE_WEIGHT), POSE_CODES)):
        d, gram = decode[cols, at:at + count], face_gram(rows)
        encode[at:at + count, cols] = np.linalg.solve(d.T @ gram @ d, d.T @ gram)
        at += count
    return encode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--models', type=pathlib.Path, default=ROOT / 'models')
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)

    tensors, config = read(args.models / 'motion.safetensors')
    vq = {k.removeprefix('vq.'): v for k, v in tensors.items() if k.startswith('vq.')}
    encode = encode_map(vq['decode'].numpy().astype(np.float64), FaceBasis(FaceBasis.default_path()))
    torch.save(dict(vq, encode=torch.tensor(encode), sets='shipped'), args.work / 'vq.pt')

    config = MotionConfig(**config)
    transformer = MotionTransformer(config)
    shipped = {name: tensors[stored_name(name)].view_as(value) for name, value in transformer.state_dict().items()}
    # inverts the scaling of the logits in export.load_models
    sharpness = config.temperature / torch.tensor(LEVEL_TEMPERATURE)
    shipped['depth.out_bias'][EYE_LEVEL, closed_lids(ResidualVq(**vq))] += BLINK_RELUCTANCE * sharpness[EYE_LEVEL]
    shipped['depth.out'] /= sharpness[:, None, None]
    shipped['depth.out_bias'] /= sharpness[:, None]
    transformer.load_state_dict(shipped)
    torch.save(dict(config=config.to_json(), model=transformer.state_dict(), encoder='shipped_encoder'), args.work / 'shipped_motion.pt')

    tensors, config = read(args.models / 'audio-encoder.safetensors')
    articulation = tensors.pop('articulation.weight'), tensors.pop('articulation.bias')
    config = EncoderConfig(**{k: config[k] for k in EncoderConfig.__dataclass_fields__})
    encoder = AudioEncoder(config)
    encoder.load_state_dict(tensors)
    torch.save(dict(config=dict(config.__dict__), model=encoder.state_dict(), articulation=articulation), args.work / 'shipped_encoder.pt')
    print('vq.pt, shipped_encoder.pt, shipped_motion.pt written')


if __name__ == '__main__':
    main()
