/* The code of a card on a phone, made here each minute from its seed: byte for byte what the server makes
   (backend/kit/codes/rotation.py; tests/vectors/codes.json holds both to the same examples). */

const PREFIX = "PL1C";
const STEP_SECONDS = 60;
const MAC_BYTES = 14;
const SUM_BYTES = 2;
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** What the card's page gives to its owner: how each payload begins (version and card), and the seed, both in hex. */
export interface Card {
  head: string;
  seed: string;
}

export function stepAt(ms: number): number {
  return Math.floor(ms / 1000 / STEP_SECONDS);
}

export function secondsLeft(ms: number): number {
  return STEP_SECONDS - (Math.floor(ms / 1000) % STEP_SECONDS);
}

/** The text of the QR code of a minute. */
export async function payloadOf(card: Card, step: number): Promise<string> {
  const body = joined(bytesOf(card.head), bigEndian(step));
  const proof = await hmac(bytesOf(card.seed), named(body));
  const data = joined(body, proof.slice(0, MAC_BYTES));
  const sum = await crypto.subtle.digest("SHA-256", named(data));
  return PREFIX + base45(joined(data, new Uint8Array(sum).slice(0, SUM_BYTES)));
}

async function hmac(seed: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", seed, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

function named(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined(new TextEncoder().encode(PREFIX), data);
}

function bigEndian(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** RFC 9285: two bytes in three letters, a last one in two. */
function base45(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 2) {
    const pair = data.slice(at, at + 2);
    let number = pair.reduce((sum, byte) => sum * 256 + byte, 0);
    for (let letters = 0; letters <= pair.length; letters++) {
      text += LETTERS[number % LETTERS.length];
      number = Math.floor(number / LETTERS.length);
    }
  }
  return text;
}
