// Items that were started: in the queue, or ended.

import { itemPath, send } from "./api.js";
import { button, copyButton, el, setText } from "./dom.js";
import { count, duration, fileName } from "./words.js";

class Started {
  constructor(item, app) {
    this.item = item;
    this.app = app;
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
  }

  // One request at a time: of two, the second could be answered first.
  async act(work) {
    if (this.busy) return;
    this.busy = true;
    this.problem.hidden = true;
    try {
      await work();
    } catch (error) {
      this.problem.hidden = false;
      setText(this.problem, [error.message, error.advice].filter(Boolean).join(" "));
    } finally {
      this.busy = false;
    }
  }

  setState(state) {
    return this.act(() => send("POST", itemPath(this.item.id, "/state"), { state }));
  }

  remove() {
    return this.act(() => send("DELETE", itemPath(this.item.id)));
  }

  close() {}
}

export class Queued extends Started {
  constructor(item, app) {
    super(item, app);
    this.title = el("h3", {}, item.name);
    this.where = el("p", { class: "quiet" });
    this.bar = el("progress", { max: 1, value: 0, "aria-label": `Progress of ${item.name}` });
    this.words = el("p", { class: "progress-words" });
    this.frame = el("img", { class: "frame", alt: `Latest frame of ${item.name}`, hidden: true });
    this.notes = el("ul", { class: "notes" });
    this.pause = button("Pause", () => this.setState(this.item.state === "paused" ? "waiting" : "paused"));
    this.cancel = button("Cancel", () => this.setState("cancelled"));
    this.earlier = button("↑", () => this.move(-1), { "aria-label": `Move ${item.name} up`, title: "Up" });
    this.later = button("↓", () => this.move(1), { "aria-label": `Move ${item.name} down`, title: "Down" });
    this.element = el(
      "li",
      { class: "row", "data-item": item.id },
      this.frame,
      el("div", { class: "row-body" }, this.title, this.where, this.bar, this.words, this.notes, this.problem),
      el("div", { class: "row-buttons" }, this.earlier, this.later, this.pause, this.cancel),
    );
    this.times = [];
  }

  share() {
    return this.item.total ? this.item.done / this.item.total : 0;
  }

  update(item) {
    if (item.state !== this.item.state) this.times = [];
    this.item = item;
    this.element.dataset.state = item.state;
    setText(this.where, item.output ? `→ ${fileName(item.output)}` : "");
    this.where.title = item.output || "";
    this.bar.hidden = item.state === "waiting" && !item.done;
    if (item.total) this.bar.value = this.share();
    else if (item.state === "running") this.bar.removeAttribute("value");
    setText(this.words, this.progress(item));
    setText(this.pause, item.state === "paused" ? "Resume" : "Pause");
    this.notes.replaceChildren(...item.notes.map((note) => el("li", {}, note)));
    if (item.state !== "running") this.frame.hidden = true;
    else if (this.frame.hidden) this.showFrame(0);
  }

  progress(item) {
    if (item.state === "waiting") return "Waiting";
    const done = item.total ? `${item.done.toLocaleString("en")} of ${count(item.total, "frame")}` : count(item.done, "frame");
    if (item.state === "paused") return `Paused after ${done}`;
    if (!item.done) return "Starting…";
    // The rate of the last half minute: what was resumed, and the loading of the model, do not count.
    const now = performance.now() / 1000;
    this.times = [...this.times.filter(([when]) => now - when < 30), [now, item.done]];
    const [when, before] = this.times[0];
    const left = item.done > before ? ((item.total - item.done) * (now - when)) / (item.done - before) : null;
    return left !== null && item.total ? `${done}, about ${duration(left)} left` : done;
  }

  showFrame(number) {
    const picture = new Image();
    picture.addEventListener("load", () => {
      if (this.item.state !== "running") return;
      this.frame.src = picture.src;
      this.frame.hidden = false;
    });
    picture.src = itemPath(this.item.id, `/frame?number=${number}`);
  }

  place(number, list) {
    this.list = list.map((view) => view.item.id);
    this.number = number;
    this.earlier.disabled = number === 0;
    this.later.disabled = number === list.length - 1;
    this.earlier.hidden = this.later.hidden = list.length < 2;
  }

  move(step) {
    const ids = [...this.list];
    const [id] = ids.splice(this.number, 1);
    ids.splice(this.number + step, 0, id);
    return this.act(() => send("POST", "/api/order", { ids }));
  }
}

const PLAYED = /\.(mp4|webm|mov|m4v|mkv)$/i;
const SHOWN = /\.(gif|webp|apng|png)$/i;

export class Ended extends Started {
  constructor(item, app) {
    super(item, app);
    this.body = el("div", { class: "row-body" });
    this.element = el("li", { class: "row", "data-item": item.id }, this.body);
  }

  update(item) {
    if (this.shown === JSON.stringify(item)) return;
    this.shown = JSON.stringify(item);
    this.item = item;
    this.element.dataset.state = item.state;
    this.body.replaceChildren(
      el("h3", {}, item.name),
      ...(item.state === "done" ? this.done(item) : item.state === "failed" ? this.failed(item) : this.cancelled(item)).filter(Boolean),
      this.problem,
    );
  }

  done(item) {
    const result = itemPath(item.id, "/result");
    const { summary } = item;
    const parts = [
      count(summary.outputs, "frame"),
      summary.resumed && `${summary.resumed} from before`,
      summary.synthesised && `${summary.synthesised} interpolated`,
      summary.cuts && `${count(summary.cuts, "cut")} left alone`,
      duration(item.seconds),
    ];
    const path = el("code", {}, item.output);
    const player = !item.output_is_file ? null
      : PLAYED.test(item.output) ? el("video", { controls: true, preload: "metadata", src: result, "aria-label": `Result: ${fileName(item.output)}`, on: { error: (event) => event.target.replaceWith(el("p", { class: "note" }, "This browser does not play this kind of video. Download it, or play it in a player.")) } })
      : SHOWN.test(item.output) ? el("img", { class: "result", src: result, alt: `Result: ${fileName(item.output)}` })
      : null;
    return [
      el("p", { class: "quiet" }, parts.filter(Boolean).join(", ")),
      player,
      !item.output_is_file && item.done > 0 && this.strip(item),
      el("p", { class: "output" }, path),
      el("div", { class: "row-buttons" },
        !item.output_is_file && el("a", { class: "button", href: `${result}/files`, download: `${fileName(item.output)}.zip` }, "Download all"),
        item.output_is_file && el("a", { class: "button", href: `${result}?download`, download: fileName(item.output) }, "Download"),
        copyButton("Copy path", path),
        el("a", { class: "button", href: itemPath(item.id, "/report"), target: "_blank", rel: "noopener" }, "Report"),
        this.measuring(item),
        button("Once more…", () => this.act(() => send("POST", itemPath(item.id, "/copy")))),
        button("Remove", () => this.remove(), { "aria-label": `Remove ${item.name} from the list` })),
      item.evaluation.state === "failed" && el("p", { class: "problem" }, `It could not be measured: ${item.evaluation.reason}`),
      this.notes(item),
    ];
  }

  strip(item) {
    const last = item.done - 1;
    const numbers = [...new Set([0, 1, 2, 3, 4, 5, 6, 7].map((part) => Math.floor((last * part) / 7)))];
    return el("div", { class: "strip is-still" }, numbers.map((number) => el("img", { src: itemPath(item.id, `/result/frame?frame=${number}`), alt: `Frame ${number} of the result`, loading: "lazy" })));
  }

  measuring(item) {
    const { state } = item.evaluation;
    if (state === "running") return el("span", { class: "quiet is-text", role: "status" }, "Measuring…");
    if (state === "done") return el("a", { class: "button", href: itemPath(item.id, "/evaluation"), target: "_blank", rel: "noopener" }, "Measurement");
    return this.app.evaluates ? button("Measure", () => this.act(() => send("POST", itemPath(item.id, "/evaluation"))), { title: "Drops frames of the input, interpolates them again, and compares with the truth" }) : null;
  }

  failed(item) {
    return [
      el("p", { class: "problem" }, item.failure.message),
      item.failure.advice && el("p", {}, item.failure.advice),
      el("div", { class: "row-buttons" },
        button("Resume", () => this.setState("waiting")),
        button("Change…", () => this.act(() => send("PUT", itemPath(item.id), { options: item.options }))),
        button("Remove", () => this.remove(), { "aria-label": `Remove ${item.name} from the list` })),
      this.notes(item),
    ];
  }

  cancelled(item) {
    const done = item.total ? `${item.done.toLocaleString("en")} of ${count(item.total, "frame")}` : count(item.done, "frame");
    return [
      el("p", { class: "quiet" }, `Cancelled after ${done}`),
      el("div", { class: "row-buttons" },
        button("Resume", () => this.setState("waiting")),
        button("Change…", () => this.act(() => send("PUT", itemPath(item.id), { options: item.options }))),
        button("Remove", () => this.remove(), { "aria-label": `Remove ${item.name} from the list` })),
      this.notes(item),
    ];
  }

  notes(item) {
    return item.notes.length ? el("ul", { class: "notes" }, item.notes.map((note) => el("li", {}, note))) : null;
  }
}
