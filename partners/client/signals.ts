/* The verdict for the ear and the hand: a rising sound and one short buzz for yes, a low double one for no (UX3, V40). */

export type Kind = "yes" | "no" | "mind";

interface Note {
  hertz: number;
  at: number;
  for: number;
}

const NOTES: Record<Kind, Note[]> = {
  yes: [
    { hertz: 660, at: 0, for: 0.11 },
    { hertz: 990, at: 0.12, for: 0.2 },
  ],
  no: [
    { hertz: 165, at: 0, for: 0.22 },
    { hertz: 165, at: 0.3, for: 0.32 },
  ],
  mind: [{ hertz: 440, at: 0, for: 0.3 }],
};
const LATE_MS = 1_000; // a sound that comes later would tell something else
const BUZZES: Record<Kind, number[]> = { yes: [90], no: [280, 120, 280], mind: [160] };

let context: AudioContext | null = null;

/** A browser lets a page sound only after a touch or a key. */
export function readySound(): void {
  const wake = (): void => {
    if (!("AudioContext" in window)) return;
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
  };
  document.addEventListener("pointerdown", wake);
  document.addEventListener("keydown", wake);
}

export function signal(kind: Kind): void {
  if ("vibrate" in navigator) navigator.vibrate(BUZZES[kind]);
  if (context !== null) void sound(kind, context);
}

/** The touch that asked may also be the first one: then the device's sound is only about to begin. */
async function sound(kind: Kind, context: AudioContext): Promise<void> {
  const asked = performance.now();
  await context.resume().catch(() => undefined);
  if (performance.now() - asked > LATE_MS) return;
  for (const note of NOTES[kind]) play(note, kind === "no" ? "square" : "sine", context);
}

function play(note: Note, shape: OscillatorType, context: AudioContext): void {
  const start = context.currentTime + note.at;
  const voice = new OscillatorNode(context, { frequency: note.hertz, type: shape });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(shape === "square" ? 0.25 : 0.5, start + 0.015);
  volume.gain.linearRampToValueAtTime(0, start + note.for); // a hard end would click
  voice.connect(volume).connect(context.destination);
  voice.start(start);
  voice.stop(start + note.for);
}
