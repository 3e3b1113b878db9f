// What becomes of the pair that is shown, and what was decided about others.

import { get, itemPath, send } from "./api.js";
import { button, el, newId, setText } from "./dom.js";
import { count } from "./words.js";

const AS_IT_IS = "as-it-is";

export class Decisions {
  constructor(item, onChange) {
    this.item = item;
    this.onChange = onChange;
    this.pair = 0;
    this.decided = {};
    const id = newId("becomes");
    this.select = el("select", { id, on: { change: () => this.decide() } });
    this.words = el("span", { class: "quiet", role: "status" });
    this.file = el("a", { class: "button", href: itemPath(item.id, "/choices/file"), download: "choices.json", hidden: true }, "Download choices.json");
    this.clear = button("Forget them", () => this.forget(), { hidden: true });
    this.element = el("div", { class: "decisions", hidden: true }, el("label", { for: id }, "What becomes of this pair", this.select), this.words, this.file, this.clear);
  }

  async look() {
    try {
      this.show(await get(itemPath(this.item.id, "/choices")));
    } catch (error) {
      this.say(error);
    }
  }

  decide() {
    return this.change(this.pair, () => send("PUT", itemPath(this.item.id, "/choices"), { pair: this.pair, becomes: this.select.value }));
  }

  forget() {
    return this.change(null, () => send("DELETE", itemPath(this.item.id, "/choices")));
  }

  async change(pair, request) {
    try {
      this.show(await request());
      if (pair === null) this.select.focus();
      this.onChange(pair);
    } catch (error) {
      this.showCurrent(this.pair);
      this.say(error);
    }
  }

  say(error) {
    setText(this.words, [error.message, error.advice].filter(Boolean).join(" "));
  }

  show({ alternatives, decided, count: number }) {
    this.element.hidden = false;
    this.decided = decided;
    const key = JSON.stringify(alternatives);
    if (this.key !== key) {
      this.key = key;
      this.select.replaceChildren(...alternatives.map(([value, label]) => el("option", { value }, label)));
    }
    setText(this.words, number ? `${count(number, "pair")} decided` : "");
    this.file.hidden = this.clear.hidden = !number;
    this.showCurrent(this.pair);
  }

  showCurrent(pair) {
    this.pair = pair;
    this.select.value = this.decided[pair] || AS_IT_IS;
  }
}
