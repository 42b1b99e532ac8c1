/* A code that is typed or pasted is shown in groups, in capitals, as it is printed. The server takes it either way. */

const TYPED = /^[0-9A-Za-z\s-]{0,24}$/; // what a scanner types is longer or has other signs: it stays untouched

export function groupCodes(): void {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.dataset.groups !== undefined) regroup(field);
  });
}

function regroup(field: HTMLInputElement): void {
  if (!TYPED.test(field.value)) return;
  const size = Number(field.dataset.groups);
  const before = signs(field.value.slice(0, field.selectionStart ?? field.value.length)).length;
  field.value = grouped(signs(field.value), size);
  const caret = before + Math.max(0, Math.ceil(before / size) - 1);
  field.setSelectionRange(caret, caret);
}

export function signs(text: string): string {
  return text.replace(/[\s-]/g, "").toUpperCase();
}

export function grouped(text: string, size: number): string {
  return (text.match(new RegExp(`.{1,${size}}`, "g")) ?? []).join(" ");
}
