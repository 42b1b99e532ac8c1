/* F2 brings back the counter's field. Only keys that are no letters, so that nothing is pressed by a voice or a slip. */

export function watchKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (!/^F\d+$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const field = document.querySelector<HTMLInputElement>(`input[data-key="${event.key}"]`);
    if (field === null) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
