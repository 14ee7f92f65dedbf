"""Runs the two shipped graphs on onnxruntime, frame by frame with their state tensors, as the library does."""
import json
import pathlib

import numpy as np
import onnxruntime
from safetensors import safe_open

from features import MEL_FRAMES_PER_STEP, SAMPLE_RATE_HZ, log_mel
from motion_model import LATENT_SIZE, gumbel_noise

FRAME_SAMPLES = SAMPLE_RATE_HZ // 25
MODELS = pathlib.Path(__file__).resolve().parent.parent / 'models'


class ShippedModel:
    """onnxruntime sessions of the audio encoder and the motion transformer in a models folder."""

    def __init__(self, models=MODELS):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the steps are too small for two threads
        open_session = lambda name: onnxruntime.InferenceSession(str(models / f'{name}.onnx'), options,
                                                                 providers=['CPUExecutionProvider'])
        self.encoder, self.motion = open_session('audio-encoder'), open_session('motion')
        with safe_open(models / 'motion.safetensors', 'np') as f:
            self.config = json.loads(f.metadata()['config'])

    def embeddings_of(self, audio, delay=2):
        """Audio embeddings f32 [n, 256] of one voice [samples], from a fresh start."""
        stream = Stream(self, delay)
        return np.concatenate([stream.encode(block) for block in stream.blocks(audio)][delay:])

    def mouth_of(self, basis, audio, delay=2, seed=1):
        """Latents f32 [n, 70], aperture [n], width [n] of one voice [samples], from a fresh start."""
        latents = np.array(list(Stream(self, delay, seed).frames(audio)))
        coefficients = latents[:, :63] @ basis.to_expressions.T
        return latents, basis.aperture(coefficients), basis.width(coefficients)


class Stream:
    """One continuous voice: all state tensors are kept from frame to frame.

    delay: look-ahead in frames, 0 ... 2. seed: seed of the sampling.
    """

    def __init__(self, model, delay=2, seed=1):
        self.model, self.delay, self.seed = model, delay, seed
        zeros = lambda session, names: {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name in names}
        inputs = {i.name for i in model.encoder.get_inputs()} - {'mel', 'delay'}
        self.encoder_state = zeros(model.encoder, inputs)
        self.motion_state = zeros(model.motion, {'keys', 'values', 'smooth'})
        self.previous = np.zeros(model.config['levels'], np.int32)
        self.encoded = self.made = 0
        self.one_hot = np.zeros(model.encoder.get_inputs()[1].shape, np.float32)
        self.one_hot[0, delay] = 1

    def frames(self, audio):
        """Yields the latent [70] of every whole frame of audio [samples]. The look-ahead at the end is silence. Ends the voice."""
        for block in self.blocks(audio):
            latent = self.step(block)
            if latent is not None:
                yield latent

    def blocks(self, audio):
        """Mel frames f32 [1, 4, 80] of every 40 ms of audio [samples], and of the silence that the look-ahead needs after it."""
        mel = log_mel(np.concatenate([audio, np.zeros(self.delay * FRAME_SAMPLES, np.float32)]))
        return mel[:len(mel) // MEL_FRAMES_PER_STEP * MEL_FRAMES_PER_STEP].reshape(-1, 1, MEL_FRAMES_PER_STEP, mel.shape[-1])

    def step(self, block):
        """Takes mel frames f32 [1, 4, 80] of 40 ms. Returns the latent f32 [70] of the frame `delay` steps earlier, or None if there is none."""
        embedding = self.encode(block)
        return self._motion(embedding) if self.encoded > self.delay else None

    def encode(self, block):
        """Takes mel frames f32 [1, 4, 80]. Returns the audio embedding f32 [1, 256] of the frame `delay` steps earlier."""
        names = list(self.encoder_state)
        embedding, *states = self.model.encoder.run(['embedding'] + [f'{n}_out' for n in names],
                                                    dict(self.encoder_state, mel=block, delay=self.one_hot))
        self.encoder_state = dict(zip(names, states))
        self.encoded += 1
        return embedding

    def _motion(self, embedding):
        c, n = self.model.config, self.made
        noise = (c['temperature'] * gumbel_noise(self.seed, n, c['levels'], c['codebookSize'])).astype(np.float32)
        feed = dict(self.motion_state, embedding=embedding, previous_tokens=self.previous, first=np.array([n == 0], np.float32),
                    noise=noise, top_k=np.array([c['topK']]), valid=np.array([min(n, c['window'] - 1)], np.float32))
        self.previous, latent, keys, values, smooth = self.model.motion.run(
            ['tokens', 'latent', 'keys_out', 'values_out', 'smooth_out'], feed)
        self.motion_state = dict(keys=keys, values=values, smooth=smooth)
        self.made += 1
        assert latent.shape == (LATENT_SIZE,)
        return latent
