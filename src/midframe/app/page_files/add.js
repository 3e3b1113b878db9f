// Adding inputs: files that are dropped or uploaded, and files that are chosen on the machine of the app.

import { get, put, send } from "./api.js";
import { announce, button, el, setText } from "./dom.js";
import { count, size } from "./words.js";

const problem = document.getElementById("add-problem");

function showProblem(error) {
  problem.hidden = !error;
  setText(problem, error ? [error.message, error.advice].filter(Boolean).join(" ") : "");
}

export function setUpAdding() {
  const drop = document.getElementById("drop");
  const files = document.getElementById("files");
  document.getElementById("choose").addEventListener("click", () => new Chooser().open());
  document.getElementById("upload").addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    upload([...files.files]);
    files.value = "";
  });
  // Anywhere on the page: a file that misses the frame must not replace the page.
  let inside = 0;
  const hasFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    inside += 1;
    drop.classList.add("is-over");
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    inside -= 1;
    if (inside <= 0) drop.classList.remove("is-over");
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = 0;
    drop.classList.remove("is-over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const plain = [...event.dataTransfer.files];
    upload(entries.some((entry) => entry && entry.isDirectory) ? await filesOf(entries) : plain);
  });
}

// The files of dropped folders; those in folders inside of these are left out.
async function filesOf(entries) {
  const found = [];
  const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));
  for (const entry of entries.filter(Boolean)) {
    if (entry.isFile) found.push(await fileOf(entry));
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) break;
        for (const inner of some) if (inner.isFile && !inner.name.startsWith(".")) found.push(await fileOf(inner));
      }
    }
  }
  return found;
}

async function upload(chosen) {
  if (!chosen.length) return;
  showProblem(null);
  const total = chosen.reduce((sum, file) => sum + file.size, 0);
  const stop = new AbortController();
  const bar = el("progress", { max: Math.max(1, total), value: 0, "aria-label": "Upload" });
  const what = chosen.length === 1 ? chosen[0].name : count(chosen.length, "file");
  const words = el("span", {}, `${what}, ${size(total)}`);
  const row = el("div", { class: "upload" }, words, bar, button("Stop", () => stop.abort()));
  document.getElementById("uploads").append(row);
  let begun = null;
  try {
    begun = await send("POST", "/api/uploads", { files: chosen.map(({ name, size: bytes }) => ({ name, size: bytes })) });
    let sent = 0;
    for (const [number, file] of chosen.entries()) {
      await put(`/api/uploads/${begun.id}/${number}`, file, (bytes) => (bar.value = sent + bytes), stop.signal);
      sent += file.size;
    }
    await send("POST", `/api/uploads/${begun.id}`, {});
    announce(`${what} added.`);
  } catch (error) {
    if (begun) send("DELETE", `/api/uploads/${begun.id}`).catch(() => {});
    if (error.name !== "AbortError") showProblem(error);
  } finally {
    row.remove();
  }
}

class Chooser {
  constructor() {
    this.chosen = new Map();
    this.path = el("input", { type: "text", class: "path", "aria-label": "Folder", spellcheck: "false", autocomplete: "off" });
    this.roots = el("div", { class: "places" });
    this.list = el("ul", { class: "folder", "aria-label": "Files" });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.up = button("↑ Up", () => this.show(this.folder.parent), { "aria-label": "Folder above" });
    this.whole = button("", () => this.add([this.folder.path]), { hidden: true });
    this.addButton = button("Add", () => this.add([...this.chosen.keys()]), { class: "primary", disabled: true });
    const go = el("form", { class: "place-line", on: { submit: (event) => {
      event.preventDefault();
      this.show(this.path.value);
    } } }, this.up, this.path, el("button", { type: "submit" }, "Go"));
    this.dialog = el(
      "dialog",
      { class: "chooser", "aria-labelledby": "chooser-title", on: { close: () => this.dialog.remove() } },
      el("h2", { id: "chooser-title" }, "Choose on this computer"),
      this.roots, go, this.problem, this.list,
      el("div", { class: "dialog-buttons" }, this.whole, el("span", { class: "gap" }), button("Cancel", () => this.dialog.close()), this.addButton),
    );
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.show(sessionStorage.getItem("folder"));
  }

  async show(path) {
    this.problem.hidden = true;
    // What is added must be what is seen.
    this.whole.hidden = this.addButton.disabled = true;
    try {
      this.folder = await get(path ? `/api/folder?path=${encodeURIComponent(path)}` : "/api/folder");
    } catch (error) {
      if (path && !this.folder) return this.show(null);
      this.problem.hidden = false;
      setText(this.problem, error.message);
      return;
    }
    const { folder } = this;
    sessionStorage.setItem("folder", folder.path);
    this.chosen.clear();
    this.path.value = folder.path;
    this.up.disabled = folder.parent === null;
    this.roots.hidden = folder.roots.length < 2;
    this.roots.replaceChildren(...folder.roots.map((root) => button(root, () => this.show(root))));
    this.list.replaceChildren(...folder.entries.map((entry) => this.row(entry)));
    if (!folder.entries.length) this.list.append(el("li", { class: "note" }, "No videos, pictures or folders here."));
    if (folder.left_out) this.list.append(el("li", { class: "note" }, `${count(folder.left_out, "more file")}; type a path to reach others.`));
    const whole = folder.pictures > 1 ? `Add the ${folder.pictures} pictures as a sequence` : folder.videos > 1 && !folder.pictures ? `Add all ${folder.videos} videos` : "";
    this.whole.hidden = !whole;
    setText(this.whole, whole);
    this.update();
    // What had the focus may be gone, or be disabled now: keys go on with what is listed.
    if (!this.dialog.contains(document.activeElement) || document.activeElement.disabled) {
      (this.list.querySelector("button, input") ?? this.path).focus();
    }
  }

  row(entry) {
    const path = this.folder.path.replace(/[\\/]$/, "") + this.folder.separator + entry.name;
    if (entry.kind === "folder") {
      return el("li", {}, button(entry.name, () => this.show(path), { class: "entry is-folder" }));
    }
    const box = el("input", { type: "checkbox", on: { change: () => {
      if (box.checked) this.chosen.set(path, entry);
      else this.chosen.delete(path);
      this.update();
    } } });
    return el("li", {}, el("label", { class: "entry" }, box, el("span", { class: "entry-name" }, entry.name), el("span", { class: "entry-size" }, size(entry.size))));
  }

  update() {
    const kinds = [...this.chosen.values()].map((entry) => entry.kind);
    const pictures = kinds.filter((kind) => kind === "picture").length;
    this.addButton.disabled = !kinds.length;
    setText(this.addButton, kinds.length > 1 ? (pictures === kinds.length ? `Add ${pictures} pictures as a sequence` : `Add ${kinds.length} files`) : "Add");
  }

  async add(paths) {
    try {
      await send("POST", "/api/items", { paths });
      showProblem(null);
      this.dialog.close();
      announce("Added.");
    } catch (error) {
      this.problem.hidden = false;
      setText(this.problem, error.message);
    }
  }
}
