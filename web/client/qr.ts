/* Draws a code as backend/kit/qr.py does: level M, the same mask, four white modules around. */
import { encode } from "uqr";

const QUIET = 4;
const MASK = 3;

/** Redraws the picture the server made, which keeps its place, its size and its words. */
export function draw(place: Element, payload: string): void {
  const { data, size } = encode(payload, { ecc: "M", boostEcc: false, maskPattern: MASK, border: 0 });
  const side = size + 2 * QUIET;
  const svg = place.querySelector(".qr svg");
  svg?.setAttribute("viewBox", `0 0 ${side} ${side}`);
  const [ground, modules] = svg?.querySelectorAll("path") ?? [];
  ground?.setAttribute("d", `M0 0h${side}v${side}H0z`);
  modules?.setAttribute("d", data.map(row).join(""));
}

function row(modules: boolean[], y: number): string {
  return modules.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}.5h1` : "")).join("");
}
