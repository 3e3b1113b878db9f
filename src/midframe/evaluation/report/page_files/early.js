"use strict";

// Told before anything is painted, so that nothing is laid out twice.
document.documentElement.classList.add("scripted");
