// Elements are made with their texts as texts: nothing from outside becomes markup.

let lastId = 0;

export const newId = (prefix) => `${prefix}-${++lastId}`;

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "on") for (const [kind, handler] of Object.entries(value)) element.addEventListener(kind, handler);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function button(text, action, properties = {}) {
  return el("button", { type: "button", ...properties, on: { click: action } }, text);
}

// Copies what an element says. Where browsers do not allow that (without encryption), the text is selected.
export function copyButton(text, element) {
  const made = button(text, async () => {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(element.textContent);
      setText(made, "Copied");
      setTimeout(() => setText(made, text), 2000);
    } else getSelection().selectAllChildren(element);
  });
  return made;
}

// Asks for a text; null where the answer is none.
export function ask(title, label, yes) {
  return new Promise((resolve) => {
    const id = newId("ask");
    const input = el("input", { type: "text", id, autocomplete: "off", required: true, maxlength: 60 });
    const dialog = el(
      "dialog",
      { class: "ask", "aria-label": title, on: { close: () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes" && input.value.trim() ? input.value.trim() : null);
      } } },
      el("form", { on: { submit: (event) => {
        event.preventDefault();
        dialog.close("yes");
      } } },
      el("h2", {}, title), el("label", { for: id }, label), input,
      el("div", { class: "dialog-buttons" }, el("span", { class: "gap" }), button("Cancel", () => dialog.close()), el("button", { type: "submit", class: "primary" }, yes))),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Says a thing once, and only if it has changed: screen readers read it again otherwise.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function announce(text) {
  setText(document.getElementById("live"), text);
}
