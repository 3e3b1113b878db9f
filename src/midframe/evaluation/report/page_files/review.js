{
  const timeline = document.querySelector("[data-timeline]");
  const decisions = document.querySelector("[data-decisions]");
  if (timeline) readScores(timeline, JSON.parse(timeline.querySelector("[data-steps]").textContent));
  if (decisions) keepDecisions(decisions, JSON.parse(decisions.querySelector("[data-document]").textContent));
}

function readScores(timeline, steps) {
  const box = timeline.querySelector("[data-course]");
  const words = timeline.querySelector("[data-place]");
  const pointer = timeline.querySelector("[data-pointer]");
  const nothing = words.textContent;
  let current = null;

  const point = (at) => {
    current = at;
    pointer.hidden = at === null;
    words.textContent = at === null ? nothing : steps[at].text;
    if (at === null) return;
    pointer.style.left = `${steps[at].place}%`;
    box.setAttribute("aria-valuenow", String(at));
    box.setAttribute("aria-valuetext", steps[at].text);
  };
  const pair = (at) => document.getElementById(`pair-${steps[at].left}`);
  const nearest = (event) => {
    const area = box.getBoundingClientRect();
    const place = (100 * (event.clientX - area.left)) / area.width;
    const reach = (100 * (event.pointerType === "touch" ? 16 : 5)) / area.width;
    let best = 0;
    let shown = null;
    steps.forEach((step, at) => {
      const distance = Math.abs(step.place - place);
      if (distance < Math.abs(steps[best].place - place)) best = at;
      if (distance <= reach && pair(at) && (shown === null || distance < Math.abs(steps[shown].place - place))) shown = at;
    });
    // Pairs stand closer than a pointer can aim: those that are shown attract what comes near them.
    return shown ?? best;
  };
  const jump = () => {
    if (current === null || !pair(current)) return;
    const name = `pair-${steps[current].left}`;
    location.hash = name;
    document.getElementById(`${name}-title`).focus({ preventScroll: true });
  };

  followPointer(box, { count: steps.length, nearest, current: () => current, point, jump });
}

function keepDecisions(place, document_) {
  const count = place.querySelector("[data-count]");
  const pairs = [...document.querySelectorAll("[data-pair]")];
  const entryOf = (pair) => pair.querySelector(".decision input:checked").dataset.entry;
  const decided = () => pairs.map(entryOf).filter(Boolean);

  const update = () => {
    const number = decided().length;
    count.textContent = number === 0 ? "No decisions yet" : number === 1 ? "1 decision" : `${number} decisions`;
    for (const pair of pairs) pair.closest(".exhibit").classList.toggle("is-decided", Boolean(entryOf(pair)));
  };
  for (const pair of pairs) {
    pair.querySelector(".decision").addEventListener("change", (event) => {
      const right = pair.querySelector('[data-side="right"]');
      right.value = event.target.dataset.layerName;
      right.dispatchEvent(new Event("change"));
      update();
    });
  }
  place.querySelector('[data-action="download"]').addEventListener("click", () => {
    const entries = decided().map((entry) => `    ${entry}`);
    const head = Object.entries(document_)
      .filter(([name]) => name !== "choices")
      .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    const rows = entries.length ? `[\n${entries.join(",\n")}\n  ]` : "[]";
    const text = `{\n${head.join(",\n")},\n  "choices": ${rows}\n}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "choices.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  update();
}
