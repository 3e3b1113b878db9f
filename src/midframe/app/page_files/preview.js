// Any pair of the input, interpolated in any quality, under a divider or side by side.

import { itemPath, picture } from "./api.js";
import { button, el, newId, setText } from "./dom.js";
import { Decisions } from "./decisions.js";
import { Doubtful } from "./doubtful.js";

const LAYERS = [
  ["before", "Before"],
  ["after", "Next frame"],
  ["fast", "Fast"],
  ["default", "Default"],
  ["best", "Best"],
];

const STEPS = 10;

export class Preview {
  constructor(item, app) {
    this.item = item;
    this.app = app;
    this.pair = 0;
    this.made = new Map();
    this.positionId = newId("position");
    this.doubtful = new Doubtful(item, (number) => this.goTo(number));
    this.decisions = new Decisions(item, (pair) => this.decided(pair));
    this.position = el("input", { type: "range", id: this.positionId, min: 0, max: 0, value: 0, on: { input: () => this.goTo(Number(this.position.value)) } });
    this.time = el("input", { type: "range", min: 1, max: STEPS - 1, value: STEPS / 2, on: { input: () => this.load() } });
    this.positionWords = el("output", {});
    this.timeWords = el("output", {});
    this.left = this.select("Left", "before");
    this.right = this.select("Right", "default");
    this.layers = new Map(LAYERS.map(([name, words]) => {
      const image = el("img", { class: "whole", alt: "", draggable: "false" });
      const figure = el("figure", { class: "layer", "data-layer": name }, image, el("figcaption", {}, words));
      return [name, { image, figure }];
    }));
    this.split = el("input", { class: "split", type: "range", min: 0, max: 100, value: 50, "aria-label": "Divider", on: { input: () => this.moveTo(Number(this.split.value)) } });
    this.stage = el("div", { class: "stage" }, [...this.layers.values()].map(({ figure }) => figure), this.split, el("span", { class: "divider", "aria-hidden": "true" }));
    this.state = el("p", { class: "quiet preview-state", role: "status" });
    this.side = button("Side by side", () => this.toggle(), { "aria-pressed": "false" });
    const swap = button("⇄", () => {
      [this.left.input.value, this.right.input.value] = [this.right.input.value, this.left.input.value];
      this.load();
    }, { "aria-label": "Swap left and right", title: "Swap left and right" });
    this.viewer = el("div", { class: "viewer" }, this.stage,
      el("div", { class: "controls" }, this.left.label, swap, this.right.label, this.side));
    this.element = el(
      "details",
      { class: "preview", on: { toggle: () => this.toggled() } },
      el("summary", {}, "Preview"),
      el("div", { class: "sliders" },
        // Marks are buttons, which cannot be in a label.
        el("div", { class: "slider" }, el("label", { for: this.positionId }, "Between frames"), el("div", { class: "track" }, this.position, this.doubtful.marks), this.positionWords),
        el("label", { class: "slider" }, el("span", {}, "Time"), this.time, this.timeWords)),
      this.state, this.viewer, this.decisions.element, this.doubtful.element,
    );
    this.followPointer();
  }

  select(words, value) {
    const input = el("select", { on: { change: () => this.load() } }, LAYERS.map(([name, text]) => el("option", { value: name }, text)));
    input.value = value;
    return { input, label: el("label", {}, el("span", {}, words), input) };
  }

  show(plan, options) {
    this.plan = plan;
    this.position.max = Math.max(0, plan.sources - 2);
    const key = JSON.stringify({ ...options, quality: "" });
    if (this.key !== key) {
      this.key = key;
      this.forget();
    }
    const quality = options.quality || "default";
    if (this.quality !== quality) {
      this.quality = quality;
      this.right.input.value = quality;
    }
    this.doubtful.look(Number(this.position.max));
    if (this.element.open) this.decisions.look();
    this.load();
  }

  // What was made of the pair before is of no use, of all pairs where none is named.
  decided(pair) {
    this.forget((path) => pair === null || path.startsWith(`/preview?pair=${pair}&`));
    this.load();
    this.changed?.();
  }

  toggled() {
    if (!this.element.open) {
      this.doubtful.stop();
      return;
    }
    this.decisions.look();
    this.load();
  }

  goTo(number) {
    this.pair = Math.min(number, Number(this.position.max));
    this.position.value = this.pair;
    if (!this.element.open) this.element.open = true;
    this.load();
  }

  close() {
    this.doubtful.close();
    this.stop?.abort();
    this.forget();
  }

  forget(which = () => true) {
    for (const [path, { address }] of this.made) {
      if (!which(path)) continue;
      URL.revokeObjectURL(address);
      this.made.delete(path);
    }
  }

  wanted() {
    return this.stage.classList.contains("is-grid") ? LAYERS.map(([name]) => name).filter((name) => name !== "after") : [this.left.input.value, this.right.input.value];
  }

  // One after the other, and always what was wanted last: previews take the whole machine.
  async load() {
    setText(this.positionWords, `${this.pair} and ${this.pair + 1}`);
    setText(this.timeWords, `${this.time.value}/${STEPS}`);
    this.doubtful.showCurrent(this.pair);
    this.decisions.showCurrent(this.pair);
    this.position.setAttribute("aria-valuetext", `Frames ${this.pair} and ${this.pair + 1}`);
    if (!this.element.open || !this.plan) return;
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    this.loading = this.fill(stop);
    await this.loading;
  }

  // Ends when nothing is being interpolated: what is not looked at can wait.
  async rest() {
    while (this.resting !== this.loading) {
      this.resting = this.loading;
      await this.loading;
    }
  }

  async fill(stop) {
    const began = performance.now();
    try {
      setText(this.state, "Interpolating…");
      for (const name of new Set(this.wanted())) {
        const { address, origin } = await this.picture(name, stop.signal);
        if (stop.signal.aborted) return;
        await this.put(name, address, origin);
      }
      this.arrange();
      setText(this.state, this.originWords());
      this.element.dataset.seconds = ((performance.now() - began) / 1000).toFixed(2);
    } catch (error) {
      if (error.name !== "AbortError") setText(this.state, error.message);
    }
  }

  async picture(name, signal) {
    const path =
      name === "before" ? `/source?frame=${this.pair}`
      : name === "after" ? `/source?frame=${this.pair + 1}`
      : `/preview?pair=${this.pair}&time=${this.time.value}/${STEPS}&quality=${name}`;
    if (!this.made.has(path)) {
      const { blob, origin } = await picture(itemPath(this.item.id, path), signal);
      if (signal.aborted) throw new DOMException("Stopped.", "AbortError");
      this.made.set(path, { address: URL.createObjectURL(blob), origin });
    }
    return this.made.get(path);
  }

  async put(name, address, origin) {
    const { image, figure } = this.layers.get(name);
    figure.dataset.origin = origin || "";
    image.src = address;
    image.alt = `${LAYERS.find(([each]) => each === name)[1]}, between frames ${this.pair} and ${this.pair + 1}`;
    await image.decode().catch(() => {});
  }

  arrange() {
    const grid = this.stage.classList.contains("is-grid");
    const [left, right] = [this.left.input.value, this.right.input.value];
    const wanted = this.wanted();
    for (const [name, { figure }] of this.layers) {
      figure.classList.toggle("is-left", grid ? wanted.includes(name) : name === left);
      figure.classList.toggle("is-right", !grid && name === right && left !== right);
    }
    this.moveTo(Number(this.split.value));
  }

  originWords() {
    const origin = this.layers.get(this.quality).figure.dataset.origin;
    if (origin === "held_cut") return "There is a cut between these frames: the frame before is held.";
    if (origin === "held_static") return "Nothing moves between these frames: the frame before is held.";
    if (origin === "held_choice") return "As decided, the frame before is held.";
    if (origin === "blended_choice") return "As decided, these frames are blended.";
    if (origin === "blended_cut") return "There is a cut between these frames: they are blended.";
    return "";
  }

  moveTo(percent) {
    const bounded = Math.min(100, Math.max(0, percent));
    this.stage.style.setProperty("--split", `${bounded}%`);
    this.split.value = String(Math.round(bounded));
    const names = [this.left, this.right].map(({ input }) => input.selectedOptions[0].textContent);
    this.split.setAttribute("aria-valuetext", `${this.split.value}% ${names[0]}, ${100 - this.split.value}% ${names[1]}`);
  }

  toggle() {
    const grid = this.stage.classList.toggle("is-grid");
    this.side.setAttribute("aria-pressed", String(grid));
    this.left.input.disabled = this.right.input.disabled = grid;
    this.load();
  }

  followPointer() {
    let held = false;
    const follow = (event) => {
      const box = this.stage.getBoundingClientRect();
      this.moveTo((100 * (event.clientX - box.left)) / box.width);
    };
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.stage.classList.contains("is-grid")) return;
      held = true;
      this.stage.setPointerCapture(event.pointerId);
      if (event.pointerType !== "touch") follow(event);
      this.split.focus({ preventScroll: true, focusVisible: false });
      event.preventDefault();
    });
    this.stage.addEventListener("pointermove", (event) => {
      if (held) follow(event);
    });
    this.stage.addEventListener("pointerup", (event) => {
      if (held) follow(event);
      held = false;
    });
    this.stage.addEventListener("pointercancel", () => {
      held = false;
    });
  }
}
