"""Smoke test of the whole training: every stage on ten clips, into a scratch folder, in minutes.

    python training/smoke.py [--clips 10] [--minutes 0.5] [--data ../shared/data] [--out FOLDER]

Runs motion codes, phones, teacher, voices, residual VQ, audio encoder, motion transformer, export and evaluation in turn,
with the commands of training/README.md and smaller sizes. The audio encoder is killed (SIGKILL) after its first checkpoint
and started again: it must resume from there. The script prints the time of each stage, stops at the first one that fails,
and shows the end of its log. The resulting weights are useless. It does nothing if the data or a synthesiser is missing.
"""
import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Voices without a large download, and the program that speaks each.
SYNTHESISERS = {'espeak': 'espeak-ng', 'flite': 'flite'}
KILL_AFTER_S = 600  # without a checkpoint by then, the test fails


class Stages:
    def __init__(self, out):
        self.out, self.took = out, []

    def command(self, script, *args):
        return [sys.executable, str(ROOT / 'training' / script), *map(str, args)]

    def run(self, name, script, *args):
        begun, log = time.time(), self.out / f'{name.replace(" ", "-")}.log'
        with open(log, 'w') as f:
            code = subprocess.run(self.command(script, *args), stdout=f, stderr=subprocess.STDOUT).returncode
        self.took.append((name, time.time() - begun))
        print(f'{name:24s}{self.took[-1][1]:7.0f} s', flush=True)
        if code != 0:
            print('\n'.join(log.read_text().splitlines()[-25:]))
            raise SystemExit(f'{name} failed; the whole log is in {log}')

    def run_killed(self, name, checkpoint, script, *args):
        """Starts the stage, kills it at its first checkpoint and starts it again. It must resume from there."""
        with open(self.out / f'{name}-killed.log', 'w') as f:
            process = subprocess.Popen(self.command(script, *args), stdout=f, stderr=subprocess.STDOUT)
            begun = time.time()
            while not checkpoint.exists() and process.poll() is None and time.time() - begun < KILL_AFTER_S:
                time.sleep(0.2)
            process.send_signal(signal.SIGKILL)
            process.wait()
        if not checkpoint.exists():
            raise SystemExit(f'{name} wrote no checkpoint before it was killed; see {f.name}')
        if process.returncode != -signal.SIGKILL:
            raise SystemExit(f'{name} ended before it could be killed; see {f.name}')
        killed = torch.load(checkpoint, weights_only=False)
        self.run(name, script, *args)
        ended = torch.load(checkpoint, weights_only=False)
        steps = [line for line in (self.out / f'{name}.log').read_text().splitlines() if line.startswith('{"step"')]
        first = int(steps[0].split(':')[1].split(',')[0])
        print(f'    killed at step {killed["step"]} ({killed["spent"]:.0f} s), went on to step {ended["step"]} ({ended["spent"]:.0f} s)')
        if not (ended['step'] > killed['step'] and first > killed['step'] and ended['spent'] > killed['spent']):
            raise SystemExit(f'{name} did not resume from its checkpoint')


def missing(data):
    if not (data / 'grid-s1/tracks.npz').exists():
        return f'no data in {data} (--data)'
    if not shutil.which('ffmpeg'):
        return 'no ffmpeg'
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--clips', type=int, default=10)
    parser.add_argument('--minutes', type=float, default=0.5, help='time budget of each of the two trainings')
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--out', type=pathlib.Path, help='scratch folder (default: a temporary one, removed at the end)')
    args = parser.parse_args()
    why = missing(args.data)
    if why:
        print(f'skipped: {why}')
        return
    out = args.out or pathlib.Path(tempfile.mkdtemp(prefix='talking-portrait-smoke-'))
    work, models, goldens = out / 'work', out / 'models', out / 'goldens'
    for folder in (work, models, goldens):
        folder.mkdir(parents=True, exist_ok=True)
    stages, begun = Stages(out), time.time()
    place, data, few = ('--work', work), ('--data', args.data), ('--limit', args.clips)
    training = (*place, *data, '--minutes', args.minutes)
    stages.run('motion codes', 'motion_codes.py', *place, *data, *few)
    stages.run('phones', 'align_phones.py', *place, *data, *few)
    stages.run('teacher', 'phone_motion.py', *place, *data, *few, '--steps', 4, '--models', 1)
    sources = [source for source, program in SYNTHESISERS.items() if shutil.which(program)]
    for source in set(SYNTHESISERS) - set(sources):
        print(f'skipped: voices of {source}, {SYNTHESISERS[source]} is not installed')
    sets = 'grid_s1:1'
    if sources:
        stages.run('voices', 'voices.py', 'make', *place, *data, *few, '--sources', ','.join(sources))
        stages.run('voices assembled', 'voices.py', 'assemble', *place, *data, *few, '--sources', ','.join(sources))
        sets = 'grid_s1:0.5,voices:0.5'
    stages.run('residual VQ', 'residual_vq.py', *place)
    stages.run_killed('encoder', work / 'encoder.pt', 'train_encoder.py', *training, '--sets', sets, '--save-every',
                      60 * args.minutes / 3)
    stages.run('motion', 'train_motion.py', *training, '--sets', sets)
    if sources:
        stages.run('export', 'export.py', *place, '--models', models, '--goldens', goldens)
    else:
        print('skipped: export, whose articulation is fitted on voices')
    stages.run('evaluation', 'evaluate_motion.py', *place, *data)
    print(f'every stage ran, {(time.time() - begun) / 60:.1f} minutes')
    if not args.out:
        shutil.rmtree(out)


if __name__ == '__main__':
    main()
