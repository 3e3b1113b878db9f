// Every other option, under the names that the command line has for them.

import { el, newId } from "./dom.js";

// Those that have a place of their own on the page.
const SHOWN_ABOVE = new Set(["quality", "device", "slowmo"]);

export class MoreOptions {
  constructor(options, onChange) {
    this.inputs = new Map();
    const groups = new Map();
    for (const option of options) {
      if (SHOWN_ABOVE.has(option.name)) continue;
      if (!groups.has(option.group)) groups.set(option.group, []);
      groups.get(option.group).push(this.field(option, onChange));
    }
    this.element = el(
      "details",
      { class: "more" },
      el("summary", {}, "More"),
      [...groups].map(([group, fields]) => el("fieldset", {}, el("legend", {}, group), el("div", { class: "fields" }, fields))),
    );
  }

  field(option, onChange) {
    const id = newId("option");
    const described = `${id}-help`;
    const properties = { id, "aria-describedby": described };
    let input;
    if (option.kind === "flag") {
      input = el("input", { ...properties, type: "checkbox", on: { change: () => onChange(option.name, input.checked) } });
    } else if (option.kind === "choice") {
      const first = option.default ? [] : [el("option", { value: "" }, "–")];
      input = el("select", { ...properties, on: { change: () => onChange(option.name, input.value === option.default ? "" : input.value) } },
        first, option.choices.map((choice) => el("option", { value: choice }, choice)));
    } else {
      input = el("input", { ...properties, type: "text", placeholder: option.default, spellcheck: "false", autocomplete: "off", on: { change: () => onChange(option.name, input.value.trim()) } });
    }
    this.inputs.set(option.name, { input, option });
    const name = el("label", { for: id }, el("code", {}, option.flag));
    return el("div", { class: `option is-${option.kind}` }, name, input, el("p", { class: "help", id: described }, option.help));
  }

  show(options) {
    for (const [name, { input, option }] of this.inputs) {
      if (input === document.activeElement && option.kind !== "choice") continue;
      if (option.kind === "flag") input.checked = Boolean(options[name]);
      else input.value = options[name] ?? (option.kind === "choice" ? option.default : "");
    }
  }

  mark(name) {
    for (const [each, { input }] of this.inputs) {
      if (each === name) {
        input.setAttribute("aria-invalid", "true");
        this.element.open = true;
      } else input.removeAttribute("aria-invalid");
    }
  }
}
