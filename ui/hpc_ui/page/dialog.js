// @ts-check
// A dialog: `<dialog>` keeps the focus and closes on Escape; each can be canceled.
import { html, useLayoutEffect, useRef } from "./vendor.js";
import { page } from "./state.js";

const close = () => page.set({ dialog: null });

export function Dialog({ title, cancel = "Cancel", children = undefined, actions = null }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  // Closing it before it is taken away gives the focus back; the event of that comes late and must not close the next dialog.
  useLayoutEffect(() => {
    const shown = element.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return html`<dialog ref=${element} onClose=${(event) => event.target.isConnected && close()} aria-labelledby="dialog-title">
    <div class="title"><h2 id="dialog-title">${title}</h2></div>
    ${children}
    <div class="actions">${actions} <button type="button" onClick=${() => element.current?.close()}>${cancel}</button></div>
  </dialog>`;
}
