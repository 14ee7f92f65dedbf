"""Averages the weights of two checkpoints of one lineage.

The mean is about as good as the better checkpoint on what that one was trained for, and keeps more of what the other one
does better (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).

    python training/average.py FIRST SECOND OUT --share 0.7 [--encoder NAME] [--work training/work]

Writes (1 - share) FIRST + share SECOND into WORK/OUT.pt, including the task heads if both have them. For a motion
checkpoint, --encoder names the encoder that it belongs to: the same mean of the two encoders.
"""
import argparse
import pathlib

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent


def mean(first, second, share):
    return {k: torch.lerp(first[k], second[k], share) for k in second}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('first')
    parser.add_argument('second')
    parser.add_argument('out')
    parser.add_argument('--share', type=float, default=0.7)
    parser.add_argument('--encoder')
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    args = parser.parse_args()
    first, second = (torch.load(args.work / f'{name}.pt', weights_only=False) for name in (args.first, args.second))
    saved = dict(config=second['config'], model=mean(first['model'], second['model'], args.share))
    if 'heads' in first and 'heads' in second:
        saved['heads'] = mean(first['heads'], second['heads'], args.share)
    if args.encoder:
        saved['encoder'] = args.encoder
    torch.save(saved, args.work / f'{args.out}.pt')


if __name__ == '__main__':
    main()
