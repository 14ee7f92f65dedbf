/**
 * @file Live: which voice drives the portrait now, and when frames are drawn.
 *
 * - microphone: a frame is made as soon as its PCM is there, the newest wins;
 * - speech that is played: frames follow the clock of the sound that is heard;
 * - rest (idle, or listening to somebody else): silence at the pace of the clock, so that the portrait blinks and breathes
 *   through the very same pipeline.
 *
 * Nothing queues up: a frame that comes too late is made (the motion needs its history) but not drawn. Where pictures are cheap,
 * more of them are drawn than motion is made: frame-scheduler.ts.
 */
import type { PcmChunk } from '../core/audio-types';
import { FRAME_RATE_HZ, SAMPLES_PER_FRAME, SAMPLE_RATE_HZ } from '../core/time';
import type { PortraitState, SilentState } from '../core/portrait-state';
import { errorFields, type AnimatorEvent } from '../protocol';
import type { Animator } from './animator';
import { FrameScheduler } from './frame-scheduler';
import { LevelMeter } from './level-meter';

const FRAME_MS = 1000 / FRAME_RATE_HZ;
const STATS_INTERVAL_MS = 200;
const FPS_WINDOW_MS = 1000;
/** More pictures under way than this and the GPU is behind: leave one out. */
const MAX_PICTURES_IN_FLIGHT = 2;
/** So long frames are made without a picture; a machine that is slower than the sound would otherwise never show one. */
const MAX_CATCH_UP_MS = 120;

const epochMs = (): number => performance.timeOrigin + performance.now();

/** Where PCM comes from; `due` tells how many frames of it may be made by now. */
type Voice = {
  /** Mere silence. */
  resting: boolean;
  /** What the portrait is doing while it lasts. */
  state(): PortraitState;
  due(): number;
  /** Frames that it has in all; Infinity when it has no end. */
  frames: number;
  /** Arrival times of frames' last samples, for the latency; epoch ms. */
  heardAt(frame: number): number;
  ended(): void;
  stop(): void;
};

export class LiveSession {
  #voice: Voice | undefined;
  /** Counts voices: work begun for an earlier one must not go on. */
  #turn = 0;
  #made = 0;
  /** Motion frames made by all voices. */
  #frame = -1;
  /** Of the newest motion frame: when its making began, and when its last sample was heard. */
  #newest = { begun: 0, heardAt: 0, turn: 0 };
  readonly #scheduler = new FrameScheduler();
  #watchesDisplay = false;
  #inFlight = 0;
  #pumping = false;
  #again = false;
  #speaking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastStats = 0;
  #drawTimes: number[] = [];
  readonly #level = new LevelMeter();
  /** What the portrait does when no voice drives it. */
  #rest: SilentState = 'idle';
  readonly #animator: Animator;
  readonly #post: (event: AnimatorEvent) => void;

  constructor(animator: Animator, post: (event: AnimatorEvent) => void) {
    this.#animator = animator;
    this.#post = post;
  }

  /** What the portrait does from now on while no voice drives it. */
  setRest(rest: SilentState): void {
    const changed = rest !== this.#rest;
    this.#rest = rest;
    if (!this.#voice || !changed) return;
    this.#setActivity(this.#voice);
    if (this.#voice.resting) this.#post({ kind: 'state', state: rest });
  }

  /** Silence, at the pace of the clock. */
  rest(): void {
    const start = epochMs();
    let pushed = 0;
    this.#begin({
      resting: true,
      state: () => this.#rest,
      due: () => {
        const due = Math.floor((epochMs() - start) / FRAME_MS);
        for (; pushed < due; pushed++) {
          const samples = new Float32Array(SAMPLES_PER_FRAME);
          this.#push({ samples, sampleRate: SAMPLE_RATE_HZ, startSample: pushed * SAMPLES_PER_FRAME });
        }
        return due;
      },
      frames: Infinity,
      heardAt: (frame) => start + (frame + 1) * FRAME_MS,
      ended: () => {},
      stop: () => {},
    });
  }

  /** PCM as it comes over `port`; the buffers go back over it. */
  listen(port: MessagePort): void {
    const arrivals: { frame: number; at: number }[] = [];
    let seconds = 0;
    this.#begin({
      resting: false,
      state: () => 'listening',
      due: () => Infinity,
      frames: Infinity,
      heardAt: (frame) => {
        while (arrivals.length > 1 && arrivals[0]!.frame <= frame) arrivals.shift();
        return arrivals[0]?.at ?? epochMs();
      },
      ended: () => {},
      stop: () => port.close(),
    });
    port.onmessage = ({ data }: MessageEvent<PcmChunk>) => {
      seconds += data.samples.length / data.sampleRate;
      arrivals.push({ frame: Math.floor(seconds * FRAME_RATE_HZ), at: epochMs() });
      this.#push(data);
      port.postMessage(data.samples.buffer, [data.samples.buffer]);
      this.#pump();
    };
  }

  /** A voice that is played elsewhere; see AnimatorApi.speak. */
  speak(pcm: PcmChunk, heardAtEpochMs: number): void {
    // Multiplied first: exact, as the audio room counts; one frame too many would never come.
    const frames = Math.ceil((pcm.samples.length * FRAME_RATE_HZ) / pcm.sampleRate);
    this.#begin({
      resting: false,
      state: () => 'speaking',
      // The picture is to appear when its frame is heard, so its making starts that much earlier.
      due: () => Math.floor((epochMs() + this.#animator.stats.quantile('frame', 0.5) - heardAtEpochMs) / FRAME_MS) + 1,
      frames,
      // Here the latency is the skew of the picture against the sound: frame n is to be seen when its first sample is heard.
      heardAt: (frame) => heardAtEpochMs + frame * FRAME_MS,
      ended: () => this.rest(),
      stop: () => {},
    });
    try {
      this.#animator.pipeline.push(pcm);
    } catch (error) {
      this.rest(); // a voice that cannot be heard would never end
      throw error;
    }
    this.#animator.pipeline.end();
  }

  /** Ends the voice; the portrait goes on in silence. */
  stop(): void {
    this.rest();
  }

  close(): void {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#voice?.stop();
    this.#voice = undefined;
  }

  #begin(voice: Voice): void {
    this.close();
    this.#voice = voice;
    this.#made = 0;
    this.#level.reset();
    this.#animator.pipeline.restartAudio(!voice.resting);
    this.#setActivity(voice);
    this.#animator.stats.reset('latency');
    this.#post({ kind: 'state', state: voice.state() });
    this.#tick(this.#turn);
  }

  /** Head, eyes and blinks between the words: attentive while a live voice is followed. */
  #setActivity(voice: Voice): void {
    this.#animator.pipeline.setSilentState(voice.state() === 'listening' ? 'listening' : this.#rest);
  }

  #push(chunk: PcmChunk): void {
    try {
      this.#animator.pipeline.push(chunk);
    } catch (error) {
      this.#post({ kind: 'error', error: errorFields(error) });
    }
  }

  /** The clock of voices that follow it. */
  #tick(turn: number): void {
    if (turn !== this.#turn) return;
    this.#pump();
    this.#timer = setTimeout(() => this.#tick(turn), FRAME_MS / 4);
  }

  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    void this.#run()
      .catch((error: unknown) => this.#post({ kind: 'error', error: errorFields(error) }))
      .finally(() => {
        this.#pumping = false;
        if (this.#again) {
          this.#again = false;
          this.#pump();
        }
      });
  }

  /** Makes all frames that are due; draws the newest. */
  async #run(): Promise<void> {
    const [voice, turn] = [this.#voice, this.#turn];
    if (!voice || !this.#animator.pipeline.hasPortrait) return;
    let fresh = false;
    const start = performance.now();
    while (turn === this.#turn && this.#made < Math.min(voice.due(), voice.frames)) {
      const embedding = await this.#animator.pipeline.step();
      if (!embedding) break;
      this.#made++;
      this.#frame++;
      this.#level.add(embedding.level);
      fresh = true;
      this.#setSpeaking(turn === this.#turn && !voice.resting && embedding.speaking);
      // The rest waits for the next tick, so that messages and finished pictures get their turn as well.
      if (performance.now() - start > MAX_CATCH_UP_MS) break;
    }
    if (turn !== this.#turn) return;
    if (fresh) {
      this.#newest = { begun: start, heardAt: voice.heardAt(this.#made - 1), turn };
      this.#scheduler.arrived(this.#frame, performance.now());
      this.#draw((now) => this.#scheduler.onArrival(now));
    }
    if (performance.now() - this.#lastStats > STATS_INTERVAL_MS) this.#postStats(voice.state());
    if (this.#made >= voice.frames) voice.ended();
  }

  /** Draws what `schedule` says, unless the GPU is behind. */
  #draw(schedule: (now: number) => number | null): void {
    if (this.#inFlight >= MAX_PICTURES_IN_FLIGHT || !this.#animator.pipeline.hasPortrait) return;
    const start = performance.now();
    const mix = schedule(start);
    if (mix === null) return;
    const { stats } = this.#animator;
    const { begun, heardAt, turn } = this.#newest;
    this.#inFlight++;
    this.#animator.draw(mix);
    void this.#animator.drawn().then(() => {
      this.#inFlight--;
      const now = performance.now();
      stats.add('picture', now - start);
      if (mix === 1) {
        stats.add('frame', now - begun);
        if (turn === this.#turn) stats.add('latency', epochMs() - heardAt);
      }
      const last = this.#drawTimes.at(-1);
      if (last !== undefined) stats.add('interval', now - last);
      this.#drawTimes = [...this.#drawTimes.filter((time) => now - time < FPS_WINDOW_MS), now];
      this.#watchDisplay();
    });
  }

  /** Draws at display frames as well, as long as a graphics processor can afford it. */
  #watchDisplay(): void {
    if (this.#watchesDisplay || !this.#voice || this.#animator.drawsInSoftware) return;
    if (!('requestAnimationFrame' in globalThis)) return;
    if (!this.#scheduler.afford(this.#animator.stats.quantile('picture', 0.5))) return;
    this.#watchesDisplay = true;
    requestAnimationFrame(() => {
      this.#watchesDisplay = false;
      this.#draw((now) => this.#scheduler.onDisplay(now));
      this.#watchDisplay();
    });
  }

  #setSpeaking(speaking: boolean): void {
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    this.#post({ kind: 'speech', speaking });
  }

  #postStats(state: PortraitState): void {
    const { stats, adapter, backend } = this.#animator;
    this.#lastStats = performance.now();
    const stages = ['audio', 'motion', 'draw', 'frame'];
    this.#post({
      kind: 'stats',
      stats: {
        state,
        fps: this.#drawTimes.filter((time) => this.#lastStats - time < FPS_WINDOW_MS).length,
        frameIntervalP95Ms: stats.quantile('interval', 0.95),
        latencyMs: stats.quantile('latency', 0.5),
        level: this.#level.dbfs,
        adapter,
        backend,
        stages: Object.fromEntries(stages.map((name) => [name, stats.quantile(name, 0.5)])),
      },
    });
  }
}
