/* zxing for browsers that read no codes themselves; a file of its own, fetched when a camera opens. */
import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";

window.palierReader = (wasm) => {
  prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return new BarcodeDetector({ formats: ["qr_code"] });
};
