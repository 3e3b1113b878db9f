// Keeps the page at what the app says: items come as events, each goes to the list of its state.

import { setUpAdding } from "./add.js";
import { announce, setText } from "./dom.js";
import { Draft } from "./draft.js";
import { Ended, Queued } from "./item.js";
import { count } from "./words.js";

const QUEUED = ["waiting", "running", "paused"];

const app = { options: [], presets: [], devices: [], version: "" };
const items = new Map();
const views = new Map();
let order = [];

const lists = {
  draft: [Draft, document.getElementById("drafts")],
  queued: [Queued, document.getElementById("queue")],
  ended: [Ended, document.getElementById("ended")],
};

const groupOf = (item) => (item.state === "draft" ? "draft" : QUEUED.includes(item.state) ? "queued" : "ended");

// What had the focus last; it may be disabled by now, or gone.
let focused = null;
document.addEventListener("focusin", (event) => (focused = event.target));

function render() {
  let left = null;
  for (const [id, view] of views) {
    const item = items.get(id);
    if (!item || groupOf(item) !== view.group) {
      if (view.element.contains(focused) && [focused, document.body].includes(document.activeElement)) left = id;
      view.close();
      view.element.remove();
      views.delete(id);
    }
  }
  const places = { draft: [], queued: [], ended: [] };
  for (const id of order) {
    const item = items.get(id);
    if (!item) continue;
    const group = groupOf(item);
    let view = views.get(id);
    if (!view) {
      view = new lists[group][0](item, app);
      view.group = group;
      views.set(id, view);
    }
    view.update(item);
    places[group].push(view);
  }
  places.ended.sort((a, b) => (b.item.ended || 0) - (a.item.ended || 0));
  for (const [group, list] of Object.entries(places)) {
    const [, parent] = lists[group];
    list.forEach((view, number) => {
      if (parent.children[number] !== view.element) parent.insertBefore(view.element, parent.children[number] || null);
      if (view.place) view.place(number, list);
    });
    document.getElementById(`${parent.id}-section`).hidden = !list.length;
  }
  if (left) {
    // Keys go on where the job is now.
    const next = views.get(left)?.element ?? document.getElementById("main");
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }
  summarise(places);
}

function summarise(places) {
  const running = places.queued.filter((view) => view.item.state === "running").length;
  const waiting = places.queued.filter((view) => view.item.state === "waiting").length;
  const parts = [running && `${running} running`, waiting && `${waiting} waiting`].filter(Boolean);
  const some = places.draft.length + places.queued.length + places.ended.length;
  const words = parts.length ? `${parts.join(", ")}` : some ? (places.draft.length ? "Choose what it becomes, and start" : "All done") : "Add a video or a folder of pictures";
  setText(document.getElementById("headline"), words.charAt(0).toUpperCase() + words.slice(1));
  const share = running && places.queued.find((view) => view.item.state === "running").share();
  document.title = share ? `${Math.floor(share * 100)}% – midframe` : "midframe";
  document.getElementById("start-all").hidden = places.draft.length < 2;
  document.getElementById("add").classList.toggle("is-small", some > 0);
  document.getElementById("notify").hidden = !isSecureContext || !("Notification" in window) || Notification.permission !== "default";
}

function changed(id, before, item) {
  if (!before || !item || before.state === item.state) return;
  if (item.state === "done") report(`${item.name} is done.`, `${count(item.done, "frame")} in ${item.output}`);
  if (item.state === "failed") report(`${item.name} has failed.`, item.failure ? item.failure.message : "");
  if (item.state === "running") announce(`${item.name} is running.`);
}

function report(title, text) {
  announce(`${title} ${text}`);
  if ("Notification" in window && Notification.permission === "granted" && document.visibilityState !== "visible") {
    new Notification(title, { body: text, icon: "/static/icon.svg" });
  }
}

function receive(changes) {
  for (const [name, value] of changes) {
    if (name === "") for (const id of items.keys()) if (!order.includes(id)) items.delete(id);
    if (name === "order") order = value;
    else if (name === "frame") {
      const view = views.get(value.id);
      if (view && view.showFrame) view.showFrame(value.number);
    } else if (name.startsWith("review ")) views.get(name.slice(7))?.showReview?.(value);
    else if (name === "app") Object.assign(app, value);
    else if (name === "options" || name === "devices") app[name] = value;
    else if (name === "presets") {
      app.presets = value;
      for (const view of views.values()) view.showPresets?.();
    }
    else if (name.startsWith("item ")) {
      const id = name.slice(5);
      const before = items.get(id);
      if (value === null) items.delete(id);
      else items.set(id, value);
      changed(id, before, value);
    }
  }
  render();
}

function connect() {
  const connection = document.getElementById("connection");
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => setText(connection, ""));
  events.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    setText(connection, "not connected; start it again with: midframe app");
    // Where the app was restarted, browsers give up on some answers.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
  });
}

document.getElementById("start-all").addEventListener("click", async () => {
  for (const id of [...order]) await views.get(id)?.begin?.();
});
document.getElementById("notify").addEventListener("click", async () => {
  await Notification.requestPermission();
  render();
});
setUpAdding();
connect();
