{
  const place = document.querySelector("[data-plot]");
  if (place) {
    drawPlot(place, JSON.parse(document.querySelector("[data-plot-values]").textContent));
  }
}

function drawPlot(place, values) {
  const picture = place.querySelector(".plot-picture");
  const title = place.querySelector("[data-place]");
  const legend = place.querySelector("[data-legend]");
  const { indices, kinds, spans, methods } = values;
  const exhibits = new Set(values.exhibits);
  const first = Math.min(...spans.map(([left]) => left).slice(0, 1));
  const last = spans[spans.length - 1][1];
  const counted = kinds.includes("moving") ? "moving" : kinds.includes("static") ? "static" : "cut";
  const dashes = ["", "8 3", "4 2", "10 3 2 3", "2 2", "14 3", "6 5", "6 2 2 2 2 2"];
  const shown = methods.map(() => true);
  let metric = values.metrics[0];
  let current = null;
  let geometry = null;

  const make = (parent, name, attributes = {}, text = null) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== null) element.textContent = text;
    parent.append(element);
    return element;
  };
  const colour = (element, number) => element.style.setProperty("--series", `var(--series-${(number % 8) + 1})`);
  const score = (number, at) => methods[number].scores[metric.name][at];
  const finite = (value) => typeof value === "number";
  const text = (value) => {
    if (value === null || value === undefined) return "–";
    const unit = metric.unit ? ` ${metric.unit}` : "";
    return finite(value) ? `${value.toFixed(metric.digits).replace("-", "−")}${unit}` : "exact";
  };
  const mean = (number) => {
    const all = kinds.map((kind, at) => (kind === counted ? score(number, at) : null)).filter((value) => value !== null);
    const numbers = all.filter(finite);
    if (numbers.length) return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    return all.length ? "inf" : null;
  };

  const buttons = methods.map((method, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = method.label;
    button.setAttribute("aria-pressed", "true");
    const swatch = make(button, "svg", { viewBox: "0 0 24 12", "aria-hidden": "true" });
    colour(swatch, number);
    make(swatch, "line", { class: "course", x1: 0, x2: 24, y1: 6, y2: 6, "stroke-dasharray": dashes[number % 8] });
    for (const name of ["legend-name", "legend-value"]) {
      const span = document.createElement("span");
      span.className = name;
      button.append(span);
    }
    button.querySelector(".legend-name").textContent = method.label;
    button.addEventListener("click", () => {
      shown[number] = !shown[number];
      button.setAttribute("aria-pressed", String(shown[number]));
      draw();
    });
    legend.append(button);
    return button;
  });

  const ticks = (low, high, count) => {
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
    const found = [];
    for (let each = Math.ceil(low / step - 1e-9); each * step <= high + step * 1e-9; each += 1) found.push(each * step);
    return { found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  };

  const rangeOfScores = () => {
    const all = [];
    let exact = false;
    methods.forEach((_, number) => {
      if (!shown[number]) return;
      kinds.forEach((kind, at) => {
        const value = score(number, at);
        if (finite(value) && (kind !== "cut" || counted === "cut")) all.push(value);
        exact ||= value === "inf";
      });
    });
    let low = Infinity;
    let high = -Infinity;
    for (const value of all) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (!all.length) return { low: 0, high: 1, exact, empty: true };
    const margin = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
    return { low: low - margin, high: high + margin, exact };
  };

  function draw() {
    const width = picture.clientWidth;
    const height = picture.clientHeight;
    if (!width || !height) return;
    const { low, high, exact, empty } = rangeOfScores();
    const left = 46;
    const right = width - 10;
    const top = exact ? 34 : 12;
    const bottom = height - 40;
    const x = (index) => left + ((right - left) * (index - first)) / Math.max(1, last - first);
    const y = (value) => {
      if (!finite(value)) return 14;
      return Math.min(bottom, Math.max(top, bottom - ((bottom - top) * (value - low)) / (high - low)));
    };
    geometry = { x, y, left, right, top: exact ? 8 : top, bottom };
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);

    kinds.forEach((kind, at) => {
      if (kind !== "static") return;
      const [from, to] = spans[at].map(x);
      make(picture, "rect", { class: "static-span", x: from, y: geometry.top, width: Math.max(1, to - from), height: bottom - geometry.top });
    });
    const rows = ticks(low, high, Math.max(2, Math.floor((bottom - top) / 48)));
    for (const value of empty ? [] : rows.found) {
      make(picture, "line", { class: "grid-line", x1: left, x2: right, y1: Math.round(y(value)), y2: Math.round(y(value)) });
      const label = value.toFixed(rows.digits).replace("-", "−");
      make(picture, "text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, label);
    }
    if (exact) make(picture, "text", { x: left - 8, y: 18, "text-anchor": "end" }, "exact");
    const columns = ticks(first, Math.max(last, first + 1), Math.max(2, Math.floor((right - left) / 90)));
    for (const index of columns.found.filter(Number.isInteger)) {
      make(picture, "text", { x: x(index), y: height - 8, "text-anchor": "middle" }, String(index));
    }
    for (const index of values.cuts) {
      make(picture, "line", { class: "cut-line", x1: x(index - 0.5), x2: x(index - 0.5), y1: geometry.top, y2: bottom });
    }
    make(picture, "line", { class: "grid-line", x1: left, x2: right, y1: bottom, y2: bottom });
    for (const index of values.exhibits) {
      const [middle, start] = [x(index), bottom + 5];
      make(picture, "path", { class: "exhibit-mark", d: `M${middle} ${start}l5 8h-10z` });
    }
    for (let number = methods.length - 1; number >= 0; number -= 1) {
      if (shown[number]) drawCourse(number);
    }
    make(picture, "g", { class: "pointer" });
    point(current);
  }

  function drawCourse(number) {
    const { x, y, left, right } = geometry;
    const group = make(picture, "g");
    colour(group, number);
    const parts = [];
    let open = false;
    // More points than pixels are drawn as the lowest and highest of each pixel.
    const dense = indices.length > 2 * (right - left);
    let column = null;
    const flush = () => {
      if (column) parts.push(`${open ? "L" : "M"}${column.at} ${column.low}L${column.at} ${column.high}`);
      if (column) open = true;
      column = null;
    };
    indices.forEach((index, at) => {
      const value = score(number, at);
      if (value === null || kinds[at] === "cut") {
        flush();
        open = false;
        if (value !== null) make(group, "circle", { class: "cut-spot", cx: x(index), cy: y(value), r: 2.5 });
      } else if (dense) {
        const pixel = Math.round(x(index));
        if (column && column.at !== pixel) flush();
        column ??= { at: pixel, low: y(value), high: y(value) };
        column.low = Math.min(column.low, y(value));
        column.high = Math.max(column.high, y(value));
      } else {
        const alone = [at - 1, at + 1].every((next) => !(next in kinds) || kinds[next] === "cut" || score(number, next) === null);
        if (alone) make(group, "circle", { class: "spot", cx: x(index), cy: y(value), r: 3 });
        parts.push(`${open ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
        open = true;
      }
    });
    flush();
    const dash = dense ? "" : dashes[number % 8];
    make(group, "path", { class: number ? "course" : "course is-first", d: parts.join("") || "M0 0", "stroke-dasharray": dash });
  }

  function point(at) {
    current = at;
    const layer = picture.querySelector(".pointer");
    layer.replaceChildren();
    buttons.forEach((button, number) => {
      button.querySelector(".legend-value").textContent = text(at === null ? mean(number) : score(number, at));
    });
    picture.classList.toggle("leads", at !== null && exhibits.has(indices[at]));
    const group = { moving: "moving frames", static: "still frames", cut: "frames across cuts" }[counted];
    if (at === null) {
      title.textContent = `Mean ${metric.label} of ${group}`;
    } else {
      const kind = { moving: "moving", static: "still", cut: "across a cut" }[kinds[at]];
      const words = [`Frame ${indices[at]}`, values.moments[at], kind].filter(Boolean).join(", ");
      title.textContent = exhibits.has(indices[at]) ? `${words}: among the worst, click to see it` : words;
      const middle = geometry.x(indices[at]);
      make(layer, "line", { class: "cross", x1: middle, x2: middle, y1: geometry.top, y2: geometry.bottom });
      for (let number = methods.length - 1; number >= 0; number -= 1) {
        const value = score(number, at);
        if (!shown[number] || value === null) continue;
        const spot = make(layer, "circle", { class: "spot", cx: middle, cy: geometry.y(value), r: number ? 3.5 : 4.5 });
        colour(spot, number);
      }
    }
    const spoken = at === null ? 0 : at;
    picture.setAttribute("aria-valuemin", indices[0]);
    picture.setAttribute("aria-valuemax", indices[indices.length - 1]);
    picture.setAttribute("aria-valuenow", indices[spoken]);
    picture.setAttribute("aria-valuetext", `${title.textContent}: ${buttons.filter((_, number) => shown[number]).map((button) => button.textContent.trim()).join("; ")}`);
  }

  const nearest = (event) => {
    const box = picture.getBoundingClientRect();
    const { left, right } = geometry;
    const index = first + ((event.clientX - box.left - left) / (right - left)) * Math.max(1, last - first);
    let [low, high] = [0, indices.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indices[middle] < index) low = middle + 1;
      else high = middle;
    }
    return low > 0 && index - indices[low - 1] < indices[low] - index ? low - 1 : low;
  };
  // Frames may stand closer than a pointer can aim: an exhibit attracts what comes near it.
  const attracted = (event) => {
    const at = nearest(event);
    const reach = event.pointerType === "touch" ? 16 : 5;
    const near = values.exhibits
      .map((index) => ({ index, distance: Math.abs(geometry.x(index) - geometry.x(indices[at])) }))
      .sort((one, other) => one.distance - other.distance)[0];
    return near && near.distance <= reach && indices.includes(near.index) ? indices.indexOf(near.index) : at;
  };
  const jump = () => {
    if (current === null || !exhibits.has(indices[current])) return;
    const name = `frame-${indices[current]}`;
    location.hash = name;
    document.getElementById(`${name}-title`).focus({ preventScroll: true });
  };

  followPointer(picture, { count: indices.length, nearest: attracted, current: () => current, point, jump });
  for (const choice of document.querySelectorAll('[data-choice="metric"]')) {
    choice.addEventListener("change", () => {
      metric = values.metrics.find((each) => each.name === choice.querySelector("input:checked").value);
      draw();
    });
  }

  const key = place.querySelector("[data-key]");
  const explain = (words, sketch) => {
    const span = document.createElement("span");
    sketch(make(span, "svg", { viewBox: "0 0 14 14" }));
    span.append(words);
    key.append(span);
  };
  if (exhibits.size) explain("among the worst, shown below", (svg) => make(svg, "path", { class: "exhibit-mark", d: "M7 3l5 8h-10z" }));
  if (values.cuts.length) explain("cut", (svg) => make(svg, "line", { class: "cut-line", x1: 7, x2: 7, y1: 0, y2: 14 }));
  if (kinds.includes("cut")) {
    explain("interpolated across a cut", (svg) => {
      svg.style.setProperty("--series", "var(--quiet)");
      make(svg, "circle", { class: "cut-spot", cx: 7, cy: 7, r: 3 });
    });
  }
  if (kinds.includes("static")) explain("nothing moves", (svg) => make(svg, "rect", { class: "static-span", width: 14, height: 14 }));

  new ResizeObserver(draw).observe(picture);
  matchMedia("print").addEventListener("change", draw);
  draw();
}
