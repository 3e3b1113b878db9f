for (const viewer of document.querySelectorAll("[data-viewer]")) {
  const stage = viewer.querySelector(".stage");
  const slider = viewer.querySelector(".split");
  const layers = [...viewer.querySelectorAll("[data-layer]")];
  const [left, right] = ["left", "right"].map((side) => viewer.querySelector(`[data-side="${side}"]`));

  const moveTo = (percent) => {
    const bounded = Math.min(100, Math.max(0, percent));
    stage.style.setProperty("--split", `${bounded}%`);
    slider.value = String(Math.round(bounded));
    const names = [left, right].map((select) => select.selectedOptions[0].textContent);
    slider.setAttribute("aria-valuetext", `${slider.value}% ${names[0]}, ${100 - slider.value}% ${names[1]}`);
  };

  const showLayers = () => {
    for (const layer of layers) {
      layer.classList.toggle("is-left", layer.dataset.layer === left.value);
      layer.classList.toggle("is-right", layer.dataset.layer === right.value);
    }
    // One picture on both sides stays in the flow, so that the stage keeps its height.
    if (left.value === right.value) {
      viewer.querySelector(".is-right").classList.remove("is-right");
    }
    moveTo(parseFloat(stage.style.getPropertyValue("--split") || "50"));
  };

  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    moveTo((100 * (event.clientX - box.left)) / box.width);
  };

  // Fingers may be about to scroll: only their moving sideways, or their tap, is meant for the divider.
  let held = false;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = true;
    stage.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch") follow(event);
    slider.focus({ preventScroll: true, focusVisible: false });
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (held) follow(event);
  });
  stage.addEventListener("pointerup", (event) => {
    if (held) follow(event);
    held = false;
  });
  stage.addEventListener("pointercancel", () => {
    held = false;
  });
  slider.addEventListener("input", () => moveTo(Number(slider.value)));

  left.addEventListener("change", showLayers);
  right.addEventListener("change", showLayers);
  viewer.querySelector('[data-action="swap"]').addEventListener("click", () => {
    [left.value, right.value] = [right.value, left.value];
    showLayers();
  });
  const detail = viewer.querySelector('[data-action="detail"]');
  if (detail) {
    detail.addEventListener("click", () => {
      detail.setAttribute("aria-pressed", String(stage.classList.toggle("shows-detail")));
    });
  }
  showLayers();
}
