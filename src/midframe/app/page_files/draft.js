// An item that was added and not started: what it is, what it becomes, and what that looks like.

import { get, inTurn, itemPath, send } from "./api.js";
import { ask, button, copyButton, el, newId, setText } from "./dom.js";
import { MoreOptions } from "./more.js";
import { Preview } from "./preview.js";
import { count, duration, rate, size } from "./words.js";

const CHANGE_MILLISECONDS = 250;

// After this long, what was sent does not come back any more: it changed nothing.
const ECHO_MILLISECONDS = 5000;

const QUALITIES = [
  ["fast", "Fast", "The network as published"],
  ["default", "Default", "Clean where both frames agree"],
  ["best", "Best", "Four estimates merged"],
];

// What the plain words mean, in options of the job.
const KINDS = {
  smoother: [
    ["Twice the frames", { factor: "2" }],
    ["Four times", { factor: "4" }],
    ["60 per second", { fps: "60" }],
    ["120 per second", { fps: "120" }],
  ],
  slow: [
    ["2× slower", { factor: "2", slowmo: true }],
    ["4× slower", { factor: "4", slowmo: true }],
    ["8× slower", { factor: "8", slowmo: true }],
  ],
  pictures: [
    ["1 between", { factor: "2" }],
    ["3 between", { factor: "4" }],
    ["7 between", { factor: "8" }],
  ],
};

const MOTION = ["factor", "fps", "slowmo", "insert"];

// What people type where none of the choices fits, and the option that it is.
const OTHER = {
  smoother: ["or frames per second", "fps"],
  slow: ["or times slower", "factor"],
  pictures: ["or times as many", "factor"],
};

// Options of this input alone: presets leave them as they are.
const OF_ONE_INPUT = ["output", "name", "start_number", "start_time", "end_time"];

function radios(legend, name, choices, onChange) {
  const inputs = choices.map(([value, ...words]) => {
    const input = el("input", { type: "radio", name, value, on: { change: () => onChange(value) } });
    return [value, input, el("label", {}, input, el("span", {}, ...words))];
  });
  const field = el("fieldset", { class: "choice-field" }, el("legend", {}, legend), el("div", { class: "choice" }, inputs.map((each) => each[2])));
  const choose = (value) => inputs.forEach(([each, input]) => (input.checked = each === value));
  return { field, choose };
}

// The same text for the same options, whatever order they were chosen in.
const asText = (options) => JSON.stringify(Object.entries(options).sort());

export class Draft {
  constructor(item, app) {
    this.item = item;
    this.app = app;
    this.options = { ...item.options };
    this.sent = [];
    this.name = newId("draft");
    this.facts = el("p", { class: "quiet" }, "Reading…");
    this.strip = el("div", { class: "strip", role: "group", "aria-label": "Frames of the input" });
    this.marks = el("div", { class: "marks", "aria-hidden": "true" });
    this.sentence = el("p", { class: "sentence", "aria-live": "polite" });
    this.notes = el("ul", { class: "notes" });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.command = el("code", {});
    this.preview = new Preview(item, app);
    // The command and the plan change with what is decided.
    this.preview.changed = () => this.look();
    this.start = button("Start", () => this.begin(), { class: "primary" });
    this.motion = el("div", { class: "motion" });
    this.quality = this.makeQuality();
    this.device = this.makeDevice();
    this.preset = this.makePreset();
    this.more = new MoreOptions(app.options, (name, value) => this.set({ [name]: value }));
    this.element = el(
      "article",
      { class: "draft", "data-item": item.id, "aria-labelledby": `${this.name}-title` },
      el("div", { class: "section-head" }, el("h3", { id: `${this.name}-title` }, item.name), button("Remove", () => this.remove(), { "aria-label": `Remove ${item.name}` })),
      this.facts, this.strip, this.marks,
      this.choices = el("div", { class: "choices" }, this.motion, this.quality.field, el("div", { class: "selects" }, this.device, this.preset)),
      this.more.element,
      this.sentence, this.notes, this.problem,
      this.rest = el("div", {},
        el("div", { class: "start-line" }, this.start),
        el("details", { class: "command" }, el("summary", {}, "The same as a command"), el("p", { class: "command-line" }, this.command, copyButton("Copy", this.command))),
        this.preview.element),
    );
    // What takes time waits until it can be seen.
    this.seen = new Promise((resolve) => {
      this.watch = new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          this.watch.disconnect();
          resolve();
        }
      }, { rootMargin: "400px" });
      this.watch.observe(this.element);
    });
    this.showParts();
    this.look();
  }

  update(item) {
    const told = asText(item.options);
    const changed = told !== asText(this.item.options);
    const decided = item.choices !== this.item.choices;
    this.item = item;
    if (decided && this.plan) {
      this.showSentence();
      if (this.preview.element.open) this.preview.decisions.look();
    }
    // What comes back of this page's own changes may be older than what is chosen by now.
    const own = this.sent.indexOf(told);
    if (own >= 0) {
      this.sent.splice(0, own + 1);
    } else if (changed && !this.pending && !this.sent.length) {
      // Another page has changed them.
      this.options = { ...item.options };
      this.showOptions();
      this.look();
    }
  }

  showReview(review) {
    this.preview.doubtful.show(review);
  }

  close() {
    this.stop?.abort();
    this.watch.disconnect();
    clearTimeout(this.pending);
    this.preview.close();
  }

  set(options) {
    for (const [name, value] of Object.entries(options)) {
      if (value === "" || value === null || value === undefined || value === false) delete this.options[name];
      else this.options[name] = value;
    }
    this.showOptions();
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.save(), CHANGE_MILLISECONDS);
  }

  async save() {
    this.pending = null;
    const sent = asText(this.options);
    this.sent.push(sent);
    try {
      await send("PUT", itemPath(this.item.id), { options: this.options });
      setTimeout(() => this.sent.splice(0, this.sent.indexOf(sent) + 1), ECHO_MILLISECONDS);
      await this.look();
    } catch (error) {
      this.sent.length = 0;
      this.showProblem(error);
    }
  }

  // The plan at once; then cuts and still pictures, and how long each quality takes.
  async look() {
    this.stop?.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.element.setAttribute("aria-busy", "true");
    try {
      const { plan, strip, command } = await get(itemPath(this.item.id, "/plan"), signal);
      this.plan = plan;
      this.showProblem(null);
      this.showParts();
      setText(this.command, command);
      this.showPlan();
      this.showStrip(strip);
      this.showMotion();
      this.showOptions();
      this.preview.show(plan, this.options);
      await this.seen;
      const { plan: analysed } = await inTurn(() => get(itemPath(this.item.id, "/analysis"), signal), signal);
      this.plan = analysed;
      this.showPlan();
      await this.showTimes(signal);
    } catch (error) {
      if (error.name !== "AbortError" && error.status !== 409) this.showProblem(error);
    } finally {
      if (this.stop.signal === signal) this.element.removeAttribute("aria-busy");
    }
  }

  showProblem(error) {
    this.problem.hidden = !error;
    setText(this.problem, error ? [error.message, error.advice].filter(Boolean).join(" ") : "");
    this.start.disabled = Boolean(error);
    if (error && !this.plan) setText(this.facts, "");
    this.more.mark(error ? error.option : null);
    this.showParts();
  }

  // Nothing can be chosen about what cannot be read.
  showParts() {
    const unread = !this.plan;
    this.choices.hidden = this.more.element.hidden = this.rest.hidden = this.strip.hidden = unread;
    if (unread) this.marks.hidden = true;
  }

  showPlan() {
    const { plan } = this;
    const input = plan.source_facts;
    const parts = input
      ? [`${input.width} × ${input.height}`, input.rate && `${input.steady ? "" : "about "}${rate(input.rate)}`, input.seconds && duration(input.seconds), count(plan.sources, "frame"), input.kind, input.depth, input.sound && count(input.sound, "sound track")]
      : [plan.format, plan.codec, count(plan.sources, "frame")];
    setText(this.facts, parts.filter(Boolean).join(" · "));
    this.showSentence();
    this.notes.replaceChildren(...plan.notes.map((note) => el("li", {}, note)));
    this.showMarks();
  }

  showSentence() {
    const { plan } = this;
    const found = plan.analysis;
    const fresh = this.interpolated();
    const words = [`${count(plan.sources, "frame")} become ${count(plan.outputs, "frame")}, ${fresh.toLocaleString("en")} of them new`];
    if (found && found.cut_count) words.push(`${count(found.cut_count, "cut")} left alone`);
    if (found && found.static_count) words.push(`${count(found.static_count, "pair")} without motion held`);
    if (found && found.repeats) words.push(`${count(found.repeats, "repeated frame")} replaced`);
    if (this.item.choices) words.push(`${count(this.item.choices, "pair")} decided`);
    const seconds = this.seconds && this.seconds[this.options.quality || "default"];
    if (seconds) words.push(`about ${duration(seconds * this.share())} on ${this.on.replace(/,.*/, "")}`);
    if (plan.disk_bytes !== null) words.push(`about ${size(plan.disk_bytes)}`);
    const where = `It goes to ${plan.output}.`;
    setText(this.sentence, `${words.join("; ")}${found ? "" : "; looking for cuts…"}. ${where}`);
  }

  interpolated() {
    if (this.plan.interpolated !== undefined && this.plan.interpolated !== null) return this.plan.interpolated;
    return Math.round(this.plan.synthesised * this.share());
  }

  // The part of the pairs that will be interpolated.
  share() {
    const found = this.plan.analysis;
    if (!found || !found.pairs) return 1;
    return (found.pairs - found.cut_count - found.static_count) / found.pairs;
  }

  showStrip(numbers) {
    const inputs = ["start_time", "end_time", "deinterlace", "display_transform"].map((name) => this.options[name]);
    const key = JSON.stringify([numbers, inputs]);
    if (this.stripKey === key) return;
    this.stripKey = key;
    this.strip.replaceChildren(...numbers.map((number) => button(
      el("img", { src: itemPath(this.item.id, `/source?frame=${number}&small&v=${encodeURIComponent(inputs.join())}`), alt: `Frame ${number}`, loading: "lazy" }),
      () => this.preview.goTo(number),
      { title: `Frame ${number}: look at it below` },
    )));
  }

  showMarks() {
    const found = this.plan.analysis;
    const last = Math.max(1, this.plan.sources - 1);
    const mark = (number, kind) => {
      const each = el("span", { class: `mark is-${kind}` });
      each.style.setProperty("--place", `${(100 * number) / last}%`);
      return each;
    };
    this.marks.replaceChildren(...(found ? [...found.static.map((number) => mark(number, "static")), ...found.cuts.map((number) => mark(number, "cut"))] : []));
    this.marks.hidden = !found || !(found.cut_count + found.static_count);
  }

  async showTimes(signal) {
    const key = JSON.stringify({ ...this.options, quality: "" });
    if (this.timesKey === key) return;
    this.seconds = {};
    const chosen = this.options.quality || "default";
    for (const quality of [chosen, ...QUALITIES.map(([name]) => name).filter((name) => name !== chosen)]) {
      await this.preview.rest();
      const { seconds, device } = await inTurn(() => get(itemPath(this.item.id, `/seconds?quality=${quality}`), signal), signal);
      this.seconds[quality] = seconds;
      this.on = device || "";
      this.quality.showTime(quality, seconds === null ? "" : duration(seconds * this.share()));
      this.showSentence();
    }
    this.timesKey = key;
  }

  // More frames a second, or slow motion; of pictures, how many in between.
  showMotion() {
    const isVideo = this.plan.source_facts ? Boolean(this.plan.source_facts.rate) : /\.\w+$/.test(this.plan.output);
    if (this.isVideo === isVideo) return;
    this.isVideo = isVideo;
    const kinds = isVideo ? [["smoother", "Smoother"], ["slow", "Slow motion"]] : [["pictures", "More pictures"]];
    this.kinds = radios("What it becomes", `${this.name}-kind`, kinds, (kind) => this.set({ factor: null, fps: null, slowmo: null, insert: null, ...KINDS[kind][0][1] }));
    this.amounts = el("div", { class: "amounts" });
    this.motion.replaceChildren(this.kinds.field, this.amounts);
  }

  showAmounts() {
    const kind = !this.isVideo ? "pictures" : this.options.slowmo ? "slow" : "smoother";
    this.kinds.choose(kind);
    const motion = (options) => JSON.stringify(MOTION.map((name) => options[name] || ""));
    const now = motion({ factor: this.options.fps || this.options.insert ? "" : "2", ...this.options });
    if (this.kind !== kind) {
      this.kind = kind;
      const choices = KINDS[kind].map(([words, options], number) => [String(number), words, options]);
      this.amount = radios(kind === "slow" ? "How slow" : "How many", `${this.name}-amount`, choices.map(([value, words]) => [value, words]), (value) => this.set({ factor: null, fps: null, slowmo: null, insert: null, ...KINDS[kind][Number(value)][1] }));
      const [words, name] = OTHER[kind];
      this.other = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": words, on: { change: () => {
        const value = this.other.value.trim();
        if (value) this.set({ factor: null, fps: null, insert: null, slowmo: kind === "slow", [name]: value });
      } } });
      this.amounts.replaceChildren(this.amount.field, el("label", { class: "other" }, el("span", {}, words), this.other));
    }
    const found = KINDS[kind].findIndex(([, options]) => motion(options) === now);
    this.amount.choose(String(found));
    if (this.other !== document.activeElement) this.other.value = found < 0 ? this.options[OTHER[kind][1]] || "" : "";
  }

  makeQuality() {
    const times = {};
    const choices = QUALITIES.map(([value, words, help]) => {
      times[value] = el("small", { class: "time" }, "…");
      return [value, el("b", {}, words), el("small", {}, help), times[value]];
    });
    const made = radios("Quality", `${this.name}-quality`, choices, (value) => this.set({ quality: value === "default" ? null : value }));
    made.field.classList.add("quality");
    made.showTime = (quality, text) => setText(times[quality], text ? `about ${text}` : "");
    return made;
  }

  makeDevice() {
    const devices = [["", "Automatic"], ["cpu", "CPU"], ...this.app.devices.map((device) => [device, device])];
    this.deviceSelect = el("select", { on: { change: (event) => this.set({ device: event.target.value }) } }, devices.map(([value, text]) => el("option", { value }, text)));
    return el("label", { class: "field" }, el("span", {}, "Device"), this.deviceSelect);
  }

  makePreset() {
    this.presetSelect = el("select", { on: { change: () => this.choosePreset(this.presetSelect.value) } });
    this.showPresets();
    return el("label", { class: "field" }, el("span", {}, "Preset"), this.presetSelect);
  }

  showPresets() {
    const saved = this.app.presets.filter((preset) => preset.path);
    const options = (presets) => presets.map(({ name, title, path, description }) => el("option", { value: path || name, title: description }, title));
    this.presetSelect.replaceChildren(
      el("option", { value: "" }, "–"),
      ...options(this.app.presets.filter((preset) => !preset.path)),
      ...(saved.length ? [el("optgroup", { label: "Saved" }, options(saved))] : []),
      el("option", { value: "save" }, "Save as a preset…"),
    );
  }

  async choosePreset(value) {
    if (value === "save") {
      this.presetSelect.value = "";
      const title = await ask("Save as a preset", "Name", "Save");
      if (!title) return;
      try {
        await send("POST", "/api/presets", { title, options: this.options });
      } catch (error) {
        this.showProblem(error);
      }
      return;
    }
    const preset = this.app.presets.find(({ name, path }) => (path || name) === value);
    if (!preset) return;
    const kept = OF_ONE_INPUT.filter((name) => name in this.options).map((name) => [name, this.options[name]]);
    this.options = { ...Object.fromEntries(kept), ...preset.options };
    this.set({});
    this.presetSelect.value = value;
  }

  showOptions() {
    if (this.kinds) this.showAmounts();
    this.quality.choose(this.options.quality || "default");
    this.deviceSelect.value = this.options.device || "";
    this.more.show(this.options);
  }

  async begin() {
    if (this.start.disabled) return;
    this.start.disabled = true;
    try {
      if (this.pending) {
        clearTimeout(this.pending);
        await this.save();
      }
      await send("POST", itemPath(this.item.id, "/state"), { state: "waiting" });
    } catch (error) {
      this.showProblem(error);
      this.start.disabled = false;
    }
  }

  async remove() {
    try {
      await send("DELETE", itemPath(this.item.id));
    } catch (error) {
      this.showProblem(error);
    }
  }
}
