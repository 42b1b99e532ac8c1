/* Builds what the browser loads: `npm run build`. Into web/static/build go files named with a hash of their content,
   manifest.json (logical name -> hashed name), and .gz and .br beside each text. The same input gives the same files,
   and two builds at once do no harm: each file appears whole, the manifest last. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";
import { withPlainZero } from "./web/static/face.mjs";

const OUT = "web/static/build";
const TARGET = ["es2021", "chrome90", "firefox90", "safari14"];
const FACE =
  "node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2";
const ICONS = "node_modules/lucide-static/icons";
const READER = "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm";
const SHRINKS = new Set([".css", ".js", ".svg", ".wasm"]); // a woff2 is compressed already
const DAY_MS = 86_400_000;

const manifest = {};

await mkdir(OUT, { recursive: true });
await keep("face.woff2", withPlainZero(await readFile(FACE)));
await keep("zxing_reader.wasm", await readFile(READER));
await keep("mark.svg", await readFile("web/static/mark.svg"));
await keep("icons.svg", await icons());
await keep("pictures.svg", await pictures());
await bundle(await entries());
await settle("manifest.json", `${JSON.stringify(sorted(manifest), null, 2)}\n`);
await tidy();
console.log(`${Object.keys(manifest).length} files in ${OUT}`);

/** One sprite of the icons we list, not of the 1,700 there are. */
async function icons() {
  const list = JSON.parse(await readFile("web/static/icons.json", "utf8"));
  const symbols = list.map(async (name) => {
    const source = await readFile(join(ICONS, `${name}.svg`), "utf8");
    return `<symbol id="i-${name}" viewBox="0 0 24 24">${inside(source)}</symbol>`;
  });
  return sprite(await Promise.all(symbols));
}

/** Each picture twice: square, and wide for the head of a page, where its first shape (the tint) fills the sides. */
async function pictures() {
  const files = await names("web/static/pictures", /\.svg$/);
  const symbols = files.map(async (file) => {
    const name = basename(file, ".svg");
    const shapes = inside(await readFile(join("web/static/pictures", file), "utf8"));
    const tint = shapes.slice(0, shapes.indexOf("/>") + 2);
    return (
      `<symbol id="p-${name}" viewBox="0 0 64 64">${shapes}</symbol>` +
      `<symbol id="p-${name}-wide" viewBox="-48 0 160 64">${tint}` +
      `<g transform="translate(6 6) scale(.82)">${shapes.slice(tint.length)}</g></symbol>`
    );
  });
  return sprite(await Promise.all(symbols));
}

function sprite(symbols) {
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

function inside(svg) {
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return shapes.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
}

/** Every style sheet of web/static/css, and every entry-<name>.ts, which becomes <name>.js. */
async function entries() {
  const found = [];
  for (const folder of ["web/client", "partners/client"])
    for (const file of await names(folder, /^entry-.*\.ts$/))
      found.push({ in: join(folder, file), out: basename(file, ".ts").replace("entry-", "") });
  for (const file of await names("web/static/css", /\.css$/))
    found.push({ in: join("web/static/css", file), out: basename(file, ".css") });
  return found;
}

async function names(folder, pattern) {
  const all = existsSync(folder) ? await readdir(folder) : [];
  return all.filter((name) => pattern.test(name)).sort();
}

async function bundle(entryPoints) {
  const { outputFiles } = await build({
    entryPoints,
    outdir: OUT,
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: TARGET,
    supported: { destructuring: true }, // esbuild counts an old corner case of Safari 14 as none at all
    charset: "utf8",
    legalComments: "none",
    logOverride: { "direct-eval": "silent" }, // htmx's, never reached: allowEval is off and the policy forbids it
    plugins: [{ name: "hashed-face", setup: useHashedFace }],
  });
  for (const file of outputFiles) await keep(basename(file.path), file.contents);
}

function useHashedFace({ onResolve }) {
  onResolve({ filter: /\.woff2$/ }, ({ path }) => ({ path: `./${manifest[path]}`, external: true }));
}

/** Writes one file under its hashed name, with its compressed siblings; what stands there already is the same. */
async function keep(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 10);
  const extension = extname(name);
  const hashed = `${basename(name, extension)}.${hash}${extension}`;
  manifest[name] = hashed;
  const bytes = Buffer.from(contents);
  if (!existsSync(join(OUT, hashed))) await settle(hashed, bytes);
  if (SHRINKS.has(extension)) await shrink(hashed, bytes);
}

async function shrink(hashed, bytes) {
  if (existsSync(join(OUT, `${hashed}.br`)) && existsSync(join(OUT, `${hashed}.gz`))) return;
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await settle(`${hashed}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  await settle(`${hashed}.br`, await promisify(brotliCompress)(bytes, { params: size }));
}

async function settle(name, contents) {
  const draft = join(OUT, `.${process.pid}.${name}`);
  await writeFile(draft, contents);
  await rename(draft, join(OUT, name));
}

/** What the manifest no longer names goes a day later: a server or a page that is still open asks for it until then. */
async function tidy() {
  const kept = new Set(["manifest.json", ...Object.values(manifest)]);
  for (const name of await readdir(OUT)) {
    if (kept.has(name.replace(/\.(gz|br)$/, ""))) continue;
    const { mtimeMs } = await stat(join(OUT, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (mtimeMs < Date.now() - DAY_MS) await rm(join(OUT, name), { force: true });
  }
}

function sorted(record) {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
