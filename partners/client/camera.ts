/* The lens: opened by a touch (iOS asks for one), let go when the page is hidden, taken again when it is back. */
import type { Detector } from "./detector.ts";

const LOOK_EVERY_MS = 90;
const FETCH_AGAIN_MS = 3_000;
const OUR_SIGN = "PL1";
const WISH: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
};

type Lit = { torch?: boolean }; // no standard names it yet

export class Camera {
  #stream: MediaStream | null = null;
  #wanted = false;
  #paused = false;
  #lit = false;

  constructor(
    readonly video: HTMLVideoElement,
    readonly detector: () => Promise<Detector>,
    readonly onCode: (text: string) => void,
    readonly onChange: () => void,
  ) {
    document.addEventListener("visibilitychange", () => void this.#follow());
    window.addEventListener("pagehide", () => this.#release());
    window.addEventListener("pageshow", () => void this.#follow());
  }

  get isOpen(): boolean {
    return this.#stream !== null;
  }

  get canLight(): boolean {
    return (this.#track()?.getCapabilities?.() as Lit | undefined)?.torch === true;
  }

  get isLit(): boolean {
    return this.#lit;
  }

  /** Rejects as getUserMedia does: no camera, or not allowed. */
  async open(): Promise<void> {
    this.#wanted = true;
    if (this.#stream !== null) return;
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(WISH);
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
    this.video.srcObject = this.#stream;
    await this.video.play().catch(() => undefined); // a hidden page plays when it is seen again
    this.#track()?.addEventListener("ended", () => this.#lost());
    this.onChange();
    void this.#look(this.#stream);
  }

  /** An answer is on the screen: the lens stays ours, nothing is read. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  async light(): Promise<void> {
    const wish = { advanced: [{ torch: !this.#lit } as Lit as MediaTrackConstraintSet] };
    await this.#track()?.applyConstraints(wish);
    this.#lit = !this.#lit;
    this.onChange();
  }

  async #look(stream: MediaStream): Promise<void> {
    while (this.#stream === stream) {
      const detector = await this.detector().catch(() => null);
      if (detector !== null) await this.#read(detector);
      await new Promise((resolve) => setTimeout(resolve, detector === null ? FETCH_AGAIN_MS : LOOK_EVERY_MS));
    }
  }

  async #read(detector: Detector): Promise<void> {
    if (this.#paused || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const found = await detector.detect(this.video).catch(() => []);
    const best = found.find((code) => code.rawValue.startsWith(OUR_SIGN)) ?? found[0];
    if (best !== undefined && !this.#paused) this.onCode(best.rawValue);
  }

  /** Tracks stop on hide: a phone in a pocket films nothing, and iOS gives a frozen picture otherwise. */
  async #follow(): Promise<void> {
    if (document.visibilityState === "hidden") this.#release();
    else if (this.#wanted && this.#stream === null) await this.open().catch(() => this.#lost());
  }

  #lost(): void {
    this.#release();
    this.#wanted = false;
    this.onChange();
  }

  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#lit = false;
    this.video.srcObject = null;
  }

  #track(): MediaStreamTrack | null {
    return this.#stream?.getVideoTracks()[0] ?? null;
  }
}
