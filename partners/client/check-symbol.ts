/* The typed code is checked here before any network: eleven letters of chance and one that checks them (V18).
   The same sums as backend/kit/codes/human.py; tests/vectors/codes.json holds both to them. */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS = 12;
const FIELD = 32;
const MODULUS = 0b100101;
const BETWEEN = /[\s\u00a0\u2000-\u200b\u202f._\u2010-\u2015\u2212-]+/g;

/** Without spaces and dashes, in capitals, look-alikes made one. */
export function bare(typed: string): string {
  return typed.replace(BETWEEN, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
}

/** It has the shape of a code typed from paper; a scanned payload is longer. */
export function looksTyped(code: string): boolean {
  return code.length === LETTERS && [...code].every((letter) => ALPHABET.includes(letter));
}

export function isRight(code: string): boolean {
  return looksTyped(code) && sum(code) === 0;
}

/** Each letter times its power of x, the last one times 1. */
function sum(code: string): number {
  let total = 0;
  for (const letter of code) total = doubled(total) ^ ALPHABET.indexOf(letter);
  return total;
}

function doubled(value: number): number {
  const shifted = value << 1;
  return shifted & FIELD ? shifted ^ MODULUS : shifted;
}
