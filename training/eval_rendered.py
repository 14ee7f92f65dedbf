"""Lip-sync figures of the shipped weights on rendered video: drawn, tracked again, compared with the real speakers.

    python training/eval_rendered.py --portrait astronaut.png --track-face DIR [--manifest M] [--out DIR] [--json out.json]
                                     [--ids a,b,...] [--groups grid_other,continuous] [--size 512] [--backend auto]

For every clip of the manifest (default ../shared/data/eval-dev/manifest.json): `node cli/main.mjs render`, then
track-face.mjs (a folder with its npm packages installed, see its first lines), then lipsync_eval.py `batch`. What
is rendered or tracked already in --out is kept, so that the command can be stopped and repeated. The baselines
beside the table are the evaluator's figures for other methods on the same clips.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# r_speech of the aperture on GRID s1, other GRID speakers, continuous speech.
BASELINES = {'wawa-lipsync': (-0.04, -0.11, 0.14), 'HeadAudio': (0.10, -0.01, -0.03), 'energy envelope': (0.33, 0.30, -0.03),
             'ridge regression (s1)': (0.70, 0.49, 0.22)}
BASELINE_GROUPS = ('grid_s1', 'grid_other', 'continuous')


def run(command, **kwargs):
    done = subprocess.run([str(c) for c in command], **kwargs)
    if done.returncode != 0:
        raise SystemExit(f'failed: {" ".join(map(str, command))}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = pathlib.Path(os.environ.get('TALKING_PORTRAIT_DATA', ROOT / '../shared/data'))
    parser.add_argument('--manifest', type=pathlib.Path, default=data / 'eval-dev/manifest.json')
    parser.add_argument('--portrait', type=pathlib.Path, default=data / 'portraits/astronaut.png')
    parser.add_argument('--track-face', type=pathlib.Path, default=os.environ.get('TRACK_FACE'),
                        help='folder of track-face.mjs with its packages installed; or TRACK_FACE')
    parser.add_argument('--model', type=pathlib.Path, default=data / 'models/face_landmarker.task')
    parser.add_argument('--evaluator', type=pathlib.Path, default=data / '../tools/lipsync_eval.py')
    parser.add_argument('--out', type=pathlib.Path, default=ROOT / 'out/eval')
    parser.add_argument('--json', type=pathlib.Path)
    parser.add_argument('--groups')
    parser.add_argument('--ids')
    parser.add_argument('--size', default='512')
    parser.add_argument('--seed', default='1')
    parser.add_argument('--backend', default='auto')
    args = parser.parse_args()
    if not args.track_face:
        raise SystemExit('say where track-face.mjs is with --track-face or TRACK_FACE')
    base = args.manifest.resolve().parent
    entries = json.loads(args.manifest.read_text())
    if args.groups:
        entries = [e for e in entries if e['group'] in args.groups.split(',')]
    if args.ids:
        entries = [e for e in entries if e['id'] in args.ids.split(',')]
    videos, tracks = args.out / 'video', args.out / 'tracks'
    videos.mkdir(parents=True, exist_ok=True)
    tracks.mkdir(parents=True, exist_ok=True)
    for i, e in enumerate(entries):
        video = videos / f"{e['id']}.mp4"
        if not video.exists():
            print(f"[{i + 1}/{len(entries)}] {e['id']}", flush=True)
            part = video.with_suffix('.part.mp4')
            run(['node', ROOT / 'cli/main.mjs', 'render', '--portrait', args.portrait, '--audio', base / e['audio'], '--out', part,
                 '--size', args.size, '--seed', args.seed, '--backend', args.backend, '--motion', video.with_suffix('.json')])
            part.rename(video)
    missing = [videos / f"{e['id']}.mp4" for e in entries if not (tracks / f"{e['id']}.f32").exists()]
    if missing:
        run(['node', args.track_face / 'track-face.mjs', '--model', args.model.resolve(), '--out', tracks.resolve(), *[v.resolve() for v in missing]])
    judged = []
    for e in entries:
        paths = {k: str(base / e[k]) for k in ('real', 'audio', 'phones') if k in e}
        size = json.loads((tracks / f"{e['id']}.json").read_text())['size']
        judged.append({**e, **paths, 'pred': str((tracks / f"{e['id']}.f32").resolve()), 'pred_size': size})
    manifest = args.out / 'manifest.json'
    manifest.write_text(json.dumps(judged, indent=1))
    result = args.json or args.out / 'scores.json'
    run([sys.executable, args.evaluator, 'batch', manifest, '--json', result])
    scores = json.loads(result.read_text())
    groups = [g for g in BASELINE_GROUPS if g in scores]
    print(f'\nr_speech of the aperture{"":8s}' + ''.join(f'{g:>12s}' for g in groups))
    rows = {'this model': [scores[g]['measures']['r_speech']['value'] for g in groups],
            **{k: [v[BASELINE_GROUPS.index(g)] for g in groups] for k, v in BASELINES.items()}}
    for name, values in rows.items():
        print(f'{name:32s}' + ''.join(f'{v:12.2f}' for v in values))


if __name__ == '__main__':
    main()
