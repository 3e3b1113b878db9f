// A picture of a course of values, in which pointers and keys choose one of them.
// `nearest` gives the number of the value that an event of a pointer means, `current` that of the chosen one or null;
// `point` chooses a number or null, `jump` goes to what is chosen.
function followPointer(surface, { count, nearest, current, point, jump }) {
  surface.addEventListener("pointermove", (event) => point(nearest(event)));
  surface.addEventListener("pointerdown", (event) => point(nearest(event)));
  surface.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") point(null);
  });
  surface.addEventListener("click", jump);
  surface.addEventListener("blur", () => point(null));
  surface.addEventListener("keydown", (event) => {
    const end = count - 1;
    const from = current() ?? -1;
    const to = { ArrowRight: from + 1, ArrowUp: from + 1, ArrowLeft: from - 1, ArrowDown: from - 1, PageDown: from - 10, PageUp: from + 10, Home: 0, End: end }[event.key];
    if (to !== undefined) {
      point(Math.min(end, Math.max(0, to)));
      event.preventDefault();
    } else if (event.key === "Enter") {
      jump();
    } else if (event.key === "Escape") {
      point(null);
    }
  });
}
