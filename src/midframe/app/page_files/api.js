export class Problem extends Error {
  constructor(status, answer) {
    super(answer.error || `The app has answered with ${status}.`);
    this.advice = answer.advice || "";
    this.option = answer.option || null;
    this.status = status;
  }
}

async function answerOf(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { error: "The app does not answer. Start it again with: midframe app" });
  }
  if (response.ok) return response;
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    // An answer of something between the page and the app.
  }
  throw new Problem(response.status, answer);
}

export async function get(path, signal) {
  return (await answerOf(fetch(path, { signal }))).json();
}

export async function picture(path, signal) {
  const response = await answerOf(fetch(path, { signal }));
  return { blob: await response.blob(), origin: response.headers.get("x-origin") };
}

export async function send(method, path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return (await answerOf(fetch(path, { method, headers, body: JSON.stringify(body || {}), signal }))).json();
}

// fetch does not say how much of a file has been sent.
export function put(path, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          // As above.
        }
        reject(new Problem(request.status, answer));
      }
    });
    request.addEventListener("error", () => reject(new Problem(0, { error: `${file.name} could not be sent.` })));
    request.addEventListener("abort", () => reject(new DOMException("Stopped.", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

// Long requests go one after the other: browsers have few connections, and previews must not wait for them.
let last = Promise.resolve();

export function inTurn(work, signal) {
  const mine = last.then(() => {
    if (signal.aborted) throw new DOMException("Stopped.", "AbortError");
    return work();
  });
  last = mine.catch(() => {});
  return mine;
}

export const itemPath = (id, rest = "") => `/api/items/${encodeURIComponent(id)}${rest}`;
