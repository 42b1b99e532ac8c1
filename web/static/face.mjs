/* Our one change to the face: a zero without its slash, because prices are read far more often than codes.
   Upstream draws the zero as an oval and two half counters beside the slash. The two halves together are the whole
   counter, so their points are only put in another order: one contour that goes all around. No point is drawn by
   hand, and each keeps what it does from thin to bold. Formats: WOFF2 (W3C) and OpenType gvar. */
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";

const ZERO = 220; // the glyph of U+0030 in the release that package-lock.json names
const CONTOURS = [16, 11, 12];
const HEADER = 48;
const [GLYF, LOCA, GVAR] = [10, 11, 48]; // places in WOFF2's list of known tags

// from where the lower half leaves the slash, around it, then the upper half the same way
const ORDER = [...range(0, 16), ...range(20, 27), ...range(16, 20), ...range(28, 39), 27];

export function withPlainZero(woff2) {
  const tables = directory(woff2);
  const start = tables.at(-1).next;
  const data = brotliDecompressSync(woff2.subarray(start, start + woff2.readUInt32BE(20)));
  let at = 0;
  for (const table of tables) {
    table.bytes = data.subarray(at, at + table.length);
    at += table.length;
    if (table.tag === GLYF) table.bytes = mergeCounters(table.bytes);
    if (table.tag === GVAR) table.bytes = reorderDeltas(table.bytes);
  }
  return assemble(woff2.subarray(0, HEADER), tables);
}

function directory(woff2) {
  const tables = [];
  let at = HEADER;
  for (let left = woff2.readUInt16BE(12); left > 0; left--) {
    const flags = woff2[at++];
    const tag = flags & 63;
    if (tag === 63) at += 4;
    const named = woff2.subarray(at - (tag === 63 ? 4 : 0), at);
    const [original, afterOriginal] = base128(woff2, at);
    const transformed = tag === GLYF || tag === LOCA ? flags >> 6 !== 3 : flags >> 6 !== 0;
    const [length, next] = transformed ? base128(woff2, afterOriginal) : [original, afterOriginal];
    tables.push({ flags, tag, named, original, transformed, length, next });
    at = next;
  }
  return tables;
}

function assemble(header, tables) {
  const entries = tables.map(({ flags, tag, named, original, transformed, bytes }) =>
    Buffer.from([
      flags,
      ...(tag === 63 ? named : []),
      ...toBase128(transformed ? original : bytes.length),
      ...(transformed ? toBase128(bytes.length) : []),
    ]),
  );
  const packed = brotliCompressSync(Buffer.concat(tables.map(({ bytes }) => bytes)));
  const body = Buffer.concat([...entries, packed]);
  const head = Buffer.from(header);
  const length = Math.ceil((HEADER + body.length) / 4) * 4;
  head.writeUInt32BE(length, 8);
  head.writeUInt32BE(packed.length, 20);
  return Buffer.concat([head, body], length);
}

/** The glyphs' streams: contours a glyph, points a contour, then a flag and one to four bytes a point. */
function mergeCounters(glyf) {
  const sizes = range(0, 7).map((place) => glyf.readUInt32BE(8 + place * 4));
  const streams = sizes.map((size, place) => {
    const from = 36 + sizes.slice(0, place).reduce((sum, other) => sum + other, 0);
    return glyf.subarray(from, from + size);
  });
  const [contours, counts, flags, points] = streams;
  const at = { count: 0, flag: 0, point: 0 };
  for (let glyph = 0; glyph < ZERO; glyph++) skip(at, Math.max(contours.readInt16BE(glyph * 2), 0), streams);
  const start = { ...at };
  if (`${counts.subarray(at.count, at.count + 3)}` !== `${Buffer.from(CONTOURS)}`)
    throw new Error("The face has another zero than the one we know: look at web/static/face.mjs.");
  const drawn = ORDER.map(
    (
      (all) => (place) =>
        all[place]
    )(decode(flags, points, at)),
  );
  const zero = encode(drawn);

  streams[0] = Buffer.from(contours);
  streams[0].writeInt16BE(2, ZERO * 2);
  streams[1] = splice(counts, start.count, 3, [CONTOURS[0], CONTOURS[1] + CONTOURS[2]]);
  streams[2] = splice(flags, start.flag, at.flag - start.flag, zero.flags);
  streams[3] = splice(points, start.point, at.point - start.point, zero.points);
  const head = Buffer.from(glyf.subarray(0, 36));
  streams.forEach((stream, place) => {
    head.writeUInt32BE(stream.length, 8 + place * 4);
  });
  return Buffer.concat([head, ...streams, glyf.subarray(36 + sizes.reduce((sum, size) => sum + size, 0))]);
}

function skip(at, contours, [, counts, flags, points]) {
  let left = 0;
  for (let contour = 0; contour < contours; contour++) left += short(counts, at, "count");
  for (; left > 0; left--) at.point += size(flags[at.flag++]);
  if (contours > 0 && short(points, at, "point") > 0) throw new Error("The face has instructions.");
}

/** WOFF2's 255UInt16; no glyph of ours needs its long forms. */
function short(bytes, at, key) {
  const value = bytes[at[key]++];
  if (value >= 253) throw new Error("The face has a glyph of more than 252 points.");
  return value;
}

function size(flag) {
  const form = flag & 127;
  return form < 84 ? 1 : form < 120 ? 2 : form < 124 ? 3 : 4;
}

/** Absolute points of one glyph, from WOFF2's triplets (section 5.2). */
function decode(flags, points, at) {
  let [x, y] = [0, 0];
  return range(0, 39).map(() => {
    const flag = flags[at.flag++];
    const [dx, dy] = step(flag & 127, points.subarray(at.point, at.point + size(flag)));
    at.point += size(flag);
    x += dx;
    y += dy;
    return { x, y, on: flag < 128 };
  });
}

function step(form, [b0, b1, b2, b3]) {
  const signed = (bit, value) => (form & bit ? value : -value);
  if (form < 10) return [0, signed(1, ((form & 14) << 7) + b0)];
  if (form < 20) return [signed(1, (((form - 10) & 14) << 7) + b0), 0];
  if (form < 84) {
    const rest = form - 20;
    return [signed(1, 1 + (rest & 48) + (b0 >> 4)), signed(2, 1 + ((rest & 12) << 2) + (b0 & 15))];
  }
  if (form < 120) {
    const rest = form - 84;
    return [signed(1, 1 + (Math.floor(rest / 12) << 8) + b0), signed(2, 1 + (((rest % 12) >> 2) << 8) + b1)];
  }
  if (form < 124) return [signed(1, (b0 << 4) + (b1 >> 4)), signed(2, ((b1 & 15) << 8) + b2)];
  return [signed(1, (b0 << 8) + b1), signed(2, (b2 << 8) + b3)];
}

/** The longest form says every step; a glyph is not worth the shorter ones. */
function encode(drawn) {
  const flags = [];
  const points = [];
  drawn.forEach(({ x, y, on }, place) => {
    const before = drawn[place - 1] ?? { x: 0, y: 0 };
    const [dx, dy] = [x - before.x, y - before.y];
    flags.push((on ? 0 : 128) + 124 + (dx >= 0 ? 1 : 0) + (dy >= 0 ? 2 : 0));
    points.push(...bytes16(Math.abs(dx)), ...bytes16(Math.abs(dy)));
  });
  return { flags: Buffer.from(flags), points: Buffer.from(points) };
}

/** gvar: how each point moves from thin to bold. The moves change places with their points. */
function reorderDeltas(gvar) {
  const glyphs = gvar.readUInt16BE(12);
  const first = gvar.readUInt32BE(16);
  const offset = (glyph) => gvar.readUInt16BE(20 + glyph * 2) * 2;
  const [from, to] = [first + offset(ZERO), first + offset(ZERO + 1)];
  const moved = reordered(gvar.subarray(from, to));
  const grown = moved.length - (to - from);
  const out = splice(gvar, from, to - from, moved);
  for (let glyph = ZERO + 1; glyph <= glyphs; glyph++)
    out.writeUInt16BE((offset(glyph) + grown) / 2, 20 + glyph * 2);
  return out;
}

function reordered(data) {
  const start = data.readUInt16BE(2);
  if (data.readUInt16BE(0) >> 12 !== 8 || data[start] !== 0)
    throw new Error("The zero moves in another way.");
  const head = Buffer.from(data.subarray(0, start));
  const parts = [];
  let [entry, at] = [4, start + 1]; // after the one byte that says: all points
  for (let left = head.readUInt16BE(0) & 4095; left > 0; left--) {
    const packed = Buffer.concat(moves(data.subarray(at, at + head.readUInt16BE(entry))).map(pack));
    at += head.readUInt16BE(entry);
    head.writeUInt16BE(packed.length, entry);
    parts.push(packed);
    entry += head.readUInt16BE(entry + 2) & 0x4000 ? 8 : 4; // with its own region, or a shared one
  }
  const length = start + 1 + parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([head, data.subarray(start, start + 1), ...parts], length + (length % 2));
}

/** The moves along x, then along y, of 39 points and the 4 phantom ones, which keep their places. */
function moves(packed) {
  const all = [];
  for (let at = 0; all.length < 86; ) {
    const control = packed[at++];
    for (let left = (control & 63) + 1; left > 0; left--) {
      if (control & 128) all.push(0);
      else if (control & 64) throw new Error("The zero moves further than a byte.");
      else all.push(packed.readInt8(at++));
    }
  }
  return [all.slice(0, 43), all.slice(43)].map((axis) => [
    ...ORDER.map((place) => axis[place]),
    ...axis.slice(39),
  ]);
}

function pack(axis) {
  return Buffer.from([axis.length - 1, ...axis.map((move) => move & 255)]);
}

function splice(bytes, at, length, put) {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + length)]);
}

function base128(bytes, from) {
  let [value, at] = [0, from];
  do value = value * 128 + (bytes[at] & 127);
  while (bytes[at++] & 128);
  return [value, at];
}

function toBase128(value) {
  const digits = [value & 127];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 127) | 128);
  return digits;
}

function bytes16(value) {
  return [value >> 8, value & 255];
}

function range(from, to) {
  return Array.from({ length: to - from }, (_, place) => from + place);
}
