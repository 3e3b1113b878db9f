// The pairs of an input that may look wrong: the button that looks for them, marks on the slider, and a list.

import { get, itemPath, send } from "./api.js";
import { button, el, setText } from "./dom.js";

const NOTHING = { state: "", worst: [] };

export class Doubtful {
  constructor(item, goTo) {
    this.item = item;
    this.goTo = goTo;
    this.review = NOTHING;
    this.last = 0;
    this.marks = el("div", { class: "doubtful-marks", role: "group", "aria-label": "Frames that may look wrong", hidden: true });
    this.list = el("ol", { class: "doubtful-list" });
    this.words = el("p", { class: "quiet", role: "status" });
    this.progress = el("progress", { "aria-label": "Looking for frames that may look wrong", hidden: true });
    this.find = button("Find frames that may look wrong", () => this.start());
    this.end = button("Stop", () => this.stop(), { hidden: true });
    this.element = el("div", { class: "doubtful" }, el("div", { class: "doubtful-line" }, this.find, this.progress, this.end, this.words), this.list);
  }

  // Asks the app what it knows of the input and its options as they are now.
  async look(last) {
    this.last = last;
    try {
      this.show(await get(itemPath(this.item.id, "/review")));
    } catch (error) {
      this.say(error);
    }
  }

  async start() {
    setText(this.words, "");
    this.find.disabled = true;
    try {
      await send("POST", itemPath(this.item.id, "/review"));
      await this.look(this.last);
    } catch (error) {
      this.find.disabled = false;
      this.say(error);
    }
  }

  async stop() {
    if (this.review.state !== "running") return;
    try {
      await send("DELETE", itemPath(this.item.id, "/review"));
    } catch (error) {
      this.say(error);
    }
  }

  // Whoever closes the preview does not wait for what it would show.
  close() {
    this.closed = true;
    this.stop();
  }

  say(error) {
    if (!this.closed) setText(this.words, [error.message, error.advice].filter(Boolean).join(" "));
  }

  show(review) {
    if (this.closed) return;
    const { state, done, total, worst } = review;
    const had = this.review.state;
    this.review = review;
    const running = state === "running";
    const held = [this.find, this.end].includes(document.activeElement);
    this.find.hidden = running || state === "done";
    this.find.disabled = false;
    this.progress.hidden = this.end.hidden = !running;
    if (running && total) {
      this.progress.max = total;
      this.progress.value = done;
    } else this.progress.removeAttribute("value");
    if (held && running) this.end.focus();
    if (state || had) setText(this.words, this.sentence());
    this.showPairs(worst);
    if (held && state === "done") this.list.querySelector("button")?.focus();
    if (held && !state) this.find.focus();
  }

  sentence() {
    const { state, message, worst, scored } = this.review;
    if (state === "running") return "Looking at every pair of frames…";
    if (state === "failed") return message;
    if (state !== "done") return "";
    if (!worst.length) return "No pair of this input is interpolated, so none looks wrong.";
    const rest = scored > worst.length ? `The ${worst.length} pairs most likely to look wrong, of ${scored.toLocaleString("en")}` : "All pairs that are interpolated";
    return `${rest}, the worst first:`;
  }

  showPairs(worst) {
    const key = JSON.stringify([worst, this.last]);
    if (this.shown === key) return;
    this.shown = key;
    this.marks.hidden = !worst.length;
    this.list.hidden = !worst.length;
    const inOrder = [...worst].sort((a, b) => a.pair - b.pair);
    this.marks.replaceChildren(...inOrder.map(({ pair, time, why }) => {
      const mark = button("", () => this.goTo(pair), { class: "doubtful-mark", "data-pair": pair, "aria-label": `Go to ${time}: ${why}`, title: `${time}: ${why}` });
      mark.style.setProperty("--share", String(this.last ? pair / this.last : 0));
      return mark;
    }));
    this.list.replaceChildren(...worst.map(({ pair, time, why }) => el("li", {}, el("button", { type: "button", "data-pair": pair, on: { click: () => this.goTo(pair) } }, el("b", {}, time), el("span", {}, why)))));
    this.showCurrent(this.current);
  }

  showCurrent(pair) {
    this.current = pair;
    for (const each of [...this.marks.children, ...this.list.querySelectorAll("button")]) {
      if (Number(each.dataset.pair) === pair) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  }
}
