"""Writes models/manifest.json: size, SHA-256, licence and purpose of every shipped model file.

    python training/manifest.py

Licence and purpose come from the file (`licence` and `about` in the metadata of a safetensors file, properties of the same
names in an ONNX model) or from the table KNOWN. A file that has neither is an error.
"""
import hashlib
import json
import pathlib
import struct

import onnx

MODELS = pathlib.Path(__file__).resolve().parent.parent / 'models'
SUFFIXES = ('.safetensors', '.onnx')
# Files whose scripts do not write the properties: name -> { licence, about }.
KNOWN = {
    'face-model.safetensors': {'about': 'statistical 3-D face: mesh, modes, keypoints'},
}


def metadata(path):
    """Key-value metadata of the file."""
    if path.suffix == '.onnx':
        return {p.key: p.value for p in onnx.load(path, load_external_data=False).metadata_props}
    with open(path, 'rb') as f:
        size, = struct.unpack('<Q', f.read(8))
        return json.loads(f.read(size)).get('__metadata__', {})


def write(folder=MODELS):
    files = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES):
        meta = {**KNOWN.get(path.name, {}), **metadata(path)}
        for key in ('licence', 'about'):
            if key not in meta:
                raise SystemExit(f'{path.name} has no "{key}" in its metadata. Write it in the script that makes the file, or add the file to KNOWN.')
        data = path.read_bytes()
        files[path.name] = {'bytes': len(data), 'sha256': hashlib.sha256(data).hexdigest(),
                            'licence': meta['licence'], 'about': meta['about']}
    (folder / 'manifest.json').write_text(json.dumps({'version': 1, 'files': files}, indent=2) + '\n')
    return files


if __name__ == '__main__':
    files = write()
    print(f'{len(files)} files, {sum(f["bytes"] for f in files.values()) / 1e6:.2f} MB')
