/* F2 brings back the counter's field, other such keys press the gesture that names them. Only keys that are no
   letters, so that nothing is pressed by a voice or a slip. */

export function watchKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (!/^F\d+$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const found = document.querySelector<HTMLElement>(`[data-key="${event.key}"]`);
    if (found === null) return;
    event.preventDefault();
    found.focus();
    if (found instanceof HTMLInputElement) found.select();
    else found.click();
  });
}
