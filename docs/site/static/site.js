// What is wider than the page scrolls by itself: where it does, the keyboard can reach it.
function reach() {
  for (const box of document.querySelectorAll("pre, .cell_output, .table-wrapper, div.math")) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls) box.tabIndex = 0; else box.removeAttribute("tabindex");
  }
}
addEventListener("load", reach);
addEventListener("resize", reach);
