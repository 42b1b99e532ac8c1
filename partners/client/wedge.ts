/* Keyboard scanners work wherever the focus is: their letters press nothing and spoil no field. */
import { Burst } from "./burst.ts";

type Field = HTMLInputElement | HTMLTextAreaElement;

export function listenToWedges(onCode: (text: string) => void): void {
  const burst = new Burst();
  let spoilt: { field: Field; value: string } | null = null;

  const onKey = (event: KeyboardEvent): void => {
    const now = event.timeStamp;
    if (event.key === "Enter") {
      const text = burst.take(now);
      if (text === null) return;
      event.preventDefault();
      event.stopPropagation();
      if (spoilt !== null) spoilt.field.value = spoilt.value;
      onCode(text);
    } else if (isLetter(event)) {
      if (burst.push(event.key, now)) spoilt = focused();
      // "/" would search, a space would press the button that has the focus
      if (spoilt === null && burst.isRunning(now)) event.preventDefault();
    }
  };

  document.addEventListener("keydown", onKey, true);
  document.addEventListener("keyup", (event) => {
    if (event.key === " " && spoilt === null && burst.isRunning(event.timeStamp)) event.preventDefault();
  });
}

/** What the field held before the scanner wrote into it. */
function focused(): { field: Field; value: string } | null {
  const field = document.activeElement;
  const writes =
    field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && takesText(field));
  return writes ? { field, value: field.value } : null;
}

function takesText(field: HTMLInputElement): boolean {
  return !["radio", "checkbox", "button", "submit"].includes(field.type);
}

/** AltGr writes letters too; Ctrl, Alt and Meta alone are orders to the browser. */
function isLetter(event: KeyboardEvent): boolean {
  const ordered = (event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph");
  return event.key.length === 1 && !ordered && !event.metaKey;
}
