"""Last stage: writes checkpoints into models/ (safetensors + ONNX), checks both against PyTorch, and writes the goldens of the tests.

    python training/export.py [--work training/work] [--random]

Reads WORK/motion.pt, the encoder it was trained with, and WORK/vq.pt. `--random` exports untrained weights of the same
shapes, for work on the backends without a training. Weights are rounded to f16 first, so that checks and goldens use
exactly the shipped weights. Fails if onnxruntime and PyTorch differ.
"""
import argparse
import json
import pathlib

import numpy as np
import onnxruntime
import torch
from safetensors.numpy import save_file

import articulation
import encoder_graph
import manifest
import motion_graph
from encoder_model import MEL_PER_FRAME, AudioEncoder, EncoderConfig
from face_basis import FaceBasis
from features import log_mel
from motion_model import LATENT_SIZE, LEVEL_TEMPERATURE, MotionConfig, MotionTransformer, ResidualVq, gumbel_noise
from residual_vq import EYE_LEVEL, LIP_KEYPOINTS, columns
from weights_file import round_to_half, write_safetensors

ROOT = pathlib.Path(__file__).resolve().parent.parent
LICENCE = ('MIT; trained in part on the GRID corpus (Cooke, Barker, Cunningham, Shao 2006); all data and '
           'attributions in docs/models and NOTICE')
STEPS = 100
TOLERANCE = 2e-4  # f32 against f32, summed in a different order
GOLDEN_SEED = 7
# If the two best logits are closer than this, correct backends may choose differently, and a golden would test chance.
LEAST_MARGIN = 1e-3
GOLDEN_FRAMES = 32
# Defaults of the sampler.
SAMPLING = dict(temperature=0.7, topK=160)
# Subtracted from the logits of codes with closed and half-closed lids (open by less than HALF_CLOSED), because the speaker
# of the training data blinks 48 times a minute and sometimes for half a second. With it, rendered video of the three groups
# of eval-dev blinks 15 to 54 times a minute (people 24 to 42).
BLINK_RELUCTANCE = 0.9
HALF_CLOSED = 0.7
# Rate of the lips in the recursion of the decoder, s += rate (m - s). A rate above 1 is a lead: s = rate m - (rate - 1) s_previous.
# The training mouths come from a tracker that smooths over time (a tracked rendering is 10 to 25 ms late, a rate of .6 to .8),
# so the learned motion is late and smooth; the lead compensates for that.
LIP_RATE = 1.4


def load_models(work, random):
    torch.manual_seed(0)
    if random:
        encoder, config = AudioEncoder(), MotionConfig()
        transformer, vq = MotionTransformer(config), ResidualVq.random(config)
        transformer.depth.out.data *= 8  # otherwise an untrained head has many near ties
        n = len(articulation.TARGETS)
        read_out = torch.randn(n, encoder.config.embeddingSize) * 0.05, torch.zeros(n)
    else:
        saved = torch.load(work / 'motion.pt', weights_only=False)
        config = MotionConfig(**{**saved['config'], **SAMPLING})
        transformer = MotionTransformer(config)
        transformer.load_state_dict(saved['model'])
        sharpness = config.temperature / torch.tensor(LEVEL_TEMPERATURE)
        transformer.depth.out.data *= sharpness[:, None, None]
        transformer.depth.out_bias.data *= sharpness[:, None]
        path = work / f"{saved['encoder']}.pt"
        read_out = articulation.read_out(path, work)
        saved = torch.load(path, weights_only=False)
        encoder = AudioEncoder(EncoderConfig(**saved['config']))
        encoder.load_state_dict(saved['model'])
        saved = torch.load(work / 'vq.pt', weights_only=False)
        vq = ResidualVq(**{k: saved[k] for k in ('codebooks', 'mean', 'decode', 'smoothing')})
        vq.smoothing[columns(LIP_KEYPOINTS)] = LIP_RATE
        transformer.depth.out_bias.data[EYE_LEVEL, closed_lids(vq)] -= BLINK_RELUCTANCE * sharpness[EYE_LEVEL]
    return [round_to_half(m).eval() for m in (encoder, transformer, vq)] + [[t.half().float() for t in read_out]]


def closed_lids(vq):
    """bool [K]: codes of the eye level whose lids are open by less than HALF_CLOSED. A blink begins and ends with them."""
    basis = FaceBasis(FaceBasis.default_path())
    tokens = torch.zeros(vq.codebooks.shape[1], vq.codebooks.shape[0], dtype=torch.long)
    tokens[:, EYE_LEVEL] = torch.arange(len(tokens))
    lids = basis.lids(vq.decode_frames(tokens).numpy()[:, :63] @ basis.to_expressions.T)
    return torch.tensor(lids < HALF_CLOSED * np.percentile(lids, 80))


def encoder_tensors(encoder, read_out):
    weight, bias = read_out
    return {**{k: v.numpy() for k, v in encoder.state_dict().items()},
            'articulation.weight': weight.numpy(), 'articulation.bias': bias.numpy()}


def stored_name(k):
    """Name of a parameter of the motion transformer in the weights file."""
    k = k.replace('depth.inp', 'depth.in').replace('.qkv', '.qkv.weight').replace('.gate_up', '.gate_up.weight')
    k = k.replace('.down', '.down.weight')
    if k.startswith('layers') and k.endswith('.out'):
        k += '.weight'
    return k.replace('.weight', '') if k.startswith('depth.') else k


def motion_tensors(transformer, vq):
    return {**{stored_name(k): v.numpy() for k, v in transformer.state_dict().items()},
            **{f'vq.{k}': v.numpy() for k, v in vq.state_dict().items()}}


def synthetic_voice(seconds, seed):
    """A sound with the structure of speech: gliding harmonics through moving resonances, with pauses and hiss."""
    rng = np.random.default_rng(seed)
    n = int(seconds * 16000)
    t = np.arange(n) / 16000
    knots = rng.uniform(0, 1, (6, int(seconds * 6) + 2))
    curve = lambda i: np.interp(t, np.arange(knots.shape[1]) / 6, knots[i])
    phase = 2 * np.pi * np.cumsum(90 + 120 * curve(0)) / 16000
    out = np.zeros(n)
    for h in range(1, 24):
        f = h * (90 + 120 * curve(0))
        gain = sum(np.exp(-((f - c) / 180) ** 2) for c in (300 + 600 * curve(1), 900 + 1400 * curve(2)))
        out += gain * np.sin(h * phase) / h ** 0.5
    voiced = curve(3) > 0.35
    out = out * np.convolve(voiced, np.ones(400) / 400, 'same') + 0.02 * rng.normal(size=n) * (curve(4) > 0.7)
    return (0.2 * out / np.abs(out).max() + 1e-4 * rng.normal(size=n)).astype(np.float32)


@torch.no_grad()
def run_encoder(encoder, mel, delay, session=None):
    """Embeddings [n, D] and speech [n], step by step, from PyTorch or from an onnxruntime session."""
    states = encoder.initial_states()
    names = [s for s, _ in EncoderConfig.state_list(encoder.config)]
    one_hot = torch.zeros(1, encoder.config.lookaheadFrames + 1)
    one_hot[0, delay] = 1
    arrays = [s[0].numpy() for s in states]
    embeddings, speech = [], []
    for block in mel.reshape(-1, 1, MEL_PER_FRAME, mel.shape[-1]):
        if session is None:
            e, p, states = encoder.step(torch.tensor(block), one_hot, states)
            e, p = e.numpy(), p.numpy()
        else:
            feed = dict(zip(names, arrays), mel=block, delay=one_hot.numpy())
            e, p, *arrays = session.run(['embedding', 'speech'] + [f'{n}_out' for n in names], feed)
        embeddings.append(e[0])
        speech.append(p[0])
    return np.array(embeddings), np.array(speech)


@torch.no_grad()
def run_motion(transformer, vq, embeddings, seed=None, session=None):
    """Tokens [n, L], logits [n, L, K] (PyTorch only) and latents [n, 70]; greedy without a seed."""
    c = transformer.config
    tokens, logits, latents = [], [], []
    previous = np.zeros(c.levels, np.int32)
    cache, state = transformer.initial_cache(), np.zeros(LATENT_SIZE, np.float32)
    keys = values = np.zeros((c.layers, c.window, c.d), np.float32)
    for n, e in enumerate(embeddings):
        noise = np.zeros((c.levels, c.codebookSize), np.float32)
        if seed is not None:
            noise = c.temperature * gumbel_noise(seed, n, c.levels, c.codebookSize)
        if session is None:
            t, row, cache = transformer.step(torch.tensor(e[None]), torch.tensor(previous[None]).long(), n == 0, cache,
                                             torch.tensor(noise[None]), c.topK)
            latent, state = vq.step(t[0], torch.as_tensor(state), n == 0)
            previous = t[0].numpy().astype(np.int32)
            logits.append(row[0].numpy())
            latent = latent.numpy()
        else:
            feed = dict(embedding=e[None], previous_tokens=previous, first=np.array([n == 0], np.float32), noise=noise,
                        top_k=np.array([c.topK]), keys=keys, values=values,
                        valid=np.array([min(n, c.window - 1)], np.float32), smooth=state)
            previous, latent, keys, values, state = session.run(
                ['tokens', 'latent', 'keys_out', 'values_out', 'smooth_out'], feed)
        tokens.append(previous)
        latents.append(latent)
    return np.array(tokens), np.array(logits), np.array(latents)


def clear_golden(encoder, transformer, vq):
    """Embeddings [STEPS, D] of a synthetic voice and the number of greedy frames before its first near tie."""
    best = (0, None)
    for seed in range(GOLDEN_SEED, GOLDEN_SEED + 12):
        mel = log_mel(synthetic_voice(STEPS / 25, seed))
        embeddings, _ = run_encoder(encoder, mel, encoder.config.lookaheadFrames)
        top = np.sort(run_motion(transformer, vq, embeddings)[1], -1)
        close = np.flatnonzero((top[..., -1] - top[..., -2]).min(1) < LEAST_MARGIN)
        frames = int(close[0]) if len(close) else STEPS
        if frames > best[0]:
            best = (frames, embeddings)
        if frames >= GOLDEN_FRAMES:
            break
    if best[0] < 10:
        raise SystemExit('every golden that was tried has a near tie early on')
    return best[1], best[0]


def check(name, ours, theirs, tolerance=TOLERANCE):
    error = float(np.abs(ours - theirs).max())
    print(f'  {name}: onnxruntime against PyTorch, largest difference {error:.1e}')
    if not error <= tolerance:
        raise SystemExit(f'{name}: onnxruntime and PyTorch differ by {error:.1e}, more than {tolerance:.0e}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--models', type=pathlib.Path, default=ROOT / 'models')
    parser.add_argument('--goldens', type=pathlib.Path, default=ROOT / 'test/goldens')
    parser.add_argument('--random', action='store_true')
    args = parser.parse_args()
    torch.set_num_threads(1)  # on a shared machine a second thread mostly waits
    encoder, transformer, vq, read_out = load_models(args.work, args.random)
    args.models.mkdir(exist_ok=True)
    args.goldens.mkdir(parents=True, exist_ok=True)

    about = 'audio encoder: log-mel to one embedding a video frame, causal, 0 to 80 ms of look-ahead'
    path = args.models / 'audio-encoder.safetensors'
    write_safetensors(path, encoder_tensors(encoder, read_out), encoder.config.to_json(), LICENCE, about)
    encoder_graph.build(path, encoder.config, path.with_suffix('.onnx'), LICENCE, about)
    about = 'motion: autoregressive transformer over residual-VQ tokens, with the codebooks'
    path = args.models / 'motion.safetensors'
    write_safetensors(path, motion_tensors(transformer, vq), transformer.config.to_json(), LICENCE, about)
    motion_graph.build(path, transformer.config, path.with_suffix('.onnx'), LICENCE, about)
    manifest.write(args.models)

    session = lambda name: onnxruntime.InferenceSession(str(args.models / f'{name}.onnx'), providers=['CPUExecutionProvider'])
    encoder_session, motion_session = session('audio-encoder'), session('motion')
    pcm = synthetic_voice(STEPS / 25, GOLDEN_SEED)
    mel = log_mel(pcm)
    golden = {'pcm': pcm[:24000], 'mel': mel[:150]}
    for delay in range(encoder.config.lookaheadFrames + 1):
        embeddings, speech = run_encoder(encoder, mel, delay)
        theirs = run_encoder(encoder, mel, delay, encoder_session)
        check(f'embedding, delay {delay}', embeddings, theirs[0], 1e-3)
        check(f'speech, delay {delay}', speech, theirs[1])
        one_hot = torch.eye(encoder.config.lookaheadFrames + 1)[delay:delay + 1]
        with torch.no_grad():
            whole, _ = encoder(torch.tensor(mel[None]), one_hot)
        error = np.abs(whole[0].numpy() - embeddings).max()
        if not error < 1e-3:
            raise SystemExit(f'streaming differs from whole clips by {error}')
        golden[f'embedding_delay{delay}'] = embeddings[:37]
        golden[f'speech_delay{delay}'] = speech[:37]
        golden[f'articulation_delay{delay}'] = articulation.apply(read_out, embeddings[:37])
    save_file({k: np.ascontiguousarray(v) for k, v in golden.items()}, args.goldens / 'audio-encoder.safetensors')

    c = transformer.config
    embeddings, frames = clear_golden(encoder, transformer, vq)
    tokens, logits, latents = run_motion(transformer, vq, embeddings)
    onnx_tokens, _, onnx_latents = run_motion(transformer, vq, embeddings, session=motion_session)
    check(f'greedy latents, first {frames} frames', latents[:frames], onnx_latents[:frames])
    if not (tokens[:frames] == onnx_tokens[:frames]).all():
        raise SystemExit('the greedy tokens of onnxruntime and PyTorch differ')
    sampled, _, sampled_latents = run_motion(transformer, vq, embeddings, seed=GOLDEN_SEED)
    onnx_sampled, _, onnx_latents = run_motion(transformer, vq, embeddings, seed=GOLDEN_SEED, session=motion_session)
    same = (sampled == onnx_sampled).all(1)
    agree = len(same) if same.all() else int(np.argmin(same))
    print(f'  sampled tokens agree for {agree} of {len(same)} frames')
    check('sampled latents', sampled_latents[:agree], onnx_latents[:agree])
    if agree < 20:
        raise SystemExit('the backends differ earlier than near ties can explain')
    noise = gumbel_noise(GOLDEN_SEED, 3, c.levels, c.codebookSize)
    save_file({k: np.ascontiguousarray(v) for k, v in dict(
        embedding=embeddings, tokens=tokens[:frames].astype(np.int32), latent=latents[:frames], logits=logits[[0, 1, min(19, frames - 1)]],
        logits_frames=np.array([0, 1, min(19, frames - 1)], np.int32), sampled_tokens=sampled[:agree].astype(np.int32),
        sampled_latent=sampled_latents[:agree], gumbel_frame3=noise).items()}, args.goldens / 'motion.safetensors',
        {'about': json.dumps({'seed': GOLDEN_SEED, 'temperature': c.temperature, 'topK': c.topK})})
    for name in ('audio-encoder', 'motion'):
        print(f'{name}: {(args.models / (name + ".safetensors")).stat().st_size / 1e6:.2f} MB weights, '
              f'{(args.models / (name + ".onnx")).stat().st_size / 1e3:.0f} kB graph, goldens '
              f'{(args.goldens / (name + ".safetensors")).stat().st_size / 1e3:.0f} kB')


if __name__ == '__main__':
    main()
