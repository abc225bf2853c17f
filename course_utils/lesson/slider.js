// ipywidgets reads a slider out as the place of its value among the values ("3"), and gives it no name. Both stand beside it: take them from
// there, for each slider that is drawn in the minute after this ran.
const look = setInterval(() => {
  for (const slider of document.querySelectorAll(".widget-slider:not([data-named])")) {
    const [handle, label, value] = ["[role=slider]", ".widget-label", ".widget-readout"].map((part) => slider.querySelector(part));
    if (!handle || !label || !value) continue;
    slider.dataset.named = "yes";
    const say = () => {
      if (handle.getAttribute("aria-valuetext") !== value.textContent) handle.setAttribute("aria-valuetext", value.textContent);
    };
    handle.setAttribute("aria-label", label.textContent);
    new MutationObserver(say).observe(slider, {subtree: true, childList: true, characterData: true, attributeFilter: ["aria-valuetext"]});
    say();
  }
}, 200);
setTimeout(() => clearInterval(look), 60000);
