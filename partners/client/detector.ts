/* Who reads the picture: the browser where it can, else zxing as WebAssembly, fetched only then (UX3). */

export interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

interface Native {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

declare global {
  interface Window {
    BarcodeDetector?: Native;
    palierReader?: (wasm: string) => Detector;
  }
}

/** `reader` and `wasm` are addresses on our own origin. Rejects when they cannot be fetched. */
export async function findDetector(reader: string, wasm: string): Promise<Detector> {
  return (await native()) ?? (await ours(reader, wasm));
}

async function native(): Promise<Detector | null> {
  const kind = window.BarcodeDetector;
  if (kind === undefined) return null;
  const formats = await kind.getSupportedFormats().catch((): string[] => []);
  return formats.includes("qr_code") ? new kind({ formats: ["qr_code"] }) : null;
}

async function ours(reader: string, wasm: string): Promise<Detector> {
  if (window.palierReader === undefined) await load(reader);
  const make = window.palierReader;
  if (make === undefined) throw new Error("the reader did not come");
  return make(wasm);
}

function load(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      script.remove(); // so that the next try asks again
      reject(new Error("the reader could not be fetched"));
    });
    document.head.append(script);
  });
}
